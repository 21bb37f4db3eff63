//! The life of a change of `builder setup` and `builder remove`: plan, consent, carrying out, record.

use sandbox::world;
use serde_json::json;

use crate::support::builder::{WHO, builder, identity_id, principal, standing};
use crate::support::change::{
    dry_run, goes_on, needs_consent, newest_run, recorded_step, steps, writes,
};
use crate::support::faults::forbidden;
use crate::support::lab::Lab;

const HERE: [&str; 2] = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
const TO: [&str; 2] = ["--distribute-to", world::IMAGES_GROUP];

fn setup() -> Vec<&'static str> {
    [&["builder", "setup"][..], &WHO, &TO, &HERE].concat()
}

fn remove() -> Vec<&'static str> {
    [&["builder", "remove"][..], &WHO, &HERE].concat()
}

#[test]
fn a_set_up_is_planned_carried_out_and_recorded() {
    let lab = Lab::publisher();
    let plan = dry_run(&lab, &setup(), true);
    let kinds = ["resourceProvider", "resourceProvider", "managedIdentity", "roleDefinition"];
    let mut all: Vec<String> = kinds.iter().map(|kind| format!("create {kind}")).collect();
    all.push("create roleAssignment".to_owned());
    assert_eq!(steps(&plan), all);
    assert_eq!(plan["steps"][2]["id"], identity_id());
    assert_eq!(standing(&lab.azure), (0, 0, 0));
    let ran = lab.run(&setup());
    let made = ran.json();
    assert!(ran.stderr.contains("+ register resource provider Microsoft.KeyVault"), "{ran:?}");
    assert!(ran.stderr.contains("5 to create, 0 to change, 0 to remove."), "{ran:?}");
    assert_eq!(recorded_step(&lab, "roleAssignment")["id"], made["assignments"][0]["id"]);
    let role = recorded_step(&lab, "roleDefinition");
    assert_eq!(role["after"]["properties"]["roleName"], made["roles"][0]["roleName"]);
    let plan = dry_run(&lab, &setup(), false);
    assert!(steps(&plan).iter().all(|step| step.starts_with("keep ")), "{plan}");
    lab.azure.clear_journal();
    assert_eq!(lab.run(&setup()).json()["change"], "keep");
    assert_eq!(writes(&lab), Vec::<String>::new());
}

#[test]
fn a_role_that_lets_somebody_do_more_is_cut_back_only_after_asking() {
    let lab = Lab::publisher();
    lab.run(&setup()).json();
    let widen = |actions: serde_json::Value| {
        lab.azure.state(|state| {
            let mut roles = state.resources.values_mut();
            let role = roles
                .find(|found| found.type_ == "Microsoft.Authorization/roleDefinitions")
                .unwrap();
            role.body["properties"]["permissions"][0]["actions"] = actions;
        });
    };
    widen(json!(["Microsoft.Compute/images/read", "Microsoft.Compute/disks/read"]));
    let plan = dry_run(&lab, &setup(), true);
    assert_eq!(plan["totals"]["update"], 1);
    let asked = needs_consent(&lab, &setup());
    assert!(asked.stderr.contains("it loses Microsoft.Compute/disks/read"), "{asked:?}");
    assert_eq!(lab.run_at_terminal(&setup(), "y\n").code, 0);
    let step = recorded_step(&lab, "roleDefinition");
    let before = &step["before"]["properties"]["permissions"][0]["actions"];
    assert_eq!(before[1], "Microsoft.Compute/disks/read");
    // What is only missing is added without a question.
    widen(json!(["Microsoft.Compute/images/read"]));
    assert_eq!(lab.run(&setup()).json()["roles"][0]["change"], "repair");
}

#[test]
fn what_is_not_set_up_is_named_and_the_command_to_go_on_finishes_it() {
    let lab = Lab::publisher();
    lab.azure.inject(forbidden("PUT", "/roleAssignments/"));
    let ran = lab.run(&setup());
    let stderr = ran.refused(7);
    assert!(stderr.contains("4 of 5 done; not done: role 'Azure Image Builder Image"), "{stderr}");
    assert_eq!(newest_run(&lab)["outcome"], "partly");
    lab.azure.clear_faults();
    goes_on(&lab, &ran).json();
    assert_eq!(standing(&lab.azure), (1, 1, 1));
}

#[test]
fn a_removal_asks_and_what_is_gone_is_no_failure() {
    let lab = Lab::publisher();
    lab.run(&setup()).json();
    let owner = principal(&lab.azure).unwrap();
    let plan = dry_run(&lab, &remove(), true);
    let all = ["roleAssignment", "roleDefinition", "managedIdentity"];
    assert_eq!(steps(&plan), all.map(|kind| format!("remove {kind}")));
    needs_consent(&lab, &remove());
    assert_eq!(standing(&lab.azure), (1, 1, 1));
    let ran = lab.run(&[&remove()[..], &["--yes"]].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert_eq!(standing(&lab.azure), (0, 0, 0));
    let given = recorded_step(&lab, "roleAssignment");
    assert_eq!(given["before"]["properties"]["principalId"], owner);
    let role = recorded_step(&lab, "roleDefinition");
    assert_eq!(
        role["before"]["properties"]["permissions"][0]["actions"].as_array().unwrap().len(),
        7
    );
    let again = lab.run(&remove());
    assert!(again.stderr.contains("nothing is left to remove"), "{again:?}");
    assert_eq!(again.code, 0);
    dry_run(&lab, &remove(), false);
}

#[test]
fn an_identity_that_is_to_stay_stays_and_so_does_what_others_use() {
    let lab = Lab::publisher();
    lab.run(&setup()).json();
    let other = ["builder", "setup", "--identity", "second", "-g", world::IMAGES_GROUP];
    lab.run(&[&other[..], &TO, &HERE].concat()).json();
    let args = [&remove()[..], &["--keep-identity"]].concat();
    let plan = dry_run(&lab, &args, true);
    assert_eq!(
        steps(&plan),
        ["remove roleAssignment", "keep managedIdentity", "keep roleDefinition"]
    );
    assert_eq!(builder(&lab, "remove", &["--keep-identity", "--yes"]).code, 0);
    assert_eq!(standing(&lab.azure), (2, 1, 1));
    dry_run(&lab, &args, false);
}
