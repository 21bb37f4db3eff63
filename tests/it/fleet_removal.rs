//! When something is removed, and above all when not: each reason by itself, named, with nothing planned.

use sandbox::{Fault, FaultKind, fleet_subscription, world};
use serde_json::Value;

use crate::support::fleets::{MANIFEST, count, fleet};
use crate::support::lab::{Lab, Ran};

/// Both consumers have the offer in each of 4 subscriptions; the manifest wants it for one of them only.
fn left_over() -> (Lab, String) {
    let lab = fleet(4);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    lab.stand_as_planned(&plan);
    (lab, MANIFEST.replace("to: [fabrikam, tailspin]", "to: [fabrikam]"))
}

fn rows(ran: &Ran) -> Vec<Value> {
    ran.json().as_array().unwrap().clone()
}

/// Nothing is planned to go, everything is told as left over, and the reason is named.
#[track_caller]
fn assert_nothing_goes(ran: &Ran, reason: &str) {
    let rows = rows(ran);
    assert_eq!(count(&rows, "remove"), 0, "{rows:#?}");
    assert_eq!(count(&rows, "orphan"), 4, "{rows:#?}");
    assert!(ran.stderr.contains("Nothing is removed:"), "{}", ran.stderr);
    assert!(ran.stderr.contains(reason), "{}", ran.stderr);
}

#[test]
fn what_left_the_manifest_goes_when_it_is_asked_for() {
    let (lab, manifest) = left_over();
    let ran = lab.fleet("plan", &manifest, &[]);
    assert_eq!((count(&rows(&ran), "orphan"), count(&rows(&ran), "remove")), (4, 0));
    assert!(ran.stderr.contains("4 left the manifest and stay: --remove"), "{}", ran.stderr);
    let (rows, plan) = lab.planned(&manifest, &["--remove"]);
    assert_eq!((count(&rows, "remove"), count(&rows, "keep")), (4, 4), "{rows:#?}");
    let text = std::fs::read_to_string(plan).unwrap();
    let line: Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
    assert!(
        line["after"].is_null() && line["before"]["assignments"][0]["id"].is_string(),
        "{line}"
    );
}

#[test]
fn a_forbidden_management_group_keeps_everything() {
    let (lab, manifest) = left_over();
    let manifest = manifest.replace("[mg-images]", "[mg-images, mg-secret]");
    lab.azure.state(|state| state.add_management_group(world::PUBLISHER_TENANT, "mg-secret", None));
    let ran = lab.fleet("plan", &manifest, &["--remove"]);
    assert_nothing_goes(
        &ran,
        "management group 'mg-secret' does not exist, or this identity may not read it",
    );
}

#[test]
fn a_truncated_answer_keeps_everything() {
    let (lab, manifest) = left_over();
    lab.azure.knob(|knobs| {
        knobs.graph_payload_limit = 3_000;
        knobs.graph_truncates = true;
    });
    let ran = lab.fleet("plan", &manifest, &["--remove"]);
    assert_nothing_goes(&ran, "cut off");
}

#[test]
fn more_subscriptions_than_one_answer_reads_keep_everything() {
    let (lab, manifest) = left_over();
    lab.azure.knob(|knobs| knobs.graph_subscription_limit = 3);
    let ran = lab.fleet("plan", &manifest, &["--remove"]);
    assert_nothing_goes(&ran, "x-ms-tenant-subscription-limit-hit");
}

#[test]
fn an_index_that_is_behind_keeps_everything() {
    // The index still tells of a description that somebody has changed since.
    let (lab, manifest) = left_over();
    lab.azure.knob(|knobs| knobs.graph_lag_queries = 1_000);
    lab.fleet("plan", &manifest, &[]).json();
    lab.azure.state(|state| {
        let held = state
            .definitions
            .values_mut()
            .find(|one| one.managed_by_tenant_id == world::THIRD_TENANT);
        held.unwrap().description = Some("somebody else's now".to_owned());
    });
    assert_nothing_goes(&lab.fleet("plan", &manifest, &["--remove"]), "Resource Graph is behind");
}

#[test]
fn a_subscription_that_the_index_misses_keeps_everything() {
    let (lab, manifest) = left_over();
    let moved = fleet_subscription(1);
    lab.azure.state(|state| state.subscription_mut(&moved).unwrap().management_group = None);
    lab.azure.state(|state| {
        let scope = format!("/subscriptions/{moved}");
        state.assign_role(&scope, "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", world::DEPLOYER_OBJECT);
    });
    lab.azure.knob(|knobs| knobs.graph_lag_queries = 1_000);
    lab.fleet("plan", &manifest, &[]).json();
    lab.azure.state(|state| state.move_subscription(&moved, "mg-emea"));
    let ran = lab.fleet("plan", &manifest.replace("removals: 5", "removals: 9"), &["--remove"]);
    assert_eq!(count(&rows(&ran), "remove"), 0);
    assert!(ran.stderr.contains("Resource Graph is behind"), "{}", ran.stderr);
}

#[test]
fn the_mark_of_another_fleet_is_never_touched() {
    let (lab, manifest) = left_over();
    lab.azure.state(|state| {
        for held in state.definitions.values_mut() {
            if held.managed_by_tenant_id == world::THIRD_TENANT {
                held.description = Some("az-imageshare fleet=images-test".to_owned());
            }
        }
    });
    let ran = lab.fleet("plan", &manifest, &["--remove"]);
    let rows = rows(&ran);
    assert_eq!((count(&rows, "remove"), count(&rows, "foreign")), (0, 4), "{rows:#?}");
    let row = rows.iter().find(|row| row["do"] == "foreign").unwrap();
    assert_eq!(row["why"][0], "belongs to fleet 'images-test'");
}

#[test]
fn what_has_no_mark_is_never_touched() {
    let (lab, manifest) = left_over();
    lab.azure.state(|state| {
        for held in state.definitions.values_mut() {
            if held.managed_by_tenant_id == world::THIRD_TENANT {
                held.description = None;
            }
        }
    });
    let rows = rows(&lab.fleet("plan", &manifest, &["--remove"]));
    assert_eq!((count(&rows, "remove"), count(&rows, "foreign")), (0, 4), "{rows:#?}");
    assert_eq!(
        rows.iter().find(|row| row["do"] == "foreign").unwrap()["why"][0],
        "has no mark of a fleet"
    );
}

#[test]
fn more_than_the_limit_keeps_everything() {
    let (lab, manifest) = left_over();
    for limit in ["removals: 3", "removals: 0"] {
        let manifest = manifest.replace("removals: 5", limit);
        let ran = lab.fleet("plan", &manifest, &["--remove"]);
        assert_nothing_goes(&ran, "4 would have to go, and the manifest's limits allow");
    }
}

#[test]
fn what_cannot_be_read_at_the_provider_keeps_everything() {
    let (lab, manifest) = left_over();
    let kind = FaultKind::Status {
        status: 403,
        retry_after: None,
        code: Some("AuthorizationFailed".to_owned()),
    };
    lab.azure.inject(Fault::new(kind).method("GET").path("registrationDefinitions").always());
    assert_nothing_goes(&lab.fleet("plan", &manifest, &["--remove"]), "cannot be read");
}

#[test]
fn a_grant_that_is_absent_is_taken_back_in_the_same_way() {
    let (lab, _) = left_over();
    let manifest =
        MANIFEST.replace("    via: delegation\n", "    via: delegation\n    absent: true\n");
    let ran = lab.fleet("plan", &manifest, &[]);
    assert_eq!((count(&rows(&ran), "orphan"), count(&rows(&ran), "keep")), (8, 0));
    assert!(rows(&ran).iter().all(|row| row["why"][0] == "the grant says absent: true"), "{ran:?}");
    let ran = lab.fleet("plan", &manifest.replace("removals: 5", "removals: 8"), &["--remove"]);
    assert_eq!(count(&rows(&ran), "remove"), 8, "{ran:?}");
}

#[test]
fn destroying_names_what_goes_and_leaves_the_rest() {
    let (lab, _) = left_over();
    let out = lab.home.path().join("teardown.plan").to_str().unwrap().to_owned();
    let ran = lab.fleet("destroy", MANIFEST, &["--consumer", "tailspin", "--out", &out]);
    let rows = rows(&ran);
    assert_eq!((rows.len(), count(&rows, "remove")), (4, 4), "{rows:#?}");
    assert!(rows.iter().all(|row| row["consumer"] == "tailspin"));
    let shown = lab.run(&["fleet", "show", &out]).json();
    assert_eq!(shown["limits"]["removals"], 5);
    assert!(rows.iter().all(|row| row["why"][0] == "`fleet destroy` removes it"), "{rows:#?}");
    let ran = lab.fleet("destroy", MANIFEST, &["--out", &out]);
    assert_eq!(ran.json().as_array().unwrap().len(), 8);
    assert_eq!(
        lab.run(&["fleet", "show", &out]).json()["limits"]["removals"],
        8,
        "named, so beyond the limit"
    );
    assert!(
        lab.fleet("destroy", MANIFEST, &["--consumer", "tailspinn"])
            .refused(2)
            .contains("no consumer 'tailspinn'")
    );
    lab.azure.knob(|knobs| knobs.graph_subscription_limit = 3);
    let ran = lab.fleet("destroy", MANIFEST, &[]);
    assert_eq!(count(ran.json().as_array().unwrap(), "remove"), 0);
    assert!(ran.stderr.contains("Nothing is removed:"), "{}", ran.stderr);
}

#[test]
fn a_resource_group_that_left_the_grant_is_left_over_too() {
    let lab = fleet(2);
    lab.azure.state(|state| {
        for number in [1, 2] {
            let mut more = state
                .groups
                .iter()
                .find(|one| one.subscription == fleet_subscription(number))
                .unwrap()
                .clone();
            more.name = "more-rg".to_owned();
            state.groups.push(more);
        }
    });
    let both = MANIFEST.replace("[images-rg]", "[images-rg, more-rg]");
    let (_, plan) = lab.planned(&both, &["--select", "*/fabrikam"]);
    lab.stand_as_planned(&plan);
    let ran = lab.fleet("plan", MANIFEST, &["--select", "*/fabrikam*"]);
    assert_eq!((count(&rows(&ran), "keep"), count(&rows(&ran), "orphan")), (2, 2), "{ran:?}");
    let ran = lab.fleet("plan", MANIFEST, &["--select", "*/fabrikam*", "--remove"]);
    let rows = rows(&ran);
    assert_eq!((count(&rows, "keep"), count(&rows, "remove")), (2, 2), "{ran:?}");
    let row = rows.iter().find(|row| row["do"] == "remove").unwrap();
    assert!(row["key"].as_str().unwrap().ends_with("/fabrikam@more-rg"), "{row}");
    assert!(row["id"].as_str().unwrap().contains("registrationAssignments"), "{row}");
}
