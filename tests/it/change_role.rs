//! The life of a change of `share rbac add` and `share app grant`: plan, consent, carrying out, record.

use sandbox::world;

use crate::support::applications::register_application;
use crate::support::change::{dry_run, goes_on, newest_run, recorded_step, steps, writes};
use crate::support::faults::forbidden;
use crate::support::galleries::gallery_roles;
use crate::support::lab::Lab;

const MAIL: &str = "bob@partner.example";
const ADD: [&str; 7] =
    ["share", "rbac", "add", "-g", world::IMAGES_GROUP, "--gallery", world::GALLERY];
const HERE: [&str; 2] = ["--subscription", world::PUBLISHER_SUBSCRIPTION];

fn add<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&ADD[..], &HERE, more].concat()
}

#[test]
fn a_role_is_planned_given_and_recorded_and_then_there_is_nothing_to_do() {
    let lab = Lab::publisher();
    let args = add(&["--assignee", "image-reader", "--expires", "2099-01-31"]);
    let plan = dry_run(&lab, &args, true);
    assert_eq!(steps(&plan), ["create roleAssignment"]);
    let planned = plan["steps"][0].clone();
    let given = lab.run(&args).json();
    assert_eq!((&given["change"], &given["id"]), (&"create".into(), &planned["id"]));
    let step = recorded_step(&lab, "roleAssignment");
    assert_eq!((&step["outcome"], &step["id"]), (&"done".into(), &given["id"]));
    assert_eq!(step["after"]["properties"]["principalId"], world::READER_OBJECT);
    let plan = dry_run(&lab, &args, false);
    assert_eq!(steps(&plan), ["keep roleAssignment"]);
    lab.azure.clear_journal();
    let again = lab.run(&args);
    assert!(again.stderr.contains("nothing is sent"), "{again:?}");
    assert_eq!(again.json()["change"], "keep");
    assert_eq!(writes(&lab), Vec::<String>::new());
}

#[test]
fn another_last_day_is_an_update_with_what_was_there_before() {
    let lab = Lab::publisher();
    lab.run(&add(&["--assignee", "image-reader", "--expires", "2099-01-31"])).json();
    let args = add(&["--assignee", "image-reader", "--expires", "2099-02-28"]);
    let plan = dry_run(&lab, &args, true);
    assert_eq!(steps(&plan), ["update roleAssignment"]);
    assert_eq!(lab.run(&args).json()["change"], "update");
    let step = recorded_step(&lab, "roleAssignment");
    let day = |body: &str| step[body]["properties"]["description"].as_str().unwrap().to_owned();
    assert!(day("before").contains("2099-01-31") && day("after").contains("2099-02-28"), "{step}");
}

#[test]
fn a_role_that_gives_roles_takes_its_name_typed() {
    for role in ["Owner", "User Access Administrator"] {
        let lab = Lab::publisher();
        let args = add(&["--assignee", "image-reader", "--role", role]);
        let ran = lab.run(&args);
        assert!(ran.refused(2).contains("--yes"), "{ran:?}");
        lab.run_at_terminal(&args, "yes\n").refused(9);
        assert_eq!(gallery_roles(&lab.azure).len(), 0, "{role}");
        assert_eq!(lab.run_at_terminal(&args, &format!("{role}\n")).code, 0);
        assert_eq!(gallery_roles(&lab.azure).len(), 1, "{role}");
        let again = lab.run(&args);
        assert_eq!(again.json()["change"], "keep", "what stands needs no consent");
    }
    let lab = Lab::publisher();
    let ran = lab.run(&add(&["--assignee", "image-reader", "--role", "Owner", "--yes"]));
    assert!(
        ran.stderr.contains("+ role 'Owner' of 'image-reader'"),
        "--yes hides no plan: {ran:?}"
    );
    assert_eq!(ran.code, 0);
}

#[test]
fn a_guest_is_invited_only_once_the_plan_is_carried_out() {
    let lab = Lab::publisher();
    let args = add(&["--assignee", MAIL, "--invite"]);
    let plan = dry_run(&lab, &args, true);
    assert_eq!(steps(&plan), ["create guest", "create roleAssignment"]);
    lab.azure.inject(forbidden("PUT", "/roleAssignments/"));
    let ran = lab.run(&args);
    let stderr = ran.refused(7);
    assert!(
        stderr.contains("1 of 2 done; not done: role 'Compute Gallery Image Reader'"),
        "{stderr}"
    );
    assert_eq!(newest_run(&lab)["outcome"], "partly");
    let guest = recorded_step(&lab, "guest");
    let known = lab.azure.state(|state| {
        let all = state.principals.iter();
        all.filter(|known| guest["id"] == known.id.as_str()).count()
    });
    assert_eq!(known, 1, "the record names the guest that Entra made: {guest}");
    lab.azure.clear_faults();
    let given = goes_on(&lab, &ran).json();
    assert_eq!(given["principalId"], guest["id"]);
    assert_eq!(lab.azure.calls("POST", "/invitations"), 1);
}

#[test]
fn an_application_is_granted_a_role_the_same_way() {
    let lab = Lab::publisher();
    let client = register_application(&lab, "bridge", &[]);
    let gallery = world::gallery_id();
    let args = ["share", "app", "grant", "--client-id", &client, "--gallery-id", &gallery];
    assert_eq!(steps(&dry_run(&lab, &args, true)), ["create roleAssignment"]);
    let given = lab.run(&args).json();
    assert_eq!(given["change"], "create");
    assert_eq!(recorded_step(&lab, "roleAssignment")["id"], given["id"]);
    dry_run(&lab, &args, false);
    let owner = [&args[..], &["--role", "Owner"]].concat();
    lab.run(&owner).refused(2);
    assert_eq!(gallery_roles(&lab.azure).len(), 1);
}
