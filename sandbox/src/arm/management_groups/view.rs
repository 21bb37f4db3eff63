//! Management groups as Azure shows them: alone, with their children, and as a flat list of what is below.

use serde_json::{Value, json};

use super::may_read;
use crate::arm::{rbac, reply};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{ManagementGroup, Subscription};

/// The type of a group.
pub(super) const TYPE: &str = "Microsoft.Management/managementGroups";

/// A group as lists show it.
pub(super) fn group_info(group: &ManagementGroup) -> Value {
    json!({"id": group.id(), "type": TYPE, "name": group.name,
        "properties": {"tenantId": group.tenant, "displayName": group.display_name}})
}

/// A group with its details, and with what `$expand` asks for.
pub(super) fn group_body(
    core: &Core,
    group: &ManagementGroup,
    request: &Request,
) -> Result<Value, ArmError> {
    let mut body = group_info(group);
    body["properties"]["details"] = details(core, group);
    let recurse = request.query("$recurse").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let above = core.state.group_and_above(&group.name);
    let element =
        |known: &&ManagementGroup| json!({"name": known.name, "displayName": known.display_name});
    match request.query("$expand").unwrap_or_default() {
        "" => {}
        "children" => body["properties"]["children"] = children(core, &group.name, recurse),
        "path" => {
            body["properties"]["details"]["path"] = above.iter().rev().map(element).collect();
        }
        "ancestors" => {
            let above = &above[1..];
            let details = &mut body["properties"]["details"];
            details["managementGroupAncestors"] =
                above.iter().map(|known| json!(known.name)).collect();
            details["managementGroupAncestorsChain"] = above.iter().map(element).collect();
        }
        other => {
            return Err(ArmError::bad(
                "BadRequest",
                format!("The value '{other}' of parameter '$expand' is not valid."),
            ));
        }
    }
    Ok(body)
}

fn details(core: &Core, group: &ManagementGroup) -> Value {
    let mut details = json!({"version": group.version, "updatedTime": group.updated_time,
        "updatedBy": group.updated_by});
    let parent = group.parent.as_deref().and_then(|name| core.state.management_group(name));
    if let Some(parent) = parent {
        details["parent"] =
            json!({"id": parent.id(), "name": parent.name, "displayName": parent.display_name});
    }
    details
}

fn children(core: &Core, name: &str, recurse: bool) -> Value {
    let groups = groups_in(core, name).map(|group| {
        let mut child = json!({"type": TYPE, "id": group.id(), "name": group.name,
            "displayName": group.display_name});
        if recurse {
            child["children"] = children(core, &group.name, true);
        }
        child
    });
    let subscriptions = subscriptions_in(core, name).map(|known| {
        json!({"type": "/subscriptions", "id": format!("/subscriptions/{}", known.id),
            "name": known.id, "displayName": known.name})
    });
    groups.chain(subscriptions).collect()
}

/// The groups right below a group.
pub(super) fn groups_in<'a>(
    core: &'a Core,
    name: &'a str,
) -> impl Iterator<Item = &'a ManagementGroup> {
    let all = core.state.management_groups.iter();
    all.filter(move |group| {
        group.parent.as_deref().is_some_and(|parent| parent.eq_ignore_ascii_case(name))
    })
}

/// The subscriptions right in a group.
pub(super) fn subscriptions_in<'a>(
    core: &'a Core,
    name: &'a str,
) -> impl Iterator<Item = &'a Subscription> {
    let all = core.state.subscriptions.iter();
    all.filter(move |known| {
        let own = known.management_group.as_deref().unwrap_or(&known.tenant);
        own.eq_ignore_ascii_case(name)
    })
}

/// A subscription as a member of a group.
pub(super) fn membership(core: &Core, known: &Subscription, group: &ManagementGroup) -> Value {
    let parent = core.state.management_group(&group.name);
    json!({"id": format!("{}/subscriptions/{}", group.id(), known.id),
        "type": "Microsoft.Management/managementGroups/subscriptions", "name": known.id,
        "properties": {"tenant": known.tenant, "displayName": known.name, "state": known.state.name(),
            "parent": {"id": parent.map(ManagementGroup::id)}}})
}

/// Answers `…/descendants`: groups and subscriptions at any depth, `$top` at a time.
pub(super) fn descendants_page(
    core: &Core,
    group: &ManagementGroup,
    request: &Request,
) -> Result<Reply, ArmError> {
    let mut found = Vec::new();
    collect_below(core, &group.name, &mut found);
    let number = |name: &str, otherwise: usize| match request.query(name) {
        None => Ok(otherwise),
        Some(text) => text.parse().map_err(|_| {
            ArmError::bad("BadRequest", format!("The value '{text}' of '{name}' is not valid."))
        }),
    };
    let size = if core.knobs.page_size == 0 { found.len() } else { core.knobs.page_size };
    let (skip, top) = (number("$skiptoken", 0)?, number("$top", size)?);
    if top == 0 && !found.is_empty() {
        return Err(ArmError::bad("BadRequest", "The value '0' of '$top' is not valid."));
    }
    let total = found.len();
    let value: Vec<Value> = found.into_iter().skip(skip).take(top).collect();
    let mut body = json!({"value": value});
    if skip + top < total {
        body["nextLink"] = json!(format!(
            "{}{}?api-version={}&$top={top}&$skiptoken={}",
            core.endpoints.management,
            request.path,
            request.api_version(),
            skip + top
        ));
    }
    Ok(Reply::json(200, &body))
}

fn collect_below(core: &Core, name: &str, found: &mut Vec<Value>) {
    let parent = core.state.management_group(name).map(ManagementGroup::id);
    for known in subscriptions_in(core, name) {
        found.push(json!({"id": format!("/subscriptions/{}", known.id), "type": "/subscriptions",
            "name": known.id, "properties": {"displayName": known.name, "parent": {"id": parent}}}));
    }
    for group in groups_in(core, name) {
        found.push(json!({"id": group.id(), "type": TYPE, "name": group.name,
            "properties": {"displayName": group.display_name, "parent": {"id": parent}}}));
        collect_below(core, &group.name, found);
    }
}

/// Answers `getEntities`: every group and subscription that the caller may read.
pub(super) fn entities_page(core: &Core, caller: &Caller, request: &Request) -> Reply {
    let chain = |above: &[&ManagementGroup]| {
        let names = above.iter().rev().map(|group| group.name.clone()).collect::<Vec<_>>();
        let shown = above.iter().rev().map(|group| group.display_name.clone()).collect::<Vec<_>>();
        (names, shown, above.first().map(|group| group.id()))
    };
    let own = core.state.management_groups.iter().filter(|group| may_read(core, caller, group));
    let groups = own.map(|group| {
        let (names, shown, parent) = chain(&core.state.group_and_above(&group.name)[1..]);
        let mut below = Vec::new();
        collect_below(core, &group.name, &mut below);
        let child_groups = groups_in(core, &group.name).count();
        json!({"id": group.id(), "type": TYPE, "name": group.name, "properties": {
            "tenantId": group.tenant, "displayName": group.display_name, "parent": {"id": parent},
            "permissions": "view", "inheritedPermissions": "view", "numberOfDescendants": below.len(),
            "numberOfChildren": child_groups + subscriptions_in(core, &group.name).count(),
            "numberOfChildGroups": child_groups, "parentNameChain": names, "parentDisplayNameChain": shown}})
    });
    let seen = core.state.subscriptions.iter().filter(|known| {
        let scope = format!("/subscriptions/{}", known.id);
        known.tenant == caller.tenant
            && rbac::is_allowed(core, caller, &scope, "Microsoft.Resources/subscriptions/read")
    });
    let subscriptions = seen.map(|known| {
        let (names, shown, parent) = chain(&core.state.groups_above(&known.id));
        json!({"id": format!("/subscriptions/{}", known.id), "type": "/subscriptions", "name": known.id,
            "properties": {"tenantId": known.tenant, "displayName": known.name, "parent": {"id": parent},
                "permissions": "view", "inheritedPermissions": "view", "numberOfDescendants": 0,
                "numberOfChildren": 0, "numberOfChildGroups": 0, "parentNameChain": names,
                "parentDisplayNameChain": shown}})
    });
    let value: Vec<Value> = groups.chain(subscriptions).collect();
    reply::page(core, request, value)
}
