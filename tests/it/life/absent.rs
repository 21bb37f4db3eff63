//! What is not there needs no removal: every verb that takes something away ends with 0 and a line, asks nobody,
//! sends nothing, and a dry run of it has nothing to change.

use sandbox::world;

use super::dry_run::writes;
use super::worlds::{BRIDGE, IDENTITY, OPEN, PARTNERS, closed};
use crate::examples::{Leaf, for_each, leaves};
use crate::support::galleries::shareable;
use crate::support::lab::Lab;

struct Absent {
    verb: &'static str,
    world: fn(&Lab),
    args: fn(&Lab) -> Vec<String>,
}

fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|word| (*word).to_owned()).collect()
}

fn nothing(_: &Lab) {}

fn gallery() -> String {
    world::gallery_id()
}

fn unshared(lab: &Lab) {
    shareable(&lab.azure, "partners");
}

fn consumers(lab: &Lab) -> Vec<String> {
    [PARTNERS(lab), words(&["--consumer-tenant", world::CONSUMER_TENANT])].concat()
}

const TABLE: &[Absent] = &[
    Absent { verb: "builder remove", world: nothing, args: |_| words(&IDENTITY) },
    Absent { verb: "credential remove", world: nothing, args: |_| words(&["-n", "nobody"]) },
    Absent {
        verb: "delegation delete",
        world: nothing,
        args: |_| words(&["-n", "No offer", "--subscription", world::PUBLISHER_SUBSCRIPTION]),
    },
    Absent {
        verb: "image prune",
        world: nothing,
        args: |_| words(&["--keep", "1", "--subscription", world::PUBLISHER_SUBSCRIPTION]),
    },
    Absent {
        verb: "share app delete",
        world: nothing,
        args: |_| words(&["--client-id", "00000000-0000-4000-8000-00000000abcd"]),
    },
    Absent {
        verb: "share app secret remove",
        world: nothing,
        args: |_| {
            words(&[&BRIDGE[..], &["--key-id", "00000000-0000-4000-8000-00000000abcd"]].concat())
        },
    },
    Absent { verb: "share community disable", world: closed, args: OPEN },
    Absent { verb: "share direct remove", world: unshared, args: consumers },
    Absent { verb: "share direct reset", world: unshared, args: PARTNERS },
    Absent { verb: "share prune", world: nothing, args: |_| Vec::new() },
    Absent {
        verb: "share rbac remove",
        world: nothing,
        args: |_| words(&["--assignee", "image-reader", "--gallery-id", &gallery()]),
    },
    Absent {
        verb: "share revoke",
        world: nothing,
        args: |_| words(&["--tenant", world::CONSUMER_TENANT, "--gallery-id", &gallery()]),
    },
];

/// The last words of verbs that take something away.
const TAKING: [&str; 7] = ["delete", "disable", "prune", "remove", "reset", "revoke", "destroy"];

fn complaint(row: &Absent) -> Option<String> {
    for (flags, code) in [(&[][..], 0), (&["--dry-run", "--detailed-exitcode"][..], 0)] {
        let lab = Lab::publisher();
        (row.world)(&lab);
        lab.azure.clear_journal();
        let line: Vec<String> = words(&row.verb.split(' ').collect::<Vec<_>>());
        let line = [line, (row.args)(&lab), words(flags)].concat();
        let ran = lab.run(&line.iter().map(String::as_str).collect::<Vec<_>>());
        let is_said = !flags.is_empty() || ran.stderr.trim().lines().count() > 0;
        if ran.code != code || !is_said || !writes(&lab).is_empty() {
            return Some(format!("{flags:?}: {:?}\n{ran:?}", writes(&lab)));
        }
        if !Lab::contents(&lab.files().join("history")).is_empty() {
            return Some("it left a record".to_owned());
        }
    }
    None
}

#[test]
fn what_is_not_there_ends_with_a_line_in_every_group() {
    for_each(TABLE, 2, |row| row.verb.to_owned(), complaint);
}

#[test]
fn every_verb_that_takes_something_away_is_in_the_table() {
    // It plans only.
    let is_taking = |leaf: &Leaf| {
        leaf.name != "fleet destroy"
            && TAKING.iter().any(|word| leaf.name.ends_with(&format!(" {word}")))
    };
    let leaves = leaves();
    let lacking: Vec<&str> = leaves
        .iter()
        .filter(|leaf| is_taking(leaf) && !TABLE.iter().any(|row| row.verb == leaf.name))
        .map(|leaf| leaf.name.as_str())
        .collect();
    assert_eq!(lacking, Vec::<&str>::new());
}
