//! `image list` and `image show`: by every method, as everybody the user can be.

use sandbox::{Fault, FaultKind, Subscription, world};
use serde_json::{Value, json};

use crate::support::galleries::{gallery, opened, shareable};
use crate::support::lab::Lab;
use crate::support::offers::{IMAGES, READER, stand};

/// Opens a gallery to the consumer as a share of yesterday.
fn share(lab: &Lab, kind: &str, id: &str) -> String {
    let shared = shareable(&lab.azure, "partners");
    lab.azure.state(|state| {
        let found = state.resources.get_mut(&shared.to_lowercase()).unwrap();
        found.body["properties"]["sharingProfile"]["groups"] = json!([{"type": kind, "ids": [id]}]);
    });
    shared
}

fn found<'a>(rows: &'a Value, via: &str) -> Vec<&'a Value> {
    rows.as_array().unwrap().iter().filter(|row| row["via"] == via).collect()
}

#[test]
fn nothing_shared_is_nothing_listed() {
    assert_eq!(Lab::consumer().run(&["image", "list"]).json(), json!([]));
}

#[test]
fn images_come_by_delegation_with_their_newest_version() {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    let rows = lab.run(&["image", "list"]).json();
    let rows = found(&rows, "delegation");
    assert_eq!(rows.len(), 2, "{rows:#?}");
    let linux = rows[0];
    assert_eq!((&linux["name"], &linux["version"]), (&world::LINUX_IMAGE.into(), &"1.1.0".into()));
    assert_eq!(linux["publisherTenantId"], world::PUBLISHER_TENANT);
    assert_eq!(linux["regions"], json!(["westeurope", "northeurope"]));
    assert_eq!(linux["securityType"], "TrustedLaunch");
    assert!(
        linux["portalUrl"]
            .as_str()
            .unwrap()
            .contains(&format!("#@{}/resource/sub", world::CONSUMER_TENANT))
    );
    let there =
        lab.run(&["image", "list", "--location", "North Europe", "--query", "[].name"]).json();
    assert_eq!(there, json!([world::LINUX_IMAGE]));
}

#[test]
fn images_come_by_direct_share_with_subscription_and_with_tenant() {
    for (kind, id) in
        [("Subscriptions", world::CONSUMER_SUBSCRIPTION), ("AADTenants", world::CONSUMER_TENANT)]
    {
        let lab = Lab::consumer();
        share(&lab, kind, id);
        let rows = lab.run(&["image", "list"]).json();
        let rows = found(&rows, "direct");
        assert_eq!(rows.len(), 1, "{kind}");
        let unique = format!(
            "/SharedGalleries/{}-PARTNERS/Images/shared/Versions/1.0.0",
            world::PUBLISHER_SUBSCRIPTION
        );
        assert_eq!(rows[0]["id"], unique.as_str());
        assert_eq!(rows[0]["publisherTenantId"], world::PUBLISHER_TENANT);
        let mut regions: Vec<&str> =
            rows[0]["regions"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        regions.sort_unstable();
        assert_eq!(regions, ["eastus", "westeurope"]);
        let shown = lab.run(&["image", "show", "--id", &unique]).json();
        assert_eq!(
            (&shown["via"], &shown["vm"]["osProfile"]),
            (&"direct".into(), &"required".into())
        );
        assert_eq!(shown["vm"]["auxiliaryTenants"], json!([]));
    }
}

#[test]
fn of_many_subscriptions_what_is_shared_with_one_is_listed_with_all_its_regions() {
    let lab = Lab::consumer();
    lab.azure.state(|state| {
        for number in 0..8 {
            let id = format!("0b1f6471-1bf0-4dda-aec3-00000000000{number}");
            state.assign_role(&format!("/subscriptions/{id}"), READER, world::CONSUMER_OBJECT);
            let name = format!("Apps {number}");
            state.subscriptions.push(Subscription::new(&id, &name, world::CONSUMER_TENANT));
        }
    });
    // It has a resource group in one of the two regions, and is asked there only, until something is found.
    share(&lab, "Subscriptions", world::CONSUMER_SUBSCRIPTION);
    let rows = lab.run(&["image", "list"]).json();
    let [row] = found(&rows, "direct")[..] else { panic!("{rows:#}") };
    assert_eq!(row["regions"].as_array().unwrap().len(), 2, "{row:#}");
}

#[test]
fn a_credential_in_two_tenants_is_asked_in_both() {
    let lab = Lab::new().with_bridge(&[]);
    let rows = lab.run(&["image", "list"]).json();
    let rows = found(&rows, "rbac");
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[0]["credential"], &rows[0]["tenantId"]),
        (&"bridge".into(), &world::PUBLISHER_TENANT.into())
    );
    let id = format!("{}/images/{}", world::gallery_id(), world::WINDOWS_IMAGE);
    let shown = lab.run(&["image", "show", "--id", &id]).json();
    assert_eq!(shown["vm"]["auxiliaryTenants"], json!([world::PUBLISHER_TENANT]));
    assert_eq!(shown["vm"]["osProfile"], "not allowed");
    assert_eq!(shown["versions"][0]["replicationState"], "Completed");
    // Azure/azure-cli#25148: `latest` is a version, as in az and the documents.
    let latest = lab.run(&["image", "show", "--id", &format!("{id}/versions/latest")]).json();
    assert_eq!(latest["id"], shown["id"]);
    let table = lab.run(&["image", "show", "--id", &id, "-o", "table"]);
    assert!(table.stdout.starts_with("Version"), "{table:?}");
}

#[test]
fn one_tenant_that_cannot_be_asked_does_not_hide_the_others() {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    let add = ["credential", "add", "--no-test", "-n", "gone", "--tenant", world::THIRD_TENANT];
    let rest = ["--client-id", world::READER_CLIENT, "--secret-stdin"];
    lab.run_with_input(&[&add[..], &rest[..]].concat(), "wrong").json();
    let ran = lab.run(&["image", "list"]);
    assert_eq!(ran.code, 7, "a part is missing: {ran:?}");
    let listed: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert!(ran.stderr.contains("'gone' in tenant"), "{}", ran.stderr);
}

#[test]
fn what_the_index_does_not_know_is_asked_of_the_provider() {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    lab.azure.state(|state| {
        let versions = state.resources.values().filter(|one| one.type_.ends_with("/versions"));
        state.not_indexed = versions.map(|one| one.id.to_lowercase()).collect();
    });
    let rows = lab.run(&["image", "list", "--query", "[].version"]).json();
    assert_eq!(rows, json!(["1.1.0", "2.0.0"]));
    let kind = FaultKind::Status { status: 403, retry_after: None, code: Some("Forbidden".into()) };
    lab.azure.inject(Fault::new(kind).path("ResourceGraph").always());
    let ran = lab.run(&["image", "list", "--query", "[].version"]);
    assert_eq!(ran.json(), json!(["1.1.0", "2.0.0"]));
    assert!(ran.stderr.contains("Resource Graph does not answer"), "{}", ran.stderr);
}

#[test]
fn the_publishers_tenant_is_named_to_who_may_not_read() {
    let lab = Lab::consumer();
    let id = format!("{}/images/{}", world::gallery_id(), world::LINUX_IMAGE);
    let ran = lab.run(&["image", "show", "--id", &id]);
    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains(&format!("--also-tenant {}", world::PUBLISHER_TENANT)), "{ran:?}");
    let unknown = id.replace(world::PUBLISHER_SUBSCRIPTION, "0d4fbb22-98e0-4396-9607-c918da84aaaa");
    lab.run(&["image", "show", "--id", &unknown]).refused(3);
    lab.run(&["image", "show", "--id", &world::gallery_id()]).refused(2);
}

#[test]
fn community_images_are_listed_on_request() {
    let lab = Lab::publisher();
    let id = gallery("open");
    let name = opened(&lab, &id, &[])["publicName"].clone();
    lab.azure.state(|state| {
        let mut image = state.resources[&format!("{}/images/{}", world::gallery_id(), world::LINUX_IMAGE).to_lowercase()].body.clone();
        state.put_resource(&format!("{id}/images/public"), "Microsoft.Compute/galleries/images", image.take());
        let version = json!({"location": "westeurope", "properties": {"publishingProfile": {"targetRegions": [{"name": "westeurope"}]}}});
        state.put_resource(&format!("{id}/images/public/versions/1.0.0"), "Microsoft.Compute/galleries/images/versions", version);
    });
    let lab = lab.at_consumer();
    lab.run(&["image", "list", "--community"]).refused(2);
    for more in [&["--community"][..], &["--community", name.as_str().unwrap()]] {
        let rows =
            lab.run(&[&["image", "list", "--location", "westeurope"][..], more].concat()).json();
        let rows = found(&rows, "community");
        assert_eq!(rows.len(), 1, "{rows:?}");
        let shown = lab.run(&["image", "show", "--id", rows[0]["id"].as_str().unwrap()]).json();
        assert_eq!(shown["regions"], json!(["westeurope"]));
    }
    assert_eq!(lab.run(&["image", "list"]).json(), json!([]));
}

#[test]
fn other_tools_get_the_header_they_need() {
    let lab = Lab::new().signed_in(
        world::CONSUMER_TENANT,
        world::MULTI_TENANT_CLIENT,
        world::MULTI_TENANT_SECRET,
    );
    let both = [world::PUBLISHER_DOMAIN, world::CONSUMER_TENANT];
    let args = ["token", "get", "--auxiliary", both[0], both[1], world::PUBLISHER_TENANT];
    let shown = lab.run(&args).json();
    assert_eq!(shown["tenants"], json!([world::PUBLISHER_TENANT, world::CONSUMER_TENANT]));
    let value = shown["value"].as_str().unwrap();
    let tokens: Vec<&str> =
        value.split(", ").map(|part| part.strip_prefix("Bearer ").unwrap()).collect();
    assert_eq!(tokens.len(), 2);
    assert_eq!(shown["header"], format!("x-ms-authorization-auxiliary: {value}").as_str());
    assert!(!value.contains(';'));
    let four = ["1", "2", "3", "4"].map(|end| format!("0d4fbb22-98e0-4396-9607-c918da84000{end}"));
    let mut args = vec!["token", "get", "--auxiliary"];
    args.extend(four.iter().map(String::as_str));
    assert!(lab.run(&args).refused(2).contains("4 tenants"));
}

#[test]
fn a_role_on_a_resource_group_alone_still_lists_what_it_opens() {
    let lab = Lab::consumer();
    stand(&lab.azure, &IMAGES);
    lab.azure.state(|state| {
        let group =
            format!("/subscriptions/{}/resourceGroups/apps-rg", world::CONSUMER_SUBSCRIPTION);
        for known in &mut state.role_assignments {
            if known.principal == world::CONSUMER_OBJECT {
                known.scope.clone_from(&group);
            }
        }
    });
    for more in [&[][..], &["--location", "westeurope"]] {
        let ran = lab.run(&[&["image", "list"][..], more].concat());
        assert_eq!(ran.json().as_array().unwrap().len(), 2);
        assert!(ran.stderr.contains("it needs Reader there"), "{}", ran.stderr);
    }
}
