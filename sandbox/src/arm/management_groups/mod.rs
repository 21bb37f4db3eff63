//! Microsoft.Management: management groups, who is in them, and what is below them.
//!
//! API: <https://learn.microsoft.com/rest/api/managementgroups/>, versions 2018-03-01-preview to 2023-04-01. That a
//! group with children is refused with `BadRequest`, and the words about its depth, are guesses.

mod view;
mod write;

use serde_json::{Value, json};

use super::{rbac, reply};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{GROUPS, ManagementGroup};

/// Answers everything below `/providers/Microsoft.Management`.
pub(crate) fn answer(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    segments: &[&str],
) -> Result<Reply, ArmError> {
    require_version(request)?;
    let name = request.path.trim_matches('/').split('/').nth(3).unwrap_or_default().to_owned();
    match (request.method.as_str(), &segments[2..]) {
        ("GET", ["managementgroups"]) => Ok(list_groups(core, caller, request)),
        ("GET", ["managementgroups", _]) => {
            let group = find_group(core, caller, &name, "read")?;
            Ok(Reply::json(200, &view::group_body(core, group, request)?))
        }
        ("PUT", ["managementgroups", _]) => write::put_group(core, caller, request, &name),
        ("PATCH", ["managementgroups", _]) => write::patch_group(core, caller, request, &name),
        ("DELETE", ["managementgroups", _]) => write::delete_group(core, caller, request, &name),
        ("GET", ["managementgroups", _, "descendants"]) => {
            let group = find_group(core, caller, &name, "descendants/read")?;
            view::descendants_page(core, group, request)
        }
        ("GET", ["managementgroups", _, "subscriptions"]) => {
            let group = find_group(core, caller, &name, "subscriptions/read")?;
            let inside = view::subscriptions_in(core, &group.name);
            let value = inside.map(|known| view::membership(core, known, group)).collect();
            Ok(reply::page(core, request, value))
        }
        (method, ["managementgroups", _, "subscriptions", id]) => match method {
            "GET" => write::show_membership(core, caller, &name, id),
            "PUT" => write::add_subscription(core, caller, &name, id),
            "DELETE" => write::remove_subscription(core, caller, &name, id),
            _ => Err(reply::method_not_allowed(request)),
        },
        ("GET", ["operationresults", ..]) => write::show_result(core, caller, segments),
        ("POST", ["getentities"]) => Ok(view::entities_page(core, caller, request)),
        ("POST", ["checknameavailability"]) => check_name(core, request),
        ("POST", ["tenantbackfillstatus" | "starttenantbackfill"]) => {
            Ok(Reply::json(200, &json!({"tenantId": caller.tenant, "status": "Completed"})))
        }
        _ => Err(reply::method_not_allowed(request)),
    }
}

/// The group, if the caller's tenant has it and the caller may do this with it.
fn find_group<'a>(
    core: &'a Core,
    caller: &Caller,
    name: &str,
    verb: &str,
) -> Result<&'a ManagementGroup, ArmError> {
    let action = format!("Microsoft.Management/managementGroups/{verb}");
    let own = core.state.management_group(name).filter(|group| group.tenant == caller.tenant);
    if let Some(group) = own {
        rbac::require(core, caller, &group.id(), &action)?;
        return Ok(group);
    }
    // Who may not read the root is not told what exists.
    rbac::require(core, caller, &format!("{GROUPS}{}", caller.tenant), &action)?;
    Err(not_found(name))
}

fn not_found(name: &str) -> ArmError {
    ArmError::missing("NotFound", format!("'{GROUPS}{name}' not found"))
}

fn list_groups(core: &Core, caller: &Caller, request: &Request) -> Reply {
    let seen = core.state.management_groups.iter().filter(|group| may_read(core, caller, group));
    reply::page(core, request, seen.map(view::group_info).collect())
}

fn may_read(core: &Core, caller: &Caller, group: &ManagementGroup) -> bool {
    let action = "Microsoft.Management/managementGroups/read";
    group.tenant == caller.tenant && rbac::is_allowed(core, caller, &group.id(), action)
}

fn check_name(core: &Core, request: &Request) -> Result<Reply, ArmError> {
    let sent = request.json()?;
    let name = sent["name"].as_str().unwrap_or_default();
    let refusal = if !write::is_group_name(name) {
        Some(("Invalid", "The management group id is not valid."))
    } else if core.state.management_group(name).is_some() {
        Some(("AlreadyExists", "The management group id is in use."))
    } else {
        None
    };
    let body = match refusal {
        None => json!({"nameAvailable": true}),
        Some((reason, message)) => {
            json!({"nameAvailable": false, "reason": reason, "message": message})
        }
    };
    Ok(Reply::json(200, &body))
}

fn require_version(request: &Request) -> Result<(), ArmError> {
    if VERSIONS.contains(&request.api_version()) {
        return Ok(());
    }
    Err(ArmError::bad(
        "InvalidApiVersionParameter",
        format!(
            "The api-version '{}' is invalid. The supported versions are '{}'.",
            request.api_version(),
            VERSIONS.join(",")
        ),
    ))
}

/// What a create or delete answers with, and its status after that.
fn operation_body(group: &ManagementGroup, status: &str) -> Value {
    json!({"id": group.id(), "type": view::TYPE, "name": group.name, "status": status,
        "properties": {"tenantId": group.tenant, "displayName": group.display_name}})
}

const VERSIONS: [&str; 7] = [
    "2018-03-01-preview",
    "2019-11-01",
    "2020-02-01",
    "2020-05-01",
    "2020-10-01",
    "2021-04-01",
    "2023-04-01",
];
