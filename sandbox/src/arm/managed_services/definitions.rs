//! registrationDefinitions: an offer, written and removed at once, at subscription scope only.

use serde_json::{Value, json};

use super::{
    ProvisioningState, eligible_refusal, filter_tenants, knows_eligible, require_guid,
    require_owner, rules, system_data,
};
use crate::arm::target::Target;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};

/// A Lighthouse offer.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Full id with the caller's casing.
    pub id: String,
    /// The GUID.
    pub name: String,
    /// Subscription id.
    pub subscription: String,
    /// The offer's name.
    pub registration_definition_name: Option<String>,
    /// The offer's description.
    pub description: Option<String>,
    /// The managing tenant.
    pub managed_by_tenant_id: String,
    /// Authorizations as sent.
    pub authorizations: Vec<Value>,
    /// Eligible authorizations as sent.
    pub eligible_authorizations: Vec<Value>,
    /// Marketplace plan as sent.
    pub plan: Option<Value>,
    /// How far it is.
    pub state: ProvisioningState,
    /// Reads that still show it as accepted.
    pub accepted_reads: u32,
    /// Who made it and when.
    pub system_data: Value,
}

impl Definition {
    /// Makes an offer with one authorization, already in force.
    pub(crate) fn in_force(
        subscription: &str,
        name: &str,
        tenant: &str,
        principal: &str,
        role: &str,
    ) -> Definition {
        Definition {
            id: format!(
                "/subscriptions/{subscription}/providers/Microsoft.ManagedServices/registrationDefinitions/{name}"
            ),
            name: name.to_owned(),
            subscription: subscription.to_owned(),
            registration_definition_name: Some("Arranged".to_owned()),
            description: None,
            managed_by_tenant_id: tenant.to_owned(),
            authorizations: vec![json!({"principalId": principal, "roleDefinitionId": role})],
            eligible_authorizations: Vec::new(),
            plan: None,
            state: ProvisioningState::Succeeded,
            accepted_reads: 0,
            system_data: Value::Null,
        }
    }

    /// The resource as an api-version shows it.
    pub(crate) fn body(&self, core: &Core, api_version: &str) -> Value {
        let name_of = |id: &str| core.state.tenant(id).map(|tenant| tenant.name.clone());
        let mut properties = json!({});
        if let Some(description) = &self.description {
            properties["description"] = json!(description);
        }
        if let Some(name) = &self.registration_definition_name {
            properties["registrationDefinitionName"] = json!(name);
        }
        properties["managedByTenantId"] = json!(self.managed_by_tenant_id);
        properties["authorizations"] = json!(self.authorizations);
        if !self.eligible_authorizations.is_empty() {
            properties["eligibleAuthorizations"] = json!(self.eligible_authorizations);
        }
        properties["provisioningState"] = json!(self.state.name());
        if api_version >= "2022-01-01-preview" {
            let home = core
                .state
                .subscription(&self.subscription)
                .map(|subscription| subscription.tenant.clone());
            properties["manageeTenantName"] = json!(home.as_deref().and_then(name_of));
            properties["manageeTenantId"] = json!(home);
        }
        properties["managedByTenantName"] = json!(name_of(&self.managed_by_tenant_id));
        let mut body = json!({"properties": properties});
        if let Some(plan) = &self.plan {
            body["plan"] = plan.clone();
        }
        body["id"] = json!(self.id);
        body["type"] = json!("Microsoft.ManagedServices/registrationDefinitions");
        body["name"] = json!(self.name);
        if api_version >= "2020-02-01-preview" {
            body["systemData"] = self.system_data.clone();
        }
        body
    }
}

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
    let key = target.id().to_ascii_lowercase();
    let existing = core.state.definitions.get(&key).cloned();
    let managing = properties["managedByTenantId"].as_str().unwrap_or_default();
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
        &definition.body(core, api_version),
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
    Ok(Reply::json(200, &shown.body(core, request.api_version())))
}

/// Lists the definitions of a subscription.
pub(super) fn list(core: &Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    let tenants = filter_tenants(request)?;
    let subscription = target.subscription().unwrap_or_default();
    let value: Vec<Value> = core
        .state
        .definitions
        .values()
        .filter(|definition| definition.subscription.eq_ignore_ascii_case(subscription))
        .filter(|definition| {
            knows_eligible(request.api_version()) || definition.eligible_authorizations.is_empty()
        })
        .filter(|definition| {
            tenants
                .as_ref()
                .is_none_or(|tenants| tenants.contains(&definition.managed_by_tenant_id))
        })
        .map(|definition| definition.body(core, request.api_version()))
        .collect();
    Ok(crate::arm::page(core, request, value))
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
