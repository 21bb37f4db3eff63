//! Resource groups. Deleting one takes everything in it along, Lighthouse assignments too, but no definition.

use serde_json::{Value, json};

use super::managed_services::provisioning;
use super::operations;
use super::{identities, locks, rbac, target};
use crate::arm::reply;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{OperationKind, ResourceGroup};

/// Answers `/subscriptions/{id}/resourcegroups[/{name}]`.
pub(crate) fn answer(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
) -> Result<Reply, ArmError> {
    let subscription = target::subscription(&request.path).unwrap_or_default().to_owned();
    let Some(name) = target::group(&request.path).map(str::to_owned) else {
        return if request.method == "GET" {
            Ok(list(core, caller, request, &subscription))
        } else {
            Err(reply::method_not_allowed(request))
        };
    };
    let scope = format!("/subscriptions/{subscription}/resourceGroups/{name}");
    let verb = match request.method.as_str() {
        "GET" | "HEAD" => "read",
        "DELETE" => "delete",
        _ => "write",
    };
    rbac::require(
        core,
        caller,
        &scope,
        &format!("Microsoft.Resources/subscriptions/resourceGroups/{verb}"),
    )?;
    match request.method.as_str() {
        "HEAD" => Ok(Reply::empty(if core.state.group(&subscription, &name).is_some() {
            204
        } else {
            404
        })),
        "GET" => Ok(Reply::json(200, &body(require(core, &subscription, &name)?))),
        "PUT" | "PATCH" => put(core, request, &subscription, &name),
        "DELETE" => delete(core, request, &subscription, &name),
        _ => Err(reply::method_not_allowed(request)),
    }
}

/// The resource group, or `ResourceGroupNotFound`.
pub(crate) fn require<'a>(
    core: &'a Core,
    subscription: &str,
    name: &str,
) -> Result<&'a ResourceGroup, ArmError> {
    core.state.group(subscription, name).ok_or_else(|| {
        ArmError::missing(
            "ResourceGroupNotFound",
            format!("Resource group '{name}' could not be found."),
        )
    })
}

/// Creates or updates a resource group.
pub(crate) fn create(
    core: &mut Core,
    subscription: &str,
    name: &str,
    body: &Value,
) -> Result<u16, ArmError> {
    let location = body["location"].as_str().map(|text| text.to_ascii_lowercase().replace(' ', ""));
    let known = core.state.groups.iter_mut().find(|group| {
        group.subscription.eq_ignore_ascii_case(subscription)
            && group.name.eq_ignore_ascii_case(name)
    });
    match (known, location) {
        (Some(group), Some(location)) if group.location != location => Err(ArmError::conflict(
            "InvalidResourceGroupLocation",
            format!(
                "Invalid resource group location '{location}'. The Resource group already exists in location '{}'.",
                group.location
            ),
        )),
        (Some(group), _) => {
            group.tags = body.get("tags").cloned().unwrap_or_else(|| json!({}));
            Ok(200)
        }
        (None, None) => Err(ArmError::bad(
            "LocationRequired",
            "The location property is required for this definition.",
        )),
        (None, Some(location)) => {
            core.state.groups.push(ResourceGroup {
                subscription: subscription.to_owned(),
                name: name.to_owned(),
                location,
                tags: body.get("tags").cloned().unwrap_or_else(|| json!({})),
            });
            Ok(201)
        }
    }
}

fn put(
    core: &mut Core,
    request: &Request,
    subscription: &str,
    name: &str,
) -> Result<Reply, ArmError> {
    let status = create(core, subscription, name, &request.json()?)?;
    Ok(Reply::json(status, &body(require(core, subscription, name)?)))
}

fn list(core: &Core, caller: &Caller, request: &Request, subscription: &str) -> Reply {
    let action = "Microsoft.Resources/subscriptions/resourceGroups/read";
    let own = core
        .state
        .groups
        .iter()
        .filter(|group| group.subscription.eq_ignore_ascii_case(subscription));
    let value = own.map(body).filter(|body| {
        rbac::is_allowed(core, caller, body["id"].as_str().unwrap_or_default(), action)
    });
    reply::page(core, request, value.collect())
}

fn delete(
    core: &mut Core,
    request: &Request,
    subscription: &str,
    name: &str,
) -> Result<Reply, ArmError> {
    let scope = format!("/subscriptions/{subscription}/resourceGroups/{name}").to_ascii_lowercase();
    require(core, subscription, name)?;
    locks::require_unlocked(core, &scope)?;
    core.state.groups.retain(|group| {
        !(group.subscription.eq_ignore_ascii_case(subscription)
            && group.name.eq_ignore_ascii_case(name))
    });
    identities::forget_below(core, &scope);
    core.state.resources.retain(|id, _| !target::contains(&scope, id));
    core.state.role_assignments.retain(|assignment| !target::contains(&scope, &assignment.scope));
    core.state.deployments.retain(|id, _| !target::contains(&scope, id));
    let gone: Vec<String> =
        core.state.assignments.keys().filter(|id| target::contains(&scope, id)).cloned().collect();
    for key in gone {
        provisioning::forget(core, &key);
    }
    let token = operations::start(core, OperationKind::Deletion, &scope, 0, None);
    let location = format!(
        "{}/subscriptions/{subscription}/operationresults/{token}?api-version={}",
        core.endpoints.management,
        request.api_version()
    );
    Ok(Reply::empty(202).header("Location", location).header("Retry-After", "0"))
}

fn body(group: &ResourceGroup) -> Value {
    json!({
        "id": format!("/subscriptions/{}/resourceGroups/{}", group.subscription, group.name),
        "name": group.name, "type": "Microsoft.Resources/resourceGroups", "location": group.location,
        "tags": group.tags, "properties": {"provisioningState": "Succeeded"},
    })
}
