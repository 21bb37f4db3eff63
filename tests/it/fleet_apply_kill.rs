//! `fleet apply` killed at many points, stopped by hand, and cut off: the next run ends as an undisturbed one.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sandbox::{Fault, FaultKind};
use serde_json::Value;

use crate::fleet_apply::{apply, peopled, standing};
use crate::fleet_policy;
use crate::support::fleets::MANIFEST;
use crate::support::keyring::until;
use crate::support::lab::Lab;
use crate::support::program;

/// More kills than the suite has time for: `AZ_IMAGESHARE_TEST_KILLS=200 AZ_IMAGESHARE_TEST_FLEET=250`.
fn setting(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Starts the built program.
fn start(lab: &Lab, plan: &str) -> Child {
    let mut command = Command::new(program::path());
    command.args(["fleet", "apply", plan, "--yes"]);
    command.env_clear().envs(lab.variables());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// What was sent for each id that was put; the same id never gets two bodies.
fn bodies_differ(lab: &Lab) -> Vec<String> {
    let mut seen = std::collections::BTreeMap::new();
    let mut wrong = Vec::new();
    for call in lab.azure.journal() {
        if call.method == "PUT" {
            let body = call.body;
            let known = seen.entry(call.path.to_lowercase()).or_insert_with(|| body.clone());
            if *known != body {
                wrong.push(call.path);
            }
        }
    }
    wrong
}

#[test]
fn a_run_killed_anywhere_is_taken_up_and_ends_as_if_it_never_was() {
    let count = setting("AZ_IMAGESHARE_TEST_FLEET", 15);
    let kills = setting("AZ_IMAGESHARE_TEST_KILLS", 12);
    let undisturbed = peopled(count);
    let (_, plan) = undisturbed.planned(MANIFEST, &[]);
    undisturbed.azure.clear_journal();
    assert_eq!(apply(&undisturbed, &plan, &[]).code, 0);
    let requests = undisturbed.azure.journal().len();
    let writes = undisturbed.azure.accounting().writes();
    let expected = standing(&undisturbed);
    for kill in 0..kills {
        let lab = peopled(count);
        let (_, plan) = lab.planned(MANIFEST, &[]);
        lab.azure.clear_journal();
        // Spread over the whole run, and never at the same place of an item twice.
        let at = 2 + (requests - 2) * kill / kills + kill % 7;
        let mut child = start(&lab, &plan);
        while lab.azure.journal().len() < at && matches!(child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = child.kill();
        let _ = child.wait();
        let ran = apply(&lab, &plan, &[]);
        assert_eq!(ran.code, 0, "killed at request {at}: {ran:?}");
        assert_eq!(standing(&lab), expected, "killed at request {at}");
        assert_eq!(bodies_differ(&lab), Vec::<String>::new());
        let surplus = lab.azure.accounting().writes() - writes;
        assert!(surplus <= 64, "{surplus} writes more");
        let ran = apply(&lab, &plan, &[]).json();
        assert_eq!(ran["counts"]["kept"], 2 * count, "{ran}");
    }
}

/// A remediation goes on in Azure while nobody watches it, or has ended when somebody does again.
#[test]
fn a_remediation_that_was_begun_is_taken_up_after_a_kill() {
    for has_ended in [false, true] {
        let lab = peopled(4);
        let (_, plan) = lab.planned(&fleet_policy::manifest("policy"), &[]);
        lab.azure.knob(|knobs| knobs.policy_deployment_seconds = 100_000_000);
        lab.azure.clear_journal();
        let mut child = start(&lab, &plan);
        until("a remediation", || lab.azure.calls("PUT", "/remediations/") > 0);
        let _ = child.kill();
        let _ = child.wait();
        assert!(fleet_policy::delegated(&lab).is_empty());
        if has_ended {
            lab.azure.state(|state| state.policies.ahead += 100_000_000);
            lab.azure.advance(0);
        }
        assert_eq!(fleet_policy::delegated(&lab).len(), if has_ended { 4 } else { 0 });
        lab.azure.knob(|knobs| knobs.policy_seconds_per_read = 40_000_000);
        let ran = apply(&lab, &plan, &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(lab.azure.calls("PUT", "/remediations/"), 1, "the same one");
        assert_eq!(fleet_policy::delegated(&lab).len(), 4);
    }
}

#[test]
fn a_torn_record_is_gone_on_with_and_one_that_cannot_be_written_is_said_first() {
    let lab = peopled(6);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    lab.azure.clear_journal();
    let mut child = start(&lab, &plan);
    until("some writes", || lab.azure.accounting().writes() >= 6);
    let _ = child.kill();
    let _ = child.wait();
    let folder = lab.files().join("history");
    let record = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|kind| kind == "jsonl"))
        .unwrap();
    let whole = std::fs::read(&record).unwrap();
    std::fs::write(&record, [&whole[..], b"{\"line\":\"outcome\",\"st"].concat()).unwrap();
    let ran = apply(&lab, &plan, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let text = std::fs::read_to_string(&record).unwrap();
    assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{text}");
    let listed = lab.run(&["history", "list"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 1, "the same run: {listed}");
    assert_eq!(listed[0]["outcome"], "done");

    let lab = peopled(2);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    std::fs::write(lab.files().join("history"), "in the way").unwrap();
    lab.azure.clear_journal();
    let ran = apply(&lab, &plan, &[]);
    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains("history"), "{ran:?}");
    assert_eq!(lab.azure.accounting().writes(), 0);
}

#[test]
fn one_interruption_lets_running_items_end_and_two_leave_at_once() {
    for twice in [false, true] {
        let lab = peopled(30).env("AZ_IMAGESHARE_POLL_INTERVAL", "1");
        lab.azure.knob(|knobs| knobs.assignment_polls = 2);
        let (_, plan) = lab.planned(MANIFEST, &[]);
        lab.azure.clear_journal();
        let child = start(&lab, &plan);
        until("jobs", || lab.azure.calls("GET", "/operationStatuses/") > 0);
        signal(&child, "-INT");
        if twice {
            std::thread::sleep(Duration::from_millis(300));
            signal(&child, "-INT");
        }
        let started = Instant::now();
        let ended = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(130), "{told}");
        assert!(told.contains("fleet apply"), "how to go on: {told}");
        assert!(started.elapsed() < Duration::from_secs(60), "{told}");
        let written = lab.azure.state(|state| state.definitions.len());
        assert!(written < 60, "not all of it was begun");
        if !twice {
            let open = lab.azure.state(|state| state.definitions.len() - state.assignments.len());
            assert_eq!(open, 0, "what ran has ended");
        }
        lab.azure.knob(|knobs| knobs.assignment_polls = 0);
        let ran = apply(&lab.env("AZ_IMAGESHARE_POLL_INTERVAL", "0"), &plan, &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
    }
}

#[test]
fn a_network_that_goes_and_a_token_that_is_revoked_end_with_their_codes_and_are_gone_on_with() {
    for (kind, code) in [
        (FaultKind::Reset, 12),
        (FaultKind::Status { status: 401, retry_after: None, code: None }, 4),
    ] {
        let lab = peopled(8);
        let (_, plan) = lab.planned(MANIFEST, &[]);
        let mut fault = Fault::new(kind).path("Microsoft.ManagedServices").always();
        fault.skip = 20;
        lab.azure.inject(fault);
        let ran = apply(&lab, &plan, &[]);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.stderr.contains("fleet apply"), "how to go on: {ran:?}");
        lab.azure.clear_faults();
        let ran = apply(&lab, &plan, &[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(lab.azure.state(|state| state.assignments.len()), 16);
    }
    let lab = peopled(4);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    lab.azure.knob(|knobs| knobs.token_lifetime = 1);
    assert_eq!(apply(&lab, &plan, &[]).code, 0, "tokens are renewed while it runs");
}
