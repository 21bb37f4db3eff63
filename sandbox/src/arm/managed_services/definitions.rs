//! registrationDefinitions: an offer, written and removed at once, at subscription scope only.

use serde_json::Value;

use super::owner::{
    eligible_refusal, filter_tenants, knows_eligible, require_guid, require_owner, system_data,
};
use super::rules;
use crate::arm::denied_tenants;
use crate::arm::reply;
use crate::arm::target::Target;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{Definition, ProvisioningState};

/// Creates or replaces a definition.
pub(crate) fn put(
    core: &mut Core,
    caller: &Caller,
    target: &Target,
    api_version: &str,
    body: &Value,
) -> Result<Reply, ArmError> {
    require_guid(target.name(), "registration definition")?;
    let subscription = require_subscription_scope(target)?;
    let properties = &body["properties"];
    if properties.get("eligibleAuthorizations").is_some_and(|value| !value.is_null())
        && !knows_eligible(api_version)
    {
        return Err(eligible_refusal());
    }
    require_owner(core, caller, &subscription)?;
    let home = core
        .state
        .subscription(&subscription)
        .map(|known| known.tenant.clone())
        .unwrap_or_default();
    rules::check(core, target.name(), &home, properties)?;
    let managing = properties["managedByTenantId"].as_str().unwrap_or_default();
    denied_tenants::refuse_tenant(core, &subscription, target.name(), managing)?;
    let key = target.id().to_ascii_lowercase();
    let existing = core.state.definitions.get(&key).cloned();
    if let Some(existing) = &existing {
        if !existing.managed_by_tenant_id.eq_ignore_ascii_case(managing) {
            return Err(ArmError::bad(
                "RegistrationDefinitionInvalidUpdate",
                format!(
                    "The registration definition '{}' update is invalid. ManagedByTenantId not allowed to update.",
                    target.name()
                ),
            ));
        }
        if !existing.eligible_authorizations.is_empty() && !knows_eligible(api_version) {
            return Err(eligible_refusal());
        }
    }
    let definition = build(core, caller, target, &subscription, body, existing.as_ref());
    let reply = Reply::json(
        if existing.is_some() { 200 } else { 201 },
        &definition.body(&core.state, api_version),
    );
    core.state.definitions.insert(key, definition);
    Ok(reply)
}

fn build(
    core: &Core,
    caller: &Caller,
    target: &Target,
    subscription: &str,
    body: &Value,
    existing: Option<&Definition>,
) -> Definition {
    let properties = &body["properties"];
    let text = |name: &str| properties[name].as_str().map(str::to_owned);
    let list = |name: &str| properties[name].as_array().cloned().unwrap_or_default();
    let accepted_reads = if existing.is_some() { 0 } else { core.knobs.definition_accepted_reads };
    Definition {
        id: existing.map_or_else(|| target.id(), |existing| existing.id.clone()),
        name: target.name().to_owned(),
        subscription: subscription.to_owned(),
        registration_definition_name: text("registrationDefinitionName"),
        description: text("description"),
        managed_by_tenant_id: text("managedByTenantId").unwrap_or_default().to_ascii_lowercase(),
        authorizations: list("authorizations"),
        eligible_authorizations: list("eligibleAuthorizations"),
        plan: body.get("plan").filter(|plan| !plan.is_null()).cloned(),
        state: if accepted_reads > 0 {
            ProvisioningState::Accepted
        } else {
            ProvisioningState::Succeeded
        },
        accepted_reads,
        system_data: system_data(core, caller, existing.map(|existing| &existing.system_data)),
    }
}

/// Shows a definition.
pub(super) fn show(core: &mut Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    require_subscription_scope(target)?;
    let key = target.id().to_ascii_lowercase();
    let found = core.state.definitions.get_mut(&key).ok_or_else(|| not_found(target))?;
    let shown = found.clone();
    found.accepted_reads = found.accepted_reads.saturating_sub(1);
    if found.accepted_reads == 0 {
        found.state = ProvisioningState::Succeeded;
    }
    if !shown.eligible_authorizations.is_empty() && !knows_eligible(request.api_version()) {
        return Err(eligible_refusal());
    }
    Ok(Reply::json(200, &shown.body(&core.state, request.api_version())))
}

/// Lists the definitions of a subscription.
pub(super) fn list(core: &Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    let tenants = filter_tenants(request)?;
    let subscription = target.subscription().unwrap_or_default();
    let value: Vec<Value> = core
        .state
        .definitions_in(subscription)
        .filter(|definition| {
            knows_eligible(request.api_version()) || definition.eligible_authorizations.is_empty()
        })
        .filter(|definition| {
            tenants
                .as_ref()
                .is_none_or(|tenants| tenants.contains(&definition.managed_by_tenant_id))
        })
        .map(|definition| definition.body(&core.state, request.api_version()))
        .collect();
    Ok(reply::page(core, request, value))
}

/// Removes a definition nobody is assigned to.
pub(super) fn delete(core: &mut Core, caller: &Caller, target: &Target) -> Result<Reply, ArmError> {
    let subscription = require_subscription_scope(target)?;
    require_owner(core, caller, &subscription)?;
    let key = target.id().to_ascii_lowercase();
    if !core.state.definitions.contains_key(&key) {
        return Ok(Reply::empty(204));
    }
    let refusal = || {
        ArmError::conflict(
            "InvalidRegistrationDefinitionDeleteRequest",
            format!(
                "The registration definition '{}' can not be deleted because it has registration assignments.",
                target.name()
            ),
        )
    };
    if core
        .state
        .assignments
        .values()
        .any(|assignment| assignment.definition_id.eq_ignore_ascii_case(&key))
    {
        return Err(refusal());
    }
    if let Some(left) = core.state.unsettled_definitions.get_mut(&key).filter(|left| **left > 0) {
        *left -= 1;
        return Err(refusal());
    }
    core.state.unsettled_definitions.remove(&key);
    core.state.definitions.remove(&key);
    Ok(Reply::empty(200))
}

fn not_found(target: &Target) -> ArmError {
    ArmError::missing(
        "RegistrationDefinitionNotFound",
        format!("The registration definition '{}' could not be found.", target.name()),
    )
}

fn require_subscription_scope(target: &Target) -> Result<String, ArmError> {
    let subscription = target.subscription().unwrap_or_default();
    let is_subscription =
        target.scope.trim_matches('/').split('/').count() == 2 && !subscription.is_empty();
    if is_subscription {
        return Ok(subscription.to_owned());
    }
    Err(ArmError::bad(
        "InvalidRegistrationDefinitionUri",
        format!(
            "The registration definition request scope '{}' should be '/subscriptions/<subscriptionId>'.",
            target.scope
        ),
    ))
}
