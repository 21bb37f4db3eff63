//! `share direct`: conditions before the write, one POST, waiting, and nothing sent twice.

use sandbox::{Knobs, world};
use serde_json::json;

use crate::support::galleries::{gallery, profile, shareable};
use crate::support::lab::Lab;

const SHARE: &str = "/share";

fn add<'a>(id: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["share", "direct", "add", "--gallery-id", id], more].concat()
}

const TO_TENANT: [&str; 2] = ["--consumer-tenant", world::CONSUMER_DOMAIN];
const TO_SUBSCRIPTION: [&str; 2] = ["--consumer-subscription", world::CONSUMER_SUBSCRIPTION];

#[test]
fn it_is_shared_waited_for_and_not_sent_twice() {
    let lab = Lab::publisher();
    let id = shareable(&lab.azure, "partners");
    lab.azure.knob(|knobs: &mut Knobs| {
        knobs.sharing_polls = 2;
        knobs.sharing_reads = 3;
    });
    let args = add(&id, &[TO_TENANT, TO_SUBSCRIPTION].concat());
    let ran = lab.run(&args);
    let shown = ran.json();
    assert_eq!(shown["change"], "add");
    assert_eq!(shown["state"], "Succeeded");
    assert_eq!(shown["tenantIds"], json!([world::CONSUMER_TENANT]));
    assert_eq!(shown["subscriptionIds"], json!([world::CONSUMER_SUBSCRIPTION]));
    assert!(
        shown["portalUrl"]
            .as_str()
            .unwrap()
            .contains(&format!("#@{}/resource", world::PUBLISHER_TENANT))
    );
    assert!(ran.stderr.contains("every image in it"), "{}", ran.stderr);
    assert_eq!(lab.azure.calls("POST", SHARE), 1);
    assert_eq!(lab.run(&args).json()["change"], "keep");
    assert_eq!(lab.azure.calls("POST", SHARE), 1);
    let rows = lab.run(&["share", "direct", "list", "--gallery-id", &id]).json();
    assert_eq!(rows[0]["kind"], "subscription");
    assert_eq!(rows[0]["tenantId"], world::CONSUMER_TENANT);
    assert_eq!(rows[1]["id"], world::CONSUMER_TENANT);
}

#[test]
fn a_gallery_that_does_not_exist_is_made_for_it() {
    let lab = Lab::publisher();
    let id = gallery("fresh");
    let refused = lab.run(&add(&id, &TO_TENANT));
    assert!(refused.refused(3).contains("--location REGION"));
    let made = [&TO_TENANT[..], &["--location", "westeurope"]].concat();
    assert_eq!(lab.run(&add(&id, &made)).json()["change"], "add");
    assert_eq!(profile(&lab.azure, &id)["permissions"], "Groups");
    let elsewhere = id
        .replace(world::PUBLISHER_SUBSCRIPTION, world::SECOND_SUBSCRIPTION)
        .replace(world::IMAGES_GROUP, "lab-rg");
    let ran = lab.run(&add(&elsewhere, &made));
    assert!(ran.refused(1).contains("aka.ms/directsharedgallery-preview"), "{ran:?}");
}

#[test]
fn everything_that_speaks_against_it_is_told_before_anything_is_sent() {
    let lab = Lab::publisher();
    let unknown = "0d4fbb22-98e0-4396-9607-c918da84aaaa";
    let more = [&TO_TENANT[..], &["--consumer-subscription", unknown]].concat();
    let private = world::gallery_id();
    let ran = lab.run(&add(&private, &more));
    let stderr = ran.refused(2);
    assert!(stderr.contains("was made private"), "{stderr}");
    assert!(stderr.contains(&format!("there is no subscription {unknown}")), "{stderr}");
    let strange = add(&private, &["--consumer-tenant", unknown]);
    assert!(lab.run(&strange).refused(2).contains(&format!("there is no tenant {unknown}")));
    assert_eq!(lab.azure.calls("POST", SHARE), 0);
}

#[test]
fn the_limit_counts_what_is_shared_already() {
    let lab = Lab::publisher();
    let id = shareable(&lab.azure, "partners");
    let others: Vec<String> =
        (0..5).map(|at| format!("0d4fbb22-98e0-4396-9607-c918da84000{at}")).collect();
    lab.azure.state(|state| {
        let found = state.resources.get_mut(&id.to_lowercase()).unwrap();
        found.body["properties"]["sharingProfile"]["groups"] =
            json!([{"type": "AADTenants", "ids": others}]);
    });
    let ran = lab.run(&add(&id, &TO_TENANT));
    assert!(ran.refused(2).contains("would be shared with 6 tenants; Azure allows 5"), "{ran:?}");
    assert_eq!(lab.azure.calls("POST", SHARE), 0);
}

#[test]
fn a_contributor_is_told_what_is_missing() {
    let lab = Lab::contributor();
    let id = shareable(&lab.azure, "partners");
    let ran = lab.run(&add(&id, &TO_TENANT));
    assert!(ran.refused(1).contains("Compute Gallery Sharing Admin"), "{ran:?}");
    assert_eq!(lab.azure.calls("POST", SHARE), 0);
}

#[test]
fn an_encrypted_version_stands_in_the_way() {
    let lab = Lab::publisher();
    let id = shareable(&lab.azure, "partners");
    let version = format!("{id}/images/shared/versions/1.0.0").to_lowercase();
    lab.azure.state(|state| {
        let body = &mut state.resources.get_mut(&version).unwrap().body;
        body["properties"]["publishingProfile"]["targetRegions"][0]["encryption"] =
            json!({"osDiskImage": {}});
    });
    assert!(lab.run(&add(&id, &TO_TENANT)).refused(1).contains("disk encryption set"));
}

#[test]
fn a_share_that_fails_in_a_region_is_said_with_the_region() {
    let lab = Lab::publisher();
    let id = shareable(&lab.azure, "partners");
    lab.azure.state(|state| state.failed_shares.insert(id.to_lowercase(), "no capacity".into()));
    let ran = lab.run(&add(&id, &TO_TENANT));
    assert!(ran.refused(7).contains("westeurope (no capacity)"), "{ran:?}");
}

#[test]
fn it_is_taken_back_only_after_a_yes_and_only_once() {
    let lab = Lab::publisher();
    let id = shareable(&lab.azure, "partners");
    lab.run(&add(&id, &[TO_TENANT, TO_SUBSCRIPTION].concat())).json();
    let remove =
        [&["share", "direct", "remove", "--gallery-id", &id][..], &TO_SUBSCRIPTION].concat();
    assert!(lab.run(&remove).refused(2).contains("--yes"));
    assert!(lab.run_at_terminal(&remove, "n\n").refused(9).contains("scale sets"));
    assert_eq!(lab.run_at_terminal(&remove, "y\n").code, 0);
    assert_eq!(
        profile(&lab.azure, &id)["groups"],
        json!([{"type": "AADTenants", "ids": [world::CONSUMER_TENANT]}])
    );
    let reset = ["share", "direct", "reset", "--gallery-id", &id, "--yes"];
    assert_eq!(lab.run(&reset).code, 0);
    assert_eq!(profile(&lab.azure, &id)["groups"], json!([]));
    let sent = lab.azure.calls("POST", SHARE);
    assert_eq!((lab.run(&reset).code, lab.run(&remove).code), (0, 0));
    assert_eq!(lab.azure.calls("POST", SHARE), sent);
}

#[test]
fn a_national_cloud_is_told_that_it_has_no_such_thing() {
    let lab = Lab::publisher().env("AZURE_CLOUD_NAME", "AzureChinaCloud");
    let ran = lab.run(&add(&gallery("partners"), &["--consumer-tenant", world::CONSUMER_TENANT]));
    assert!(ran.refused(2).contains("AzureChinaCloud has no direct sharing"), "{ran:?}");
    assert_eq!(lab.azure.journal().len(), 0);
}
