//! An item as it is exported: what is wanted, under the ids that it has or will have.

use super::compare::JudgedItem;
use super::compare_offers::offer_stand;
use super::item::{ItemChange, ItemPlan};
use super::view::{AssignmentStand, ItemView, properties_of};
use crate::arm::managed_services::assignment_id;
use crate::id::{Scope, resource_name};
use crate::ops::export::{ExportedAcceptance, ExportedOffer};
use crate::ops::offer::assignment_name;

/// Gives an item to keep the views that a plan leaves out: thousands of them say the same.
pub(crate) fn fill_in(judged: &mut JudgedItem) {
    let item = &mut judged.plan;
    let Some(offer) = judged.offer.as_ref().filter(|_| item.change == ItemChange::Keep) else {
        return;
    };
    let scopes: Vec<Scope> = match offer.groups.as_slice() {
        [] => vec![Scope::subscription(item.subscription)],
        groups => {
            groups.iter().map(|group| Scope::resource_group(item.subscription, group)).collect()
        }
    };
    let accepted = |scope: &Scope| AssignmentStand {
        id: assignment_id(scope, assignment_name(&item.id, scope)),
        scope: scope.to_string(),
        succeeded: true,
    };
    let view = offer_stand(&offer.properties, true, scopes.iter().map(accepted).collect());
    item.before = Some(ItemView::Delegation(view));
    item.after.clone_from(&item.before);
}

/// What is wanted of a delegation; `None` if the item is another thing, or nothing is wanted.
pub(crate) fn exported_offer(item: &ItemPlan) -> Option<ExportedOffer> {
    let Some(ItemView::Delegation(after)) = &item.after else {
        return None;
    };
    let standing = match &item.before {
        Some(ItemView::Delegation(before)) => before.assignments.as_slice(),
        _ => &[],
    };
    let accepted = |found: &AssignmentStand| {
        let scope: Scope = found.scope.parse().ok()?;
        Some(ExportedAcceptance {
            id: found.id.clone(),
            guid: resource_name(&found.id).to_lowercase(),
            scope,
            stands: standing.iter().any(|known| known.id == found.id),
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
