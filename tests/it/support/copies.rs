//! Copies of the publisher's images in the consumer's subscription, as tests make them and look at them.

use sandbox::{Sandbox, world};
use serde_json::{Value, json};

use super::galleries::shareable;
use super::lab::{Lab, Ran};

/// Where the copies are.
pub(crate) const TO: [&str; 4] = ["--to", "copies/ubuntu", "-g", "apps-rg"];

/// The image definition that is copied into.
pub(crate) fn copied() -> String {
    format!(
        "/subscriptions/{}/resourceGroups/apps-rg/providers/Microsoft.Compute/galleries/copies/images/ubuntu",
        world::CONSUMER_SUBSCRIPTION
    )
}

/// Copies an image into the consumer's subscription.
pub(crate) fn copy(lab: &Lab, source: &str, more: &[&str]) -> Ran {
    let place = ["--subscription", world::CONSUMER_SUBSCRIPTION, "--id", source];
    lab.run(&[&["image", "copy"][..], &place, &TO, more].concat())
}

/// One version of the copy, as the cloud has it.
pub(crate) fn version(azure: &Sandbox, name: &str) -> Option<Value> {
    let id = format!("{}/versions/{name}", copied()).to_lowercase();
    azure.state(|state| state.resources.get(&id).map(|found| found.body.clone()))
}

/// The names of all versions of the copy.
pub(crate) fn versions(azure: &Sandbox) -> Vec<String> {
    let below = format!("{}/versions/", copied()).to_lowercase();
    azure.state(|state| {
        let ids = state.resources.keys();
        ids.filter_map(|id| Some(id.strip_prefix(&below)?.to_owned())).collect()
    })
}

/// Lets the publisher's Linux image have `count` versions, of which each is in two regions.
pub(crate) fn with_versions(azure: &Sandbox, count: usize) {
    azure.state(|state| {
        for number in 0..count {
            let id = format!("{}/images/{}/versions/2.0.{number}", world::gallery_id(), world::LINUX_IMAGE);
            let body = json!({"location": "westeurope", "tags": {}, "properties": {
                "publishingProfile": {"targetRegions": [{"name": "westeurope"}, {"name": "northeurope"}],
                    "replicaCount": 1, "excludeFromLatest": false, "storageAccountType": "Standard_LRS",
                    "publishedDate": format!("2026-03-01T10:{:02}:{:02}+00:00", number / 60, number % 60)},
                "storageProfile": {"osDiskImage": {"sizeInGB": 30}}, "provisioningState": "Succeeded"}});
            state.put_resource(&id, "Microsoft.Compute/galleries/images/versions", body);
        }
    });
}

/// Changes the properties of a resource of the publisher's gallery: `rest` follows the gallery's id.
pub(crate) fn change(azure: &Sandbox, rest: &str, change: impl FnOnce(&mut Value)) {
    let id = format!("{}{rest}", world::gallery_id()).to_lowercase();
    azure.state(|state| change(&mut state.resources.get_mut(&id).unwrap().body["properties"]));
}

/// An image with a data disk, shared directly with the subscription that copies it.
pub(crate) fn shared_with_copier(lab: &Lab) {
    let shared = shareable(&lab.azure, "partners");
    let groups = json!([{"type": "Subscriptions", "ids": [world::CONSUMER_SUBSCRIPTION]}]);
    lab.azure.state(|state| {
        let found = state.resources.get_mut(&shared.to_lowercase()).unwrap();
        found.body["properties"]["sharingProfile"]["groups"] = groups;
        let version = format!("{shared}/images/shared/versions/1.0.0").to_lowercase();
        let found = state.resources.get_mut(&version).unwrap();
        found.body["properties"]["storageProfile"]["dataDiskImages"] =
            json!([{"lun": 2, "sizeInGB": 8}]);
    });
}

/// The image of [`shared_with_copier`], as its consumer names it.
pub(crate) fn shared_source() -> String {
    format!("/SharedGalleries/{}-PARTNERS/Images/shared", world::PUBLISHER_SUBSCRIPTION)
}

/// The disks that are there.
pub(crate) fn disks(azure: &Sandbox) -> usize {
    azure.state(|state| state.resources.keys().filter(|id| id.contains("/disks/")).count())
}
