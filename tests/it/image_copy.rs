//! `image copy`: by every method an image is shared, with an end of the share, and a machine from the copy.

use sandbox::world;
use serde_json::{Value, json};

use crate::support::copies::{TO, copied, copy, version, versions, with_versions};
use crate::support::galleries::{community, shareable};
use crate::support::lab::Lab;
use crate::support::machines::{create, image, linux, standing};
use crate::support::offers::{IMAGES, stand};
use crate::vm::{bridge, puts};

const AUXILIARY: &str = "x-ms-authorization-auxiliary";

/// The paths of the requests that carried tokens of other tenants.
fn carried(lab: &Lab) -> Vec<String> {
    let journal = lab.azure.journal();
    let with_header = journal.iter().filter(|call| call.header(AUXILIARY).is_some());
    with_header.map(|call| call.path.clone()).collect()
}

/// The copy is whole, tagged and in its region; a second run sends nothing.
fn is_whole(lab: &Lab, source: &str, made: &Value, name: &str) {
    let found = version(&lab.azure, name).unwrap();
    let image = source.split("/versions/").next().unwrap();
    let image = image.split("/Versions/").next().unwrap();
    assert_eq!(found["tags"]["az-imageshare-source"], image, "{found:#}");
    assert_eq!(found["tags"]["az-imageshare-source-version"], made["versions"][0]["sourceVersion"]);
    assert_eq!(made["versions"][0]["change"], "create", "{made:#}");
    assert_eq!(made["versions"][0]["provisioningState"], "Succeeded", "{made:#}");
    let regions = &made["versions"][0]["regions"];
    let whole =
        json!({"region": "westeurope", "state": "Completed", "progress": 100, "details": null});
    assert_eq!(regions, &json!([whole]));
    assert_eq!(made["versions"][0]["error"], Value::Null);
    let before = puts(lab);
    let again = copy(lab, source, &[]);
    assert_eq!(again.json()["versions"][0]["change"], "keep", "{again:?}");
    assert_eq!(puts(lab), before, "a second run sends nothing");
    assert!(again.stderr.contains("copied already"), "{again:?}");
}

#[test]
fn an_image_shared_by_a_role_is_copied_and_outlives_the_share() {
    let lab = bridge();
    let source = image(world::LINUX_IMAGE);
    let made = copy(&lab, &source, &[]).json();
    assert_eq!(
        (&made["via"], &made["publisherTenantId"]),
        (&json!("rbac"), &json!(world::PUBLISHER_TENANT))
    );
    assert_eq!(carried(&lab), [format!("{}/versions/1.1.0", copied())]);
    is_whole(&lab, &source, &made, "1.1.0");
    let definition =
        lab.azure.state(|state| state.resources[&copied().to_lowercase()].body.clone());
    for (name, wanted) in [
        ("osType", json!("Linux")),
        ("hyperVGeneration", json!("V2")),
        ("features", json!([{"name": "SecurityType", "value": "TrustedLaunch"}])),
    ] {
        assert_eq!(definition["properties"][name], wanted, "{definition:#}");
    }
    let gallery = copied().replace("/images/ubuntu", "").to_lowercase();
    let gallery = lab.azure.state(|state| state.resources[&gallery].body.clone());
    assert!(gallery["properties"]["sharingProfile"].is_null(), "{gallery:#}");
    // The share ends; the copy stays, and a machine can be made of it.
    lab.azure.state(|state| {
        let bridge = world::MULTI_TENANT_PUBLISHER_OBJECT;
        state.role_assignments.retain(|known| known.principal != bridge);
    });
    assert_ne!(copy(&lab, &source, &[]).code, 0, "nobody copies what is not shared any more");
    let machine = linux(&lab, &copied()).json();
    assert_eq!(machine["image"], format!("{}/versions/1.1.0", copied()), "{machine:#}");
    assert!(standing(&lab).is_some());
}

#[test]
fn a_delegated_image_is_copied_without_another_token_and_outlives_the_delegation() {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    let source = format!("{}/versions/1.0.0", image(world::LINUX_IMAGE));
    let made = copy(&lab, &source, &[]).json();
    assert_eq!(made["via"], "delegation", "{made:#}");
    assert_eq!(carried(&lab), Vec::<String>::new());
    is_whole(&lab, &source, &made, "1.0.0");
    lab.azure.state(|state| state.assignments.clear());
    assert_ne!(copy(&lab, &source, &[]).code, 0);
    assert_eq!(linux(&lab, &copied()).json()["image"], format!("{}/versions/1.0.0", copied()));
}

#[test]
fn a_directly_shared_image_is_copied_by_way_of_a_disk_and_outlives_the_share() {
    let lab = Lab::consumer();
    let shared = shareable(&lab.azure, "partners");
    let share = |groups: Value| {
        lab.azure.state(|state| {
            let found = state.resources.get_mut(&shared.to_lowercase()).unwrap();
            found.body["properties"]["sharingProfile"]["groups"] = groups;
        });
    };
    share(json!([{"type": "Subscriptions", "ids": [world::CONSUMER_SUBSCRIPTION]}]));
    let source =
        format!("/SharedGalleries/{}-PARTNERS/Images/shared", world::PUBLISHER_SUBSCRIPTION);
    copy(&lab, &source, &["--no-wait"]).refused(2);
    let made = copy(&lab, &source, &[]).json();
    assert_eq!(made["via"], "direct", "{made:#}");
    let disks = || {
        lab.azure.state(|state| state.resources.keys().filter(|id| id.contains("/disks/")).count())
    };
    assert_eq!(disks(), 0, "the disk is removed afterwards");
    assert_eq!(lab.azure.calls("PUT", "/disks/"), 1);
    is_whole(&lab, &source, &made, "1.0.0");
    share(json!([]));
    assert_ne!(copy(&lab, &source, &[]).code, 0);
    assert_eq!(linux(&lab, &copied()).json()["image"], format!("{}/versions/1.0.0", copied()));
}

#[test]
fn a_community_image_is_copied_and_outlives_the_gallery() {
    let lab = Lab::consumer();
    let open = community(&lab.azure, "open", world::WINDOWS_IMAGE);
    let enable = |enabled: bool| {
        lab.azure.state(|state| {
            let found = state.resources.get_mut(&open.to_lowercase()).unwrap();
            let info = &mut found.body["properties"]["sharingProfile"]["communityGalleryInfo"];
            info["communityGalleryEnabled"] = json!(enabled);
        });
    };
    enable(true);
    let source =
        format!("/CommunityGalleries/contoso-1/Images/{}/Versions/1.0.0", world::WINDOWS_IMAGE);
    let made = copy(&lab, &source, &[]).json();
    assert_eq!(made["via"], "community", "{made:#}");
    let found = version(&lab.azure, "1.0.0").unwrap();
    let named = &found["properties"]["storageProfile"]["source"]["communityGalleryImageId"];
    assert_eq!(named, source.as_str(), "{found:#}");
    is_whole(&lab, &source, &made, "1.0.0");
    enable(false);
    assert_ne!(copy(&lab, &source, &[]).code, 0);
    let password = lab.file("password.txt", world::DEPLOYER_SECRET);
    let login = ["--admin-username", "azureuser", "--admin-password-file", &password];
    create(&lab, &copied(), &login).json();
    assert!(standing(&lab).is_some());
}

#[test]
fn a_publisher_pushes_into_a_subscription_that_is_delegated_to_it() {
    let lab = Lab::publisher();
    lab.azure.state(|state| {
        state.delegate(
            world::CONSUMER_SUBSCRIPTION,
            "apps-rg",
            world::PUBLISHER_TENANT,
            world::DEPLOYER_OBJECT,
            crate::support::offers::CONTRIBUTOR,
        );
    });
    let source = image(world::LINUX_IMAGE);
    let pushed = lab.run(&["image", "copy", "--id", &source, "--to", &copied()]).json();
    assert_eq!(pushed["versions"][0]["change"], "create", "{pushed:#}");
    assert_eq!(
        carried(&lab),
        Vec::<String>::new(),
        "both are of the writer's own tenant, or lent to it"
    );
    assert!(version(&lab.azure, "1.1.0").is_some());
}

#[test]
fn a_second_run_copies_only_what_is_new() {
    let lab = bridge();
    let source = image(world::LINUX_IMAGE);
    let all = ["--all-versions"];
    assert_eq!(copy(&lab, &source, &all).json()["versions"].as_array().unwrap().len(), 2);
    with_versions(&lab.azure, 1);
    let dry = copy(&lab, &source, &["--all-versions", "--plan", "--detailed-exitcode"]);
    assert_eq!(dry.code, 8, "{dry:?}");
    assert_eq!(versions(&lab.azure), ["1.0.0", "1.1.0"], "a dry run writes nothing");
    let second = copy(&lab, &source, &all).json();
    let changes: Vec<_> =
        second["versions"].as_array().unwrap().iter().map(|one| one["change"].clone()).collect();
    assert_eq!(changes, ["keep", "keep", "create"], "{second:#}");
    assert_eq!(lab.azure.calls("PUT", "/versions/"), 3);
    // More regions are an update of what stands.
    let wider =
        copy(&lab, &source, &["--latest", "1", "--regions", "westeurope", "North Europe"]).json();
    assert_eq!(wider["versions"][0]["change"], "update", "{wider:#}");
    let found = version(&lab.azure, "2.0.0").unwrap();
    let targets = found["properties"]["publishingProfile"]["targetRegions"].as_array().unwrap();
    assert_eq!(targets.len(), 2, "{found:#}");
}

#[test]
fn fifty_versions_are_copied_eight_at_a_time_without_a_storm() {
    let lab = bridge();
    with_versions(&lab.azure, 48);
    lab.azure.knob(|knobs| {
        knobs.replication_reads = 3;
        knobs.throttling = true;
    });
    let made = copy(&lab, &image(world::LINUX_IMAGE), &["--all-versions"]).json();
    assert_eq!(made["versions"].as_array().unwrap().len(), 50);
    let most = lab.azure.state(|state| state.most_replicating);
    assert!((2..=8).contains(&most), "{most} at a time");
    let told = lab.azure.accounting();
    assert_eq!((told.throttled(), told.early_retries()), (0, 0));
    assert_eq!(versions(&lab.azure).len(), 50);
}

#[test]
fn a_region_that_fails_is_named_and_tried_again_by_the_next_run() {
    let lab = bridge();
    lab.azure.knob(|knobs| knobs.replication_reads = 3);
    lab.azure.state(|state| {
        state.failing_regions.insert("northeurope".to_owned(), "no capacity".to_owned());
    });
    let source = image(world::LINUX_IMAGE);
    let regions = ["--regions", "westeurope", "northeurope"];
    let told = copy(&lab, &source, &regions);
    let text = told.refused(7);
    for part in ["North Europe (no capacity)", "it is in West Europe", "image copy"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // The result says the same for each region.
    let result: Value = serde_json::from_str(&told.stdout).unwrap();
    let version = &result["versions"][0];
    let region = |at: usize| {
        (version["regions"][at]["state"].clone(), version["regions"][at]["details"].clone())
    };
    assert_eq!(region(0), (json!("Completed"), Value::Null), "{result:#}");
    assert_eq!(region(1), (json!("Failed"), json!("no capacity")), "{result:#}");
    assert!(version["error"].as_str().unwrap().contains("North Europe"), "{result:#}");
    lab.azure.state(|state| state.failing_regions.clear());
    let again = copy(&lab, &source, &regions).json();
    assert_eq!(again["versions"][0]["provisioningState"], "Succeeded", "{again:#}");
}

#[test]
fn whoever_does_not_wait_is_told_so_and_the_next_run_waits() {
    let lab = bridge();
    lab.azure.knob(|knobs| knobs.replication_reads = 4);
    let source = image(world::LINUX_IMAGE);
    let begun = copy(&lab, &source, &["--no-wait"]).json();
    assert_eq!(begun["versions"][0]["provisioningState"], "Creating", "{begun:#}");
    let told = copy(&lab, &source, &["--verbose"]);
    let waited = told.json();
    assert_eq!(waited["versions"][0]["change"], "keep", "{waited:#}");
    assert!(told.stderr.contains("Version 1.1.0: West Europe"), "each region is watched: {told:?}");
    assert_eq!(waited["versions"][0]["provisioningState"], "Succeeded", "{waited:#}");
    assert_eq!(lab.azure.calls("PUT", "/versions/"), 1);
}

#[test]
fn the_run_is_in_the_history_with_what_was_written() {
    let lab = bridge();
    copy(&lab, &image(world::LINUX_IMAGE), &[]).json();
    let runs = lab.run(&["history", "list"]).json();
    let mut runs = runs.as_array().unwrap().iter();
    let run = runs.find(|run| run["what"] == "image copy").unwrap()["run"].as_str().unwrap();
    let shown = lab.run(&["history", "show", run]).stdout;
    for part in ["imageDefinition", "imageVersion", "gallery", "1.1.0"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
}

#[test]
fn a_version_that_is_no_copy_is_left_alone() {
    let lab = bridge();
    let source = image(world::LINUX_IMAGE);
    copy(&lab, &source, &[]).json();
    let id = format!("{}/versions/1.1.0", copied()).to_lowercase();
    lab.azure.state(|state| state.resources.get_mut(&id).unwrap().body["tags"] = json!({}));
    let told = copy(&lab, &source, &[]);
    let text = told.refused(2);
    assert!(text.contains("exists already") && text.contains("--to copies/ubuntu/1.1.1"), "{text}");
    let place = ["--subscription", world::CONSUMER_SUBSCRIPTION, "--to", "copies/ubuntu/1.1.1"];
    lab.run(&[&["image", "copy", "--id", &source][..], &place].concat()).json();
    assert!(TO.contains(&"copies/ubuntu") && version(&lab.azure, "1.1.1").is_some());
}
