//! Copies of images and deployments of templates, in worlds where they have something to do.

use sandbox::world;
use serde_json::json;

use super::rows::words;
use crate::support::lab::Lab;
use crate::support::machines;

/// A security group, which nothing of another tenant is needed for.
pub(super) fn template(lab: &Lab) -> Vec<String> {
    let group = json!({"type": "Microsoft.Network/networkSecurityGroups", "apiVersion": "2024-05-01",
        "name": "nsg-01", "location": "westeurope", "properties": {}});
    let body = json!({"contentVersion": "1.0.0.0", "resources": [group],
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"});
    let file = lab.file("main.json", &body.to_string());
    let place = ["--subscription", world::CONSUMER_SUBSCRIPTION, "-g", "apps-rg"];
    words(&[&place[..], &["--template-file", &file]].concat())
}

pub(super) fn copied(_: &Lab) -> Vec<String> {
    let place = ["--subscription", world::CONSUMER_SUBSCRIPTION, "-g", "apps-rg"];
    let image = machines::image(world::LINUX_IMAGE);
    words(&[&place[..], &["--to", "copies/ubuntu", "--id", &image]].concat())
}

/// A directly shared image, which is copied by way of disks.
pub(super) fn by_disks(_: &Lab) -> Vec<String> {
    let place = ["--subscription", world::CONSUMER_SUBSCRIPTION, "-g", "apps-rg"];
    let image = crate::support::copies::shared_source();
    words(&[&place[..], &["--to", "copies/shared", "--id", &image]].concat())
}

/// The subscription that copies has not registered the provider of galleries.
pub(super) fn unregistered_copier(lab: &Lab) {
    super::worlds::delegated(lab);
    lab.azure.state(|state| {
        let found = state.subscription_mut(world::CONSUMER_SUBSCRIPTION).unwrap();
        found.providers.remove("microsoft.compute");
    });
}

/// Two copies, put there behind the program's back.
pub(super) fn with_copies(lab: &Lab) {
    let image = crate::support::copies::copied();
    let (gallery, _) = image.split_once("/images/").unwrap();
    let place = json!({"location": "westeurope", "tags": {}, "properties": {}});
    let source = machines::image(world::LINUX_IMAGE);
    lab.azure.state(|state| {
        state.put_resource(gallery, "Microsoft.Compute/galleries", place.clone());
        state.put_resource(&image, "Microsoft.Compute/galleries/images", place);
        for (day, name) in [(1, "1.0.0"), (2, "1.1.0")] {
            let body = json!({"location": "westeurope", "tags": {"az-imageshare-source": source,
                    "az-imageshare-source-version": name},
                "properties": {"provisioningState": "Succeeded", "publishingProfile": {
                    "targetRegions": [{"name": "westeurope"}], "publishedDate": format!("2026-01-0{day}T00:00:00Z")}}});
            let id = format!("{image}/versions/{name}");
            state.put_resource(&id, "Microsoft.Compute/galleries/images/versions", body);
        }
    });
}

pub(super) fn newest_copy(_: &Lab) -> Vec<String> {
    words(&["--keep", "1", "--subscription", world::CONSUMER_SUBSCRIPTION])
}
