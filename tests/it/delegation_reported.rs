//! Inputs rebuilt from public bug reports: each test names its thread. The files are in
//! `data/reported`; their tenant, groups and people are replaced by the sandbox's.

use sandbox::world;
use serde_json::{Value, json};

use crate::delegation_create::{puts, standing};
use crate::support::lab::{Lab, Ran};

const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

/// A reported file, about people of the sandbox.
fn reported(lab: &Lab, name: &str, text: &str) -> String {
    let text = text
        .replace("11111111-aaaa-4aaa-8aaa-111111111111", world::CONSUMER_TENANT)
        .replace("11111111-0002-4000-8000-000000000001", world::CONSUMER_GROUP)
        .replace("rg-app", world::IMAGES_GROUP);
    lab.file(name, &text)
}

fn portal_offer(lab: &Lab) -> String {
    reported(lab, "portal-offer.json", include_str!("data/reported/portal-offer.json"))
}

fn delegation(lab: &Lab, verb: &str, rest: &[&str]) -> Ran {
    lab.publish(&[&["delegation", verb], rest].concat())
}

/// Azure/Azure-Lighthouse-samples#33, Azure/bicep#9980, MicrosoftDocs/azure-docs#92863.
#[test]
fn the_portals_own_template_is_planned_created_and_kept() {
    let lab = Lab::publisher();
    let template = portal_offer(&lab);
    let planned = delegation(&lab, "plan", &["--template-file", &template]);
    assert!(planned.stderr.contains("+ Reader for Tier 1"), "{planned:?}");
    let planned = planned.json();
    assert_eq!(planned["name"], "Harbour Imaging - Tier 1");
    assert_eq!(planned["consumerTenantId"], world::CONSUMER_TENANT);
    assert_eq!(planned["authorizations"][0]["roleDefinitionId"], READER);
    let scope = format!("/subscriptions/{}", world::PUBLISHER_SUBSCRIPTION);
    assert_eq!(planned["scopes"], json!([scope]));
    let made = delegation(&lab, "create", &["--template-file", &template]).json();
    assert_eq!((puts(&lab), standing(&lab.azure)), (1, (1, 1)));
    assert_eq!(made["authorizations"], planned["authorizations"]);
    let again = delegation(&lab, "create", &["--template-file", &template]).json();
    assert_eq!(again["change"], "keep");
    assert_eq!(puts(&lab), 1);
}

/// A flag that the template would pass over is refused; one that it takes is used.
#[test]
fn flags_reach_the_portals_template_or_are_refused() {
    let lab = Lab::publisher();
    let template = portal_offer(&lab);
    let named = delegation(&lab, "plan", &["--template-file", &template, "-n", "Another"]).json();
    assert_eq!(named["name"], "Another");
    let other = ["--template-file", &template, "--consumer-tenant", world::PUBLISHER_TENANT];
    let told = delegation(&lab, "plan", &other).refused(2).to_owned();
    assert!(told.contains("no parameter of") && told.contains("managedByTenantId"), "{told}");
    let group = ["--template-file", &template, "-g", world::IMAGES_GROUP];
    let told = delegation(&lab, "plan", &group).refused(2).to_owned();
    assert!(told.contains("delegates the whole subscription"), "{told}");
    let wrong = delegation(&lab, "plan", &["--parameters", &template]).refused(2).to_owned();
    assert!(wrong.contains("--template-file"), "{wrong}");
}

/// The rules judge what the template has written into it.
#[test]
fn the_rules_read_through_variables() {
    let lab = Lab::publisher();
    let text = include_str!("data/reported/portal-offer.json")
        .replace(READER, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635");
    let template = reported(&lab, "owner.json", &text);
    let told = delegation(&lab, "plan", &["--template-file", &template]).refused(2).to_owned();
    assert!(told.contains("Owner can never be delegated"), "{told}");
    assert!(told.contains("authorizations[0].roleDefinitionId"), "{told}");
}

/// Azure/Azure-Lighthouse-samples: 19 of its parameter files have `mspName`.
#[test]
fn the_samples_old_parameter_names_are_understood() {
    let lab = Lab::publisher();
    let text = include_str!("data/reported/mspname-old-sample.parameters.json");
    let file = reported(&lab, "old.json", text);
    let made: Value = delegation(&lab, "create", &["--parameters", &file]).json();
    assert_eq!(made["name"], "Harbour Imaging");
}

/// MicrosoftDocs/azure-docs (deploy-policy-remediation), hashicorp/terraform-provider-azurerm#8749.
#[test]
fn a_role_with_data_actions_may_be_handed_on_with_a_warning() {
    let lab = Lab::publisher();
    let text = include_str!("data/reported/delegated-law.parameters.json");
    let file = reported(&lab, "law.json", text);
    let ran = delegation(&lab, "create", &["--parameters", &file]);
    assert!(ran.stderr.contains("WARNING: "), "{ran:?}");
    assert!(ran.stderr.contains("Log Analytics Contributor' has data actions"), "{ran:?}");
    assert_eq!(ran.json()["change"], "create");
}

#[test]
fn resource_groups_may_be_a_list_of_names() {
    let lab = Lab::publisher();
    for text in [
        include_str!("data/reported/rg-array.parameters.json"),
        include_str!("data/reported/rgname-array.parameters.json"),
    ] {
        let text = text.replace("\"rg-app\",", "\"rg-app\"").replace("\"rg-data\"", "");
        let file = reported(&lab, "groups.json", &text);
        let planned = delegation(&lab, "plan", &["--parameters", &file]).json();
        assert_eq!(planned["scopes"].as_array().unwrap().len(), 1, "{planned}");
    }
}
