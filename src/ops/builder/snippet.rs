//! The part of an image template that names the identity, and what goes with it. Only computes.

use serde_json::{Value, json};

use super::scenario::{Place, Scenario};
use crate::arm::image_builder::{API, TYPE};
use crate::arm::managed_identity::ManagedIdentity;

/// An image template with the identity in place; its properties only if images go somewhere.
pub(crate) fn snippet(identity: &ManagedIdentity, scenario: &Scenario, name: &str) -> Value {
    let mut template = json!({
        "type": TYPE,
        "apiVersion": API,
        "name": name,
        "location": identity.location,
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity.id.as_str(): {}}},
    });
    if !scenario.distribute_to.is_empty() {
        template["properties"] = properties(scenario, &identity.location, name);
    }
    template
}

fn properties(scenario: &Scenario, location: &str, name: &str) -> Value {
    let targets = scenario.distribute_to.iter().enumerate();
    let mut properties = json!({
        "source": source(scenario.sources.first()),
        "distribute": targets.map(|(at, place)| target(place, location, &format!("{name}-{}", at + 1))).collect::<Vec<_>>(),
    });
    if let Some(network) = scenario.networks.first() {
        let subnet = network.child("subnets", SUBNET);
        properties["vmProfile"] = json!({"vnetConfig": {"subnetId": subnet.to_string()}});
    }
    if !scenario.machine_identities.is_empty() {
        let ids: Vec<String> =
            scenario.machine_identities.iter().map(ToString::to_string).collect();
        properties["vmProfile"]["userAssignedIdentities"] = json!(ids);
    }
    if let Some(staging) = scenario.staging.first() {
        properties["stagingResourceGroup"] = json!(staging.to_string());
    }
    properties
}

fn source(place: Option<&Place>) -> Value {
    let in_gallery = |id: String| json!({"type": "SharedImageVersion", "imageVersionId": id});
    match place {
        None => {
            json!({"type": "PlatformImage", "publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"})
        }
        Some(Place::Group(group)) => {
            json!({"type": "ManagedImage", "imageId": format!("{group}/{IMAGE}")})
        }
        Some(Place::Resource(id)) => match (id.segments.len(), id.name_of("galleries")) {
            (_, None) => json!({"type": "ManagedImage", "imageId": id.to_string()}),
            (1, Some(_)) => in_gallery(format!("{id}/images/{DEFINITION}/versions/latest")),
            (2, Some(_)) => in_gallery(format!("{id}/versions/latest")),
            (_, Some(_)) => in_gallery(id.to_string()),
        },
    }
}

fn target(place: &Place, location: &str, output: &str) -> Value {
    let image = |id: String| json!({"type": "ManagedImage", "imageId": id, "location": location, "runOutputName": output});
    let gallery = |id: String| json!({"type": "SharedImage", "galleryImageId": id, "runOutputName": output, "targetRegions": [{"name": location}]});
    match place {
        Place::Group(group) => image(format!("{group}/{IMAGE}")),
        Place::Resource(id) => match (id.segments.len(), id.name_of("galleries")) {
            (_, None) => image(id.to_string()),
            (1, Some(_)) => gallery(format!("{id}/images/{DEFINITION}")),
            (_, Some(_)) => gallery(id.to_string()),
        },
    }
}

/// What only the writer of the template knows.
const IMAGE: &str = "providers/Microsoft.Compute/images/IMAGE";
const DEFINITION: &str = "IMAGE-DEFINITION";
const SUBNET: &str = "SUBNET";
