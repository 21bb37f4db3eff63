//! Writes to the tree of management groups: what may be where, and who may put it there.
//!
//! Source: <https://learn.microsoft.com/azure/governance/management-groups/overview>: six levels below the root, and
//! a move needs rights at the child, at the old parent and at the new one, the root excepted.

use serde_json::{Value, json};

use super::{find_group, not_found, operation_body, view};
use crate::arm::{rbac, roles};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{DEEPEST, GROUPS, ManagementGroup, group_name};

const WRITE: &str = "Microsoft.Management/managementGroups/write";

/// Creates a group, or changes its name and parent.
pub(super) fn put_group(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    name: &str,
) -> Result<Reply, ArmError> {
    if !is_group_name(name) {
        return Err(ArmError::bad(
            "InvalidManagementGroupId",
            format!("The management group id '{name}' is not valid."),
        ));
    }
    let sent = request.json()?;
    let properties = &sent["properties"];
    let parent = parent_of(core, caller, &properties["details"]["parent"]["id"])?;
    let shown = properties["displayName"].as_str().filter(|text| !text.is_empty());
    let known = core.state.management_group(name);
    if known.is_some_and(|known| known.tenant != caller.tenant) {
        return Err(ArmError::conflict(
            "ManagementGroupIdAlreadyExists",
            format!("The management group id '{name}' is in use in another tenant."),
        ));
    }
    if known.is_some() {
        change_group(core, caller, name, shown, parent.as_deref())?;
        let group = core.state.management_group(name).ok_or_else(|| not_found(name))?;
        return Ok(Reply::json(200, &view::group_body(core, group, request)?));
    }
    let parent = parent.unwrap_or_else(|| caller.tenant.clone());
    require_depth(core, &parent, 1)?;
    require_parent_write(core, caller, &parent)?;
    core.state.add_management_group(&caller.tenant, name, Some(&parent));
    stamp(core, caller, name, shown);
    // Whoever creates a group owns it.
    core.state.assign_role(&format!("{GROUPS}{name}"), roles::OWNER, &caller.object_id);
    let group = core.state.management_group(name).ok_or_else(|| not_found(name))?;
    Ok(accepted(core, request, "create", group))
}

/// Changes what a patch names.
pub(super) fn patch_group(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    name: &str,
) -> Result<Reply, ArmError> {
    let sent = request.json()?;
    find_group(core, caller, name, "write")?;
    let parent = parent_of(core, caller, &sent["parentGroupId"])?;
    change_group(core, caller, name, sent["displayName"].as_str(), parent.as_deref())?;
    let group = core.state.management_group(name).ok_or_else(|| not_found(name))?;
    Ok(Reply::json(200, &view::group_body(core, group, request)?))
}

/// Deletes a group that has nothing in it.
pub(super) fn delete_group(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    name: &str,
) -> Result<Reply, ArmError> {
    let known = core.state.management_group(name).filter(|group| group.tenant == caller.tenant);
    if known.is_none() {
        rbac::require(core, caller, &format!("{GROUPS}{}", caller.tenant), WRITE)?;
        return Ok(Reply::empty(204));
    }
    let group = find_group(core, caller, name, "delete")?.clone();
    let has_children = view::groups_in(core, &group.name).next().is_some()
        || view::subscriptions_in(core, &group.name).next().is_some();
    if group.parent.is_none() || has_children {
        return Err(ArmError::bad(
            "BadRequest",
            format!(
                "The management group '{name}' cannot be deleted: it is the root or has children."
            ),
        ));
    }
    core.state.management_groups.retain(|other| other.name != group.name);
    let id = group.id();
    core.state.role_assignments.retain(|known| !known.scope.eq_ignore_ascii_case(&id));
    Ok(accepted(core, request, "delete", &group))
}

/// Answers a read of what a create or a delete became.
pub(super) fn show_result(
    core: &Core,
    caller: &Caller,
    segments: &[&str],
) -> Result<Reply, ArmError> {
    let [.., verb @ ("create" | "delete"), "managementgroups", name] = segments else {
        return Err(ArmError::missing("NotFound", "The operation could not be found."));
    };
    let known = core.state.management_group(name).filter(|group| group.tenant == caller.tenant);
    match (*verb, known) {
        ("create", Some(group)) => Ok(Reply::json(200, &operation_body(group, "Succeeded"))),
        ("delete", None) => Ok(Reply::json(
            200,
            &json!({"id": format!("{GROUPS}{name}"), "name": name, "type": view::TYPE, "status": "Succeeded"}),
        )),
        _ => Err(not_found(name)),
    }
}

/// Shows a subscription in a group.
pub(super) fn show_membership(
    core: &Core,
    caller: &Caller,
    name: &str,
    id: &str,
) -> Result<Reply, ArmError> {
    let group = find_group(core, caller, name, "subscriptions/read")?;
    let known = view::subscriptions_in(core, &group.name)
        .find(|known| known.id.eq_ignore_ascii_case(id))
        .ok_or_else(|| not_found(&format!("{name}/subscriptions/{id}")))?;
    Ok(Reply::json(200, &view::membership(core, known, group)))
}

/// Moves a subscription into a group of its tenant.
pub(super) fn add_subscription(
    core: &mut Core,
    caller: &Caller,
    name: &str,
    id: &str,
) -> Result<Reply, ArmError> {
    let group = find_group(core, caller, name, "subscriptions/write")?.name.clone();
    require_move(core, caller, id)?;
    core.state.move_subscription(id, &group);
    show_membership(core, caller, &group, id)
}

/// Takes a subscription out of a group: it falls to the root.
pub(super) fn remove_subscription(
    core: &mut Core,
    caller: &Caller,
    name: &str,
    id: &str,
) -> Result<Reply, ArmError> {
    let group = find_group(core, caller, name, "subscriptions/delete")?.name.clone();
    let is_in = view::subscriptions_in(core, &group).any(|known| known.id.eq_ignore_ascii_case(id));
    if !is_in {
        return Ok(Reply::empty(204));
    }
    require_move(core, caller, id)?;
    core.state.move_subscription(id, &caller.tenant);
    Ok(Reply::empty(200))
}

/// What the id of a group may look like.
pub(super) fn is_group_name(name: &str) -> bool {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_().".contains(c));
    is_plain && (1..=90).contains(&name.len()) && !name.ends_with('.')
}

fn require_move(core: &Core, caller: &Caller, id: &str) -> Result<(), ArmError> {
    let known = core.state.subscription(id).filter(|known| known.tenant == caller.tenant);
    let Some(known) = known else {
        return Err(ArmError::missing(
            "SubscriptionNotFound",
            format!("The subscription '{id}' could not be found."),
        ));
    };
    let scope = format!("/subscriptions/{}", known.id);
    rbac::require(core, caller, &scope, "Microsoft.Authorization/roleAssignments/write")?;
    let old = known.management_group.as_deref().unwrap_or(&known.tenant);
    require_parent_write(core, caller, old)
}

fn change_group(
    core: &mut Core,
    caller: &Caller,
    name: &str,
    shown: Option<&str>,
    parent: Option<&str>,
) -> Result<(), ArmError> {
    let group = find_group(core, caller, name, "write")?;
    if let Some(parent) = parent.filter(|parent| group.parent.as_deref() != Some(*parent)) {
        let is_below = core.state.is_in_group(&format!("{GROUPS}{parent}"), name);
        if group.parent.is_none() || is_below {
            return Err(ArmError::bad(
                "BadRequest",
                format!("The management group '{name}' cannot be moved below '{parent}'."),
            ));
        }
        require_parent_write(core, caller, group.parent.as_deref().unwrap_or_default())?;
        require_parent_write(core, caller, parent)?;
        require_depth(core, parent, height_of(core, name))?;
    }
    stamp(core, caller, name, shown);
    let own = core.state.management_groups.iter_mut();
    if let Some(group) = own.into_iter().find(|group| group.name.eq_ignore_ascii_case(name)) {
        group.version += 1;
        if let Some(parent) = parent {
            group.parent = Some(parent.to_owned());
        }
    }
    Ok(())
}

fn stamp(core: &mut Core, caller: &Caller, name: &str, shown: Option<&str>) {
    let now = core.timestamp();
    let mut all = core.state.management_groups.iter_mut();
    if let Some(group) = all.find(|group| group.name.eq_ignore_ascii_case(name)) {
        group.updated_time = now;
        group.updated_by.clone_from(&caller.object_id);
        if let Some(shown) = shown {
            shown.clone_into(&mut group.display_name);
        }
    }
}

/// The name of the parent that a request asks for, which must be there.
fn parent_of(core: &Core, caller: &Caller, id: &Value) -> Result<Option<String>, ArmError> {
    let Some(id) = id.as_str() else {
        return Ok(None);
    };
    let known = group_name(id).and_then(|name| core.state.management_group(name));
    match known.filter(|group| group.tenant == caller.tenant) {
        Some(group) => Ok(Some(group.name.clone())),
        None => Err(ArmError::missing("NotFound", format!("'{id}' not found"))),
    }
}

/// Anybody in a tenant may create below its root, as long as the tenant has not said otherwise.
fn require_parent_write(core: &Core, caller: &Caller, parent: &str) -> Result<(), ArmError> {
    if parent.eq_ignore_ascii_case(&caller.tenant) {
        return Ok(());
    }
    rbac::require(core, caller, &format!("{GROUPS}{parent}"), WRITE)
}

fn require_depth(core: &Core, parent: &str, height: usize) -> Result<(), ArmError> {
    // The root is none of the six levels, and `DEEPEST` counts it and one too many.
    if core.state.group_and_above(parent).len() + height < DEEPEST {
        return Ok(());
    }
    Err(ArmError::bad(
        "MaximumDepthReached",
        format!(
            "The management group '{parent}' is too deep: six levels below the root are supported."
        ),
    ))
}

/// The levels that a group and what is below it take.
fn height_of(core: &Core, name: &str) -> usize {
    let below = view::groups_in(core, name).map(|group| height_of(core, &group.name));
    1 + below.max().unwrap_or(0)
}

fn accepted(core: &Core, request: &Request, verb: &str, group: &ManagementGroup) -> Reply {
    let address = format!(
        "{}/providers/Microsoft.Management/operationResults/{verb}/managementGroups/{}?api-version={}",
        core.endpoints.management,
        group.name,
        request.api_version()
    );
    Reply::json(202, &operation_body(group, "NotStarted"))
        .header("Azure-AsyncOperation", address.clone())
        .header("Location", address)
        // Without it azure-core waits for 30 s.
        .header("retry-after-ms", "1")
}
