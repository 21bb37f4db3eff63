//! Microsoft.VirtualMachineImages: image templates, and whether their identity may do what they ask of it.
//!
//! As in Azure the template is stored whatever its identity may do; what it may not makes it `Failed`.
//! Source: <https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-permissions-cli>

use serde_json::{Value, json};

use super::target::{self, Target};
use super::{providers, rbac, resources, roles};
use crate::arm::reply;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};

const TYPE: &str = "Microsoft.VirtualMachineImages/imageTemplates";

/// Whether this module has rules for a target.
pub(crate) fn serves(target: &Target) -> bool {
    target.is(TYPE)
}

/// Answers a request to image templates.
pub(crate) fn answer(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    match (request.method.as_str(), target.is_collection()) {
        ("PUT", false) => {
            providers::require_registered(core, target)?;
            put(core, caller, target, request.api_version(), &request.json()?)
        }
        ("PATCH", _) => Err(reply::method_not_allowed(request)),
        _ => resources::answer(core, caller, request, target),
    }
}

fn put(
    core: &mut Core,
    caller: &Caller,
    target: &Target,
    api_version: &str,
    sent: &Value,
) -> Result<Reply, ArmError> {
    crate::schema::check(TYPE, api_version, sent)
        .map_err(|errors| reply::invalid_content(&errors))?;
    if core.state.resources.contains_key(&target.id().to_ascii_lowercase()) {
        return Err(ArmError::conflict(
            "Conflict",
            "Update/Upgrade of image templates is currently not supported. Please change the name of the template you are \
             submitting.",
        ));
    }
    let identity = identity(core, caller, target, sent)?;
    let refusal =
        needs(&sent["properties"]).into_iter().find(|need| !is_met(core, &identity, need));
    let mut body = sent.clone();
    body["properties"]["provisioningState"] = json!("Succeeded");
    if let Some(need) = refusal {
        body["properties"]["provisioningState"] = json!("Failed");
        body["properties"]["provisioningError"] = json!({
            "provisioningErrorCode": "ValidationFailed",
            "message": format!(
                "Not authorized to access the resource: {}. Please check the user assigned identity has the correct \
                 permissions. ({})", need.scope, need.actions.join(", ")),
        });
    }
    core.state.put_resource(&target.id(), TYPE, body);
    let stored = &core.state.resources[&target.id().to_ascii_lowercase()].body;
    Ok(Reply::json(201, stored))
}

/// The principal of the one identity of a template, which its submitter must be allowed to hand on.
fn identity(
    core: &Core,
    caller: &Caller,
    target: &Target,
    sent: &Value,
) -> Result<String, ArmError> {
    let named = sent["identity"]["userAssignedIdentities"].as_object();
    let mut ids = named.into_iter().flat_map(|named| named.keys());
    let (Some(id), None) = (ids.next(), ids.next()) else {
        return Err(ArmError::bad(
            "InvalidIdentity",
            "The image template must have exactly one user assigned identity.",
        ));
    };
    let known = core.state.resources.get(&id.to_ascii_lowercase());
    let principal = known.and_then(|known| known.body["properties"]["principalId"].as_str());
    let may_assign = ["assign/action", "*/assign/action"].iter().any(|verb| {
        let action = format!("Microsoft.ManagedIdentity/userAssignedIdentities/{verb}");
        rbac::is_allowed(core, caller, id, &action)
    });
    match principal {
        Some(principal) if may_assign => Ok(principal.to_owned()),
        _ => Err(ArmError::new(
            403,
            "LinkedAuthorizationFailed",
            format!(
                "The client '{}' with object id '{}' has permission to perform action '{TYPE}/write' on scope '{}'; however, \
                 it does not have permission to perform action \
                 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on the linked scope(s) '{id}' or the linked \
                 scope(s) are invalid.",
                caller.name,
                caller.object_id,
                target.id()
            ),
        )),
    }
}

struct Need {
    scope: String,
    actions: &'static [&'static str],
}

/// What Image Builder does with a template's identity, by the document's lists.
fn needs(properties: &Value) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut add = |scope: &str, actions: &'static [&'static str]| {
        if !scope.is_empty() {
            needs.push(Need { scope: scope.to_owned(), actions });
        }
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let source = &properties["source"];
    add(&text(&source["imageId"]), READ_IMAGE);
    let version = text(&source["imageVersionId"]);
    add(&version, READ_VERSION);
    add(cut(&version, "/images/"), READ_GALLERY);
    for distributor in properties["distribute"].as_array().into_iter().flatten() {
        let image = text(&distributor["imageId"]);
        add(&image, WRITE_IMAGE);
        let definition = text(&distributor["galleryImageId"]);
        add(&definition, WRITE_VERSION);
        add(cut(&definition, "/images/"), READ_GALLERY);
        add(cut(&definition, "/providers/"), WRITE_IMAGE);
    }
    for name in ["subnetId", "containerInstanceSubnetId"] {
        let subnet = text(&properties["vmProfile"]["vnetConfig"][name]);
        add(&subnet, JOIN);
        add(cut(&subnet, "/subnets/"), READ_NETWORK);
    }
    add(&text(&properties["stagingResourceGroup"]), STAGE);
    for identity in
        properties["vmProfile"]["userAssignedIdentities"].as_array().into_iter().flatten()
    {
        add(&text(identity), HAND_ON);
    }
    needs
}

/// The part of an id before a segment, whatever the case; nothing if it is not in it.
fn cut<'a>(id: &'a str, segment: &str) -> &'a str {
    let at = id.to_ascii_lowercase().find(&segment.to_ascii_lowercase());
    at.map_or("", |at| &id[..at])
}

/// Whether the principal, or a group it is in, may do all of it.
fn is_met(core: &Core, principal: &str, need: &Need) -> bool {
    let identities = core.state.identities(principal);
    need.actions.iter().all(|action| {
        core.state.role_assignments.iter().any(|known| {
            identities.contains(&known.principal.to_ascii_lowercase())
                && target::contains(&known.scope, &need.scope)
                && roles::find(&core.state, &known.role).is_some_and(|role| role.permits(action))
        })
    })
}

const READ_IMAGE: &[&str] = &["Microsoft.Compute/images/read"];
const READ_GALLERY: &[&str] = &["Microsoft.Compute/galleries/read"];
const READ_VERSION: &[&str] = &[
    "Microsoft.Compute/galleries/images/read",
    "Microsoft.Compute/galleries/images/versions/read",
];
const WRITE_IMAGE: &[&str] = &[
    "Microsoft.Compute/images/read",
    "Microsoft.Compute/images/write",
    "Microsoft.Compute/images/delete",
];
const WRITE_VERSION: &[&str] = &[
    "Microsoft.Compute/galleries/images/read",
    "Microsoft.Compute/galleries/images/versions/read",
    "Microsoft.Compute/galleries/images/versions/write",
];
const READ_NETWORK: &[&str] = &["Microsoft.Network/virtualNetworks/read"];
const JOIN: &[&str] = &["Microsoft.Network/virtualNetworks/subnets/join/action"];
/// Contributor, as far as a build needs it.
const STAGE: &[&str] = &[
    "Microsoft.Compute/virtualMachines/write",
    "Microsoft.Network/networkInterfaces/write",
    "Microsoft.Storage/storageAccounts/write",
];
const HAND_ON: &[&str] = &["Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action"];
