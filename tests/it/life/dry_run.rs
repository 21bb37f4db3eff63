//! A dry run writes nothing, and says what would be written; the exit code tells scripts.

use sandbox::Call;

use super::digest::{difference, digest};
use super::rows::{ROWS, Row};
use crate::examples::for_each;
use crate::support::lab::Lab;

/// Requests that change nothing although they are no GET: questions whose terms stand in the body, and sign-in.
fn reads(call: &Call) -> bool {
    const QUESTIONS: [&str; 6] =
        ["/whatif", "/resourcegraph", "/token", "/getbyids", "/checkaccess", "/checkname"];
    let path = call.path.to_lowercase();
    matches!(call.method.as_str(), "GET" | "HEAD")
        || call.method == "POST" && QUESTIONS.iter().any(|part| path.contains(part))
}

/// The writes that reached the cloud, in their order.
pub(crate) fn writes(lab: &Lab) -> Vec<String> {
    let sent = lab.azure.journal().into_iter().filter(|call| !reads(call));
    sent.map(|call| format!("{} {}", call.method, call.path)).collect()
}

/// Where the answer has no place on standard output, the plan is said beside it.
fn complaint_without_output(row: &Row) -> Option<String> {
    let ran = row.run(&row.lab(), &["--dry-run", "-o", "none"]);
    let said = ran.stderr.contains(" to create, ") && ran.stderr.contains(" to remove.");
    (ran.code != 0 || !ran.stdout.is_empty() || !said).then(|| format!("-o none: {ran:?}"))
}

fn complaint(row: &Row) -> Option<String> {
    for (flags, code) in [
        (&["--dry-run"][..], 0),
        (&["--dry-run", "--detailed-exitcode"], 8),
        (&["--dry-run", "--yes"], 0),
    ] {
        let lab = row.lab();
        let before = digest(&lab);
        let records = records(&lab);
        let ran = row.run(&lab, flags);
        let told = difference(&before, &digest(&lab));
        let sent = writes(&lab);
        if ran.code != code || !told.is_empty() || !sent.is_empty() {
            return Some(format!("{flags:?} wrote {sent:?}\n{told}\n{ran:?}"));
        }
        if self::records(&lab) != records {
            return Some(format!("{flags:?} left a record\n{ran:?}"));
        }
        let plan: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap_or_default();
        let steps = plan["steps"].as_array().map_or(0, Vec::len);
        if steps == 0 || !plan["totals"].is_object() || !plan["title"].is_string() {
            return Some(format!("{flags:?} printed no plan\n{ran:?}"));
        }
    }
    complaint_without_output(row)
}

/// How many runs left a record.
pub(crate) fn records(lab: &Lab) -> usize {
    Lab::contents(&lab.files().join("history")).len()
}

#[test]
fn of_every_verb_writes_nothing() {
    for_each(ROWS, 2, Row::name, complaint);
}

#[test]
fn without_output_says_no_plan_where_only_errors_are_wanted() {
    for verb in ["share rbac add", "delegation create"] {
        let row = ROWS.iter().find(|row| row.verb == verb).unwrap();
        let ran = row.run(&row.lab(), &["--dry-run", "-o", "none", "--only-show-errors"]);
        assert_eq!((ran.code, &*ran.stdout, &*ran.stderr), (0, "", ""), "{verb}");
    }
}

#[test]
fn what_writes_is_seen() {
    let lab = Lab::publisher();
    assert_eq!(lab.run(&["token", "get"]).code, 0);
    assert_eq!(writes(&lab), Vec::<String>::new());
    let row = ROWS.iter().find(|row| row.verb == "delegation create").unwrap();
    row.run(&lab, &[]).json();
    assert!(writes(&lab)[0].starts_with("PUT /subscriptions/"), "{:?}", writes(&lab));
}
