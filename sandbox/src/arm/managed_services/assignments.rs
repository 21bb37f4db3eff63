//! registrationAssignments: an offer put in force at a subscription or resource group, by a long-running operation.

use serde_json::Value;

use super::owner::{
    eligible_refusal, filter_tenants, knows_eligible, require_guid, require_owner, system_data,
};
use super::provisioning;
use crate::arm::operations;
use crate::arm::reply;
use crate::arm::target::{self, Target};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{Assignment, OperationKind, ProvisioningState};

/// Creates or repeats an assignment.
pub(crate) fn put(
    core: &mut Core,
    caller: &Caller,
    target: &Target,
    api_version: &str,
    body: &Value,
) -> Result<Reply, ArmError> {
    require_guid(target.name(), "registration assignment")?;
    let subscription = require_scope(target)?;
    require_owner(core, caller, &subscription)?;
    let definition_id =
        body["properties"]["registrationDefinitionId"].as_str().unwrap_or_default().to_owned();
    check_definition(core, &subscription, &definition_id, api_version)?;
    let key = target.id().to_ascii_lowercase();
    let existing = core.state.assignments.get(&key).cloned();
    check_unique(core, target, &key, &definition_id)?;
    let operation = operations::start(
        core,
        OperationKind::Provision,
        &target.id(),
        core.knobs.assignment_polls,
        None,
    );
    let assignment = Assignment {
        id: existing.as_ref().map_or_else(|| target.id(), |existing| existing.id.clone()),
        name: target.name().to_owned(),
        subscription: subscription.clone(),
        scope: target.scope.clone(),
        definition_id,
        state: ProvisioningState::Accepted,
        operation: Some(operation.clone()),
        visible_from: 0,
        hidden_calls: 0,
        linger_reads: None,
        system_data: system_data(
            core,
            caller,
            existing.as_ref().map(|existing| &existing.system_data),
        ),
    };
    let status = if existing.is_some() { 200 } else { 201 };
    let reply = Reply::json(status, &assignment.body(&core.state, api_version, false))
        .header("Azure-AsyncOperation", status_url(core, &subscription, &operation, api_version));
    core.state.assignments.insert(key, assignment);
    Ok(reply)
}

fn check_definition(
    core: &Core,
    subscription: &str,
    id: &str,
    api_version: &str,
) -> Result<(), ArmError> {
    let definition = core.state.definitions.get(&id.to_ascii_lowercase());
    let here = target::subscription(id).is_some_and(|own| own.eq_ignore_ascii_case(subscription));
    let Some(definition) = definition.filter(|_| here) else {
        return Err(ArmError::missing(
            "RegistrationDefinitionNotFound",
            format!("The registration definition '{id}' could not be found."),
        ));
    };
    if !definition.eligible_authorizations.is_empty() && !knows_eligible(api_version) {
        return Err(eligible_refusal());
    }
    if definition.state != ProvisioningState::Succeeded {
        return Err(ArmError::conflict(
            "InvalidRegistrationAssignmentCreateRequest",
            format!(
                "The registration definition '{id}' is not in the 'Succeeded' provisioning state."
            ),
        ));
    }
    Ok(())
}

fn check_unique(
    core: &Core,
    target: &Target,
    key: &str,
    definition_id: &str,
) -> Result<(), ArmError> {
    let other = core.state.assignments.iter().any(|(id, assignment)| {
        id != key
            && assignment.scope.eq_ignore_ascii_case(&target.scope)
            && assignment.definition_id.eq_ignore_ascii_case(definition_id)
    });
    if !other {
        return Ok(());
    }
    Err(ArmError::conflict(
        "InvalidRegistrationAssignmentCreateRequest",
        format!(
            "Another registration assignment present at this scope '{}' for registration definition '{definition_id}'. \
             Multiple registration assignments are not allowed.",
            target.scope
        ),
    ))
}

/// Shows an assignment.
pub(super) fn show(core: &mut Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    let key = target.id().to_ascii_lowercase();
    let found = core.state.assignments.get(&key).cloned();
    if let Some(token) = found.as_ref().and_then(|assignment| assignment.operation.clone()) {
        provisioning::advance_job(core, &token);
    }
    let Some(shown) = found else {
        return Err(ArmError::missing(
            "RegistrationAssignmentNotFound",
            format!("The registration assignment '{}' could not be found.", target.name()),
        ));
    };
    if let Some(left) = shown.linger_reads {
        if left <= 1 {
            provisioning::forget(core, &key);
        } else if let Some(assignment) = core.state.assignments.get_mut(&key) {
            assignment.linger_reads = Some(left - 1);
        }
    }
    require_version(core, &shown, request.api_version())?;
    Ok(Reply::json(200, &shown.body(&core.state, request.api_version(), expands(request))))
}

/// Lists the assignments at a scope; a subscription's list holds those of its resource groups too.
pub(super) fn list(core: &Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    let tenants = filter_tenants(request)?;
    let version = request.api_version();
    let expand = expands(request) || tenants.is_some();
    let mut value = Vec::new();
    for assignment in core.state.assignments_in(target.subscription().unwrap_or_default()) {
        let definition = core.state.definitions.get(&assignment.definition_id.to_ascii_lowercase());
        let managed_by = definition
            .map(|definition| definition.managed_by_tenant_id.clone())
            .unwrap_or_default();
        let is_wanted = tenants.as_ref().is_none_or(|tenants| tenants.contains(&managed_by));
        if is_wanted
            && target::contains(&target.scope, &assignment.scope)
            && require_version(core, assignment, version).is_ok()
        {
            value.push(assignment.body(&core.state, version, expand));
        }
    }
    Ok(reply::page(core, request, value))
}

/// Starts the removal of an assignment.
pub(super) fn delete(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let subscription = require_scope(target)?;
    let home = core.state.subscription(&subscription).map(|known| known.tenant.clone());
    if home.as_deref() == Some(caller.tenant.as_str()) {
        require_owner(core, caller, &subscription)?;
    }
    let key = target.id().to_ascii_lowercase();
    let Some(assignment) = core.state.assignments.get(&key).cloned() else {
        return Ok(Reply::empty(204));
    };
    require_version(core, &assignment, request.api_version())?;
    let operation = match (assignment.state, assignment.operation) {
        (ProvisioningState::Deleting, Some(operation)) => operation,
        _ => operations::start(
            core,
            OperationKind::Deprovision,
            &target.id(),
            core.knobs.assignment_polls,
            None,
        ),
    };
    let location = status_url(core, &subscription, &operation, request.api_version());
    if let Some(assignment) = core.state.assignments.get_mut(&key) {
        assignment.state = ProvisioningState::Deleting;
        assignment.operation = Some(operation);
    }
    Ok(Reply::empty(202).header("Location", location))
}

fn require_version(
    core: &Core,
    assignment: &Assignment,
    api_version: &str,
) -> Result<(), ArmError> {
    let definition = core.state.definitions.get(&assignment.definition_id.to_ascii_lowercase());
    let eligible =
        definition.is_some_and(|definition| !definition.eligible_authorizations.is_empty());
    if eligible && !knows_eligible(api_version) { Err(eligible_refusal()) } else { Ok(()) }
}

fn expands(request: &Request) -> bool {
    request
        .query("$expandRegistrationDefinition")
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn require_scope(target: &Target) -> Result<String, ArmError> {
    let depth = target.scope.trim_matches('/').split('/').count();
    let subscription = target.subscription().unwrap_or_default();
    let fits = depth == 2 || (depth == 4 && target.group().is_some());
    if fits && !subscription.is_empty() {
        return Ok(subscription.to_owned());
    }
    Err(ArmError::bad(
        "InvalidRegistrationAssignmentUri",
        format!(
            "The registration assignment request scope '{}' should be a subscription or a resource group.",
            target.scope
        ),
    ))
}

fn status_url(core: &Core, subscription: &str, operation: &str, api_version: &str) -> String {
    format!(
        "{}/subscriptions/{subscription}/providers/Microsoft.ManagedServices/operationStatuses/{operation}?api-version={api_version}",
        core.endpoints.management
    )
}
