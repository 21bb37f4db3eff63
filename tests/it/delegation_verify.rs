//! `delegation verify`: each check with its cause, waiting for what may still arrive, and for nothing else.

use sandbox::world;
use serde_json::Value;

use crate::support::lab::{Lab, Ran};
use crate::support::offers::{DELETE_ROLE, IMAGES, Standing, stand};

const VERIFY: [&str; 6] = ["delegation", "verify", "-n", "images", "--as", "consumer"];

fn verify(lab: &Lab, timeout: &str) -> Ran {
    verify_with(lab, timeout, &[])
}

fn verify_with(lab: &Lab, timeout: &str, more: &[&str]) -> Ran {
    lab.run(&[&VERIFY[..], &["--timeout", timeout], more].concat())
}

fn names(found: &Value) -> Vec<String> {
    let checks = found["checks"].as_array().unwrap();
    let text = |check: &Value| check["name"].as_str().unwrap().to_owned();
    checks.iter().map(text).collect()
}

/// The one failed check of a run that must have found something wrong: name and detail, and its hint.
#[track_caller]
fn failed(ran: &Ran) -> (String, String) {
    assert_eq!(ran.code, 1, "{ran:?}");
    let found: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(found["ok"], false);
    let wrong: Vec<&Value> =
        found["checks"].as_array().unwrap().iter().filter(|check| check["ok"] == false).collect();
    assert_eq!(wrong.len(), 1, "{found}");
    let text = |key: &str| wrong[0][key].as_str().unwrap_or_default();
    let shown = format!("{}: {}", text("name"), text("detail"));
    (shown, text("hint").to_owned())
}

#[test]
fn a_working_delegation_is_proved_from_sign_in_to_image() {
    let lab = Lab::publisher().with_consumer();
    stand(&lab.azure, &IMAGES);
    let found = verify(&lab, "0").json();
    assert_eq!(found["name"], "images");
    assert_eq!(found["ok"], true);
    let all = [
        "sign-in",
        "tenant",
        "assignment",
        "membership",
        "subscription",
        "role",
        "galleries",
        "images",
    ];
    assert_eq!(names(&found), all);
    let images = found["checks"][7]["detail"].as_str().unwrap();
    assert_eq!(images, "2 image definitions with 3 versions can be read");
    assert!(found["checks"].as_array().unwrap().iter().all(|check| check["hint"].is_null()));
}

#[test]
fn what_is_on_its_way_is_waited_for() {
    let lab = Lab::publisher().with_consumer();
    stand(&lab.azure, &IMAGES);
    let hide = |calls: u32| {
        lab.azure.state(|state| {
            for assignment in state.assignments.values_mut() {
                assignment.hidden_calls = calls;
            }
        });
    };
    hide(12);
    let ran = verify(&lab, "0");
    let (check, hint) = failed(&ran);
    assert!(check.starts_with("subscription: "), "{check}");
    assert!(hint.contains("15 minutes") && hint.contains("image-users"), "{hint}");
    hide(12);
    assert_eq!(verify(&lab, "10m").json()["ok"], true);
    assert!(lab.azure.calls("GET", "/subscriptions") > 12);
}

#[test]
fn who_is_not_in_the_group_is_told_so_at_once() {
    let lab = Lab::publisher().with_consumer();
    stand(&lab.azure, &IMAGES);
    lab.azure.state(|state| {
        for principal in &mut state.principals {
            principal.members.clear();
        }
    });
    let (check, hint) = failed(&verify(&lab, "15m"));
    assert!(check.starts_with("membership: ") && check.contains("image-users"), "{check}");
    assert!(hint.contains("az ad group member add"), "{hint}");
}

/// MicrosoftDocs/azure-docs#59282, danielsollondon/azvmimagebuilder#17: the commonest mistake.
#[test]
fn an_application_id_in_place_of_an_object_id_is_named() {
    let lab = Lab::publisher().with_consumer();
    stand(&lab.azure, &IMAGES);
    lab.azure.state(|state| {
        for definition in state.definitions.values_mut() {
            for right in &mut definition.authorizations {
                right["principalId"] = world::CONSUMER_CLIENT.into();
            }
        }
    });
    let (check, hint) = failed(&verify(&lab, "0"));
    assert!(check.contains("is the application ID of an application"), "{check}");
    assert!(hint.contains("delegation request"), "{hint}");
}

#[test]
fn a_credential_of_another_tenant_is_told_so() {
    let lab = Lab::publisher().with_consumer();
    stand(&lab.azure, &Standing { tenant: world::THIRD_TENANT, ..IMAGES });
    let (check, hint) = failed(&verify(&lab, "15m"));
    assert!(check.contains(world::THIRD_TENANT), "{check}");
    assert!(hint.contains(world::THIRD_TENANT), "{hint}");
}

#[test]
fn a_scope_without_gallery_is_told_with_the_command_that_finds_it() {
    let lab = Lab::publisher().with_consumer();
    stand(&lab.azure, &Standing { groups: &[world::OTHER_GROUP], ..IMAGES });
    let (check, hint) = failed(&verify_with(&lab, "15m", &["--require-images"]));
    assert!(check.starts_with("galleries: there is no gallery"), "{check}");
    assert!(hint.contains("gallery list --subscription"), "{hint}");
}

#[test]
fn an_orphan_and_a_role_that_does_not_suffice_are_told() {
    let lab = Lab::publisher().with_consumer();
    stand(&lab.azure, &Standing { groups: &[], ..IMAGES });
    let (check, _) = failed(&verify(&lab, "15m"));
    assert!(check.starts_with("assignment: "), "{check}");

    let lab = Lab::publisher().with_consumer();
    stand(&lab.azure, &Standing { roles: &[DELETE_ROLE], ..IMAGES });
    let (check, hint) = failed(&verify(&lab, "0"));
    assert!(check.contains("Microsoft.Compute/galleries/read"), "{check}");
    assert!(hint.contains("Reader"), "{hint}");
}

#[test]
fn a_sign_in_that_fails_is_the_first_finding() {
    let lab = Lab::publisher().with_consumer();
    stand(&lab.azure, &IMAGES);
    lab.azure.state(|state| {
        let application = state.application_mut(world::CONSUMER_CLIENT).unwrap();
        application.secrets.clear();
    });
    lab.run(&["token", "clear", "--all"]);
    let (check, hint) = failed(&verify(&lab, "15m"));
    assert!(check.starts_with("sign-in: "), "{check}");
    assert!(hint.contains("credential rotate"), "{hint}");
}

#[test]
fn the_consumers_side_alone_is_enough() {
    let lab = Lab::new().with_consumer();
    stand(&lab.azure, &IMAGES);
    assert_eq!(verify(&lab, "0").json()["ok"], true);
    let lab = Lab::new().with_consumer();
    let (check, hint) = failed(&verify(&lab, "0"));
    assert!(check.starts_with("subscription: "), "{check}");
    assert!(hint.contains("check the name"), "{hint}");
}

#[test]
fn what_does_not_exist_is_not_waited_for() {
    let lab = Lab::publisher().with_consumer();
    verify(&lab, "15m").refused(3);
    let unknown = ["delegation", "verify", "-n", "images", "--as", "nobody"];
    assert!(lab.run(&unknown).refused(3).contains("credential list"));
}
