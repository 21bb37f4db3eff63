//! `history undo`: what was changed since is left alone, what nobody knows is looked up, and who did it is said.

use sandbox::{Fault, world};

use crate::support::galleries::{gallery_roles, rbac};
use crate::support::lab::{Lab, Ran};

const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

/// Two roles that have run out.
fn two_roles() -> Lab {
    let lab = Lab::publisher();
    for who in [world::READER_OBJECT, world::CONTRIBUTOR_OBJECT] {
        lab.azure.state(|state| {
            state.assign_role(&world::gallery_id(), READER, who);
            let made = state.role_assignments.last_mut().unwrap();
            made.description = Some("az-imageshare expires=2020-01-31".to_owned());
        });
    }
    lab
}

fn prune(lab: &Lab) -> Ran {
    lab.run(&["share", "prune", "--yes"])
}

fn undo(lab: &Lab, more: &[&str]) -> Ran {
    lab.run(&[&["history", "undo", "latest"], more].concat())
}

/// Gives a role back under the name it had, but with another text.
fn give_again(lab: &Lab, taken: &sandbox::RoleAssignment) {
    lab.azure.state(|state| {
        let mut again = taken.clone();
        again.description = Some("given by somebody else".to_owned());
        state.role_assignments.push(again);
    });
}

#[test]
fn what_was_changed_since_is_left_alone_and_the_rest_is_put_back() {
    let lab = two_roles();
    let roles = gallery_roles(&lab.azure);
    assert_eq!(prune(&lab).code, 0);
    give_again(&lab, &roles[0]);
    let ran = undo(&lab, &["--yes"]);
    let told = ran.refused(7);
    assert!(told.contains("! stays: role 'Reader'") && told.contains("changed since"), "{told}");
    let now = gallery_roles(&lab.azure);
    assert_eq!(now.len(), 2);
    let of = |name: &str| now.iter().find(|role| role.name == name).unwrap().description.clone();
    assert_eq!(of(&roles[0].name).as_deref(), Some("given by somebody else"));
    assert_eq!(of(&roles[1].name), roles[1].description);
}

#[test]
fn where_everything_was_changed_nothing_is_written() {
    let lab = two_roles();
    let roles = gallery_roles(&lab.azure);
    assert_eq!(prune(&lab).code, 0);
    roles.iter().for_each(|role| give_again(&lab, role));
    lab.azure.clear_journal();
    assert!(undo(&lab, &["--yes"]).refused(9).contains("history show"));
    assert_eq!(lab.azure.calls("PUT", "") + lab.azure.calls("DELETE", ""), 0);
    let planned = undo(&lab, &["--dry-run", "--detailed-exitcode"]);
    assert_eq!(planned.json()["stays"].as_array().unwrap().len(), 2);
}

#[test]
fn what_changes_between_plan_and_write_is_left_alone() {
    let lab = two_roles();
    let roles = gallery_roles(&lab.azure);
    assert_eq!(prune(&lab).code, 0);
    let planned = undo(&lab, &["--dry-run"]).json();
    assert_eq!(planned["totals"]["create"], 2);
    // The second look at the second thing does not find it as planned.
    let path = format!("roleAssignments/{}", roles[0].name);
    lab.azure.inject(Fault::status(403).method("GET").path(&path).nth(2));
    assert!(undo(&lab, &["--yes"]).refused(7).contains("1 of 2 done"));
    assert_eq!(gallery_roles(&lab.azure).len(), 1);
    assert_eq!(gallery_roles(&lab.azure)[0].name, roles[1].name);
}

#[test]
fn a_killed_run_is_looked_up_and_the_unknown_is_said() {
    let lab = two_roles();
    assert_eq!(prune(&lab).code, 0);
    let (path, content) = Lab::contents(&lab.files().join("history")).pop().unwrap();
    let text = String::from_utf8(content).unwrap();
    let known = text.lines().filter(|line| !line.contains("\"line\":\"outcome\""));
    let cut: Vec<&str> = known.filter(|line| !line.contains("\"line\":\"end\"")).collect();
    std::fs::write(path, cut.join("\n") + "\n").unwrap();
    let shown = lab.run(&["history", "show", "latest"]).json();
    assert_eq!(
        (&shown["outcome"], &shown["steps"][0]["outcome"]),
        (&"interrupted".into(), &"unknown".into())
    );
    let ran = undo(&lab, &["--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("recorded no outcome"), "{ran:?}");
    assert_eq!(gallery_roles(&lab.azure).len(), 2);
}

#[test]
fn a_write_that_never_happened_needs_nothing() {
    let lab = two_roles();
    lab.azure.inject(Fault::status(403).method("DELETE").path("roleAssignments").always());
    assert_eq!(prune(&lab).code, 1);
    lab.azure.clear_faults();
    let ran = undo(&lab, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("is as it was"), "{ran:?}");
}

#[test]
fn undoing_what_was_given_asks_and_owner_takes_a_typed_word() {
    let lab = Lab::publisher();
    rbac(&lab, "add", &["--assignee", "image-reader"]).json();
    lab.azure.state(|state| {
        let owner = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
        state.assign_role(&world::gallery_id(), owner, world::CONTRIBUTOR_OBJECT);
    });
    let removed = rbac(&lab, "remove", &["--assignee", "image-contributor", "--yes"]);
    assert_eq!(removed.code, 0, "{removed:?}");
    assert!(undo(&lab, &[]).refused(2).contains("Use --yes"));
    let at = |typed: &str| lab.run_at_terminal(&["history", "undo", "latest"], typed);
    assert!(at("y\n").refused(9).contains("Type 'Owner' to agree"));
    assert_eq!(at("owner\n").code, 0);
    assert_eq!(gallery_roles(&lab.azure).len(), 2);
    assert!(at("n\n").refused(9).contains("Remove 1 role"));
}

#[test]
fn who_did_it_and_where_is_minded() {
    let lab = Lab::publisher();
    let add = ["credential", "add", "--no-test", "-n", "publisher-1", "--secret-stdin"];
    let who = ["--tenant", world::PUBLISHER_TENANT, "--client-id", world::DEPLOYER_CLIENT];
    lab.run_with_input(&[&add[..], &who].concat(), world::DEPLOYER_SECRET).json();
    rbac(&lab, "add", &["--assignee", "image-reader"]).json();
    let role = ["--assignee", "image-reader", "--yes", "--credential", "publisher-1"];
    assert_eq!(rbac(&lab, "remove", &role).code, 0);
    let planned = undo(&lab, &["--dry-run"]).json();
    assert!(planned["warnings"][0].as_str().unwrap().contains("--credential publisher-1"));
    let same = undo(&lab, &["--dry-run", "--credential", "publisher-1"]).json();
    assert_eq!(same["warnings"], serde_json::json!([]));
    lab.run(&["history", "undo", "no-such-run"]).refused(3);
}

#[test]
fn after_a_failure_the_undone_run_is_named_and_not_the_latest() {
    let lab = two_roles();
    assert_eq!(prune(&lab).code, 0);
    lab.azure.inject(Fault::status(403).method("PUT").path("roleAssignments"));
    let ran = undo(&lab, &["--yes"]);
    assert!(ran.refused(7).contains("go on with `az-imageshare history undo 20"), "{ran:?}");
}

fn keep(lab: &Lab, name: &str, client: &str, secret: &str) {
    let add = ["credential", "add", "--no-test", "-n", name, "--secret-stdin", "--default"];
    let who = ["--tenant", world::PUBLISHER_TENANT, "--client-id", client];
    lab.run_with_input(&[&add[..], &who].concat(), secret).json();
}

#[test]
fn who_undoes_it_is_told_of_another_credential_and_not_of_the_same_default_one() {
    let lab = Lab::new();
    keep(&lab, "second", world::CONTRIBUTOR_CLIENT, world::CONTRIBUTOR_SECRET);
    keep(&lab, "first", world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET);
    let gallery = world::gallery_id();
    let add = ["share", "rbac", "add", "--gallery-id", &gallery, "--assignee", "image-reader"];
    lab.run(&add).json();
    assert_eq!(lab.run(&["history", "list"]).json()[0]["who"], "first");
    let same = undo(&lab, &["--dry-run"]).json();
    assert_eq!(same["warnings"], serde_json::json!([]), "{same:#}");
    let other = undo(&lab, &["--dry-run", "--credential", "second"]).json();
    let told = other["warnings"].to_string();
    assert!(told.contains("add --credential first"), "{told}");
}

#[test]
fn what_stays_is_said_beside_the_table_of_a_dry_run() {
    let lab = Lab::new();
    keep(&lab, "kept", world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET);
    assert_eq!(lab.run(&["credential", "remove", "-n", "kept", "--yes"]).code, 0);
    let planned = undo(&lab, &["--dry-run", "-o", "table"]);
    assert!(planned.stderr.contains("! stays: "), "{planned:?}");
    let quiet = undo(&lab, &["--dry-run", "-o", "table", "--only-show-errors"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, ""));
}
