//! What is sent: an image definition that matches its source, and versions of it.

use serde_json::{Value, json};

use super::request::CopyRequest;
use super::source::CopySource;
use crate::arm::galleries::GalleryItem;
use crate::arm::shared_galleries::SharingDoor;
use crate::ops::image::details::Version;
use crate::ops::image::id::ImageId;
use crate::ops::region::same_region;

/// What a definition says that has to match, or helps the user of the copy.
const COPIED: [&str; 12] = [
    "description",
    "eula",
    "privacyStatementUri",
    "releaseNoteUri",
    "osType",
    "osState",
    "hyperVGeneration",
    "architecture",
    "recommended",
    "disallowed",
    "purchasePlan",
    "identifier",
];

/// A definition that matches the source. `taken` are the definitions of the gallery: of two none may have
/// the same publisher, offer and SKU.
pub(super) fn definition(
    source: &CopySource,
    location: &str,
    name: &str,
    taken: &[GalleryItem],
) -> Value {
    let said = &source.details.definition;
    let mut properties = json!({});
    for member in COPIED {
        if !said[member].is_null() {
            properties[member] = said[member].clone();
        }
    }
    if let Some(features) = said["features"].as_array() {
        let plain = |one: &Value| json!({"name": one["name"], "value": one["value"]});
        properties["features"] = features.iter().map(plain).collect();
    }
    if !properties["identifier"].is_object() {
        properties["identifier"] =
            json!({"publisher": "az-imageshare", "offer": name, "sku": name});
    }
    if taken.iter().any(|one| one.properties["identifier"] == properties["identifier"]) {
        properties["identifier"]["sku"] = json!(name);
    }
    json!({"location": location, "tags": {}, "properties": properties})
}

/// Where a version is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct VersionPlaces {
    /// Its own region, in which its source is.
    pub home: String,
    /// All its regions.
    pub regions: Vec<String>,
}

/// A version that exists, in more regions; everything else of it stays as it is.
pub(super) fn widened(standing: &GalleryItem, regions: &[String], wanted: &CopyRequest) -> Value {
    let mut properties = standing.properties.clone();
    if let Some(members) = properties.as_object_mut() {
        for read_only in ["provisioningState", "replicationStatus", "validationsProfile"] {
            members.remove(read_only);
        }
    }
    properties["publishingProfile"]["targetRegions"] =
        Value::Array(targets(Some(standing), regions, wanted));
    json!({"location": standing.location, "tags": standing.tags, "properties": properties})
}

/// The regions that a version has, and those that it is to have.
fn targets(standing: Option<&GalleryItem>, regions: &[String], wanted: &CopyRequest) -> Vec<Value> {
    let target = |name: &String| {
        json!({"name": name, "regionalReplicaCount": wanted.replicas,
            "storageAccountType": wanted.storage_account_type})
    };
    let mut targets: Vec<Value> = standing
        .and_then(|standing| standing.properties["publishingProfile"]["targetRegions"].as_array())
        .cloned()
        .unwrap_or_default();
    let is_known = |targets: &[Value], name: &str| {
        targets.iter().any(|one| same_region(one["name"].as_str().unwrap_or_default(), name))
    };
    for name in regions {
        if !is_known(&targets, name) {
            targets.push(target(name));
        }
    }
    targets
}

/// A version as it is sent. One that failed keeps its regions.
pub(super) fn version(
    source: &CopySource,
    from: &Version,
    places: &VersionPlaces,
    wanted: &CopyRequest,
    standing: Option<&GalleryItem>,
) -> Value {
    let mut tags = standing.and_then(|standing| standing.tags.clone()).unwrap_or_default();
    tags.extend(source.mark(from).tags());
    let targets = targets(standing, &places.regions, wanted);
    let mut profile = json!({"targetRegions": targets, "replicaCount": wanted.replicas,
        "storageAccountType": wanted.storage_account_type,
        "excludeFromLatest": wanted.exclude_from_latest || from.exclude_from_latest});
    if let Some(day) = wanted.end_of_life {
        profile["endOfLifeDate"] = json!(format!("{day}T00:00:00Z"));
    }
    let home = standing.map_or(&places.home, |standing| &standing.location);
    json!({"location": home, "tags": tags,
        "properties": {"publishingProfile": profile, "storageProfile": storage(source, from)}})
}

/// A direct share cannot be named as a source: its disks are added when they exist.
fn storage(source: &CopySource, from: &Version) -> Value {
    match &source.image {
        ImageId::Own(_) => json!({"source": {"id": from.id}}),
        ImageId::Public(id) if id.door == SharingDoor::Community => {
            json!({"source": {"communityGalleryImageId": from.id}})
        }
        ImageId::Public(_) => json!({}),
    }
}
