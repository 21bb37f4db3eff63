//! Ctrl-C while a deployment runs: it goes on in Azure, and the next command takes it up again.

use std::fs::{File, TryLockError};
use std::process::{Child, Command, Stdio};

use sandbox::world;

use crate::examples::call;
use crate::schemas::faults_of;
use crate::support::builder::builder;
use crate::support::keyring::until;
use crate::support::lab::Lab;
use crate::support::offers::TERMS;
use crate::support::program;

const LINE: [&str; 12] = [
    "delegation",
    "create",
    "-n",
    "Halted",
    "-g",
    world::IMAGES_GROUP,
    "--consumer-tenant",
    world::CONSUMER_TENANT,
    "--principal-id",
    world::CONSUMER_GROUP,
    "--subscription",
    world::PUBLISHER_SUBSCRIPTION,
];

/// Begins [`LINE`], and waits until its deployment runs.
fn begun() -> (Lab, Child) {
    let lab = Lab::publisher().env("AZ_IMAGESHARE_POLL_INTERVAL", "1");
    lab.azure.knob(|knobs| knobs.deployment_polls = 6);
    let mut command = Command::new(program::path());
    command.args(LINE).env_clear().envs(lab.variables());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    until("the deployment to be asked about", || lab.azure.calls("GET", "/operationStatuses/") > 0);
    (lab, child)
}

/// Ends [`LINE`] with Ctrl-C while its deployment runs; gives the lab, and what was told.
fn interrupted() -> (Lab, String) {
    let (lab, child) = begun();
    let alone = record(&lab).1.try_lock();
    assert!(matches!(alone, Err(TryLockError::WouldBlock)), "a run that lives keeps its record");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let ended = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(130), "{told}");
    assert_eq!(lab.azure.calls("POST", "/cancel"), 0, "nothing is cancelled");
    assert_eq!(open_runs(&lab).len(), 1);
    (lab, told)
}

#[test]
fn a_run_that_lives_is_under_way_and_waits_for_nobody() {
    let (lab, mut child) = begun();
    let open = open_runs(&lab);
    let people = lab.run_at_terminal(&["status"], "").stdout;
    let listed = lab.run(&["history", "list", "--query", "[].outcome"]).json();
    let shown = lab.run(&["history", "show", "latest", "--query", "outcome"]).json();
    let undone = lab.run(&["history", "undo", "latest", "--yes"]);
    let lives = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(lives, "the run was over before it was looked at");
    let [run] = open.as_slice() else { panic!("{open:?}") };
    assert_eq!((&run["outcome"], run.get("next")), (&"running".into(), None), "{run:#}");
    assert!(people.contains("under way since"), "{people}");
    assert!(!people.contains("Go on with"), "{people}");
    assert_eq!((listed, shown), (serde_json::json!(["running"]), "running".into()));
    assert!(undone.refused(9).contains("is under way"), "{undone:?}");
    // The lock died with its process.
    let [run] = open_runs(&lab).try_into().unwrap();
    assert_eq!(run["outcome"], "interrupted");
    assert!(run["next"].as_str().unwrap().contains("delegation create"), "{run:#}");
    assert!(lab.run_at_terminal(&["status"], "").stdout.contains("Go on with"));
}

/// The only record, and what it says.
fn record(lab: &Lab) -> (String, File) {
    let all = Lab::contents(&lab.files().join("history"));
    let [(path, content)] = all.as_slice() else { panic!("{all:?}") };
    let file = File::options().read(true).write(true).open(path).unwrap();
    (String::from_utf8(content.clone()).unwrap(), file)
}

fn open_runs(lab: &Lab) -> Vec<serde_json::Value> {
    lab.run(&["status", "--query", "openRuns"]).json().as_array().unwrap().clone()
}

/// That the interrupted run is over, and that its record says how.
fn assert_settled(lab: &Lab) {
    assert_eq!(open_runs(lab), Vec::<serde_json::Value>::new());
    let runs = lab.run(&["history", "list", "--query", "[].outcome"]).json();
    assert_eq!(runs, serde_json::json!(["settled"]));
    for line in record(lab).0.lines() {
        let line = serde_json::from_str(line).unwrap();
        assert_eq!(faults_of("history", &line), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn an_interrupted_create_is_over_when_the_printed_command_has_waited() {
    let (lab, told) = interrupted();
    let begin = told.find("az-imageshare delegation wait -n").expect(&told);
    let printed = told[begin..].split('`').next().unwrap();
    let pasted = call(printed, lab.variables()).unwrap().args;
    let pasted: Vec<&str> = pasted.iter().map(String::as_str).collect();
    let quiet = lab.env("AZ_IMAGESHARE_POLL_INTERVAL", "0").env("AZ_IMAGESHARE_HISTORY", "off");
    let before = record(&quiet).0;
    quiet.publish(&[&["delegation", "create", "-n", "Other"][..], &TERMS].concat()).json();
    let lab = quiet.env("AZ_IMAGESHARE_HISTORY", "on");
    assert!(lab.publish(&["delegation", "wait", "-n", "Other"]).json()["deployment"].is_object());
    assert_eq!(record(&lab).0, before, "another offer's wait settles nothing");
    assert_eq!(lab.run(&pasted).json()["provisioningState"], "Succeeded");
    assert_settled(&lab);
}

#[test]
fn an_interrupted_create_is_over_when_the_same_command_finds_nothing_to_do() {
    let (lab, _) = interrupted();
    let quiet = lab.env("AZ_IMAGESHARE_POLL_INTERVAL", "0").env("AZ_IMAGESHARE_HISTORY", "off");
    let waited = quiet.publish(&["delegation", "wait", "-n", "Halted"]);
    assert_eq!(waited.json()["provisioningState"], "Succeeded");
    let (before, record_of_other) = record(&quiet);
    quiet.run(&LINE).json();
    assert_eq!(record(&quiet).0, before, "without history no record is written");
    let lab = quiet.env("AZ_IMAGESHARE_HISTORY", "on");
    lab.run(&[&LINE[..], &["--dry-run"]].concat()).json();
    record_of_other.lock().unwrap();
    lab.run(&LINE).json();
    assert_eq!(record(&lab).0, before, "neither a dry run nor the record of a run that lives");
    drop(record_of_other);
    let again = lab.run(&LINE);
    assert!(again.stderr.contains("nothing to do"), "{again:?}");
    assert_settled(&lab);
}

#[test]
fn a_wait_that_expires_names_the_verb_that_waited() {
    let lab = Lab::publisher();
    // More often than is asked without a pause.
    lab.azure.knob(|knobs| knobs.registration_polls = 10_000);
    let args = ["--distribute-to", world::IMAGES_GROUP];
    let ran = builder(&lab, "setup", &args);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("is not registered yet"), "{ran:?}");
    assert!(ran.stderr.contains("`az-imageshare builder setup --identity"), "{ran:?}");
    assert!(!ran.stderr.contains("delegation wait"), "{ran:?}");
}
