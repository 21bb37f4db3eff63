//! The real `az` copies an image version, and our one command: the same copy.

use sandbox::{Sandbox, world};
use serde_json::{Value, json};

use crate::real_clients::{az_json, log_in_as_bridge};
use crate::support::copies::{copied, copy};
use crate::support::lab::Lab;
use crate::support::machines::image;

/// What both of us decide of a resource.
fn decided(azure: &Sandbox, rest: &str) -> Value {
    let id = format!("{}{rest}", copied()).to_lowercase();
    let body = azure.state(|state| state.resources[&id].body.clone());
    let properties = &body["properties"];
    let profile = &properties["publishingProfile"];
    let targets: Vec<Value> = profile["targetRegions"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| json!(one["name"].as_str().unwrap_or_default().replace(' ', "").to_lowercase()))
        .collect();
    json!({"location": body["location"], "osType": properties["osType"], "osState": properties["osState"],
        "generation": properties["hyperVGeneration"], "features": properties["features"],
        "identifier": properties["identifier"], "source": properties["storageProfile"]["source"]["id"],
        "replicas": profile["replicaCount"], "excludeFromLatest": profile["excludeFromLatest"],
        "targets": targets, "state": properties["provisioningState"],
        "disk": properties["storageProfile"]["osDiskImage"]})
}

#[test]
fn az_in_four_commands_and_two_logins_and_we_in_one_make_the_same_copy() {
    let (theirs, ours) = (Lab::new(), Lab::new().with_bridge(&["--default"]));
    for tenant in [world::PUBLISHER_TENANT, world::CONSUMER_TENANT] {
        log_in_as_bridge(&theirs, tenant);
        az_json(&theirs, &["account", "get-access-token"]);
    }
    let source = format!("{}/versions/1.1.0", image(world::LINUX_IMAGE));
    let place = ["-g", "apps-rg", "--gallery-name", "copies"];
    let at = ["--location", "westeurope"];
    let sig = |verb: &[&str], more: &[&str]| {
        az_json(&theirs, &[&["sig"], verb, &place[..], &at, more].concat())
    };
    sig(&["create"], &[]);
    let definition = ["--gallery-image-definition", "ubuntu"];
    let like = [
        "--publisher",
        "contoso",
        "--offer",
        "canonical-hardened",
        "--sku",
        "gen2",
        "--os-type",
        "Linux",
        "--os-state",
        "Generalized",
        "--hyper-v-generation",
        "V2",
        "--features",
        "SecurityType=TrustedLaunch",
    ];
    sig(&["image-definition", "create"], &[&definition[..], &like].concat());
    let version = ["--gallery-image-version", "1.1.0", "--image-version", &source];
    let made = sig(&["image-version", "create"], &[&definition[..], &version].concat());
    assert_eq!(made["provisioningState"], "Succeeded", "{made:#}");
    copy(&ours, &source, &[]).json();
    for rest in ["", "/versions/1.1.0"] {
        assert_eq!(decided(&theirs.azure, rest), decided(&ours.azure, rest), "{rest}");
    }
    let journal = theirs.azure.journal();
    let put =
        journal.iter().filter(|call| call.method == "PUT" && call.path.contains("/versions/"));
    assert!(
        put.clone().any(|call| call.header("x-ms-authorization-auxiliary").is_some()),
        "az sends the token"
    );
}

#[test]
fn az_sees_our_copy_and_where_it_is() {
    let lab = Lab::new().with_bridge(&["--default"]);
    copy(&lab, &image(world::LINUX_IMAGE), &["--regions", "westeurope", "northeurope"]).json();
    log_in_as_bridge(&lab, world::CONSUMER_TENANT);
    let which = [
        "-g",
        "apps-rg",
        "--gallery-name",
        "copies",
        "--gallery-image-definition",
        "ubuntu",
        "--gallery-image-version",
        "1.1.0",
        "--expand",
        "ReplicationStatus",
    ];
    let shown = az_json(&lab, &[&["sig", "image-version", "show"][..], &which].concat());
    assert_eq!(shown["tags"]["az-imageshare-source-version"], "1.1.0", "{shown:#}");
    let listed = az_json(
        &lab,
        &["sig", "image-version", "list", "-g", "apps-rg", "-r", "copies", "-i", "ubuntu"],
    );
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed:#}");
}

#[test]
fn az_takes_no_image_that_was_shared_directly_or_with_the_community() {
    let lab = Lab::new();
    log_in_as_bridge(&lab, world::CONSUMER_TENANT);
    for source in [
        "/SharedGalleries/x-G/Images/i/Versions/1.0.0",
        "/CommunityGalleries/x/Images/i/Versions/1.0.0",
    ] {
        let mut command = std::process::Command::new(crate::support::az::az());
        let words = [
            "sig",
            "image-version",
            "create",
            "-g",
            "apps-rg",
            "-r",
            "copies",
            "-i",
            "ubuntu",
            "-e",
            "1.0.0",
        ];
        command.args(words).args(["--image-version", source]);
        command.env_clear().envs(lab.variables()).env("PATH", "/usr/bin:/bin");
        let ran = command.output().unwrap();
        let told = String::from_utf8_lossy(&ran.stderr);
        assert!(
            !ran.status.success() && told.contains("is an invalid gallery image version id"),
            "{told}"
        );
    }
}
