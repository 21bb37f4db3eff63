//! How many requests each example sends: no command sends more than before.
//!
//! The table is `data/request_counts.txt`, whose head says what is counted. With `SNAPSHOTS=overwrite` it is written
//! anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;

use sandbox::world;

use crate::examples::{Leaf, every_example, for_each, stage};
use crate::support::lab::Lab;
use crate::support::offers::TERMS;

/// Requests in all, and those of them that are PUT, PATCH or DELETE.
type Counts = (usize, usize);

const HEAD: &str = "\
# Requests in all, those of them that are PUT, PATCH or DELETE, and the example.
# All means all: also the sign-in at Entra, and each look at what Azure is still busy with. That a delegation takes at
# most 12 requests is counted with the sign-in and without these looks, in request_counts.rs.
";

fn counts(lab: &Lab) -> Counts {
    let journal = lab.azure.journal();
    let writes =
        journal.iter().filter(|call| matches!(call.method.as_str(), "PUT" | "PATCH" | "DELETE"));
    (journal.len(), writes.count())
}

fn measured(leaf: &Leaf, line: &str) -> Counts {
    let stage = stage(&leaf.name, Lab::new());
    stage.lab.azure.clear_journal();
    stage.run(leaf, line, &[]);
    counts(&stage.lab)
}

fn table_path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/request_counts.txt")
}

fn read_table(text: &str) -> BTreeMap<String, Counts> {
    let row = |line: &str| {
        let mut parts = line.splitn(3, '\t');
        let all = parts.next()?.trim().parse().ok()?;
        let writes = parts.next()?.trim().parse().ok()?;
        Some((parts.next()?.to_owned(), (all, writes)))
    };
    text.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect()
}

fn written_table(table: &BTreeMap<String, Counts>) -> String {
    table.iter().fold(HEAD.to_owned(), |mut text, (line, (all, writes))| {
        writeln!(text, "{all:>3}\t{writes:>2}\t{line}").unwrap();
        text
    })
}

/// What is wrong with these counts, measured against the table.
fn complaints(table: &BTreeMap<String, Counts>, now: &BTreeMap<String, Counts>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (line, (all, writes)) in now {
        match table.get(line) {
            None => wrong.push(format!("not in the table: {line}")),
            Some((most, most_writes)) if all > most || writes > most_writes => wrong.push(format!(
                "{all} requests with {writes} writes, before {most} with {most_writes}: {line}"
            )),
            Some(_) => {}
        }
    }
    let gone = table.keys().filter(|line| !now.contains_key(*line));
    wrong.extend(gone.map(|line| format!("no example any more: {line}")));
    wrong
}

#[test]
fn no_example_sends_more_than_before() {
    let leaves = crate::examples::leaves();
    let lines = every_example(&leaves);
    let now = Mutex::new(BTreeMap::new());
    for_each(
        &lines,
        4,
        |(_, line)| line.clone(),
        |(leaf, line)| {
            let found = measured(leaf, line);
            now.lock().unwrap().insert(line.clone(), found);
            None
        },
    );
    let now = now.into_inner().unwrap();
    if std::env::var_os("SNAPSHOTS").is_some_and(|how| how == "overwrite") {
        std::fs::write(table_path(), written_table(&now)).unwrap();
    }
    let table = read_table(&std::fs::read_to_string(table_path()).unwrap());
    let wrong = complaints(&table, &now);
    assert!(
        wrong.is_empty(),
        "with SNAPSHOTS=overwrite the table is written anew:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn one_request_more_would_be_seen() {
    let table = read_table("  3\t 1\ta\n  3\t 1\tb\n  1\t 0\tgone\n");
    let now = BTreeMap::from([
        ("a".to_owned(), (3, 1)),
        ("b".to_owned(), (4, 1)),
        ("new".to_owned(), (0, 0)),
    ]);
    assert_eq!(
        complaints(&table, &now),
        [
            "4 requests with 1 writes, before 3 with 1: b",
            "not in the table: new",
            "no example any more: gone"
        ]
    );
    assert_eq!(read_table(&written_table(&table)), table);
}

#[test]
fn a_delegation_takes_twelve_requests_and_none_that_writes_the_second_time() {
    let lab = Lab::publisher();
    let place = ["--subscription", world::PUBLISHER_SUBSCRIPTION];
    let create = [&["delegation", "create", "-n", "Counted"], &TERMS[..], &place].concat();
    lab.run(&create).json();
    // How often a deployment is asked about is up to it.
    let journal = lab.azure.journal();
    let is_poll = |path: &str| path.to_lowercase().contains("/operationstatuses/");
    let all = journal.iter().filter(|call| !is_poll(&call.path)).count();
    assert!(all <= 12, "{all} requests");
    lab.azure.clear_journal();
    lab.run(&create).json();
    assert_eq!(counts(&lab).1, 0);
}
