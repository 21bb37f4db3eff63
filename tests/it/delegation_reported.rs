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
    let ran = delegation(&lab, "create", &["--parameters", &file, "--yes"]);
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

/// Azure/azure-cli#912 (PowerShell's encodings), microsoft/vscode-azurearmtools#721 (a trailing
/// comma), the portal's empty description, and brackets that are not an expression.
#[test]
fn files_are_read_as_az_reads_them() {
    let files: [(&str, &[u8]); 5] = [
        ("utf16le", include_bytes!("data/reported/utf16le.parameters.json")),
        ("bom-crlf", include_bytes!("data/reported/bom-crlf.parameters.json")),
        ("trailing-comma", include_bytes!("data/reported/trailing-comma.parameters.json")),
        ("empty-description", include_bytes!("data/reported/empty-description.parameters.json")),
        ("bracket-name", include_bytes!("data/reported/bracket-name.parameters.json")),
    ];
    for (name, bytes) in files {
        let lab = Lab::publisher();
        let path = lab.home.path().join(format!("{name}.json"));
        std::fs::write(&path, bytes).unwrap();
        let path = path.to_str().unwrap();
        // Its people are not the sandbox's; its form is what counts here.
        let group = ["--consumer-tenant", world::CONSUMER_TENANT, "-g", world::IMAGES_GROUP];
        let right = ["--principal-id", world::CONSUMER_GROUP];
        let rest = [&["--parameters", path][..], &group, &right].concat();
        let planned = delegation(&lab, "plan", &rest).json();
        assert_eq!(planned["change"], "create", "{name}");
        if name == "empty-description" {
            assert_eq!(planned["description"], planned["name"]);
        }
    }
}

/// Azure/azure-cli#20632: PowerShell and `--flag=~/file` leave both to the program.
#[test]
fn an_at_sign_and_a_tilde_are_understood_by_every_file_argument() {
    let lab = Lab::publisher();
    let home = lab.home.path().to_str().unwrap().to_owned();
    let text = include_str!("data/reported/mspname-old-sample.parameters.json");
    reported(&lab, "old.json", text);
    for typed in ["~/old.json", "@~/old.json"] {
        let planned = delegation(&lab, "plan", &["--parameters", typed]).json();
        assert_eq!(planned["name"], "Harbour Imaging", "{typed}");
    }
    let template = portal_offer(&lab);
    assert!(template.starts_with(&home), "{template}");
    let planned = delegation(&lab, "plan", &["--template-file", "@~/portal-offer.json"]).json();
    assert_eq!(planned["name"], "Harbour Imaging - Tier 1");
    lab.file("no-template.json", "{}");
    let rest = ["builder", "check", "--template", "~/no-template.json"];
    let told = lab.publish(&rest).refused(2).to_owned();
    assert!(told.contains("holds no image template"), "{told}");
}

/// The ids of everything that Lighthouse has, sorted.
fn ids(lab: &Lab) -> Vec<String> {
    lab.azure.state(|state| {
        let definitions = state.definitions.values().map(|found| found.id.clone());
        let assignments = state.assignments.values().map(|found| found.id.clone());
        let mut ids: Vec<String> = definitions.chain(assignments).collect();
        ids.sort();
        ids
    })
}

/// Azure/azure-powershell#11455, Azure/Azure-Lighthouse-samples#85,
/// hashicorp/terraform-provider-azurerm#20108.
#[test]
fn the_portals_offer_is_adopted_with_its_ids_and_changed() {
    let lab = Lab::publisher();
    delegation(&lab, "create", &["--template-file", &portal_offer(&lab)]).json();
    let before = ids(&lab);
    let same = ["-n", "Harbour Imaging - Tier 1", "--consumer-tenant", world::CONSUMER_TENANT];
    let rights = ["--whole-subscription", "--principal-id", world::CONSUMER_GROUP, "--adopt"];
    let more = [&format!("principal={}", world::CONSUMER_GROUP), "role=Contributor"];
    let rest = [&same[..], &rights, &["--authorization", more[0], more[1]]].concat();
    let ran = delegation(&lab, "create", &rest);
    assert!(!ran.stderr.contains("OVERLAP"), "{ran:?}");
    assert_eq!(ran.json()["authorizations"].as_array().unwrap().len(), 3);
    assert_eq!(ids(&lab), before);
    assert_eq!(delegation(&lab, "create", &rest).json()["change"], "keep");
    let other = ["-n", "Nobody's", "--consumer-tenant", world::CONSUMER_TENANT];
    let told = delegation(&lab, "plan", &[&other[..], &rights].concat()).refused(1).to_owned();
    assert!(told.contains("there is no offer 'Nobody's'"), "{told}");
}

/// MicrosoftDocs/azure-docs#36763, Azure/Azure-Lighthouse-samples#112.
#[test]
fn what_stays_delegated_is_said_and_one_group_can_be_taken_out() {
    let lab = Lab::publisher();
    let offer = ["-n", "O", "--consumer-tenant", world::CONSUMER_TENANT];
    let right = ["--principal-id", world::CONSUMER_GROUP, "-g", world::IMAGES_GROUP];
    let one = [&offer[..], &right].concat();
    let both = [&one[..], &["-g", world::OTHER_GROUP]].concat();
    delegation(&lab, "create", &both).json();
    let ran = delegation(&lab, "create", &one);
    let scope = format!("/subscriptions/{}/resourceGroups/other-rg", world::PUBLISHER_SUBSCRIPTION);
    assert!(ran.stderr.contains(&format!("{scope} stays delegated")), "{ran:?}");
    assert!(ran.stderr.contains("delegation delete -n O -g other-rg --subscription"), "{ran:?}");
    delegation(&lab, "delete", &["-n", "O", "-g", "OTHER-RG", "--yes"]);
    let left = delegation(&lab, "show", &["-n", "O"]).json();
    assert_eq!(left["scopes"].as_array().unwrap().len(), 1, "{left}");
    assert_eq!(standing(&lab.azure), (1, 1));
    delegation(&lab, "delete", &["-n", "O", "-g", world::IMAGES_GROUP, "--yes"]);
    assert_eq!(standing(&lab.azure), (0, 0));
}
