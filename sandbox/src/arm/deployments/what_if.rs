//! What-if: compares what a template would put with what is there.

use serde_json::{Value, json};

use super::{engine, preflight};
use crate::arm::operations;
use crate::arm::target::Target;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::OperationKind;
use crate::template::{self, Resource};

/// Starts a what-if: 202 with a `Location` that changes with every poll.
pub(super) fn start(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let prepared = preflight::prepare(core, caller, request, target)?;
    let ids_only = prepared.properties["whatIfSettings"]["resultFormat"] == "ResourceIdOnly";
    let result = match preflight::check(core, caller, &prepared.expansion) {
        Err(error) => json!({"status": "Failed", "error": error.inner()}),
        Ok(()) => {
            let own = preflight::flatten(&prepared.expansion)
                .into_iter()
                .filter(|resource| resource.nested.is_none());
            let changes: Vec<Value> =
                own.map(|resource| change(core, resource, ids_only)).collect();
            json!({"status": "Succeeded", "properties": {
                "correlationId": uuid::Uuid::new_v4().to_string(), "changes": changes, "potentialChanges": [], "diagnostics": []}})
        }
    };
    if core.knobs.what_if_polls == 0 {
        return Ok(Reply::json(200, &result));
    }
    let polls = core.knobs.what_if_polls - 1;
    let token = operations::start(core, OperationKind::WhatIf, &target.id(), polls, Some(result));
    let location = format!(
        "{}/subscriptions/{}/operationresults/{token}?api-version={}",
        core.endpoints.management,
        target.subscription().unwrap_or_default(),
        request.api_version()
    );
    Ok(Reply::empty(202).header("Location", location).header("Retry-After", "0"))
}

fn change(core: &Core, resource: &Resource, ids_only: bool) -> Value {
    let before = engine::snapshot(core, &resource.id, &resource.api_version)
        .map(|body| shown(resource, &body));
    let after = shown(resource, &resource.body);
    let delta = before.as_ref().map(|before| template::diff(before, &after)).unwrap_or_default();
    let kind = match &before {
        None => "Create",
        Some(_) if ids_only => "Deploy",
        Some(_) if delta.is_empty() => "NoChange",
        Some(_) => "Modify",
    };
    let mut change = json!({"resourceId": resource.id, "changeType": kind});
    if ids_only {
        return change;
    }
    if let Some(before) = before {
        change["before"] = before;
    }
    change["after"] = after;
    if !delta.is_empty() {
        change["delta"] = json!(delta);
    }
    change
}

/// `{apiVersion, id, name, type, …}` without what the provider adds by itself.
fn shown(resource: &Resource, body: &Value) -> Value {
    const OF_THE_PROVIDER: [&str; 5] = [
        "provisioningState",
        "managedByTenantName",
        "manageeTenantId",
        "manageeTenantName",
        "registrationDefinition",
    ];
    let name = resource.id.rsplit('/').next().unwrap_or_default();
    let mut properties = body["properties"].clone();
    if let Some(properties) = properties.as_object_mut() {
        properties
            .retain(|name, value| !OF_THE_PROVIDER.contains(&name.as_str()) && !value.is_null());
    }
    let mut shown = json!({
        "apiVersion": resource.api_version, "id": resource.id, "name": name, "type": resource.type_,
    });
    for member in ["location", "tags", "plan", "sku", "kind"] {
        if let Some(value) = body.get(member).filter(|value| !value.is_null()) {
            shown[member] = value.clone();
        }
    }
    shown["properties"] = properties;
    shown
}
