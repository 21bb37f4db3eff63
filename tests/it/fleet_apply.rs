//! `fleet apply`: a plan carried out, a second time with nothing to do, refused where the world moved.

use std::collections::{BTreeMap, BTreeSet};

use sandbox::{Fault, FaultKind, UnknownPrincipal, fleet_subscription, world};
use serde_json::{Value, json};

use crate::schemas::assert_fits;
use crate::support::fleets::{MANIFEST, fleet};
use crate::support::lab::{Lab, Ran};

/// A fleet whose consumers have all the principals that the manifest names.
pub(crate) fn peopled(count: usize) -> Lab {
    let lab = fleet(count);
    lab.azure.knob(|knobs| knobs.unknown_principal = UnknownPrincipal::Accept);
    lab
}

/// Applies a plan without asking.
pub(crate) fn apply(lab: &Lab, plan: &str, more: &[&str]) -> Ran {
    lab.run(&[&["fleet", "apply", plan, "--yes"], more].concat())
}

/// Everything of Lighthouse as it stands, without who made it and when.
pub(crate) fn standing(lab: &Lab) -> Value {
    lab.azure.state(|state| {
        let definitions: BTreeMap<&String, Value> = state
            .definitions
            .iter()
            .map(|(id, found)| {
                let value = json!({"name": found.registration_definition_name,
                    "description": found.description, "tenant": found.managed_by_tenant_id,
                    "authorizations": found.authorizations, "eligible": found.eligible_authorizations});
                (id, value)
            })
            .collect();
        let assignments: BTreeMap<&String, Value> = state
            .assignments
            .iter()
            .map(|(id, found)| (id, json!({"scope": found.scope, "definition": found.definition_id})))
            .collect();
        json!({"definitions": definitions, "assignments": assignments})
    })
}

/// The events of a run, each of the committed schema, numbered without gaps.
#[track_caller]
pub(crate) fn events(path: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (place, event) in events.iter().enumerate() {
        assert_fits("fleet-events", event);
        assert_eq!(event["seq"], place + 1);
    }
    events
}

/// Exactly one end for each item that began.
#[track_caller]
pub(crate) fn assert_each_ends_once(events: &[Value]) {
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events {
        let key = event["key"].as_str().unwrap_or_default();
        match event["event"].as_str().unwrap() {
            "item.begin" => {
                ends.entry(key).or_default();
            }
            "item.done" | "item.failed" | "item.moved" => *ends.get_mut(key).unwrap() += 1,
            _ => {}
        }
    }
    assert!(ends.values().all(|count| *count == 1), "{ends:?}");
}

#[test]
fn a_fleet_is_made_and_a_second_time_nothing_is_written() {
    let lab = peopled(20);
    let (rows, plan) = lab.planned(MANIFEST, &[]);
    lab.azure.clear_journal();
    let log = lab.home.path().join("events").to_str().unwrap().to_owned();
    let ran = apply(&lab, &plan, &["--events", &log]);
    let told = ran.json();
    assert_eq!(told["counts"]["done"], 40, "{ran:?}");
    let account = lab.azure.accounting();
    assert!(account.requests() <= 9 * 40, "{} requests", account.requests());
    let standing_ids: BTreeSet<String> =
        lab.azure.state(|state| state.definitions.keys().cloned().collect());
    for row in &rows {
        assert!(standing_ids.contains(&row["id"].as_str().unwrap().to_lowercase()), "{row}");
    }
    let events = events(&log);
    assert_each_ends_once(&events);
    assert_eq!(events.first().unwrap()["event"], "run.begin");
    assert_eq!(events.last().unwrap()["event"], "run.end");
    assert_eq!(events.last().unwrap()["counts"]["done"], 40);

    lab.azure.clear_journal();
    let again = apply(&lab, &plan, &[]).json();
    assert_eq!(again["counts"], json!({"kept": 40}));
    assert_eq!(lab.azure.accounting().writes(), 0);
    // Without any record, what stands tells the same.
    std::fs::remove_dir_all(lab.files().join("history")).unwrap();
    let again = apply(&lab, &plan, &[]).json();
    assert_eq!(again["counts"], json!({"kept": 40}));
    assert_eq!(lab.azure.accounting().writes(), 0);

    let (rows, _) = lab.planned(MANIFEST, &[]);
    assert!(rows.iter().all(|row| row["do"] == "keep"), "{rows:#?}");
}

#[test]
fn a_run_is_in_the_history_with_an_intent_before_each_write() {
    let lab = peopled(3);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    let run = apply(&lab, &plan, &[]).json()["run"].as_str().unwrap().to_owned();
    let shown = lab.run(&["history", "show", &run]).json();
    assert_eq!(shown["outcome"], "done");
    let steps = shown["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 12, "an offer and an assignment for each item");
    assert!(steps.iter().all(|step| step["outcome"] == "done"), "{steps:#?}");
    assert_eq!(steps[0]["do"], "create");
    let text = std::fs::read_to_string(lab.files().join(format!("history/{run}.jsonl"))).unwrap();
    assert!(text.contains("\"line\":\"await\""), "{text}");
    for secret in ["eyJ", "sig=", "?api-version", world::DEPLOYER_SECRET] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[test]
fn an_update_and_a_removal_leave_what_the_manifest_says() {
    let lab = peopled(6);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    assert_eq!(apply(&lab, &plan, &[]).code, 0);
    let changed = MANIFEST
        .replace(
            "[image-users, ci], role: Reader}",
            "[image-users], role: Virtual Machine Contributor}",
        )
        .replace("to: [fabrikam, tailspin]", "to: [fabrikam]")
        .replace("removals: 5", "removals: 6");
    let (rows, plan) = lab.planned(&changed, &["--remove"]);
    let counts = |change: &str| rows.iter().filter(|row| row["do"] == change).count();
    assert_eq!((counts("update"), counts("remove")), (6, 6), "{rows:#?}");
    let asked = lab.run(&["fleet", "apply", &plan]);
    assert!(asked.refused(2).contains("--approve"), "{asked:?}");
    let ran = apply(&lab, &plan, &[]);
    assert_eq!(ran.json()["counts"], json!({"done": 12}));
    let (rows, _) = lab.planned(&changed, &["--remove"]);
    assert!(rows.iter().all(|row| row["do"] == "keep"), "{rows:#?}");
    assert_eq!(lab.azure.state(|state| state.assignments.len()), 6);
}

#[test]
fn a_provider_is_registered_where_it_is_needed_and_only_there() {
    let lab = peopled(4);
    let id = fleet_subscription(2);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    lab.azure.state(|state| {
        let found = state.subscriptions.iter_mut().find(|known| known.id == id).unwrap();
        found.providers.remove("microsoft.managedservices");
    });
    lab.azure.clear_journal();
    assert_eq!(apply(&lab, &plan, &[]).json()["counts"]["done"], 8);
    assert_eq!(lab.azure.calls("POST", "/register"), 1);
}

#[test]
fn what_moved_after_the_plan_is_refused_and_nothing_else() {
    let lab = peopled(20);
    let (_, first) = lab.planned(MANIFEST, &[]);
    assert_eq!(apply(&lab, &first, &[]).code, 0);
    let changed = MANIFEST.replace("role: Reader}", "role: Virtual Machine Contributor}");
    let (_, plan) = lab.planned(&changed, &[]);
    let moved: Vec<String> = lab.azure.state(|state| {
        let ids: Vec<String> = state.definitions.keys().step_by(8).cloned().collect();
        for id in &ids {
            let found = state.definitions.get_mut(id).unwrap();
            found.description = Some("somebody else was here".to_owned());
        }
        ids
    });
    let before = standing(&lab);
    lab.azure.clear_journal();
    let stopped = apply(&lab, &plan, &["--if-moved", "stop"]);
    assert!(stopped.refused(9).contains("5 items"), "{stopped:?}");
    assert_eq!(lab.azure.accounting().writes(), 0);
    assert_eq!(standing(&lab), before);

    let log = lab.home.path().join("events").to_str().unwrap().to_owned();
    let ran = apply(&lab, &plan, &["--events", &log]);
    assert_eq!(ran.code, 7, "{ran:?}");
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(told["counts"], json!({"done": 35, "moved": 5}));
    assert_each_ends_once(&events(&log));
    let after = standing(&lab);
    for id in &moved {
        assert_eq!(after["definitions"][id], before["definitions"][id]);
    }
}

#[test]
fn a_failure_limit_is_strict_and_equal_causes_are_one_line() {
    let lab = peopled(100);
    let manifest = MANIFEST.replace("limits: {removals: 5}", "limits: {failures: 3, atOnce: 32}");
    let (_, plan) = lab.planned(&manifest, &[]);
    for number in (1..=100).step_by(5) {
        let code = Some("AuthorizationFailed".to_owned());
        let kind = FaultKind::Status { status: 403, retry_after: None, code };
        let path = format!("{}/providers/Microsoft.ManagedServices", fleet_subscription(number));
        lab.azure.inject(Fault::new(kind).method("PUT").path(&path).always());
    }
    let junit = lab.home.path().join("junit.xml").to_str().unwrap().to_owned();
    let ran = apply(&lab, &plan, &["--report", &format!("junit={junit}")]);
    assert_eq!(ran.code, 7, "{ran:?}");
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(told["counts"]["failed"], 4, "the limit and one");
    assert_eq!(told["causes"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!(told["causes"][0]["code"], "AuthorizationFailed");
    assert_eq!(told["causes"][0]["keys"].as_array().unwrap().len(), 3);
    let skipped = told["counts"]["skipped"].as_u64().unwrap();
    let text = std::fs::read_to_string(&junit).unwrap();
    assert_eq!(text.matches("<testcase ").count(), 200);
    assert_eq!(text.matches("<failure ").count(), 4);
    assert_eq!(text.matches("<skipped/>").count() as u64, skipped);
    // The cause is gone: the same plan goes on with what is left.
    lab.azure.clear_faults();
    let ran = apply(&lab, &plan, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(lab.azure.state(|state| state.assignments.len()), 200);
}

#[test]
fn waves_follow_one_another_and_a_bad_canary_ends_the_run() {
    let lab = peopled(12);
    let canary = fleet_subscription(3);
    let manifest = MANIFEST.replace(
        "limits: {removals: 5}",
        &format!("limits: {{failures: 0}}\nwaves:\n  - {{name: canary, ids: [{canary}]}}\n  - {{name: rest}}"),
    );
    let (_, plan) = lab.planned(&manifest, &[]);
    let code = Some("RequestDisallowedByPolicy".to_owned());
    let kind = FaultKind::Status { status: 403, retry_after: None, code };
    lab.azure.inject(Fault::new(kind).method("PUT").path(&canary).always());
    lab.azure.clear_journal();
    let ran = apply(&lab, &plan, &[]);
    assert!(ran.stderr.contains("canary"), "{ran:?}");
    assert_ne!(ran.code, 0);
    let others = lab.azure.accounting().writes_by_subscription();
    assert_eq!(others.keys().collect::<Vec<_>>(), [&canary.to_lowercase()]);
    lab.azure.clear_faults();
    let only = apply(&lab, &plan, &["--wave", "canary"]).json();
    assert_eq!(only["counts"], json!({"done": 2}));
    assert!(apply(&lab, &plan, &["--wave", "no-such"]).refused(2).contains("canary, rest"));
    assert_eq!(apply(&lab, &plan, &[]).json()["counts"], json!({"done": 22, "kept": 2}));
}

#[test]
fn shards_are_disjoint_and_together_the_whole() {
    let lab = peopled(24);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    let mut seen = BTreeSet::new();
    for number in 1..=4 {
        lab.azure.clear_journal();
        assert_eq!(apply(&lab, &plan, &["--shard", &format!("{number}/4")]).code, 0);
        for subscription in lab.azure.accounting().writes_by_subscription().into_keys() {
            assert!(seen.insert(subscription), "no subscription is in two shards");
        }
    }
    assert_eq!(seen.len(), 24);
    assert_eq!(apply(&lab, &plan, &[]).json()["counts"], json!({"kept": 48}));
}

#[test]
fn random_faults_end_well_or_in_a_clean_failure_that_the_next_run_mends() {
    for seed in 0..3 {
        let lab = peopled(10);
        let (_, plan) = lab.planned(MANIFEST, &[]);
        for (place, kind) in [
            FaultKind::Status { status: 429, retry_after: Some("0".into()), code: None },
            FaultKind::Status { status: 500, retry_after: None, code: None },
            FaultKind::Reset,
        ]
        .into_iter()
        .enumerate()
        {
            let mut fault = Fault::new(kind).path("Microsoft.ManagedServices").always();
            fault.applied = place == 2 && seed % 2 == 0;
            fault.chance = Some(sandbox::Chance { permille: 30, seed: seed * 7 + place as u64 });
            lab.azure.inject(fault);
        }
        let ran = apply(&lab, &plan, &[]);
        assert!(matches!(ran.code, 0 | 1 | 7 | 12), "{ran:?}");
        lab.azure.clear_faults();
        let ran = apply(&lab, &plan, &[]);
        assert_eq!(ran.code, 0, "seed {seed}: {ran:?}");
        let counts = lab.azure.state(|state| (state.definitions.len(), state.assignments.len()));
        assert_eq!(counts, (20, 20), "nothing double, nothing lost");
    }
}

#[test]
fn each_report_is_written_and_a_file_that_cannot_be_is_refused_first() {
    let lab = peopled(2);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    lab.azure.clear_journal();
    let refused = apply(&lab, &plan, &["--report", "csv=/no/such/folder/x.csv"]);
    assert!(refused.refused(2).contains("/no/such/folder/x.csv"), "{refused:?}");
    assert_eq!(lab.azure.journal().len(), 0);
    let path = |name: &str| lab.home.path().join(name).to_str().unwrap().to_owned();
    let targets: Vec<String> = ["junit", "sarif", "github", "markdown", "csv"]
        .iter()
        .flat_map(|form| ["--report".to_owned(), format!("{form}={}", path(form))])
        .collect();
    let targets: Vec<&str> = targets.iter().map(String::as_str).collect();
    assert_eq!(apply(&lab, &plan, &targets).code, 0);
    for form in ["junit", "sarif", "github", "markdown", "csv"] {
        assert!(std::fs::metadata(path(form)).unwrap().len() > 0, "{form}");
    }
    let stream = apply(&lab, &plan, &["--events", "-"]);
    assert!(stream.stdout.lines().all(|line| line.starts_with("{\"at\":")), "{stream:?}");
}
