//! What a verb changed is put back to the last byte, or is named before the question; and an undo is undone.

use super::digest::{difference, digest};
use super::rows::{ROWS, Row, Undo};
use crate::examples::for_each;
use crate::support::lab::Lab;

fn complaint(row: &Row) -> Option<String> {
    let lab = row.lab();
    let before = digest(&lab);
    let done = row.run(&lab, &["--yes"]);
    if done.code != 0 {
        return Some(format!("the verb itself: {done:?}"));
    }
    let listed = lab.run(&["history", "list"]).json();
    let writes = !row.who.is_of_computer() || row.verb == "credential renew";
    if writes && !listed[0]["who"].is_string() {
        return Some(format!("nobody did it: {listed:#}"));
    }
    let after = digest(&lab);
    if before == after {
        return Some("the verb changed nothing".to_owned());
    }
    match row.undo {
        Undo::Whole => whole(&lab, &[("undo", &before), ("undo of the undo", &after)]),
        Undo::Once(words) => whole(&lab, &[("undo", &before)]).or_else(|| partly(&lab, words)),
        Undo::But(words) => partly(&lab, words),
    }
}

type Digest = std::collections::BTreeSet<String>;

fn whole(lab: &Lab, undos: &[(&str, &Digest)]) -> Option<String> {
    let planned = lab.run(&["history", "undo", "latest", "--dry-run", "--detailed-exitcode"]);
    if planned.code != 8 || planned.stdout.contains("\"stays\"") {
        return Some(format!("the dry run: {planned:?}"));
    }
    for (what, wanted) in undos {
        let undone = lab.run(&["history", "undo", "latest", "--yes"]);
        let told = difference(wanted, &digest(lab));
        if undone.code != 0 || !told.is_empty() {
            return Some(format!("{what}:\n{told}\n{undone:?}"));
        }
    }
    None
}

fn partly(lab: &Lab, words: &str) -> Option<String> {
    let planned = lab.run(&["history", "undo", "latest", "--dry-run"]);
    let undone = lab.run(&["history", "undo", "latest", "--yes"]);
    let plan: serde_json::Value = serde_json::from_str(&planned.stdout).unwrap_or_default();
    let is_named = plan["stays"].to_string().contains(words);
    let is_said = undone.stderr.contains("! stays: ") && undone.stderr.contains(words);
    (undone.code != 7 || !is_named || !is_said).then(|| format!("{planned:?}\n{undone:?}"))
}

#[test]
fn every_verb_is_put_back_or_what_stays_is_named() {
    for_each(ROWS, 2, Row::name, complaint);
}
