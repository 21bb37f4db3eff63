//! Microsoft.Resources/deployments at subscription and resource group scope.
//!
//! API: <https://learn.microsoft.com/rest/api/resources/deployments>, as azure-cli sends it (2025-04-01).

mod body;
pub(crate) mod engine;
mod preflight;
pub(crate) mod stacks;
mod what_if;

use serde_json::json;

use super::target::Target;
use super::{operation_status, operations, providers};
use crate::arm::reply;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{Deployment, OperationKind};
use preflight::Prepared;

/// Answers a request to a deployment.
pub(crate) fn answer(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let child = target.types.get(1).map(|name| name.to_ascii_lowercase());
    if child.as_deref() == Some("operationstatuses") {
        return operation_status::status(core, target.name())
            .map(|reply| reply.header("retry-after-ms", "1"));
    }
    let key = key(target);
    if child.as_deref() == Some("operations") {
        return list_operations(core, request, target, &key);
    }
    let action = target.action.as_deref().map(str::to_ascii_lowercase);
    match (request.method.as_str(), action.as_deref(), target.is_collection()) {
        ("GET", None, true) => Ok(list(core, request, target)),
        ("HEAD", None, false) => {
            Ok(Reply::empty(if core.state.deployments.contains_key(&key) { 204 } else { 404 }))
        }
        ("GET", None, false) => show(core, target, &key),
        ("PUT", None, false) => put(core, caller, request, target, key),
        ("DELETE", None, false) => delete(core, request, target, &key),
        ("POST", Some("validate"), false) => validate(core, caller, request, target),
        ("POST", Some("whatif"), false) => what_if::start(core, caller, request, target),
        ("POST", Some("cancel"), false) => cancel(core, target, &key),
        ("POST", Some("exporttemplate"), false) => {
            let deployment = core.state.deployments.get(&key).ok_or_else(|| not_found(target))?;
            Ok(Reply::json(200, &json!({"template": deployment.template})))
        }
        _ => Err(reply::method_not_allowed(request)),
    }
}

fn key(target: &Target) -> String {
    let name = target.names.first().map_or("", String::as_str);
    format!("{}/providers/microsoft.resources/deployments/{name}", target.scope)
        .to_ascii_lowercase()
}

fn put(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    target: &Target,
    key: String,
) -> Result<Reply, ArmError> {
    let prepared = preflight::prepare(core, caller, request, target)?;
    let existing = core.state.deployments.get(&key);
    if let Some(existing) = existing {
        check_replaceable(existing, &prepared)?;
    }
    let status = if existing.is_some() { 200 } else { 201 };
    preflight::check(core, caller, &prepared.expansion)?;
    preflight::check_purchases(core, &prepared.expansion)?;
    let subscription = target.subscription().unwrap_or_default();
    register(core, caller, subscription, &prepared);
    let operation =
        operations::start(core, OperationKind::Deployment, &key, core.knobs.deployment_polls, None);
    // The caller's own id, where it sent one: that is how it knows its deployment again.
    let correlation = request.header("x-ms-correlation-request-id").map(str::to_owned);
    let correlation = correlation.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let deployment = build(core, caller, target, prepared, operation.clone(), correlation);
    let url = format!(
        "{}{}/operationStatuses/{operation}?api-version={}&t=639000000000000000&c=sandbox&s={}&h=sandbox",
        core.endpoints.management,
        deployment.id,
        request.api_version(),
        uuid::Uuid::new_v4().simple()
    );
    let reply = Reply::json(status, &body::of(&deployment))
        .header("Azure-AsyncOperation", url)
        // Without it azure-core waits for 30 s.
        .header("retry-after-ms", "1");
    core.state.deployments.insert(key, deployment);
    Ok(reply)
}

fn register(core: &mut Core, caller: &Caller, subscription: &str, prepared: &Prepared) {
    for namespace in engine::namespaces(&prepared.expansion) {
        providers::register_at_once(core, caller, subscription, &namespace);
    }
}

/// Runs a deployment to its end at once, as a policy does: nothing is registered for it. Gives its error.
pub(crate) fn run_at_once(
    core: &mut Core,
    caller: &Caller,
    target: &Target,
    body: &serde_json::Value,
) -> Result<(), serde_json::Value> {
    let refused = |error: ArmError| error.inner();
    let request = Request {
        listener: crate::message::Listener::Management,
        method: "PUT".to_owned(),
        path: target.id(),
        query: Vec::new(),
        headers: Vec::new(),
        body: body.to_string().into(),
    };
    let prepared = preflight::prepare(core, caller, &request, target).map_err(refused)?;
    preflight::check(core, caller, &prepared.expansion).map_err(refused)?;
    let correlation = uuid::Uuid::new_v4().to_string();
    let key = key(target);
    let deployment = build(core, caller, target, prepared, String::new(), correlation);
    core.state.deployments.insert(key.clone(), deployment);
    engine::advance(core, &key, 0).map_or(Ok(()), Err)
}

fn build(
    core: &Core,
    caller: &Caller,
    target: &Target,
    prepared: Prepared,
    operation: String,
    correlation_id: String,
) -> Deployment {
    Deployment {
        id: format!("{}/providers/Microsoft.Resources/deployments/{}", target.scope, target.name()),
        name: target.name().to_owned(),
        state: "Accepted".to_owned(),
        location: prepared.location,
        template: prepared.template,
        scope: target.scope.clone(),
        tags: prepared.tags,
        steps: engine::steps(&prepared.expansion),
        expansion: prepared.expansion,
        next: 0,
        error: None,
        outputs: None,
        records: Vec::new(),
        correlation_id,
        timestamp: core.timestamp(),
        operation,
        caller: caller.clone(),
    }
}

fn check_replaceable(existing: &Deployment, new: &Prepared) -> Result<(), ArmError> {
    if existing.location != new.location {
        return Err(ArmError::conflict(
            "InvalidDeploymentLocation",
            format!(
                "Invalid deployment location '{}'. The deployment '{}' already exists in location '{}'.",
                new.location.as_deref().unwrap_or_default(),
                existing.name,
                existing.location.as_deref().unwrap_or_default()
            ),
        ));
    }
    if existing.is_active() {
        return Err(ArmError::conflict(
            "DeploymentActive",
            format!(
                "The deployment with resource id '{}' cannot be saved, because this would overwrite an existing deployment \
                 which is still active. The existing deployment started at '{}' with correlationId '{}', and will expire \
                 within 7 days. Please see https://aka.ms/arm-deploy for usage details.",
                existing.id, existing.timestamp, existing.correlation_id
            ),
        ));
    }
    Ok(())
}

fn validate(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let prepared = preflight::prepare(core, caller, request, target)?;
    preflight::check(core, caller, &prepared.expansion)?;
    preflight::check_purchases(core, &prepared.expansion)?;
    let mut deployment = build(core, caller, target, prepared, String::new(), String::new());
    deployment.state = "Succeeded".to_owned();
    Ok(Reply::json(200, &body::validated(&deployment)))
}

fn show(core: &mut Core, target: &Target, key: &str) -> Result<Reply, ArmError> {
    let deployment = core.state.deployments.get(key).ok_or_else(|| not_found(target))?;
    if deployment.is_active() {
        let operation = deployment.operation.clone();
        operation_status::advance(core, &operation);
    }
    let deployment = core.state.deployments.get(key).ok_or_else(|| not_found(target))?;
    Ok(Reply::json(200, &body::of(deployment)))
}

fn list(core: &Core, request: &Request, target: &Target) -> Reply {
    let state = request
        .query("$filter")
        .and_then(|filter| filter.split('\'').nth(1))
        .map(str::to_ascii_lowercase);
    let top: usize = request.query("$top").and_then(|top| top.parse().ok()).unwrap_or(usize::MAX);
    let value = core
        .state
        .deployments
        .values()
        .filter(|deployment| deployment.scope.eq_ignore_ascii_case(&target.scope))
        .filter(|deployment| {
            state.as_ref().is_none_or(|state| deployment.state.eq_ignore_ascii_case(state))
        })
        .take(top)
        .map(body::of)
        .collect();
    reply::page(core, request, value)
}

fn list_operations(
    core: &Core,
    request: &Request,
    target: &Target,
    key: &str,
) -> Result<Reply, ArmError> {
    let deployment = core.state.deployments.get(key).ok_or_else(|| not_found(target))?;
    if target.is_collection() {
        return Ok(reply::page(core, request, deployment.records.clone()));
    }
    let found = deployment.records.iter().find(|record| record["operationId"] == target.name());
    match found {
        Some(record) => Ok(Reply::json(200, record)),
        None => Err(ArmError::missing(
            "DeploymentOperationNotFound",
            format!("Deployment operation '{}' could not be found.", target.name()),
        )),
    }
}

fn cancel(core: &mut Core, target: &Target, key: &str) -> Result<Reply, ArmError> {
    let deployment = core.state.deployments.get_mut(key).ok_or_else(|| not_found(target))?;
    if !deployment.is_active() {
        return Err(ArmError::conflict(
            "DeploymentCannotBeCancelled",
            format!(
                "The deployment '{}' cannot be cancelled because its provisioning state is '{}'.",
                deployment.name, deployment.state
            ),
        ));
    }
    deployment.state = "Canceled".to_owned();
    let operation = deployment.operation.clone();
    let error = json!({"code": "DeploymentCanceled", "message": "The deployment was canceled."});
    operations::finish(core, &operation, Some(error));
    Ok(Reply::empty(204))
}

/// Deletes the history entry, never what was deployed.
fn delete(
    core: &mut Core,
    request: &Request,
    target: &Target,
    key: &str,
) -> Result<Reply, ArmError> {
    match core.state.deployments.get(key) {
        None => return Ok(Reply::empty(204)),
        Some(deployment) if deployment.is_active() => {
            return Err(ArmError::conflict(
                "DeploymentBeingDeleted",
                format!(
                    "The deployment '{}' cannot be deleted while it is active.",
                    deployment.name
                ),
            ));
        }
        Some(_) => {}
    }
    core.state.deployments.remove(key);
    let token = operations::start(core, OperationKind::Deletion, key, 0, None);
    let location = format!(
        "{}/subscriptions/{}/operationresults/{token}?api-version={}",
        core.endpoints.management,
        target.subscription().unwrap_or_default(),
        request.api_version()
    );
    Ok(Reply::empty(202).header("Location", location).header("Retry-After", "0"))
}

fn not_found(target: &Target) -> ArmError {
    ArmError::missing(
        "DeploymentNotFound",
        format!(
            "Deployment '{}' could not be found.",
            target.names.first().map_or("", String::as_str)
        ),
    )
}
