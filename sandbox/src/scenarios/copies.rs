//! Versions that are made from versions: what has to match, where the source has to be, and how they spread.

use serde_json::{Value, json};

use super::{Cloud, code};
use crate::world;

const API: &str = "api-version=2024-03-03";

fn gallery() -> String {
    format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Compute/galleries/copies",
        world::PUBLISHER_SUBSCRIPTION,
        world::OTHER_GROUP
    )
}

fn source() -> String {
    format!("{}/images/{}/versions/1.1.0", world::gallery_id(), world::LINUX_IMAGE)
}

/// A gallery in the publisher's own tenant with a definition that fits the source.
fn with_definition() -> (Cloud, String) {
    let mut cloud = Cloud::new();
    let token = cloud.deployer();
    let image = json!({"osType": "Linux", "osState": "Generalized", "hyperVGeneration": "V2",
        "features": [{"name": "SecurityType", "value": "TrustedLaunch"}],
        "identifier": {"publisher": "p", "offer": "o", "sku": "s"}});
    for (rest, properties) in [("", json!({})), ("/images/copy", image)] {
        let url = format!("{}{rest}?{API}", gallery());
        let body = json!({"location": "westeurope", "properties": properties});
        assert_eq!(cloud.arm(&token, "PUT", &url, &body).0, 201);
    }
    (cloud, token)
}

fn copy(
    cloud: &mut Cloud,
    token: &str,
    location: &str,
    targets: &[&str],
    source: Value,
) -> (u16, Value) {
    let targets: Vec<Value> = targets.iter().map(|name| json!({"name": name})).collect();
    let body = json!({"location": location, "properties": {
        "publishingProfile": {"targetRegions": targets}, "storageProfile": {"source": source}}});
    cloud.arm(token, "PUT", &format!("{}/images/copy/versions/1.0.0?{API}", gallery()), &body)
}

fn shown(cloud: &mut Cloud, token: &str) -> Value {
    let url = format!("{}/images/copy/versions/1.0.0?{API}&$expand=ReplicationStatus", gallery());
    cloud.get(token, &url).1["properties"].clone()
}

fn states(properties: &Value) -> Vec<&str> {
    let summary = properties["replicationStatus"]["summary"].as_array().unwrap();
    summary.iter().map(|one| one["state"].as_str().unwrap()).collect()
}

#[test]
fn a_copy_takes_the_disks_of_its_source_and_spreads_read_by_read() {
    let (mut cloud, token) = with_definition();
    cloud.core.knobs.replication_reads = 4;
    let both = ["westeurope", "northeurope"];
    let (status, made) = copy(&mut cloud, &token, "westeurope", &both, json!({"id": source()}));
    assert_eq!(
        (status, &made["properties"]["provisioningState"]),
        (201, &json!("Creating")),
        "{made}"
    );
    assert_eq!(made["properties"]["storageProfile"]["osDiskImage"]["sizeInGB"], 30);
    let mut seen = Vec::new();
    for _ in 0..4 {
        let properties = shown(&mut cloud, &token);
        seen.push(states(&properties).join(" "));
    }
    assert_eq!(
        seen,
        [
            "Replicating Replicating",
            "Completed Replicating",
            "Completed Replicating",
            "Completed Completed"
        ]
    );
    assert_eq!(shown(&mut cloud, &token)["provisioningState"], "Succeeded");
}

#[test]
fn with_a_clock_a_copy_takes_its_time() {
    let (mut cloud, token) = with_definition();
    cloud.core.knobs.replication_seconds = 600;
    let both = ["westeurope", "northeurope"];
    copy(&mut cloud, &token, "westeurope", &both, json!({"id": source()}));
    assert_eq!(states(&shown(&mut cloud, &token)), ["Replicating", "Replicating"]);
    cloud.core.knobs.clock_advance += 301;
    assert_eq!(states(&shown(&mut cloud, &token)), ["Completed", "Replicating"]);
    cloud.core.knobs.clock_advance += 300;
    assert_eq!(states(&shown(&mut cloud, &token)), ["Completed", "Completed"]);
}

#[test]
fn a_region_fails_on_demand_and_is_tried_again_by_another_write() {
    let (mut cloud, token) = with_definition();
    cloud.core.knobs.replication_reads = 1;
    let why = "no capacity".to_owned();
    cloud.core.state.failing_regions.insert("northeurope".to_owned(), why);
    let both = ["westeurope", "northeurope"];
    copy(&mut cloud, &token, "westeurope", &both, json!({"id": source()}));
    let properties = shown(&mut cloud, &token);
    assert_eq!(states(&properties), ["Completed", "Failed"], "{properties}");
    assert_eq!(properties["replicationStatus"]["aggregatedState"], "Failed");
    assert_eq!(shown(&mut cloud, &token)["provisioningState"], "Failed");
    cloud.core.state.failing_regions.clear();
    assert_eq!(
        shown(&mut cloud, &token)["provisioningState"],
        "Failed",
        "it does not heal by itself"
    );
    copy(&mut cloud, &token, "westeurope", &both, json!({"id": source()}));
    assert_eq!(states(&shown(&mut cloud, &token)), ["Completed", "Completed"]);
}

#[test]
fn a_source_that_does_not_fit_is_refused() {
    let definition = source().replace("/versions/1.1.0", "");
    let refused = |change: fn(&mut Value), location: &str, targets: &[&str], source: Value| {
        let (mut cloud, token) = with_definition();
        let id = definition.to_lowercase();
        change(&mut cloud.core.state.resources.get_mut(&id).unwrap().body["properties"]);
        let (status, body) = copy(&mut cloud, &token, location, targets, source);
        assert!(status >= 400, "{body}");
        code(&body).to_owned()
    };
    let id = || json!({"id": source()});
    let nothing: fn(&mut Value) = |_| {};
    for (change, location, targets, source, expected) in [
        (nothing, "westus", &["westus"][..], id(), "InvalidParameter"),
        (nothing, "westeurope", &["northeurope"], id(), "InvalidParameter"),
        (nothing, "westeurope", &["westeurope"], json!({"id": definition}), "InvalidParameter"),
        (
            nothing,
            "westeurope",
            &["westeurope"],
            json!({"id": "/SharedGalleries/x/Images/y/Versions/1.0.0"}),
            "LinkedInvalidPropertyId",
        ),
        (
            nothing,
            "westeurope",
            &["westeurope"],
            json!({"communityGalleryImageId": "/CommunityGalleries/x/Images/y/Versions/1.0.0"}),
            "GalleryImageNotFound",
        ),
        (
            |image| image["hyperVGeneration"] = json!("V1"),
            "westeurope",
            &["westeurope"],
            id(),
            "InvalidParameter",
        ),
        (
            |image| image["purchasePlan"] = json!({"name": "x"}),
            "westeurope",
            &["westeurope"],
            id(),
            "InvalidParameter",
        ),
    ] {
        assert_eq!(refused(change, location, targets, source,), expected, "{location}");
    }
}

#[test]
fn an_encrypted_source_and_a_full_region_are_refused() {
    let (mut cloud, token) = with_definition();
    let one = ["westeurope"];
    let subscription = world::PUBLISHER_SUBSCRIPTION;
    cloud.core.state.capacity.limit(subscription, "westeurope", "galleryImageVersions", 3);
    let (status, body) = copy(&mut cloud, &token, "westeurope", &one, json!({"id": source()}));
    assert_eq!((status, code(&body)), (409, "OperationNotAllowed"), "{body}");
    cloud.core.state.capacity.limits.clear();
    let key = source().to_lowercase();
    cloud.core.state.resources.get_mut(&key).unwrap().body["properties"]["publishingProfile"]["targetRegions"]
        [0]["encryption"] = json!({"osDiskImage": {"diskEncryptionSetId": "x"}});
    let (status, body) = copy(&mut cloud, &token, "westeurope", &one, json!({"id": source()}));
    assert_eq!((status, code(&body)), (409, "OperationNotAllowed"), "{body}");
}
