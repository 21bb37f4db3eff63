//! What those see of a version who may read it in its owner's gallery.

use serde_json::Value;

use super::describe::{target_regions, text};
use super::details::{Regional, Version, data_disks};
use crate::arm::galleries::{GalleryItem, RegionalStatus};
use crate::ops::region::same_region;

pub(super) fn own_version(version: &GalleryItem, portal_url: String) -> Version {
    let properties = &version.properties;
    let profile = &properties["publishingProfile"];
    let status = &properties["replicationStatus"];
    let summary: Vec<RegionalStatus> =
        serde_json::from_value(status["summary"].clone()).unwrap_or_default();
    let regional = |name: String| {
        let known = summary.iter().find(|one| same_region(&one.region, &name));
        Regional {
            state: known.map(|one| one.state.clone()),
            progress: known.and_then(|one| one.progress),
            disk_encryption_sets: encryption_sets(properties, &name),
            region: name,
        }
    };
    let regions: Vec<Regional> = target_regions(properties).into_iter().map(regional).collect();
    Version {
        id: version.id.clone(),
        name: version.name.clone(),
        published_date: text(profile, "publishedDate"),
        exclude_from_latest: profile["excludeFromLatest"] == true,
        latest: false,
        provisioning_state: text(properties, "provisioningState"),
        replication_state: text(status, "aggregatedState"),
        end_of_life_date: text(profile, "endOfLifeDate"),
        encrypted: regions.iter().any(|region| !region.disk_encryption_sets.is_empty()),
        regions,
        os_disk_size_gb: properties["storageProfile"]["osDiskImage"]["sizeInGB"].as_u64(),
        data_disks: data_disks(properties),
        portal_url,
    }
}

/// The sets that a version's disks are encrypted with in one region; a platform's key is none.
fn encryption_sets(version: &Value, region: &str) -> Vec<String> {
    let targets = version["publishingProfile"]["targetRegions"].as_array();
    let mut sets = Vec::new();
    for target in targets.into_iter().flatten() {
        if !same_region(target["name"].as_str().unwrap_or_default(), region) {
            continue;
        }
        let encryption = &target["encryption"];
        let system = &encryption["osDiskImage"];
        let data = encryption["dataDiskImages"].as_array().into_iter().flatten();
        let named = data
            .chain([system])
            .map(|disk| &disk["diskEncryptionSetId"])
            .chain([&system["securityProfile"]["secureVMDiskEncryptionSetId"]]);
        sets.extend(named.filter_map(|id| Some(id.as_str()?.to_owned())));
    }
    sets.sort();
    sets.dedup();
    sets
}
