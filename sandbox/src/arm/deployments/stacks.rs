//! Microsoft.Resources/deploymentStacks at a subscription: created and updated in one go, read, deleted.
//!
//! API: <https://learn.microsoft.com/rest/api/resources/deployment-stacks>. What leaves a stack is detached; settings that
//! deny are refused here, and so is deleting anything but delegations with a stack: nobody has looked at them.

use serde_json::{Value, json};

use super::preflight::Prepared;
use super::{preflight, register, run_at_once};
use crate::arm::managed_services::provisioning;
use crate::arm::reply;
use crate::arm::target::Target;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};

const TYPE: &str = "Microsoft.Resources/deploymentStacks";

/// Answers a request to a stack.
pub(crate) fn answer(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let key = target.id().to_ascii_lowercase();
    match (request.method.as_str(), target.is_collection()) {
        ("GET", true) => {
            let own = core.state.resources.values().filter(|known| {
                known.type_ == TYPE && known.id.starts_with(&format!("{}/providers/", target.scope))
            });
            let value = own.map(|known| known.body.clone()).collect();
            Ok(reply::page(core, request, value))
        }
        ("GET", false) => {
            core.state.body(&key).map(|body| Reply::json(200, &body)).ok_or_else(|| {
                ArmError::missing(
                    "DeploymentStackNotFound",
                    format!("The deployment stack '{}' could not be found.", target.name()),
                )
            })
        }
        ("POST", false)
            if target.action.as_deref().is_some_and(|one| one.eq_ignore_ascii_case("validate")) =>
        {
            let sent = request.json()?;
            check(&sent["properties"])?;
            let deployment = deployment_of(core, target)?;
            let inner = inner_request(request, &deployment, &sent);
            let prepared = preflight::prepare(core, caller, &inner, &deployment)?;
            preflight::check(core, caller, &prepared.expansion)?;
            let body = json!({"id": target.id(), "name": target.name(), "type": TYPE,
                "properties": {"validatedResources": resources_of(&prepared)}});
            Ok(Reply::json(200, &body))
        }
        ("PUT", false) => put(core, caller, request, target),
        ("DELETE", false) => {
            let deletes = |name: &str| {
                request.query(name).is_some_and(|word| word.eq_ignore_ascii_case("delete"))
            };
            if deletes("unmanageAction.ResourceGroups") {
                return Err(not_kept("deleting the groups of a stack"));
            }
            let known = core.state.resources.remove(&key);
            if let Some(known) = known.as_ref().filter(|_| deletes("unmanageAction.Resources")) {
                delete_all(core, &known.body["properties"]["resources"])?;
            }
            Ok(Reply::empty(if known.is_some() { 200 } else { 204 }))
        }
        _ => Err(reply::method_not_allowed(request)),
    }
}

/// Deletes what a stack made, the last thing first. That Azure does it in this order is a guess.
fn delete_all(core: &mut Core, resources: &Value) -> Result<(), ArmError> {
    let ids: Vec<String> = resources
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["id"].as_str().map(str::to_ascii_lowercase))
        .collect();
    for id in ids.iter().rev() {
        if core.state.assignments.contains_key(id) {
            provisioning::forget(core, id);
        } else if core.state.definitions.remove(id).is_none() {
            return Err(not_kept("deleting other things of a stack than delegations"));
        }
    }
    Ok(())
}

fn put(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let sent = request.json()?;
    let properties = &sent["properties"];
    check(properties)?;
    let deployment = deployment_of(core, target)?;
    let inner = inner_request(request, &deployment, &sent);
    let prepared = preflight::prepare(core, caller, &inner, &deployment)?;
    register(core, caller, target.subscription().unwrap_or_default(), &prepared);
    let error = run_at_once(core, caller, &deployment, &body_of(&sent)).err();
    let is_new = !core.state.resources.contains_key(&target.id().to_ascii_lowercase());
    let mut kept = json!({"location": sent["location"], "tags": sent["tags"], "properties": {
        "provisioningState": if error.is_none() { "succeeded" } else { "failed" },
        "deploymentId": deployment.id(), "resources": resources_of(&prepared),
        "detachedResources": [], "deletedResources": [], "failedResources": [],
        "actionOnUnmanage": properties["actionOnUnmanage"],
        "denySettings": properties["denySettings"], "parameters": properties["parameters"]}});
    if let Some(error) = error {
        kept["properties"]["error"] = error;
    }
    core.state.put_resource(&target.id(), TYPE, kept);
    let stored = core.state.body(&target.id()).unwrap_or_default();
    Ok(Reply::json(if is_new { 201 } else { 200 }, &stored))
}

fn check(properties: &Value) -> Result<(), ArmError> {
    match properties["actionOnUnmanage"]["resources"].as_str() {
        None => Err(ArmError::bad(
            "InvalidRequestContent",
            "The property 'actionOnUnmanage.resources' is required.",
        )),
        Some("detach") if properties["denySettings"]["mode"] == "none" => Ok(()),
        Some("detach") => Err(not_kept("a denySettings.mode other than 'none'")),
        Some(_) => Err(not_kept("deleting what leaves a stack")),
    }
}

/// The deployment that a stack makes.
fn deployment_of(core: &Core, target: &Target) -> Result<Target, ArmError> {
    let name = format!("{}-{}", target.name(), core.state.deployments.len());
    let id = format!("{}/providers/Microsoft.Resources/deployments/{name}", target.scope);
    Target::parse("PUT", &id).ok_or_else(|| not_kept("such a scope"))
}

fn body_of(sent: &Value) -> Value {
    let properties = &sent["properties"];
    json!({"location": sent["location"], "properties": {"mode": "Incremental",
        "template": properties["template"], "parameters": properties["parameters"]}})
}

fn inner_request(request: &Request, deployment: &Target, sent: &Value) -> Request {
    let body = body_of(sent).to_string().into();
    Request { method: "PUT".to_owned(), path: deployment.id(), body, ..request.clone() }
}

fn resources_of(prepared: &Prepared) -> Vec<Value> {
    let all = preflight::flatten(&prepared.expansion).into_iter();
    all.filter(|resource| resource.nested.is_none())
        .map(|resource| json!({"id": resource.id, "status": "managed", "denyStatus": "none"}))
        .collect()
}

fn not_kept(what: &str) -> ArmError {
    ArmError::bad("NotKeptHere", format!("This sandbox has no {what}."))
}
