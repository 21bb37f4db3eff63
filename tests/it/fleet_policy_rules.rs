//! What the policy route refuses, which policies deny, and how a run of it is undone.

use sandbox::{fleet_subscription, world};
use serde_json::{Value, json};

use crate::fleet_apply::{apply, peopled};
use crate::fleet_policy::{delegated, deny, identities, manifest};
use crate::support::fleets::count;

#[test]
fn a_policy_that_denies_is_found_when_planning_and_named_with_its_assignment() {
    for route in ["direct", "policy"] {
        let lab = peopled(4);
        deny(&lab, &format!("/subscriptions/{}", fleet_subscription(2)));
        let (rows, plan) = lab.planned(&manifest(route), &[]);
        let blocked: Vec<&Value> = rows.iter().filter(|row| row["do"] == "blocked").collect();
        assert_eq!(blocked.len(), 1, "{rows:#?}");
        let why = blocked[0]["why"][0].as_str().unwrap();
        assert!(why.contains("policyAssignments/only-ours"), "{why}");
        assert!(why.contains(world::CONSUMER_TENANT), "{why}");
        assert_eq!(apply(&lab, &plan, &[]).code, 7);
        assert_eq!(delegated(&lab).len(), 3);
    }
}

#[test]
fn the_manifest_sets_which_tenants_may_manage() {
    let lab = peopled(3);
    let with = |tenants: &str| {
        manifest("direct")
            .replace("acceptOwner: true", &format!("allowedManagingTenants: [{tenants}]"))
    };
    let refused = lab.fleet("plan", &with(world::THIRD_TENANT), &["--offline"]);
    assert!(refused.refused(2).contains("lacks 'fabrikam'"), "{refused:?}");
    let (rows, plan) = lab.planned(&with("fabrikam"), &[]);
    assert_eq!(count(&rows, "create"), 4, "{rows:#?}");
    assert_eq!(apply(&lab, &plan, &[]).code, 0);
    let list = lab.azure.state(|state| {
        let only = state.policies.assignments.values().next().unwrap();
        only.properties["parameters"]["listOfAllowedTenants"]["value"].clone()
    });
    assert_eq!(list, json!([world::CONSUMER_TENANT]));
    // Azure refuses everybody else from now on.
    let other = manifest("direct").replace(world::CONSUMER_TENANT, world::THIRD_TENANT);
    let other = other.replace("fleet: images-prod", "fleet: others");
    let (rows, _) = lab.planned(&other, &[]);
    assert_eq!(count(&rows, "blocked"), 3, "{rows:#?}");
    let (rows, _) = lab.planned(&with("fabrikam"), &[]);
    assert!(rows.iter().all(|row| row["do"] == "keep"), "{rows:#?}");
}

#[test]
fn a_run_is_recorded_and_undone_in_its_order() {
    let lab = peopled(2);
    let (_, plan) = lab.planned(
        &manifest("both"),
        &[
            "--select",
            "definition/*",
            "--select",
            "assignment/*",
            "--select",
            "role/*",
            "--select",
            "enforcement/*",
        ],
    );
    let run = apply(&lab, &plan, &[]).json()["run"].as_str().unwrap().to_owned();
    let shown = lab.run(&["history", "show", &run]).json();
    let steps = shown["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 4, "{shown:#}");
    assert!(steps.iter().all(|step| step["outcome"] == "done"), "{shown:#}");
    let undone = lab.run(&["history", "undo", &run, "--yes"]);
    assert_eq!(undone.code, 0, "{undone:?}");
    lab.azure.state(|state| {
        assert!(state.policies.definitions.is_empty() && state.policies.assignments.is_empty());
    });
    assert!(identities(&lab).is_empty());
}

#[test]
fn a_manifest_that_a_policy_cannot_follow_is_refused_offline() {
    let lab = peopled(1);
    let good = manifest("policy");
    for (from, to, words) in [
        ("wholeSubscription: true", "resourceGroups: [images-rg]", "whole subscriptions only"),
        ("acceptOwner: true", "acceptOwner: false", "acceptOwner"),
        (", location: westeurope", "", "location"),
        ("managementGroup: mg-images, ", "", "managementGroup"),
        ("managementGroups: [mg-images]", "names: [\"img-*\"]", "reaches all of 'mg-images'"),
        (
            "managementGroups: [mg-images]",
            "managementGroups: [mg-emea]",
            "reaches all of 'mg-images'",
        ),
        ("\"Contoso images for", "\"[Contoso images for", "begins with '['"),
        ("route: policy", "route: else", "is not a route"),
        ("  contoso: {managementGroup", "  fabrikam: {managementGroup", "no publisher 'fabrikam'"),
        ("location: westeurope", "location: westeurope, identity: mine", "user-assigned identity"),
    ] {
        assert!(good.contains(from), "{from}");
        let ran = lab.fleet("plan", &good.replace(from, to), &["--offline"]);
        assert!(ran.refused(2).contains(words), "{words}: {ran:?}");
    }
    assert_eq!(lab.fleet("plan", &good, &["--offline"]).code, 0);
}
