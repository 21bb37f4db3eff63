//! An item as it is exported: what is wanted, under the ids that it has or will have.

use super::view::properties_of;
use crate::id::{Scope, resource_name};
use crate::ops::export::{ExportedAcceptance, ExportedOffer};
use crate::ops::fleet::item::ItemPlan;
use crate::ops::fleet::view::ItemView;

/// What is wanted of a delegation; `None` if the item is another thing, or nothing is wanted.
pub(crate) fn exported_offer(item: &ItemPlan) -> Option<ExportedOffer> {
    let Some(ItemView::Delegation(after)) = &item.after else {
        return None;
    };
    let standing = match &item.before {
        Some(ItemView::Delegation(before)) => before.assignments.as_slice(),
        _ => &[],
    };
    let accepted = |found: &crate::ops::fleet::view::AssignmentStand| {
        let scope: Scope = found.scope.parse().ok()?;
        Some(ExportedAcceptance {
            id: found.id.clone(),
            guid: resource_name(&found.id).to_lowercase(),
            scope,
            stands: standing.iter().any(|known| known.id.eq_ignore_ascii_case(&found.id)),
        })
    };
    Some(ExportedOffer {
        subscription: item.subscription,
        id: item.id.clone(),
        guid: resource_name(&item.id).to_lowercase(),
        is_computed: true,
        stands: item.before.is_some(),
        properties: properties_of(after),
        acceptances: after.assignments.iter().filter_map(accepted).collect(),
    })
}
