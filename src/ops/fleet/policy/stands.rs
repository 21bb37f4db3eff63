//! The current state of the policy route, as much of it as is managed.

use serde_json::{Value, json};

use super::names::scope_of;
use super::rule::OWNER;
use crate::arm::policy::{
    RemediationProperties, managed_assignment, managed_definition, principal_of,
};
use crate::arm::role_assignments::RoleAssignment;
use crate::arm::{ArmError, Client};
use crate::ops::change::observe::Observed;
use crate::ops::fleet::item::ItemPlan;
use crate::ops::fleet::shapes::with_commas;
use crate::ops::fleet::view::{ItemView, PolicyPart, PolicyStand};

/// A view of a part.
pub(crate) fn view(part: PolicyPart, body: Value) -> ItemView {
    ItemView::Policy(PolicyStand { part, body })
}

/// A definition as it is in Azure.
pub(crate) fn of_definition(found: &Value) -> ItemView {
    view(PolicyPart::Definition, managed_definition(found))
}

/// An assignment as it is in Azure, without its mode.
pub(crate) fn of_assignment(found: &Value) -> ItemView {
    let mut body = managed_assignment(found);
    if let Some(properties) = body["properties"].as_object_mut() {
        properties.remove("enforcementMode");
    }
    view(PolicyPart::Assignment, body)
}

/// The assignment of the built-in policy, with its mode.
pub(crate) fn of_allowed(found: &Value) -> ItemView {
    view(PolicyPart::AllowedTenants, managed_assignment(found))
}

/// That an assignment is enforced; none if it is not.
pub(crate) fn of_mode(found: &Value) -> Option<ItemView> {
    let mode = found["properties"]["enforcementMode"].as_str().unwrap_or("Default");
    (mode == "Default").then(enforced)
}

/// That an assignment is enforced.
pub(crate) fn enforced() -> ItemView {
    view(PolicyPart::Enforcement, json!({"enforcementMode": "Default"}))
}

/// That the identity of an assignment owns the scope.
pub(crate) fn of_role(scope: &str, assignment: &str) -> ItemView {
    view(PolicyPart::Role, json!({"scope": scope, "role": OWNER, "identityOf": assignment}))
}

/// The role that an assignment's identity has at its own scope.
pub(crate) async fn role_of(
    client: &Client,
    assignment: &Value,
) -> Result<Option<RoleAssignment>, ArmError> {
    let id = assignment["id"].as_str().unwrap_or_default();
    let principal = principal_of(assignment).and_then(|id| id.parse().ok());
    let Some(principal) = principal else { return Ok(None) };
    let scope = scope_of(id);
    let found = client.role_assignments(scope, Some(principal)).await?;
    let is_owner = |known: &RoleAssignment| {
        known.role().is_some_and(|role| role.to_string().eq_ignore_ascii_case(OWNER))
    };
    Ok(found.into_iter().find(|known| known.is_at(scope) && is_owner(known)))
}

/// What the newest remediation of an assignment did not bring, in words.
pub(crate) async fn failed_remediation(
    client: &Client,
    assignment: &str,
) -> Result<Option<String>, ArmError> {
    // Who may not read it plans all the same.
    let all = Observed::permitted(client.remediations(scope_of(assignment)).await)?.items();
    let own = all
        .into_iter()
        .map(|one| one.properties)
        .filter(|found| found.policy_assignment_id.eq_ignore_ascii_case(assignment));
    let newest = own.max_by(|one, other| one.created_on.cmp(&other.created_on));
    Ok(newest.filter(RemediationProperties::has_failed).map(|found| {
        let counts = found.deployment_status;
        format!(
            "the last remediation failed for {} of {} subscriptions",
            with_commas(counts.failed_deployments),
            with_commas(counts.total_deployments)
        )
    }))
}

/// Reads the current state of an item.
pub(crate) async fn read(client: &Client, item: &ItemPlan) -> Result<Option<ItemView>, ArmError> {
    let Some(part) = item.policy_part() else { return Ok(None) };
    Ok(match part {
        PolicyPart::Definition => client.policy(&item.id).await?.as_ref().map(of_definition),
        PolicyPart::Assignment => client.policy(&item.id).await?.as_ref().map(of_assignment),
        PolicyPart::AllowedTenants => client.policy(&item.id).await?.as_ref().map(of_allowed),
        PolicyPart::Enforcement => client.policy(&item.id).await?.as_ref().and_then(of_mode),
        PolicyPart::Remediation => None,
        PolicyPart::Role => {
            let of = identity_of(item);
            if item.after.is_none() {
                let stands = client.role_assignment(&item.id).await?.is_some();
                return Ok(stands.then(|| of_role(scope_of(&of), &of)));
            }
            match client.policy(&of).await? {
                None => None,
                Some(assignment) => {
                    let role = role_of(client, &assignment).await?;
                    role.map(|_| of_role(scope_of(&of), &of))
                }
            }
        }
    })
}

/// The assignment whose identity an item is about.
pub(crate) fn identity_of(item: &ItemPlan) -> String {
    match item.after.as_ref().or(item.before.as_ref()) {
        Some(ItemView::Policy(stand)) => {
            stand.body["identityOf"].as_str().unwrap_or_default().to_owned()
        }
        _ => String::new(),
    }
}
