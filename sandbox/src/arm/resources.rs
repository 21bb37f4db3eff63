//! Resources without rules of their own: kept as they are sent, shown as `Succeeded`.

use serde_json::{Value, json};

use super::target::{self, Target};
use super::{groups, linked, machines, network, providers, rbac, stored};
use crate::arm::reply;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};

/// Answers a request to a plain resource.
pub(crate) fn answer(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let key = target.id().to_ascii_lowercase();
    match (request.method.as_str(), target.is_collection()) {
        ("GET", true) => Ok(list(core, request, target)),
        ("GET" | "HEAD", false) => match core.state.resources.get(&key) {
            Some(resource) => {
                let body = machines::show(request, target, resource.body.clone())?;
                Ok(Reply::json(200, &body))
            }
            None => Err(stored::not_found(target)),
        },
        ("PUT", false) => {
            providers::require_registered(core, target)?;
            put(core, caller, target, &request.json()?)
        }
        ("PATCH", false) => {
            let patch = request.json()?;
            let resource =
                core.state.resources.get_mut(&key).ok_or_else(|| stored::not_found(target))?;
            stored::merge(&mut resource.body, &patch);
            Ok(Reply::json(200, &resource.body))
        }
        ("DELETE", false) => {
            let had = core.state.resources.len();
            core.state.resources.retain(|id, _| !target::contains(&key, id));
            Ok(Reply::empty(if had == core.state.resources.len() { 204 } else { 200 }))
        }
        _ => Err(reply::method_not_allowed(request)),
    }
}

/// Puts a plain resource.
pub(crate) fn put(
    core: &mut Core,
    caller: &Caller,
    target: &Target,
    sent: &Value,
) -> Result<Reply, ArmError> {
    if target.is("Microsoft.Resources/resourceGroups") {
        let subscription = target.subscription().unwrap_or_default().to_owned();
        let status = groups::create(core, &subscription, target.name(), sent)?;
        return Ok(Reply::json(status, sent));
    }
    stored::require_parent(core, target)?;
    linked::check(core, caller, target, sent)?;
    machines::check(core, target, sent)?;
    machines::check_disk(core, target, sent)?;
    let key = target.id().to_ascii_lowercase();
    let existed = core.state.resources.contains_key(&key);
    let mut body = sent.clone();
    if !body["properties"].is_object() {
        body["properties"] = json!({});
    }
    body["properties"]["provisioningState"] = json!("Succeeded");
    network::complete(core, target, &mut body);
    core.state.put_resource(&target.id(), &target.full_type(), body);
    let stored = core.state.body(&key).unwrap_or_default();
    Ok(Reply::json(if existed { 200 } else { 201 }, &stored))
}

/// Answers `/subscriptions/{id}[/resourceGroups/{name}]/resources`.
pub(crate) fn list_all(core: &Core, caller: &Caller, request: &Request) -> Result<Reply, ArmError> {
    let scope = request.path.trim_end_matches('/').trim_end_matches("/resources");
    let filter = request.query("$filter").unwrap_or_default();
    let wanted =
        filter.contains("resourceType eq").then(|| filter.split('\'').nth(1).unwrap_or_default());
    let value = core
        .state
        .resources
        .values()
        .filter(|resource| {
            target::contains(scope, &resource.id) && resource.type_.matches('/').count() == 1
        })
        .filter(|resource| wanted.is_none_or(|wanted| resource.type_.eq_ignore_ascii_case(wanted)))
        .filter(|resource| {
            rbac::is_allowed(core, caller, &resource.id, &format!("{}/read", resource.type_))
        })
        .map(|resource| {
            json!({"id": resource.id, "name": resource.body["name"], "type": resource.type_,
                "location": resource.body["location"], "tags": resource.body["tags"]})
        })
        .collect();
    Ok(reply::page(core, request, value))
}

fn list(core: &Core, request: &Request, target: &Target) -> Reply {
    let full_type = target.full_type();
    let prefix = if target.names.is_empty() { target.scope.clone() } else { target.id() };
    let value = core
        .state
        .resources
        .values()
        .filter(|resource| {
            resource.type_.eq_ignore_ascii_case(&full_type)
                && target::contains(&prefix, &resource.id)
        })
        .map(|resource| resource.body.clone())
        .collect();
    reply::page(core, request, value)
}
