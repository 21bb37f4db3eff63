//! Between two waves the consumer looks at a sample, and principals of consumers are looked for: both with the
//! consumer's own stored credential.

use sandbox::{fleet_subscription, world};
use serde_json::{Value, json};

use crate::fleet_apply::{apply, peopled};
use crate::fleet_virtual_time::{planned, timed};
use crate::support::fleets::MANIFEST;
use crate::support::lab::Lab;

/// Keeps the consumer's application under the name that the manifest gives to the consumer.
pub(crate) fn with_fabrikam(lab: Lab) -> Lab {
    let args = ["credential", "add", "--no-test", "-n", "fabrikam", "--secret-stdin"];
    let rest = ["--tenant", world::CONSUMER_TENANT, "--client-id", world::CONSUMER_CLIENT];
    lab.run_with_input(&[&args[..], &rest[..]].concat(), world::CONSUMER_SECRET).json();
    lab
}

fn verified() -> String {
    let canary = fleet_subscription(2);
    MANIFEST.replace(
        "limits: {removals: 5}",
        &format!(
            "waves:\n  - {{name: canary, ids: [{canary}], verify: {{as: fabrikam}}}}\n  - {{name: rest}}"
        ),
    )
}

#[test]
fn the_next_wave_begins_once_the_consumer_has_seen_the_last() {
    let lab = with_fabrikam(peopled(6));
    let (_, plan) = lab.planned(&verified(), &[]);
    lab.azure.clear_journal();
    let ran = apply(&lab, &plan, &[]);
    assert_eq!(ran.json()["counts"]["done"], 12, "{ran:?}");
    // The consumer signed in and looked at the canary, before anything else was written.
    let canary = fleet_subscription(2).to_lowercase();
    let journal = lab.azure.journal();
    let place = |wanted: &dyn Fn(&sandbox::Call) -> bool| journal.iter().position(wanted).unwrap();
    let signed_in =
        place(&|call| call.path.contains(world::CONSUMER_TENANT) && call.method == "POST");
    let other = place(&|call| call.method == "PUT" && !call.path.to_lowercase().contains(&canary));
    assert!(signed_in < other, "{signed_in} {other}");
}

#[test]
fn what_the_consumer_does_not_see_keeps_the_next_wave_from_beginning() {
    let lab = with_fabrikam(timed(6));
    let plan = planned(&lab, &verified());
    lab.azure.knob(|knobs| knobs.delegation_hidden_calls = u32::MAX);
    let (ran, passed) = lab.run_in_virtual_time(&["fleet", "apply", &plan, "--yes"]);
    assert_eq!(ran.code, 7, "{ran:?}");
    assert!(passed.as_secs() > 14 * 60, "as long as Lighthouse takes: {passed:?}");
    assert!(ran.stderr.contains("canary"), "{ran:?}");
    let written = lab.azure.accounting().writes_by_subscription();
    assert_eq!(written.into_keys().collect::<Vec<_>>(), [fleet_subscription(2).to_lowercase()]);
    lab.azure.knob(|knobs| knobs.delegation_hidden_calls = 0);
    lab.azure.state(|state| state.assignments.values_mut().for_each(|one| one.hidden_calls = 0));
    let (ran, _) = lab.run_in_virtual_time(&["fleet", "apply", &plan, "--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[test]
fn a_verifier_that_is_not_stored_is_told_before_the_first_write() {
    let lab = peopled(3);
    let (_, plan) = lab.planned(&verified(), &[]);
    lab.azure.clear_journal();
    let ran = apply(&lab, &plan, &[]);
    assert!(ran.code != 0 && ran.stderr.contains("fabrikam"), "{ran:?}");
    assert_eq!(lab.azure.accounting().writes(), 0);
}

#[test]
fn principals_that_are_gone_are_found_with_a_credential_of_their_tenant() {
    let gone = "0f0e0d0c-0b0a-4908-8706-050403020100";
    let manifest = MANIFEST
        .replace(
            "name: image-users}}",
            &format!("name: image-users}}, left: {{id: {gone}, type: User}}}}"),
        )
        .replace("[image-users, ci]", "[image-users, ci, left]");
    let lab = with_fabrikam(peopled(3));
    let (_, plan) = lab.planned(&manifest, &[]);
    lab.stand_as_planned(&plan);
    let blind = lab.fleet("drift", &manifest, &[]);
    assert_eq!((blind.code, blind.stdout.trim()), (0, "[]"), "{blind:?}");
    assert_eq!(blind.stderr.matches("not checked").count(), 1, "{blind:?}");
    let ran = lab.fleet("drift", &manifest, &["--as", "fabrikam"]);
    assert_eq!(ran.code, 8, "{ran:?}");
    let rows: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert_eq!((&rows[0]["kind"], &rows[0]["id"]), (&json!("principal-gone"), &json!(gone)));
    assert_eq!(rows[0]["key"], "fabrikam/left");
    assert!(ran.stderr.contains("tailspin"), "whose are not checked: {ran:?}");
    let wrong = lab.fleet("drift", &manifest, &["--as", "nobody"]);
    assert!(wrong.code != 0 && wrong.stderr.contains("nobody"), "{wrong:?}");
}
