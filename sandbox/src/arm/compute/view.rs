//! How galleries, definitions and versions are shown: what `$expand` adds, and regions by their display name.

use serde_json::{Value, json};

use super::super::subscriptions;
use super::super::target::Target;
use super::place::{invalid, region};
use super::replication;

use crate::core::Core;
use crate::error::ArmError;
use crate::message::Request;
use crate::state::Resource;

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

/// The resource as lists show it, with how far it is made.
pub(super) fn listed(core: &Core, resource: &Resource) -> Value {
    let mut shown = plain(&resource.body);
    if is_version(&resource.body) {
        let key = resource.id.to_ascii_lowercase();
        shown["properties"]["provisioningState"] =
            json!(replication::provisioning_state(core, &key, &resource.body));
    }
    shown
}

/// The resource with what was asked for.
pub(super) fn expanded(core: &mut Core, key: &str, body: &Value, expand: Expand) -> Value {
    let mut shown = plain(body);
    if is_version(body) {
        shown["properties"]["provisioningState"] =
            json!(replication::provisioning_state(core, key, body));
    }
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
            replication::advance(core, key);
            shown["properties"]["replicationStatus"] = replication::status(core, key, body);
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

/// Whether a body is that of an image version: nothing else is published.
fn is_version(body: &Value) -> bool {
    body["properties"]["publishingProfile"].is_object()
}
