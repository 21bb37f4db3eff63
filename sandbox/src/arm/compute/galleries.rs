//! Galleries, and the verbs that definitions and versions have in common with them.

use serde_json::{Value, json};

use super::super::operations;
use super::super::stored::{merge, not_found};
use super::super::target::{self, Target};
use super::place::{accepted, invalid, region};
use super::{profile, view};
use crate::arm::reply;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::OperationKind;

/// Lists what is directly below a scope or a parent.
pub(super) fn list(core: &Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    let full_type = target.full_type();
    let prefix = if target.names.is_empty() {
        target.scope.clone()
    } else {
        let id = target.id();
        let parent = id.rsplit_once('/').map_or("", |(parent, _)| parent);
        if !core.state.resources.contains_key(&parent.to_ascii_lowercase()) {
            return Err(not_found(target));
        }
        parent.to_owned()
    };
    let found = core.state.resources.values().filter(|resource| {
        resource.type_.eq_ignore_ascii_case(&full_type) && target::contains(&prefix, &resource.id)
    });
    let value = found.map(|resource| view::listed(core, resource)).collect();
    Ok(reply::page(core, request, value))
}

/// Shows a gallery, a definition or a version.
pub(super) fn show(core: &mut Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    let key = target.id().to_ascii_lowercase();
    let Some(body) = core.state.body(&key) else {
        return Err(not_found(target));
    };
    let expand = view::expansion(request, target)?;
    Ok(Reply::json(200, &view::expanded(core, &key, &body, expand)))
}

/// Creates or replaces a gallery; what the service has added to it stays.
pub(super) fn put(core: &mut Core, target: &Target, sent: &Value) -> Result<Reply, ArmError> {
    check_name(target.name())?;
    check_unique(core, target)?;
    let key = target.id().to_ascii_lowercase();
    let old = core.state.body(&key);
    let profile =
        profile::judged(core, target, old.as_ref(), &sent["properties"]["sharingProfile"])?;
    let subscription = target.subscription().unwrap_or_default();
    let mut body = sent.clone();
    if !body["properties"].is_object() {
        body["properties"] = json!({});
    }
    let properties = body["properties"].as_object_mut().expect("made an object above");
    let unique = format!("{subscription}-{}", target.name().to_uppercase());
    properties.insert("identifier".to_owned(), json!({"uniqueName": unique}));
    properties.insert("provisioningState".to_owned(), json!("Succeeded"));
    properties.remove("sharingStatus");
    match profile {
        Value::Null => properties.remove("sharingProfile"),
        profile => properties.insert("sharingProfile".to_owned(), profile),
    };
    core.state.put_resource(&target.id(), "Microsoft.Compute/galleries", body);
    let stored = view::plain(&core.state.resources[&key].body);
    Ok(Reply::json(if old.is_some() { 200 } else { 201 }, &stored))
}

/// Changes members of a gallery, a definition or a version.
pub(super) fn patch(core: &mut Core, target: &Target, sent: &Value) -> Result<Reply, ArmError> {
    let key = target.id().to_ascii_lowercase();
    let Some(old) = core.state.body(&key) else {
        return Err(not_found(target));
    };
    let mut body = old.clone();
    if target.types.len() == 1 {
        let wanted = &sent["properties"]["sharingProfile"];
        let profile = profile::judged(core, target, Some(&old), wanted)?;
        merge(&mut body, sent);
        if !profile.is_null() {
            body["properties"]["sharingProfile"] = profile;
        }
    } else {
        merge(&mut body, sent);
    }
    body["properties"]["provisioningState"] = json!("Succeeded");
    if let Some(resource) = core.state.resources.get_mut(&key) {
        resource.body = body.clone();
    }
    Ok(Reply::json(200, &view::plain(&body)))
}

/// Deletes what has nothing in it and is not shared any more.
pub(super) fn delete(core: &mut Core, target: &Target) -> Result<Reply, ArmError> {
    let key = target.id().to_ascii_lowercase();
    let Some(body) = core.state.body(&key) else {
        return Ok(Reply::empty(204));
    };
    let mut ids = core.state.resources.iter();
    if let Some((_, inner)) = ids.find(|(id, _)| **id != key && target::contains(&key, id)) {
        return Err(ArmError::conflict(
            "CannotDeleteResource",
            format!(
                "Cannot delete resource while nested resources exist. Some existing nested resource IDs include: '{}'. \
                 Please delete all nested resources before deleting this resource.",
                inner.id
            ),
        ));
    }
    let safety = &body["properties"]["safetyProfile"];
    let end = body["properties"]["publishingProfile"]["endOfLifeDate"].as_str();
    let is_alive = end.and_then(|end| end.parse::<jiff::Timestamp>().ok());
    if safety["blockDeletionBeforeEndOfLife"] == true
        && is_alive.is_some_and(|end| end.as_second() > core.now())
    {
        return Err(ArmError::conflict(
            "OperationNotAllowed",
            "The gallery image version cannot be deleted before its end of life date.",
        ));
    }
    if profile::is_shared(&body) {
        return Err(ArmError::conflict(
            "OperationNotAllowed",
            format!(
                "Gallery '{}' is shared and cannot be deleted. Please reset its sharing profile first.",
                target.name()
            ),
        ));
    }
    core.state.resources.remove(&key);
    let token = operations::start(core, OperationKind::Deletion, &key, 0, None);
    let location = body["location"].as_str().unwrap_or("westeurope").to_owned();
    Ok(accepted(core, target, &token, &region(&location), &json!({})))
}

/// Letters, digits, `_` and `.`, which may not be at an end; at most 80.
fn check_name(name: &str) -> Result<(), ArmError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let at_end = |c: Option<char>| c.is_some_and(|c| c == '.' || c == '_');
    let is_valid = name.chars().all(plain)
        && (1..=80).contains(&name.len())
        && !at_end(name.chars().next())
        && !at_end(name.chars().last());
    if is_valid {
        return Ok(());
    }
    Err(invalid(
        "galleryName",
        format!(
            "The entity name 'galleryName' is invalid according to its validation rule: '{name}'."
        ),
    ))
}

/// Gallery names are unique in a subscription, whatever the resource group (azure-cli issue 11967).
fn check_unique(core: &Core, target: &Target) -> Result<(), ArmError> {
    let id = target.id();
    let twin = core.state.resources.values().find(|resource| {
        resource.type_.eq_ignore_ascii_case("Microsoft.Compute/galleries")
            && target::subscription(&resource.id).map(str::to_ascii_lowercase)
                == target.subscription().map(str::to_ascii_lowercase)
            && target::group(&resource.id).map(str::to_ascii_lowercase)
                != target.group().map(str::to_ascii_lowercase)
            && resource
                .id
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .eq_ignore_ascii_case(target.name())
    });
    match twin {
        None => Ok(()),
        Some(twin) => Err(ArmError::conflict(
            "Conflict",
            format!(
                "The gallery '{id}' cannot be created: the gallery name is already used by '{}'.",
                twin.id
            ),
        )),
    }
}
