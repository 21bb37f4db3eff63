//! One life for every change, proven verb by verb: the command tree says which verbs there are, `rows.rs`
//! in which world each is run.
//!
//! To add a verb: give it a line in [`rows::ROWS`]. A verb with `--dry-run` and without a row fails here, and so
//! does one without `--dry-run` that [`READING`] does not name.

mod absent;
mod believed;
mod consent;
mod copies;
mod digest;
mod documents;
mod dry_run;
mod fleets;
mod go_on;
#[cfg(target_os = "linux")]
mod killed;
#[cfg(target_os = "linux")]
mod record;
mod rows;
mod undone;
mod worlds;

use crate::examples::{Leaf, leaves};

/// Verbs that change nothing in Azure, Entra or the keyring; a name alone is its whole group. The token cache and
/// files that the user names are no part of the life of a change: `fleet destroy` writes a plan into one, which
/// `fleet apply` carries out.
const READING: &[&str] = &[
    "builder check",
    "builder template",
    "completion",
    "credential list",
    "credential show",
    "credential store show",
    "credential test",
    "delegation export",
    "delegation list",
    "delegation plan",
    "delegation request",
    "delegation roles",
    "delegation show",
    "delegation template",
    "delegation verify",
    "delegation wait",
    "doctor",
    "exec",
    "fleet destroy",
    "fleet drift",
    "fleet export",
    "fleet import",
    "fleet plan",
    "fleet show",
    "gallery",
    "history list",
    "history show",
    "image list",
    "image show",
    "lock",
    "output",
    "share advise",
    "share app consent-url",
    "share app show",
    "share card",
    "share community show",
    "share direct list",
    "share list",
    "share rbac list",
    "share report",
    "status",
    "token",
    "unlock",
];

fn is_in(list: &[&str], name: &str) -> bool {
    list.iter().any(|entry| name == *entry || name.starts_with(&format!("{entry} ")))
}

fn has_flag(leaf: &Leaf, flag: &str) -> bool {
    leaf.command.get_arguments().any(|argument| argument.get_long() == Some(flag))
}

/// What is wrong with these commands.
fn complaints(leaves: &[Leaf], known: &[&str]) -> Vec<String> {
    let complaint = |leaf: &Leaf| {
        let name = &leaf.name;
        match (has_flag(leaf, "dry-run"), known.contains(&&**name), is_in(READING, name)) {
            (true, true, false) | (false, false, true) => None,
            (true, false, _) => Some(format!("`{name}` changes something and has no row")),
            (false, _, false) => Some(format!("`{name}` has neither --dry-run nor only reads")),
            _ => Some(format!("`{name}` is said to read, and has a row or --dry-run")),
        }
    };
    leaves.iter().filter_map(complaint).collect()
}

#[test]
fn every_verb_that_changes_something_has_a_dry_run_and_a_row() {
    let known: Vec<&str> = rows::ROWS.iter().map(|row| row.verb).collect();
    let leaves = leaves();
    assert_eq!(complaints(&leaves, &known), Vec::<String>::new());
    for verb in known.iter().chain(READING) {
        let fits = |leaf: &Leaf| leaf.name == *verb || leaf.name.starts_with(&format!("{verb} "));
        assert!(leaves.iter().any(fits), "there is no `{verb}`");
    }
}

#[test]
fn a_verb_without_a_row_or_a_dry_run_would_be_seen() {
    let leaf = |name: &str, flags: &[&'static str]| {
        let arguments = flags.iter().map(|flag| clap::Arg::new(*flag).long(*flag));
        let command = clap::Command::new("x").args(arguments);
        Leaf { name: name.to_owned(), command, examples: Vec::new() }
    };
    let made_up = [
        leaf("share steal", &["dry-run"]),
        leaf("share take", &[]),
        leaf("share list", &["dry-run"]),
        leaf("share give", &["dry-run"]),
    ];
    assert_eq!(
        complaints(&made_up, &["share give", "share list"]),
        [
            "`share steal` changes something and has no row",
            "`share take` has neither --dry-run nor only reads",
            "`share list` is said to read, and has a row or --dry-run",
        ]
    );
}
