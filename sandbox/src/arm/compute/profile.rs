//! Who a gallery may be shared with: what its `sharingProfile` may become, and the preview gate.

use serde_json::{Value, json};

use super::super::target::Target;
use super::place::invalid;

use crate::core::Core;
use crate::error::ArmError;

/// The preview feature behind direct sharing.
pub(super) const FEATURE: &str = "Microsoft.Compute/SIGSharing";

const COMMUNITY: [&str; 4] = ["publisherUri", "publisherContact", "eula", "publicNamePrefix"];

/// `Private`, `Groups` or `Community`; a gallery without a profile is private.
pub(super) fn permissions(body: &Value) -> &str {
    body["properties"]["sharingProfile"]["permissions"].as_str().unwrap_or("Private")
}

/// Whether anybody but its own tenant sees the gallery.
pub(super) fn is_shared(body: &Value) -> bool {
    let profile = &body["properties"]["sharingProfile"];
    let groups = profile["groups"].as_array().is_some_and(|groups| !groups.is_empty());
    groups || profile["communityGalleryInfo"]["communityGalleryEnabled"] == true
}

/// The profile that a PUT or PATCH leaves behind; null for a private gallery.
pub(super) fn judged(
    core: &Core,
    target: &Target,
    old: Option<&Value>,
    sent: &Value,
) -> Result<Value, ArmError> {
    let before = old.map(|body| body["properties"]["sharingProfile"].clone());
    if sent.is_null() {
        return Ok(before.unwrap_or(Value::Null));
    }
    let wanted = spelled(sent["permissions"].as_str())?;
    if wanted != "Community" {
        require_feature(core, target)?;
    }
    let had = old.map_or(wanted, permissions);
    if had != wanted && !core.knobs.gallery_conversion {
        return Err(ArmError::conflict(
            "PropertyChangeNotAllowed",
            "Changing property 'gallery.properties.sharingProfile.permissions' is not allowed.",
        )
        .target("gallery.properties.sharingProfile.permissions"));
    }
    match wanted {
        "Private" => Ok(Value::Null),
        "Groups" => Ok(match before {
            Some(kept) if had == "Groups" => kept,
            _ => json!({"permissions": "Groups", "groups": []}),
        }),
        _ => community(before.unwrap_or(Value::Null), &sent["communityGalleryInfo"]),
    }
}

fn spelled(permissions: Option<&str>) -> Result<&'static str, ArmError> {
    let permissions = permissions.unwrap_or("Private");
    ["Private", "Groups", "Community"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(permissions))
        .ok_or_else(|| {
            invalid(
                "gallery.properties.sharingProfile.permissions",
                format!("The value '{permissions}' of parameter 'permissions' is invalid."),
            )
        })
}

/// Refuses what is only open to subscriptions that were let into the preview.
fn require_feature(core: &Core, target: &Target) -> Result<(), ArmError> {
    let subscription = target.subscription().unwrap_or_default();
    if core.state.has_feature(subscription, FEATURE) {
        return Ok(());
    }
    Err(ArmError::bad(
        "FeatureNotEnabled",
        format!(
            "Property 'sharingProfile' is not allowed: the feature '{FEATURE}' is not enabled for subscription '{subscription}'."
        ),
    )
    .target("gallery.properties.sharingProfile"))
}

fn community(before: Value, sent: &Value) -> Result<Value, ArmError> {
    let known = &before["communityGalleryInfo"];
    let mut info =
        if known.is_object() { known.clone() } else { json!({"communityGalleryEnabled": false}) };
    for name in COMMUNITY {
        if let Some(value) = sent[name].as_str().filter(|value| !value.is_empty()) {
            info[name] = json!(value);
        }
        if !info[name].is_string() {
            let path = format!("gallery.properties.sharingProfile.communityGalleryInfo.{name}");
            return Err(invalid(&path, format!("Required parameter '{path}' is missing (null).")));
        }
    }
    Ok(json!({"permissions": "Community", "communityGalleryInfo": info}))
}
