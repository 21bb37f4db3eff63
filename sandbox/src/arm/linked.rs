//! Linked access: whoever writes a resource that refers to an image must be able to read that image.
//!
//! The image may live in another tenant. Then either Lighthouse lends it to the caller's tenant, or one
//! token of `x-ms-authorization-auxiliary` must be of the image's tenant, by somebody who may read it.

use serde_json::Value;

use super::rbac;
use super::target::{self, Target};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;

/// Where a type refers to an image.
const REFERENCES: [(&str, &str); 5] = [
    ("Microsoft.Compute/virtualMachines", "/properties/storageProfile/imageReference/id"),
    (
        "Microsoft.Compute/virtualMachineScaleSets",
        "/properties/virtualMachineProfile/storageProfile/imageReference/id",
    ),
    ("Microsoft.Compute/disks", "/properties/creationData/galleryImageReference/id"),
    ("Microsoft.Compute/galleries/images/versions", "/properties/storageProfile/source/id"),
    (
        "Microsoft.Compute/galleries/images/versions",
        "/properties/storageProfile/galleryArtifactSource/id",
    ),
];

/// Checks every image that a resource refers to.
pub(crate) fn check(
    core: &Core,
    caller: &Caller,
    target: &Target,
    body: &Value,
) -> Result<(), ArmError> {
    let own = REFERENCES.iter().filter(|(kind, _)| target.is(kind));
    let mut images = own.filter_map(|(_, place)| body.pointer(place)?.as_str());
    images.try_for_each(|image| check_image(core, caller, target, image))
}

fn check_image(core: &Core, caller: &Caller, target: &Target, image: &str) -> Result<(), ArmError> {
    if !image.to_ascii_lowercase().starts_with("/subscriptions/") {
        return Err(invalid(image));
    }
    let Some(home) = home(core, image) else {
        return Err(not_found(image));
    };
    let Some(action) = Target::parse("GET", image).map(|linked| linked.action("GET")) else {
        return Err(not_found(image));
    };
    let reader = if home == caller.tenant || is_lent(core, caller, image) {
        Some(caller)
    } else {
        caller.auxiliary.iter().find(|other| other.tenant == home)
    };
    match reader {
        None => Err(no_token(caller, target, image, &action)),
        Some(reader) if !rbac::is_allowed(core, reader, image, &action) => {
            Err(no_role(caller, target, image))
        }
        Some(_) if stands(core, image) => Ok(()),
        Some(_) => Err(not_found(image)),
    }
}

/// The tenant that the image's subscription belongs to.
fn home(core: &Core, image: &str) -> Option<String> {
    let subscription = core.state.subscription(target::subscription(image)?)?;
    Some(subscription.tenant.clone())
}

/// Whether the caller's tenant manages the image through a delegation, whomever of it that names.
fn is_lent(core: &Core, caller: &Caller, image: &str) -> bool {
    let mut holding = core.state.assignments.values().filter(|assignment| {
        assignment.is_visible(core.now()) && target::contains(&assignment.scope, image)
    });
    holding.any(|assignment| {
        let key = assignment.definition_id.to_ascii_lowercase();
        let definition = core.state.definitions.get(&key);
        definition.is_some_and(|known| known.managed_by_tenant_id == caller.tenant)
    })
}

fn stands(core: &Core, image: &str) -> bool {
    let key = image.to_ascii_lowercase();
    let key = key.strip_suffix("/versions/latest").unwrap_or(&key);
    core.state.resources.contains_key(key)
}

/// As users report it: <https://github.com/Azure/bicep/issues/17206>
fn no_token(caller: &Caller, target: &Target, image: &str, action: &str) -> ArmError {
    refuse(format!(
        "The client has permission to perform action '{action}' on scope '{}', however the current tenant '{}' is not \
         authorized to access linked subscription '{}'.",
        target.id(),
        caller.tenant,
        target::subscription(image).unwrap_or_default()
    ))
}

/// As users report it: <https://github.com/MicrosoftDocs/azure-docs/issues/114801>
fn no_role(caller: &Caller, target: &Target, image: &str) -> ArmError {
    refuse(format!(
        "The client '{}' with object id '{}' has permission to perform action '{}' on scope '{}'; however, it does not \
         have permission to perform action 'read' on the linked scope(s) '{image}' or the linked scope(s) are invalid.",
        caller.name,
        caller.object_id,
        target.action("PUT"),
        target.id()
    ))
}

fn refuse(message: String) -> ArmError {
    ArmError::new(403, "LinkedAuthorizationFailed", message)
}

/// As users report it: <https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-invalid-template>
fn invalid(image: &str) -> ArmError {
    ArmError::bad(
        "LinkedInvalidPropertyId",
        format!(
            "Property id '{image}' is invalid. Expect fully qualified resource Id that start with '/subscriptions/{{subscriptionId}}' or '/providers/{{resourceProviderNamespace}}/'."
        ),
    )
}

fn not_found(image: &str) -> ArmError {
    ArmError::missing(
        "GalleryImageNotFound",
        format!("The gallery image {image} is not available."),
    )
    .target("imageReference")
}
