//! What an image version may be made from, and what of its source has to match.
//!
//! That the source must be in the version's own region, which must be one of its targets, is in
//! <https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery#frequently-asked-questions>; that
//! customer-managed keys end copying in
//! <https://learn.microsoft.com/azure/virtual-machines/image-version-encryption#limitations>. The words of the
//! refusals are from memory, except `LinkedInvalidPropertyId`, which is Resource Manager's own.

use serde_json::{Value, json};

use super::super::machines;
use super::super::target::{self, Target};
use super::place::{invalid, region, target_regions};
use super::replication;
use crate::core::Core;
use crate::error::ArmError;
use crate::state::{IMAGE_VERSIONS, State};

/// A version that another is made from, with the properties of its definition.
struct SourceVersion {
    definition: Value,
    version: Value,
}

/// Refuses a version that its source does not allow, and takes the sizes of the source's disks.
pub(super) fn apply(core: &mut Core, target: &Target, body: &mut Value) -> Result<(), ArmError> {
    let location = region(body["location"].as_str().unwrap_or_default());
    if !target_regions(body).contains(&location) {
        return Err(invalid(
            "publishingProfile.targetRegions",
            format!(
                "The target regions of the gallery image version have to include its own location '{location}'."
            ),
        ));
    }
    let Some(source) = find(core, target, body, &location)? else { return Ok(()) };
    let parent = target.id();
    let parent = parent.to_ascii_lowercase();
    let parent = parent.split("/versions/").next().unwrap_or_default();
    let own = core.state.body(parent).unwrap_or_default();
    check_match(&own["properties"], &source.definition)?;
    check_closed(&source)?;
    check_quota(core, target, body)?;
    for name in ["osDiskImage", "dataDiskImages"] {
        let disks = &source.version["storageProfile"][name];
        if !disks.is_null() && body["properties"]["storageProfile"][name].is_null() {
            body["properties"]["storageProfile"][name] = disks.clone();
        }
    }
    Ok(())
}

fn find(
    core: &mut Core,
    target: &Target,
    body: &Value,
    location: &str,
) -> Result<Option<SourceVersion>, ArmError> {
    let profile = &body["properties"]["storageProfile"];
    if let Some(id) = profile["source"]["communityGalleryImageId"].as_str() {
        return public(core, target, id, ("communityGalleries", location)).map(Some);
    }
    if let Some(id) = profile["source"]["id"].as_str() {
        return own(core, id, location);
    }
    match profile["osDiskImage"]["source"]["id"].as_str() {
        Some(disk) => from_disk(core, target, disk, location),
        None => Ok(None),
    }
}

fn own(core: &Core, id: &str, location: &str) -> Result<Option<SourceVersion>, ArmError> {
    let key = id.to_ascii_lowercase();
    let Some((definition, _)) = key.split_once("/versions/") else {
        let is_definition = key.contains("/galleries/");
        let refused = invalid(
            "storageProfile.source.id",
            format!("The source '{id}' is an image definition: name one of its versions."),
        );
        return if is_definition { Err(refused) } else { Ok(None) };
    };
    let (definition, version) = (core.state.body(definition), core.state.body(&key));
    let (Some(definition), Some(version)) = (definition, version) else {
        return Err(ArmError::missing(
            "GalleryImageNotFound",
            format!("The gallery image {id} is not available."),
        ));
    };
    if !replication::is_complete(core, &key, &version, location) {
        return Err(invalid(
            "storageProfile.source.id",
            format!(
                "The source image version '{id}' has no completed replica in location '{location}'. The source has to be in the location of the new image version."
            ),
        ));
    }
    Ok(Some(SourceVersion {
        definition: definition["properties"].clone(),
        version: version["properties"].clone(),
    }))
}

fn public(
    core: &mut Core,
    target: &Target,
    id: &str,
    place: (&str, &str),
) -> Result<SourceVersion, ArmError> {
    let definition = machines::public(core, target, id, place)?;
    let version = machines::public_version(core, target, id, place)?;
    Ok(SourceVersion { definition, version })
}

/// A disk that was made from an image that somebody shared.
fn from_disk(
    core: &mut Core,
    target: &Target,
    id: &str,
    location: &str,
) -> Result<Option<SourceVersion>, ArmError> {
    let Some(disk) = core.state.body(&id.to_ascii_lowercase()) else {
        return Err(ArmError::missing("ResourceNotFound", format!("The disk {id} was not found.")));
    };
    if region(disk["location"].as_str().unwrap_or_default()) != location {
        return Err(invalid(
            "storageProfile.osDiskImage.source.id",
            format!("The disk {id} is not in location '{location}'."),
        ));
    }
    let reference = &disk["properties"]["creationData"]["galleryImageReference"];
    let shared = reference["sharedGalleryImageId"].as_str();
    let Some(image) = shared else { return Ok(None) };
    // Whoever has the disk needs the share no more; what is known of the image is.
    let found = public(core, target, image, ("sharedGalleries", location)).ok();
    Ok(found.map(|found| SourceVersion { version: json!({}), ..found }))
}

/// Source: <https://learn.microsoft.com/azure/virtual-machines/image-version#create-an-image-version-from-another-gallery>
fn check_match(own: &Value, source: &Value) -> Result<(), ArmError> {
    let text = |of: &Value, name: &str, or: &str| of[name].as_str().unwrap_or(or).to_owned();
    for (name, or) in
        [("osType", ""), ("osState", ""), ("hyperVGeneration", "V1"), ("architecture", "x64")]
    {
        let (has, wants) = (text(own, name, or), text(source, name, or));
        if !has.eq_ignore_ascii_case(&wants) {
            return Err(differs(name, &has, &wants));
        }
    }
    let security = |of: &Value| {
        let mut all = of["features"].as_array().into_iter().flatten();
        let found = all.find(|one| one["name"] == "SecurityType");
        found.and_then(|one| one["value"].as_str()).unwrap_or("Standard").to_owned()
    };
    if security(own) != security(source) {
        return Err(differs("features.SecurityType", &security(own), &security(source)));
    }
    if own["purchasePlan"] != source["purchasePlan"] {
        return Err(differs(
            "purchasePlan",
            &own["purchasePlan"].to_string(),
            &source["purchasePlan"].to_string(),
        ));
    }
    Ok(())
}

fn differs(name: &str, has: &str, wants: &str) -> ArmError {
    invalid(
        name,
        format!(
            "The '{name}' '{has}' of the gallery image does not match '{wants}' of the source image."
        ),
    )
}

fn check_closed(source: &SourceVersion) -> Result<(), ArmError> {
    let targets = source.version["publishingProfile"]["targetRegions"].as_array();
    let is_encrypted = targets.into_iter().flatten().any(|one| !one["encryption"].is_null());
    if is_encrypted {
        return Err(ArmError::conflict(
            "OperationNotAllowed",
            "The source image version is encrypted with a customer-managed key and cannot be copied.",
        ));
    }
    let features = source.definition["features"].as_array();
    if features.into_iter().flatten().any(|one| one["value"] == "ConfidentialVM") {
        return Err(ArmError::conflict(
            "OperationNotAllowed",
            "The source image is that of a confidential VM and cannot be copied.",
        ));
    }
    Ok(())
}

fn check_quota(core: &Core, target: &Target, body: &Value) -> Result<(), ArmError> {
    let subscription = target.subscription().unwrap_or_default();
    for name in target_regions(body) {
        let most = core.state.capacity.most(subscription, &name, IMAGE_VERSIONS);
        let used = versions_in(&core.state, subscription, &name, &target.id());
        if used + 1 > most {
            return Err(ArmError::conflict(
                "OperationNotAllowed",
                format!(
                    "Operation could not be completed as it results in exceeding approved Gallery Image Versions quota. Location: {name}, Current Limit: {most}, Current Usage: {used}, Additional Required: 1."
                ),
            ));
        }
    }
    Ok(())
}

/// How many versions a subscription has in a region, without the one with this id.
pub(crate) fn versions_in(state: &State, subscription: &str, location: &str, except: &str) -> u64 {
    let is_there = |(id, known): &(&String, &crate::state::Resource)| {
        known.type_.eq_ignore_ascii_case("Microsoft.Compute/galleries/images/versions")
            && target::subscription(id)
                .is_some_and(|whose| whose.eq_ignore_ascii_case(subscription))
            && target_regions(&known.body).iter().any(|name| name == location)
            && !id.eq_ignore_ascii_case(except)
    };
    u64::try_from(state.resources.iter().filter(is_there).count()).unwrap_or(u64::MAX)
}
