//! `builder check`: what an identity has against what it needs, whoever gave it.

use sandbox::{Principal, PrincipalKind, world};
use serde_json::{Value, json};

use crate::support::builder::{actions, bare_identity, builder, group, identity_id, template};
use crate::support::lab::Lab;

const IMAGES: &str = world::IMAGES_GROUP;
const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
const BLOB_READER: &str = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";

fn report(lab: &Lab, code: u8, rest: &[&str]) -> Value {
    let ran = builder(lab, "check", rest);
    assert_eq!(ran.code, code, "{ran:?}");
    serde_json::from_str(&ran.stdout).unwrap()
}

fn assign(lab: &Lab, scope: &str, role: &str, principal: &str) {
    lab.azure.state(|state| state.assign_role(scope, role, principal));
}

#[test]
fn every_missing_action_comes_with_the_command_that_brings_it() {
    let lab = Lab::publisher();
    bare_identity(&lab);
    let network = world::build_network_id();
    let args = ["--distribute-to", IMAGES, "--vnet", &network];
    let found = report(&lab, 1, &args);
    assert_eq!(found["ok"], false);
    assert_eq!(actions(&found, "missing").len(), 9, "{found}");
    for _ in 0..2 {
        let hints = report_hints(&lab, &args);
        let Some(hint) = hints.first() else {
            break;
        };
        let command = hint.split('`').nth(1).unwrap();
        let command: Vec<&str> = command.split(' ').skip(1).collect();
        lab.run(&command).json();
    }
    assert_eq!(report(&lab, 0, &args)["ok"], true);
}

fn report_hints(lab: &Lab, args: &[&str]) -> Vec<String> {
    let ran = builder(lab, "check", args);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    let checks = found["checks"].as_array().unwrap().iter();
    let missing = checks.filter(|check| check["state"] == "missing");
    missing.map(|check| check["hint"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn inherited_rights_and_those_of_groups_count_and_are_named() {
    let lab = Lab::publisher();
    let principal = bare_identity(&lab);
    let inner = "77777777-0000-4000-8000-000000000001";
    let outer = "77777777-0000-4000-8000-000000000002";
    lab.azure.state(|state| {
        for (id, member) in [(inner, principal.as_str()), (outer, inner)] {
            state.principals.push(Principal {
                id: id.into(),
                tenant: world::PUBLISHER_TENANT.into(),
                kind: PrincipalKind::SecurityGroup,
                name: "builders".into(),
                login: String::new(),
                members: vec![member.to_owned()],
            });
        }
    });
    assign(&lab, &format!("/subscriptions/{}", world::PUBLISHER_SUBSCRIPTION), CONTRIBUTOR, outer);
    let found = report(&lab, 0, &["--distribute-to", IMAGES]);
    assert_eq!(actions(&found, "granted").len(), 7, "{found}");
    let via = found["checks"][0]["via"].as_str().unwrap();
    assert!(via.contains("role 'Contributor'") && via.contains(outer), "{via}");
    assert_eq!(actions(&found, "superfluous"), ["*"]);
    let hint = found["checks"][7]["hint"].as_str().unwrap();
    assert!(hint.contains(outer), "{hint}");
}

#[test]
fn reading_is_not_writing_and_control_is_not_data() {
    let lab = Lab::publisher();
    let principal = bare_identity(&lab);
    let container = world::scripts_container_id();
    assign(&lab, &group(IMAGES), READER, &principal);
    assign(&lab, &group(world::OTHER_GROUP), CONTRIBUTOR, &principal);
    let args = ["--source", IMAGES, "--storage-container", &container];
    let found = report(&lab, 1, &args);
    assert_eq!(
        actions(&found, "missing"),
        ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"]
    );
    assert_eq!(actions(&found, "superfluous"), ["*/read", "*"]);
    assign(&lab, &container, BLOB_READER, &principal);
    let found = report(&lab, 0, &args);
    assert_eq!(actions(&found, "superfluous"), ["*/read", "*"], "{found}");
}

#[test]
fn a_template_in_a_file_says_what_is_needed() {
    let lab = Lab::publisher();
    bare_identity(&lab);
    let file = lab.file("imagetemplate.json", &template().to_string());
    let ran = lab.run(&["builder", "check", "--template", &file]);
    ran.refused(1);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(found["identity"], identity_id());
    assert_eq!(actions(&found, "missing").len(), 12, "{found}");
    lab.run(&["builder", "setup", "--template", &file, "--least-privilege"]).json();
    let found = lab.run(&["builder", "check", "--template", &file, "--least-privilege"]).json();
    assert_eq!(actions(&found, "granted").len(), 12, "{found}");
    assert_eq!(actions(&found, "superfluous"), Vec::<String>::new());
}

#[test]
fn a_template_in_azure_says_what_is_needed() {
    let lab = Lab::publisher();
    bare_identity(&lab);
    let id = format!("{}/providers/Microsoft.VirtualMachineImages/imageTemplates/t", group(IMAGES));
    let body = json!({"location": "westeurope", "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity_id(): {}}},
        "properties": {"source": {"type": "PlatformImage"}, "distribute": [{"type": "ManagedImage", "runOutputName": "o", "location": "westeurope",
            "imageId": format!("{}/providers/Microsoft.Compute/images/new", group(IMAGES))}]}});
    lab.azure.state(|state| {
        state.put_resource(&id, "Microsoft.VirtualMachineImages/imageTemplates", body)
    });
    let ran = lab.run(&["builder", "check", "--template", &id]);
    ran.refused(1);
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(actions(&found, "missing").len(), 3, "{found}");
    let absent = format!("{}absent", &id[..id.len() - 1]);
    lab.run(&["builder", "check", "--template", &absent]).refused(3);
}

#[test]
fn whoever_submits_is_looked_at_too() {
    let lab = Lab::publisher();
    let args = ["--distribute-to", IMAGES, "--submitter", world::READER_OBJECT];
    builder(&lab, "setup", &args[..2]).json();
    let found = report(&lab, 1, &args);
    assert_eq!(
        actions(&found, "missing"),
        ["Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action"]
    );
    builder(&lab, "setup", &args).json();
    assert_eq!(report(&lab, 0, &args)["ok"], true);
}

#[test]
fn a_group_that_submits_is_looked_at_without_its_groups() {
    let lab = Lab::publisher();
    let group = "77777777-0000-4000-8000-000000000001";
    lab.azure.state(|state| {
        state.principals.push(Principal {
            id: group.into(),
            tenant: world::PUBLISHER_TENANT.into(),
            kind: PrincipalKind::SecurityGroup,
            name: "builders".into(),
            login: String::new(),
            members: Vec::new(),
        });
    });
    let args = ["--distribute-to", IMAGES, "--submitter", "builders"];
    builder(&lab, "setup", &args).json();
    assert_eq!(report(&lab, 0, &args)["ok"], true);
}

#[test]
fn an_identity_that_is_not_there_is_told() {
    let lab = Lab::publisher();
    let ran = builder(&lab, "check", &["--distribute-to", IMAGES]);
    assert!(ran.refused(3).contains("az identity list"), "{}", ran.stderr);
}

#[test]
fn a_reader_of_the_group_alone_can_check_it() {
    let lab = Lab::publisher();
    builder(&lab, "setup", &["--distribute-to", IMAGES]).json();
    lab.azure.state(|state| {
        state.role_assignments.retain(|known| known.principal != world::READER_OBJECT);
        state.assign_role(&group(IMAGES), READER, world::READER_OBJECT);
    });
    let lab = lab.signed_in(world::PUBLISHER_TENANT, world::READER_CLIENT, world::READER_SECRET);
    let id = identity_id();
    let target = group(IMAGES);
    let ran = lab.run(&["builder", "check", "--identity", &id, "--distribute-to", &target]);
    assert_eq!(ran.json()["ok"], true);
    assert!(ran.stderr.contains("may not read the assignments of subscription"), "{}", ran.stderr);
}
