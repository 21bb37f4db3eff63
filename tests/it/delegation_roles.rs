//! `delegation roles`: what Lighthouse takes, by the rules that offers are judged by.

use sandbox::world;
use serde_json::{Value, json};

use crate::support::lab::Lab;
use crate::support::offers::READER;

fn one(lab: &Lab, role: &str) -> Value {
    lab.publish(&["delegation", "roles", "--role", role]).json()[0].clone()
}

#[test]
fn every_built_in_role_is_judged_and_the_table_fits() {
    let lab = Lab::publisher();
    let rows = lab.publish(&["delegation", "roles"]).json();
    let names: Vec<&str> =
        rows.as_array().unwrap().iter().filter_map(|row| row["name"].as_str()).collect();
    assert!(names.contains(&"Reader") && names.contains(&"Owner"), "{names:?}");
    assert!(names.len() > 20, "{}", names.len());
    let table = lab.publish(&["delegation", "roles", "-o", "table"]).stdout;
    let widest = table.lines().map(|line| line.chars().count()).max();
    assert!(widest.unwrap() <= 120, "{widest:?}");
}

/// Azure/Azure-Lighthouse-samples#137, MicrosoftDocs/azure-docs#52919 and #80795.
#[test]
fn the_reasons_are_those_of_the_checks() {
    let lab = Lab::publisher();
    let uses = |role: &Value| json!([role["direct"], role["eligible"], role["delegated"]]);
    let reader = one(&lab, "Reader");
    assert_eq!((uses(&reader), &reader["why"]), (json!([true, true, true]), &Value::Null));
    let logs = one(&lab, "92aaf0da-9dab-42b6-94a3-d43ce8d16293");
    assert_eq!(uses(&logs), json!([false, false, true]));
    assert!(logs["why"].as_str().unwrap().contains("data actions"), "{logs}");
    let owner = one(&lab, "owner");
    assert_eq!(uses(&owner), json!([false, false, false]));
    assert!(owner["why"].as_str().unwrap().contains("can never be delegated"), "{owner}");
    let administrator = one(&lab, "User Access Administrator");
    assert_eq!(uses(&administrator), json!([true, false, false]));
    let told = lab.publish(&["delegation", "roles", "--role", "Contributer"]).refused(2).to_owned();
    assert!(told.contains("Did you mean 'Contributor'?"), "{told}");
    lab.publish(&["delegation", "roles", "--role", "A Role Nobody Has"]).refused(3);
}

#[test]
fn a_built_in_role_needs_no_subscription() {
    let lab = Lab::publisher();
    let add = |state: &mut sandbox::State| {
        let (id, tenant) = ("6b1e8d4f-3052-4c9b-8f17-8e2d4c6011aa", world::PUBLISHER_TENANT);
        state.subscriptions.push(sandbox::Subscription::new(id, "Another", tenant));
        state.assign_role(&format!("/subscriptions/{id}"), READER, world::DEPLOYER_OBJECT);
    };
    lab.azure.state(add);
    assert!(lab.run(&["share", "list"]).refused(2).contains("several subscriptions"));
    let reader = lab.run(&["delegation", "roles", "--role", "Reader"]).json();
    assert_eq!(reader[0]["direct"], true, "{reader}");
    assert!(lab.run(&["delegation", "roles"]).json().as_array().unwrap().len() > 20);
    let custom = lab.run(&["delegation", "roles", "--role", "A Role Nobody Has"]);
    assert!(custom.refused(3).contains("`--subscription NAME|ID`"), "{custom:?}");
}

#[test]
fn without_a_sign_in_the_known_roles_are_judged() {
    let lab = Lab::new();
    let ran = lab.run(&["delegation", "roles"]);
    assert!(ran.stderr.contains("Azure cannot be asked"), "{ran:?}");
    assert!(ran.json().as_array().unwrap().len() > 50);
}
