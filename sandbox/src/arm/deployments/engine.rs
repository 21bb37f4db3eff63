//! Runs a deployment: some resources per poll, in the order of their dependencies, by the rules of a direct PUT.

use serde_json::{Value, json};

use super::preflight;
use crate::arm::managed_services::provisioning;
use crate::arm::policy::assignments;
use crate::arm::target;
use crate::arm::{groups, put};
use crate::core::Core;
use crate::error::ArmError;
use crate::message::Reply;
use crate::state::{Deployment, ProvisioningState, Step};
use crate::template::{Expansion, Resource};

/// The steps of an expanded template.
pub(crate) fn steps(expansion: &Expansion) -> Vec<Step> {
    preflight::flatten(expansion)
        .into_iter()
        .map(|resource| Step { resource: resource.clone() })
        .collect()
}

/// The providers a template uses.
pub(crate) fn namespaces(expansion: &Expansion) -> Vec<String> {
    let mut names: Vec<String> = preflight::flatten(expansion)
        .iter()
        .filter_map(|resource| resource.type_.split('/').next().map(str::to_owned))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Runs a part of a deployment; `left` polls follow. Returns the error it failed with.
pub(crate) fn advance(core: &mut Core, key: &str, left: u32) -> Option<Value> {
    let mut deployment = core.state.deployments.get(key)?.clone();
    if !deployment.is_active() {
        return deployment.error;
    }
    deployment.state = "Running".to_owned();
    let open = deployment.steps.len() - deployment.next;
    let share = open.div_ceil(usize::try_from(left).unwrap_or(usize::MAX).saturating_add(1));
    for _ in 0..share {
        let step = deployment.steps[deployment.next].clone();
        deployment.next += 1;
        let result = run(core, &deployment, &step.resource);
        record(core, &mut deployment, &step.resource, &result);
        if let Err(error) = result {
            deployment.state = "Failed".to_owned();
            deployment.error = Some(failure(core, &deployment, &error));
            break;
        }
    }
    if left == 0 && deployment.is_active() {
        end(core, &mut deployment);
    }
    let error = deployment.error.clone();
    core.state.deployments.insert(key.to_owned(), deployment);
    error
}

fn end(core: &Core, deployment: &mut Deployment) {
    let lookup = |id: &str| snapshot(core, id, "2022-10-01");
    match deployment.expansion.outputs(&lookup) {
        Ok(outputs) => {
            deployment.outputs = Some(outputs);
            deployment.state = "Succeeded".to_owned();
        }
        Err(error) => {
            deployment.state = "Failed".to_owned();
            deployment.error = Some(json!({"code": "DeploymentOutputEvaluationFailed",
                "message": "Unable to evaluate template outputs.", "details": [{"code": error.code, "message": error.message}]}));
        }
    }
}

fn run(core: &mut Core, deployment: &Deployment, resource: &Resource) -> Result<Reply, ArmError> {
    if resource.nested.is_some() {
        record_nested(core, deployment, resource);
        return Ok(Reply::empty(200));
    }
    if resource.type_.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups") {
        let subscription = target::subscription(&resource.scope).unwrap_or_default();
        let mut body = resource.body.clone();
        if let Some(location) = &resource.location {
            body["location"] = json!(location);
        }
        return groups::create(core, subscription, &resource.name, &body).map(Reply::empty);
    }
    let body = if resource.is_deferred {
        let lookup = |id: &str| snapshot(core, id, "2022-10-01");
        let resolved = deployment.expansion.resolve(&resource.body, &lookup);
        resolved.map_err(|error| ArmError::bad(&error.code, error.message))?
    } else {
        resource.body.clone()
    };
    let (id, version) = (&resource.id, &resource.api_version);
    let reply = put::put_resource(core, &deployment.caller, id, version, &body)?;
    settle(core, &resource.id)?;
    Ok(reply)
}

/// A deployment waits for what it has put before it goes on.
fn settle(core: &mut Core, id: &str) -> Result<(), ArmError> {
    let key = id.to_ascii_lowercase();
    if let Some(definition) = core.state.definitions.get_mut(&key) {
        definition.accepted_reads = 0;
        definition.state = ProvisioningState::Succeeded;
    }
    let Some(token) =
        core.state.assignments.get(&key).and_then(|assignment| assignment.operation.clone())
    else {
        return Ok(());
    };
    provisioning::run_job(core, &token);
    let error = core.state.operations.get(&token).and_then(|operation| operation.error.clone());
    match error {
        None => Ok(()),
        Some(error) => {
            let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
            Err(ArmError::bad(&text("code"), text("message")))
        }
    }
}

fn record_nested(core: &mut Core, parent: &Deployment, resource: &Resource) {
    let Some(expansion) = resource.nested.as_deref() else {
        return;
    };
    let mut nested = parent.clone();
    nested.id = resource.id.clone();
    nested.name = resource.name.clone();
    nested.scope = resource.id.split("/providers/").next().unwrap_or_default().to_owned();
    nested.location = resource.location.clone();
    nested.template = resource.body["properties"]["template"].clone();
    nested.steps = steps(expansion);
    nested.next = nested.steps.len();
    nested.expansion = expansion.clone();
    nested.records = Vec::new();
    for step in nested.steps.clone() {
        record(core, &mut nested, &step.resource, &Ok(Reply::empty(201)));
    }
    end(core, &mut nested);
    core.state.deployments.insert(resource.id.to_ascii_lowercase(), nested);
}

/// The error of a failed deployment; the provider's own is sometimes JSON inside a message.
fn failure(core: &Core, deployment: &Deployment, error: &ArmError) -> Value {
    let detail = if core.knobs.stringified_errors {
        let text = serde_json::to_string_pretty(&error.body()).expect("a value can be written");
        json!({"code": status_word(error.status), "message": text})
    } else {
        error.inner()
    };
    json!({
        "code": "DeploymentFailed",
        "target": deployment.id,
        "message": "At least one resource deployment operation failed. Please list deployment operations for details. \
                    Please see https://aka.ms/arm-deployment-operations for usage details.",
        "details": [detail],
    })
}

fn record(
    core: &Core,
    deployment: &mut Deployment,
    resource: &Resource,
    result: &Result<Reply, ArmError>,
) {
    let operation_id = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, resource.id.as_bytes())
        .simple()
        .to_string()
        .to_uppercase()[..16]
        .to_owned();
    let (state, status) = match result {
        Ok(reply) => ("Succeeded", reply.status),
        Err(error) => ("Failed", error.status),
    };
    let mut properties = json!({
        "provisioningOperation": "Create", "provisioningState": state, "timestamp": core.timestamp(),
        "duration": "PT1.0000000S", "trackingId": uuid::Uuid::new_v4().to_string(),
        "serviceRequestId": uuid::Uuid::new_v4().to_string(), "statusCode": status_word(status),
        "targetResource": {"id": resource.id, "resourceType": resource.type_,
            "resourceName": resource.name},
    });
    if let Err(error) = result {
        properties["statusMessage"] = error.body();
    }
    deployment.records.push(json!({
        "id": format!("{}/operations/{operation_id}", deployment.id), "operationId": operation_id, "properties": properties,
    }));
}

/// A resource as a GET would show it.
pub(crate) fn snapshot(core: &Core, id: &str, api_version: &str) -> Option<Value> {
    let key = id.to_ascii_lowercase();
    if let Some(definition) = core.state.definitions.get(&key) {
        return Some(definition.body(&core.state, api_version));
    }
    if let Some(assignment) = core.state.assignments.get(&key) {
        return Some(assignment.body(&core.state, api_version, false));
    }
    if let Some(policy) = assignments::snapshot(&core.state, &key) {
        return Some(policy);
    }
    core.state.body(&key)
}

fn status_word(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        403 => "Forbidden",
        404 => "NotFound",
        409 => "Conflict",
        _ => "BadRequest",
    }
}
