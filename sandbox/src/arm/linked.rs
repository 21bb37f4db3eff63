//! Linked access: a resource that refers to an image must be written by someone who may read the image.
//!
//! The image may live in another tenant; then one token of `x-ms-authorization-auxiliary` must be of a tenant with access.

use serde_json::Value;

use super::rbac;
use super::target::{self, Target};
use crate::core::Core;
use crate::entra::Caller;
use crate::error::ArmError;

/// Checks the image a virtual machine refers to.
pub(crate) fn check(
    core: &Core,
    caller: &Caller,
    target: &Target,
    body: &Value,
) -> Result<(), ArmError> {
    if !target.is("Microsoft.Compute/virtualMachines") {
        return Ok(());
    }
    let Some(image) = body["properties"]["storageProfile"]["imageReference"]["id"].as_str() else {
        return Ok(());
    };
    let Some(subscription) = target::subscription(image) else {
        return Ok(());
    };
    let action = match Target::parse("GET", image) {
        Some(linked) => linked.action("GET"),
        None => return Err(not_found(image)),
    };
    let callers: Vec<&Caller> = std::iter::once(caller).chain(&caller.auxiliary).collect();
    let known: Vec<&&Caller> = callers
        .iter()
        .filter(|caller| rbac::require_tenant(core, caller, subscription).is_ok())
        .collect();
    let reason = if known.is_empty() {
        format!(
            "however the current tenant '{}' is not authorized to access linked subscription '{subscription}'.",
            caller.tenant
        )
    } else if known
        .iter()
        .any(|caller| rbac::is_allowed(core, caller, image, &action))
    {
        return if core
            .state
            .resources
            .contains_key(&image.to_ascii_lowercase())
            || image.ends_with("/latest")
        {
            Ok(())
        } else {
            Err(not_found(image))
        };
    } else {
        format!(
            "however, it does not have permission to perform action(s) '{action}' on the linked scope(s) '{image}' or the \
             linked scope(s) are invalid."
        )
    };
    Err(ArmError::new(
        403,
        "LinkedAuthorizationFailed",
        format!(
            "The client '{}' with object id '{}' has permission to perform action '{}' on scope '{}'; {reason}",
            caller.name,
            caller.object_id,
            target.action("PUT"),
            target.id()
        ),
    ))
}

fn not_found(image: &str) -> ArmError {
    ArmError::missing(
        "GalleryImageNotFound",
        format!("The gallery image {image} is not available."),
    )
    .target("imageReference")
}
