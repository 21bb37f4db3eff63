//! What a dry run prints and what a run leaves behind are of the schemas in docs/, verb by verb.

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::rows::{ROWS, Row};
use crate::examples::for_each;
use crate::schemas::faults_of;
use crate::support::lab::Lab;

/// Every line of every record.
fn lines(lab: &Lab) -> Vec<serde_json::Value> {
    let records = Lab::contents(&lab.files().join("history"));
    let texts = records.into_iter().map(|(_, content)| String::from_utf8(content).unwrap());
    let read = |text: String| -> Vec<serde_json::Value> {
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    texts.flat_map(read).collect()
}

/// What is wrong with the plan of a verb and with its record.
fn complaint(row: &Row, kinds: &Mutex<BTreeSet<String>>) -> Option<String> {
    let lab = row.lab();
    let dry = row.run(&lab, &["--dry-run"]);
    let Ok(plan) = serde_json::from_str(&dry.stdout) else {
        return Some(format!("no plan: {dry:?}"));
    };
    let mut faults = faults_of("plan", &plan);
    let ran = row.run(&lab, &["--yes"]);
    let lines = lines(&lab);
    for kind in ["run", "intent", "outcome", "end"] {
        if !lines.iter().any(|line| line["line"] == kind) {
            faults.push(format!("no line {kind}: {ran:?}"));
        }
    }
    for line in &lines {
        let found = faults_of("history", line);
        faults.extend(found.into_iter().map(|fault| format!("{fault} in {line}")));
        if let Some(kind) = line["intent"]["kind"].as_str() {
            kinds.lock().unwrap().insert(kind.to_owned());
        }
    }
    (!faults.is_empty()).then(|| faults.join("\n"))
}

#[test]
fn plans_and_records_of_every_verb_are_of_their_schemas() {
    let kinds = Mutex::default();
    for_each(ROWS, 2, Row::name, |row| complaint(row, &kinds));
    let kinds = kinds.into_inner().unwrap();
    assert!(kinds.len() > 20, "kinds of writes: {kinds:?}");
}

#[test]
fn what_is_of_no_schema_is_seen() {
    let step = serde_json::json!({"do": "create", "kind": "spell", "id": "", "scope": "", "what": ["x"],
        "why": [], "risk": "none"});
    let plan = serde_json::json!({"title": "x", "steps": [step], "warnings": [],
        "totals": {"create": 1, "update": 0, "replace": 0, "remove": 0, "keep": 0}});
    assert_eq!(faults_of("plan", &plan), ["plan.steps[].kind: enum"]);
    let line = serde_json::json!({"line": "end", "at": "today", "outcome": "done"});
    assert_eq!(faults_of("history", &line), ["history: oneOf"]);
}
