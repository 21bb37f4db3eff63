//! Fleets that are large: what moved, faults at random, and what differs, each of them found and nothing else.
//!
//! The requests are values here (`support::virtual_time`), so that thousands of items take seconds. More items than the
//! suite has time for: `AZ_IMAGESHARE_TEST_FLEET=2500` makes 5,000.

use std::collections::BTreeSet;

use sandbox::{Chance, Fault, FaultKind};
use serde_json::{Value, json};

use crate::fleet_apply::{assert_each_ends_once, events, peopled, standing};
use crate::fleet_virtual_time::{planned, setting, timed};
use crate::support::fleets::{MANIFEST, count, fleet};
use crate::support::lab::Lab;

#[test]
fn twenty_five_of_many_moved_and_exactly_those_are_refused() {
    let count = setting(150);
    let lab = peopled(count);
    let (_, first) = lab.planned(MANIFEST, &[]);
    lab.stand_as_planned(&first);
    let changed = MANIFEST.replace("role: Reader}", "role: Virtual Machine Contributor}");
    let plan = planned(&lab, &changed);
    let moved: Vec<String> = lab.azure.state(|state| {
        let every = state.definitions.len() / 25;
        let ids: Vec<String> = state.definitions.keys().step_by(every).take(25).cloned().collect();
        for id in &ids {
            state.definitions.get_mut(id).unwrap().description = Some("by somebody else".into());
        }
        ids
    });
    let before = standing(&lab);
    let stop = ["fleet", "apply", &plan, "--yes", "--if-moved", "stop"];
    let (stopped, _) = lab.run_in_virtual_time(&stop);
    assert!(stopped.refused(9).contains("25 items"), "{stopped:?}");
    assert_eq!(lab.azure.accounting().writes(), 0);

    let log = lab.home.path().join("events").to_str().unwrap().to_owned();
    let (ran, _) = lab.run_in_virtual_time(&["fleet", "apply", &plan, "--yes", "--events", &log]);
    assert_eq!(ran.code, 7, "{}", ran.stderr);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(told["counts"], json!({"done": 2 * count - 25, "moved": 25}));
    let events = events(&log);
    assert_each_ends_once(&events);
    let after = standing(&lab);
    for (id, now) in after["definitions"].as_object().unwrap() {
        let is_as_before = *now == before["definitions"][id];
        assert_eq!(is_as_before, moved.contains(id), "{id}");
    }
}

/// One percent of each kind; a reset before Azure sees the request, or after it did what was asked.
fn faults(seed: u64) -> Vec<Fault> {
    let status = |status, after: Option<&str>| FaultKind::Status {
        status,
        retry_after: after.map(str::to_owned),
        code: None,
    };
    let kinds = [
        (status(429, Some("5")), false),
        (status(500, None), false),
        (status(503, None), true),
        (FaultKind::Reset, false),
        (FaultKind::Reset, true),
    ];
    let fault = |(place, (kind, applied)): (usize, (FaultKind, bool))| {
        let mut fault = Fault::new(kind).path("Microsoft.ManagedServices").always();
        fault.applied = applied;
        fault.chance = Some(Chance { permille: 10, seed: seed * 101 + place as u64 });
        fault
    };
    kinds.into_iter().enumerate().map(fault).collect()
}

#[test]
fn twenty_seeds_of_random_faults_leave_nothing_double_and_nothing_lost() {
    let undisturbed = timed(12);
    let plan = planned(&undisturbed, MANIFEST);
    assert_eq!(undisturbed.run_in_virtual_time(&["fleet", "apply", &plan, "--yes"]).0.code, 0);
    let expected = standing(&undisturbed);
    let mut ends = Vec::new();
    for seed in 0..20 {
        let lab = timed(12);
        let plan = planned(&lab, MANIFEST);
        faults(seed).into_iter().for_each(|fault| lab.azure.inject(fault));
        let (ran, _) = lab.run_in_virtual_time(&["fleet", "apply", &plan, "--yes"]);
        assert!(matches!(ran.code, 0 | 7), "seed {seed}: {ran:?}");
        ends.push(ran.code);
        lab.azure.clear_faults();
        if ran.code == 7 {
            let (again, _) = lab.run_in_virtual_time(&["fleet", "apply", &plan, "--yes"]);
            assert_eq!(again.code, 0, "seed {seed}: {again:?}");
        }
        assert_eq!(standing(&lab), expected, "seed {seed}");
    }
    assert!(ends.contains(&0), "{ends:?}");
}

/// What a run's rows say, without the time that each took.
fn rows_of(csv: &str) -> BTreeSet<String> {
    let timeless = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        [&cells[..cells.len() - 2], &cells[cells.len() - 1..]].concat().join(",")
    };
    csv.lines().skip(1).map(timeless).collect()
}

#[test]
fn the_reports_of_eight_shards_are_together_that_of_one_run() {
    let report = |lab: &Lab, plan: &str, more: &[&str]| {
        let path = lab.home.path().join("report.csv").to_str().unwrap().to_owned();
        let report = format!("csv={path}");
        let args = ["fleet", "apply", plan, "--yes", "--report", &report];
        let (ran, _) = lab.run_in_virtual_time(&[&args[..], more].concat());
        assert_eq!(ran.code, 0, "{ran:?}");
        rows_of(&std::fs::read_to_string(path).unwrap())
    };
    let whole = peopled(60);
    let plan = planned(&whole, MANIFEST);
    let expected = report(&whole, &plan, &[]);
    assert_eq!(expected.len(), 120);
    let lab = peopled(60);
    let plan = planned(&lab, MANIFEST);
    let mut merged = BTreeSet::new();
    for number in 1..=8 {
        for row in report(&lab, &plan, &["--shard", &format!("{number}/8")]) {
            assert!(merged.insert(row.clone()), "in two shards: {row}");
        }
    }
    assert_eq!(merged, expected);
    assert_eq!(standing(&lab), standing(&whole));
}

#[test]
fn a_plan_loses_no_row_where_pages_are_small() {
    let lab = fleet(120);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    lab.stand_as_planned(&plan);
    lab.azure.knob(|knobs| {
        knobs.graph_payload_limit = 20_000;
        knobs.graph_row_loss = 3;
    });
    let (rows, _) = lab.planned(MANIFEST, &["--remove"]);
    assert_eq!((rows.len(), count(&rows, "keep")), (240, 240));
}

/// Three differences among many are found, and nothing else is.
#[test]
fn drift_over_a_large_fleet_finds_what_differs_and_nothing_else() {
    let size = setting(400);
    let lab = fleet(size);
    let (_, plan) = lab.planned(MANIFEST, &[]);
    lab.stand_as_planned(&plan);
    lab.azure.state(|state| {
        let ids: Vec<String> =
            state.definitions.keys().step_by(size / 2).take(3).cloned().collect();
        state.definitions.get_mut(&ids[0]).unwrap().authorizations.remove(0);
        state.definitions.get_mut(&ids[1]).unwrap().registration_definition_name =
            Some("renamed".to_owned());
        state.assignments.retain(|_, one| !one.definition_id.eq_ignore_ascii_case(&ids[2]));
    });
    lab.azure.clear_journal();
    let ran = lab.fleet("drift", MANIFEST, &["--query", "[].kind"]);
    assert_eq!(ran.code, 8, "{ran:?}");
    let mut kinds: Vec<String> = serde_json::from_str(&ran.stdout).unwrap();
    kinds.sort();
    assert_eq!(kinds, ["authorization-missing", "missing-assignment", "renamed"]);
    assert!(lab.azure.accounting().requests() <= 40);
}
