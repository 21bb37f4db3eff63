//! `share rbac list` and `share rbac remove`: what is direct, below and inherited, and what never goes.

use sandbox::{Fault, world};
use serde_json::Value;

use crate::support::galleries::{gallery_roles, rbac};
use crate::support::lab::{Lab, Ran};

const GALLERY: [&str; 4] = ["-g", world::IMAGES_GROUP, "--gallery", world::GALLERY];
const ASSIGNMENTS: &str = "/roleAssignments/";

fn add(lab: &Lab, rest: &[&str]) -> Ran {
    rbac(lab, "add", rest)
}

#[test]
fn the_list_tells_what_is_direct_below_and_inherited() {
    let lab = Lab::publisher();
    add(&lab, &["--assignee", "image-reader", "--expires", "2099-01-31"]).json();
    let image = ["--image-definition", world::LINUX_IMAGE];
    add(&lab, &[&image[..], &["--assignee", "image-bridge"]].concat()).json();
    let rows = rbac(&lab, "list", &[]).json();
    let rows = rows.as_array().unwrap();
    let of = |name: &str, inherited: bool| -> Option<&Value> {
        rows.iter().find(|row| row["principalName"] == name && row["inherited"] == inherited)
    };
    assert_eq!(of("image-reader", false).unwrap()["expiresOn"], "2099-01-31");
    assert_eq!(of("image-reader", true).unwrap()["role"], "Reader");
    assert!(
        of("image-bridge", false).unwrap()["scope"].as_str().unwrap().ends_with(world::LINUX_IMAGE)
    );
    assert_eq!(of("image-publisher", true).unwrap()["role"], "Owner");
    assert!(rows.iter().all(|row| row["via"] == "rbac"));
    let table = lab.publish(&[&["share", "rbac", "list"], &GALLERY[..], &["-o", "table"]].concat());
    assert!(table.stdout.contains("ExpiresOn"), "{table:?}");
}

#[test]
fn without_graph_the_list_still_stands_but_without_names() {
    let lab = Lab::publisher();
    lab.azure.inject(Fault::status(403).path("getByIds").always());
    let ran = rbac(&lab, "list", &[]);
    assert!(ran.stderr.contains("names are left out"), "{ran:?}");
    assert!(!ran.json().as_array().unwrap().is_empty());
}

#[test]
fn removal_takes_what_was_given_there_and_tells_the_rest() {
    let lab = Lab::publisher();
    add(&lab, &["--assignee", "image-reader"]).json();
    let who = ["--assignee", "image-reader"];
    let ran = rbac(&lab, "remove", &who);
    assert!(ran.refused(2).contains("Use --yes"), "{ran:?}");
    assert_eq!(gallery_roles(&lab.azure).len(), 1);
    let question = lab.run_at_terminal(
        &[
            &["share", "rbac", "remove"],
            &GALLERY[..],
            &who,
            &["--subscription", world::PUBLISHER_SUBSCRIPTION],
        ]
        .concat(),
        "n\n",
    );
    assert!(question.refused(9).contains("Remove 1 role of 'image-reader'? (y/N)"), "{question:?}");
    let yes = ["--assignee", "image-reader", "--yes"];
    let ran = rbac(&lab, "remove", &yes);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    let inherited = format!("from /subscriptions/{}", world::PUBLISHER_SUBSCRIPTION);
    assert!(ran.stderr.contains(&inherited), "{ran:?}");
    assert_eq!(gallery_roles(&lab.azure).len(), 0);
    let again = rbac(&lab, "remove", &yes);
    assert_eq!(again.code, 0, "{again:?}");
    assert!(again.stderr.contains("Nothing to remove"), "{again:?}");
    assert_eq!(lab.azure.calls("DELETE", ASSIGNMENTS), 1);
}

#[test]
fn a_removal_is_shown_without_being_done_and_recorded_when_done() {
    let lab = Lab::publisher();
    add(&lab, &["--assignee", "image-reader"]).json();
    let history = lab.home.path().join(".azure/imageshare/history");
    std::fs::remove_dir_all(&history).ok();
    let dry = ["--assignee", "image-reader", "--dry-run", "--detailed-exitcode"];
    let ran = rbac(&lab, "remove", &dry);
    assert_eq!(ran.code, 8, "{ran:?}");
    let plan: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(plan["totals"]["remove"], 1);
    assert_eq!(plan["steps"][0]["kind"], "roleAssignment");
    assert!(!history.exists() && gallery_roles(&lab.azure).len() == 1);
    assert_eq!(rbac(&lab, "remove", &["--assignee", "image-reader", "--yes"]).code, 0);
    let files: Vec<_> = std::fs::read_dir(&history).unwrap().flatten().collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let text = std::fs::read_to_string(files[0].path()).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = lines.iter().map(|line| line["line"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["run", "intent", "outcome", "end"]);
    assert_eq!(lines[1]["intent"]["before"]["properties"]["principalId"], world::READER_OBJECT);
    assert_eq!(lines[2]["outcome"], "done");
}

#[test]
fn who_is_gone_from_the_directory_can_still_be_removed_by_id() {
    let lab = Lab::publisher();
    add(&lab, &["--assignee", "image-reader"]).json();
    lab.azure.state(|state| state.principals.retain(|known| known.id != world::READER_OBJECT));
    let ran = rbac(&lab, "remove", &["--assignee-object-id", world::READER_OBJECT, "--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(gallery_roles(&lab.azure).len(), 0);
}
