//! `history`: what a run was about to write is on the disk before it is sent, and can be read afterwards.

use sandbox::{Fault, world};

use crate::support::galleries::{IMAGE_READER, gallery_roles, rbac};
use crate::support::lab::Lab;

const WHO: [&str; 2] = ["--assignee", "image-reader"];

/// A publisher whose gallery somebody may read; no run is recorded of it.
fn shared() -> Lab {
    let lab = Lab::publisher();
    lab.azure.state(|state| {
        state.assign_role(&world::gallery_id(), IMAGE_READER, world::READER_OBJECT);
    });
    lab
}

fn remove(lab: &Lab, more: &[&str]) -> crate::support::lab::Ran {
    rbac(lab, "remove", &[&WHO[..], more].concat())
}

#[test]
fn a_run_is_listed_and_shown_with_what_was_there_before() {
    let lab = Lab::publisher();
    assert_eq!(lab.run(&["history", "list"]).json(), serde_json::json!([]));
    rbac(&lab, "add", &WHO).json();
    assert_eq!(remove(&lab, &["--yes"]).code, 0);
    let listed = lab.run(&["history", "list"]).json();
    assert_eq!(listed[0]["what"], "share rbac remove", "{listed}");
    assert_eq!((&listed[0]["outcome"], &listed[0]["writes"]), (&"done".into(), &"1 role".into()));
    let name = listed[0]["run"].as_str().unwrap();
    let shown = lab.run(&["history", "show", name]).json();
    let step = &shown["steps"][0];
    assert_eq!((&step["do"], &step["outcome"]), (&"remove".into(), &"done".into()));
    assert_eq!(step["before"]["properties"]["principalId"], world::READER_OBJECT);
    assert_eq!(lab.run(&["history", "show", "latest"]).json(), shown);
    lab.run(&["history", "show", "../credentials"]).refused(3);
}

#[test]
fn a_write_that_was_refused_or_whose_answer_was_lost_is_recorded_as_such() {
    let lab = shared();
    lab.azure.inject(Fault::status(403).method("DELETE").path("roleAssignments"));
    assert_eq!(remove(&lab, &["--yes"]).code, 1);
    let shown = lab.run(&["history", "show", "latest"]).json();
    assert_eq!(
        (&shown["outcome"], &shown["steps"][0]["outcome"]),
        (&"failed".into(), &"failed".into())
    );
}

#[test]
fn nothing_is_recorded_of_a_dry_run_or_where_history_is_off() {
    let lab = shared();
    assert_eq!(remove(&lab, &["--dry-run"]).code, 0);
    let lab = lab.env("AZ_IMAGESHARE_HISTORY", "off");
    assert_eq!(remove(&lab, &["--yes"]).code, 0);
    assert_eq!(gallery_roles(&lab.azure).len(), 0);
    assert_eq!(lab.run(&["history", "list"]).json(), serde_json::json!([]));
}

#[test]
#[cfg(unix)]
fn a_record_that_cannot_be_written_is_said_before_anything_is_sent() {
    use std::os::unix::fs::PermissionsExt;

    let lab = shared();
    let home = lab.home.path().join(".azure/imageshare");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::set_permissions(&home, std::fs::Permissions::from_mode(0o700)).unwrap();
    std::fs::write(home.join("history"), "no folder").unwrap();
    let ran = remove(&lab, &["--yes"]);
    assert!(ran.refused(1).contains("nothing was changed"), "{ran:?}");
    assert!(ran.stderr.contains("AZ_IMAGESHARE_HISTORY=off"), "{ran:?}");
    assert_eq!(lab.azure.calls("DELETE", "roleAssignments"), 0);
}
