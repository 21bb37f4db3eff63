//! How galleries, definitions and versions are shown: what `$expand` adds, and regions by their display name.

use serde_json::{Value, json};

use super::super::subscriptions;
use super::super::target::Target;
use super::place::{invalid, region};

use crate::core::Core;
use crate::error::ArmError;
use crate::message::Request;

/// What a read asks for besides the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expand {
    /// Nothing.
    Nothing,
    /// The groups a gallery is shared with, and how far that has spread.
    SharingGroups,
    /// Where a version has been copied to.
    ReplicationStatus,
}

/// Reads `$expand` and its predecessor `$select`.
pub(super) fn expansion(request: &Request, target: &Target) -> Result<Expand, ArmError> {
    let asked = request.query("$expand").map(str::to_ascii_lowercase);
    let selected = request.query("$select").map(str::to_ascii_lowercase);
    match (target.types.len(), asked.as_deref(), selected.as_deref()) {
        (1, Some("sharingprofile/groups"), _) | (1, None, Some("permissions")) => {
            Ok(Expand::SharingGroups)
        }
        (3, Some("replicationstatus"), _) => Ok(Expand::ReplicationStatus),
        (_, None, None) => Ok(Expand::Nothing),
        (_, found, other) => Err(invalid(
            "$expand",
            format!(
                "The value '{}' of parameter '$expand' is invalid.",
                found.or(other).unwrap_or_default()
            ),
        )),
    }
}

/// The resource as lists show it.
pub(super) fn plain(body: &Value) -> Value {
    let mut shown = body.clone();
    if let Some(profile) =
        shown["properties"].get_mut("sharingProfile").and_then(Value::as_object_mut)
    {
        profile.remove("groups");
    }
    if let Some(regions) = shown.pointer_mut("/properties/publishingProfile/targetRegions") {
        for target in regions.as_array_mut().into_iter().flatten() {
            let name = target["name"].as_str().unwrap_or_default();
            target["name"] = json!(subscriptions::display_name(&region(name)));
        }
    }
    shown
}

/// The resource with what was asked for.
pub(super) fn expanded(core: &mut Core, key: &str, body: &Value, expand: Expand) -> Value {
    let mut shown = plain(body);
    match expand {
        Expand::Nothing => {}
        Expand::SharingGroups => {
            if body["properties"]["sharingProfile"].is_object() {
                shown["properties"]["sharingProfile"] =
                    body["properties"]["sharingProfile"].clone();
                shown["properties"]["sharingStatus"] = sharing_status(core, key, body);
            }
        }
        Expand::ReplicationStatus => {
            shown["properties"]["replicationStatus"] = replication_status(core, key, body);
        }
    }
    shown
}

fn sharing_status(core: &mut Core, key: &str, body: &Value) -> Value {
    let state = match core.state.unsettled_shares.get_mut(key) {
        Some(left) if *left > 0 => {
            *left -= 1;
            "InProgress"
        }
        _ => "Succeeded",
    };
    let regions = core.state.failed_shares.get(key).cloned();
    let summary = |region: &str, state: &str, details: &str| json!({"region": region, "state": state, "details": details});
    let home = region(body["location"].as_str().unwrap_or_default());
    match regions {
        Some(why) => {
            json!({"aggregatedState": "Failed", "summary": [summary(&home, "Failed", &why)]})
        }
        None => json!({"aggregatedState": state, "summary": [summary(&home, state, "")]}),
    }
}

fn replication_status(core: &mut Core, key: &str, body: &Value) -> Value {
    let regions = body["properties"]["publishingProfile"]["targetRegions"].as_array().cloned();
    let pending = match core.state.replicating.get_mut(key) {
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    };
    let home = region(body["location"].as_str().unwrap_or_default());
    let summary: Vec<Value> = regions
        .unwrap_or_default()
        .iter()
        .map(|target| {
            let name = region(target["name"].as_str().unwrap_or_default());
            let (state, progress) = if pending && name != home { ("Replicating", 40) } else { ("Completed", 100) };
            json!({"region": subscriptions::display_name(&name), "state": state, "progress": progress, "details": ""})
        })
        .collect();
    let all_done = summary.iter().all(|region| region["state"] == "Completed");
    json!({"aggregatedState": if all_done { "Completed" } else { "InProgress" }, "summary": summary})
}
