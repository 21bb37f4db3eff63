//! Image definitions and their versions: what a PUT must hold, and what may not change.

use serde_json::{Value, json};

use super::super::target::Target;
use super::super::{operations, stored};
use super::place::{accepted, invalid, region, target_regions};
use super::{replication, source, view};
use crate::core::Core;
use crate::error::ArmError;
use crate::message::Reply;
use crate::state::OperationKind;

/// What of a definition is fixed once it exists.
const FIXED: [&str; 5] = ["osType", "osState", "hyperVGeneration", "architecture", "identifier"];

/// Creates or replaces a definition or a version.
pub(super) fn put(core: &mut Core, target: &Target, sent: &Value) -> Result<Reply, ArmError> {
    stored::require_parent(core, target)?;
    let key = target.id().to_ascii_lowercase();
    let old = core.state.body(&key);
    let mut body = sent.clone();
    if !body["properties"].is_object() {
        body["properties"] = json!({});
    }
    let is_version = target.types.len() == 3;
    if is_version {
        complete_version(core, target, old.as_ref(), &mut body)?
    } else {
        check_definition(old.as_ref(), &body)?
    }
    body["properties"]["provisioningState"] = json!("Succeeded");
    body.as_object_mut().expect("it has properties").entry("tags").or_insert(json!({}));
    let kind = if is_version {
        "Microsoft.Compute/galleries/images/versions"
    } else {
        "Microsoft.Compute/galleries/images"
    };
    if is_version {
        source::apply(core, target, &mut body)?;
    }
    core.state.put_resource(&target.id(), kind, body);
    let status = if old.is_some() { 200 } else { 201 };
    let is_whole = is_version
        && has_same_regions(old.as_ref(), &core.state.resources[&key].body)
        && replication::failure(core, &key).is_none();
    if is_version && !is_whole {
        replication::begin(core, &key);
        core.state.most_replicating = core.state.most_replicating.max(replication::under_way(core));
    }
    let mut stored = view::plain(&core.state.resources[&key].body);
    if !is_version || replication::has_ended(core, &key) {
        return Ok(Reply::json(status, &stored));
    }
    stored["properties"]["provisioningState"] = json!("Creating");
    let token = operations::start(core, OperationKind::Replication, &key, 0, None);
    let location = region(stored["location"].as_str().unwrap_or_default());
    let mut reply = accepted(core, target, &token, &location, &stored);
    reply.status = status;
    Ok(reply)
}

/// A version that is written again goes to new regions only.
fn has_same_regions(old: Option<&Value>, new: &Value) -> bool {
    old.is_some_and(|old| {
        let known = target_regions(old);
        target_regions(new).iter().all(|name| known.contains(name))
    })
}

fn check_definition(old: Option<&Value>, body: &Value) -> Result<(), ArmError> {
    let Some(old) = old else { return Ok(()) };
    for name in FIXED {
        let (before, after) = (&old["properties"][name], &body["properties"][name]);
        if !after.is_null() && before != after {
            let path = format!("galleryImage.properties.{name}");
            return Err(ArmError::conflict(
                "PropertyChangeNotAllowed",
                format!("Changing property '{path}' is not allowed."),
            )
            .target(path));
        }
    }
    Ok(())
}

fn complete_version(
    core: &Core,
    target: &Target,
    old: Option<&Value>,
    body: &mut Value,
) -> Result<(), ArmError> {
    let parts: Vec<&str> = target.name().split('.').collect();
    if parts.len() != 3 || parts.iter().any(|part| part.parse::<i32>().is_err()) {
        return Err(invalid(
            "galleryImageVersionName",
            format!(
                "The gallery image version name '{}' is invalid: it has to be Major.Minor.Patch.",
                target.name()
            ),
        ));
    }
    let home = body["location"].clone();
    let published = old.map(|old| old["properties"]["publishingProfile"]["publishedDate"].clone());
    let profile = &mut body["properties"]["publishingProfile"];
    if !profile.is_object() {
        *profile = json!({});
    }
    if !profile["targetRegions"].is_array() {
        profile["targetRegions"] = json!([{"name": home, "regionalReplicaCount": 1, "storageAccountType": "Standard_LRS"}]);
    }
    for (name, value) in [
        ("excludeFromLatest", json!(false)),
        ("replicaCount", json!(1)),
        ("storageAccountType", json!("Standard_LRS")),
    ] {
        if profile[name].is_null() {
            profile[name] = value;
        }
    }
    profile["publishedDate"] = published.unwrap_or_else(|| json!(core.timestamp()));
    Ok(())
}
