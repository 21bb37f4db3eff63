//! The built-in policy that denies managing tenants, where the manifest sets it.

use std::collections::BTreeSet;

use serde_json::json;

use super::survey::{GroupSurvey, left};
use super::{denial, names, stands};
use crate::ops::fleet::drift_kind::DriftKind;
use crate::ops::fleet::expand::{NameBook, WantedItem};
use crate::ops::fleet::item::ItemChange;
use crate::ops::fleet::view::{PolicyPart, digest_of};

impl GroupSurvey<'_> {
    /// The built-in policy that denies managing tenants, where the manifest sets it. Gives its id.
    pub(super) fn allowed_tenants(
        &mut self,
        wanted: &[WantedItem],
        names: &NameBook,
    ) -> Option<String> {
        let named = &self.policy.allowed_tenants;
        let name = names::assignment_name(&self.manifest.fleet, "", &self.site.name);
        let id = names::assignment_id(&self.group, &name);
        if named.is_empty() {
            return None;
        }
        let tenant = |text: &String| {
            names.tenants.get(text).map_or_else(|| text.to_lowercase(), ToString::to_string)
        };
        let tenants: BTreeSet<String> = named.iter().map(|named| tenant(&named.value)).collect();
        let body = json!({"properties": {
            "displayName": format!("Allowed managing tenants ({})", self.manifest.fleet),
            "policyDefinitionId": denial::ALLOWED_TENANTS,
            "enforcementMode": "Default",
            "notScopes": [],
            "parameters": {"listOfAllowedTenants": {"value": tenants}},
            "metadata": {"azImageshare": {"fleet": self.manifest.fleet}},
        }});
        let after = stands::view(PolicyPart::AllowedTenants, body);
        let before = self.standing(&name).map(stands::of_allowed);
        let text = format!("only {} tenants may manage what is in '{}'", tenants.len(), self.group);
        let mut item = self.item(("", "", self.policy.at.line), PolicyPart::AllowedTenants, &id);
        let is_taken_down = !wanted.is_empty() && wanted.iter().all(|item| item.absent.is_some());
        let change = match &before {
            Some(_) if is_taken_down => {
                self.found.push(left(item, before?, "the fleet is taken down"));
                return None;
            }
            None if is_taken_down => return None,
            None => ItemChange::Create,
            Some(found) if digest_of(Some(found)) == digest_of(Some(&after)) => ItemChange::Keep,
            Some(_) => ItemChange::Update,
        };
        if change != ItemChange::Keep {
            let kind =
                if before.is_none() { DriftKind::PolicyMissing } else { DriftKind::PolicyChanged };
            item.mark(kind, &text);
            item.plan.why = vec![text];
        }
        self.found.push(item.becoming(change, before, Some(after)));
        Some(id)
    }
}
