//! Who may use whom inside `ops`: what `layers.rs` is for the crate, this table is for the rooms of its
//! largest floor.

use crate::layers::{absolute, check, complaints, module};
use crate::support::source::{Written, rust_files};
use std::collections::BTreeSet;

/// The rooms of `ops` and which others each may use; a row for a part of a room adds to the room's. What is
/// about every change knows no group of commands, and a group knows no other without a reason.
const ROOMS: &[(&str, &[&str])] = &[
    ("change", &[]),
    ("access", &["change", "site"]),
    ("deployment", &["change", "document", "image::identities", "site"]),
    ("document", &[]),
    ("exchange_file", &[]),
    ("expiry", &["change", "site"]),
    ("offer", &["access", "change", "document", "exchange_file", "expiry"]),
    ("portal", &[]),
    ("provider", &["change", "site"]),
    ("region", &["access::similar"]),
    ("gaps", &[]),
    ("sign_in", &[]),
    ("site", &[]),
    ("refresh_completions", &["change", "site"]),
    (
        "delegation",
        &["access", "change", "deployment", "expiry", "offer", "portal", "provider", "site"],
    ),
    (
        "share",
        &[
            "access",
            "change",
            "credential",
            "document",
            "exchange_file",
            "expiry",
            "portal",
            "region",
            "site",
        ],
    ),
    // They take back what was shared by a delegation, too.
    ("share::prune", &["delegation"]),
    ("share::revoke", &["delegation"]),
    ("builder", &["access", "change", "document", "image::id", "provider", "site"]),
    ("copy", &["change", "expiry", "gaps", "image", "portal", "provider", "region", "site"]),
    ("image", &["access::similar", "change", "gaps", "portal", "region"]),
    ("estate", &["access", "change", "delegation", "gaps", "image", "portal", "share", "site"]),
    // The credentials of an application go with it; an account that an earlier run could not delete is known from there.
    ("estate::revoke", &["credential", "history"]),
    ("report", &["estate", "exchange_file", "expiry", "gaps", "share"]),
    ("status", &["change", "credential", "expiry", "history", "share::expiry_tags"]),
    ("vm", &["access", "change", "deployment", "image", "portal", "region", "site"]),
    ("credential", &["change", "expiry"]),
    ("import", &["change", "credential"]),
    ("exec", &[]),
    ("export", &[]),
    (
        "fleet",
        &[
            "access",
            "change",
            "delegation",
            "deployment",
            "document",
            "exchange_file",
            "expiry",
            "export",
            "offer",
            "portal",
            "provider",
            "share",
            "site",
        ],
    ),
    ("history", &["change"]),
    ("token", &[]),
    // It puts back what every group writes.
    ("undo", &["access", "change", "credential", "delegation", "history", "share", "site"]),
    ("doctor", &["access::rights", "access::similar", "credential", "site"]),
];

/// How many paths in other rooms may lead into `delegation`: those of whoever really reads, ends, verifies or puts back
/// delegations. What only says what a delegation is to be belongs to `offer`.
const MOST_INTO_DELEGATION: usize = 9;

#[test]
fn rooms_of_ops_use_only_what_their_table_allows() {
    assert_eq!(complaints(forbidden_room), Vec::<String>::new());
}

#[test]
fn every_room_of_ops_has_a_row_and_every_row_a_room() {
    let known: BTreeSet<String> = rust_files("src/ops")
        .iter()
        .map(|file| module(file))
        .filter(|module| module.len() > 1)
        .flat_map(|module| [module[1].clone(), module[1..].join("::")])
        .collect();
    let rows: BTreeSet<String> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(rows.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new());
    let rooms = known.iter().filter(|name| !name.contains("::"));
    let lacking: Vec<_> = rooms.filter(|room| !rows.contains(*room)).collect();
    assert!(lacking.is_empty(), "not in the rooms of tests/it/rooms.rs: {lacking:?}");
}

#[test]
fn few_paths_lead_into_the_delegations() {
    let into = complaints(into_delegation);
    // By file and module: two items of one module are one way in.
    let into: BTreeSet<&str> =
        into.iter().filter_map(|found| Some(found.split_once(": ")?.1)).collect();
    assert!(into.len() <= MOST_INTO_DELEGATION, "{} are too many: {into:#?}", into.len());
}

#[test]
fn a_made_up_room_with_every_mistake_is_reported() {
    let source = "use crate::ops::{change::findings, vm};\nuse super::super::share::prune;\n\
                  fn f() { crate::ops::delegation::plan::plan(); super::role::parse() }";
    let found = |room: &[&str], rule| {
        let module: Vec<String> = room.iter().map(|part| (*part).to_owned()).collect();
        check(&module, source, rule)
    };
    let access = ["ops", "access", "role"];
    assert_eq!(
        found(&access, forbidden_room),
        [
            "line 1: `ops::access::role` must not use `vm`",
            "line 2: `ops::access::role` must not use `share::prune`",
            "line 3: `ops::access::role` must not use `delegation::plan::plan`"
        ]
    );
    assert_eq!(found(&["ops", "share", "prune"], forbidden_room).len(), 1, "it may delegate");
    assert_eq!(found(&["ops", "nook"], forbidden_room).len(), 4, "a room without a row");
    assert_eq!(found(&["commands", "access"], forbidden_room), Vec::<String>::new());
    assert_eq!(found(&access, into_delegation).len(), 1);
    assert_eq!(found(&["ops", "delegation", "plan"], into_delegation), Vec::<String>::new());
}

/// A path from one room of `ops` into another that its rows do not name.
fn forbidden_room(module: &[String], path: &Written) -> Option<String> {
    let used = into_room(module, path)?;
    let here = module[1..].join("::");
    let is_at = |name: &str, part: &str| name == part || name.starts_with(&format!("{part}::"));
    let mut allowed = ROOMS.iter().filter(|(room, _)| is_at(&here, room));
    let is_allowed = allowed.any(|(_, may)| may.iter().any(|entry| is_at(&used, entry)));
    (!is_allowed).then(|| format!("`ops::{here}` must not use `{used}`"))
}

fn into_delegation(module: &[String], path: &Written) -> Option<String> {
    let used = into_room(module, path)?;
    let mut parts = used.split("::");
    let inner = (parts.next() == Some("delegation")).then(|| parts.next().unwrap_or_default())?;
    Some(format!("`{}` uses `delegation::{inner}`", module.join("::")))
}

/// The path from `ops` on, if it leads from one room of `ops` into another.
fn into_room(module: &[String], path: &Written) -> Option<String> {
    let own = module.get(1).filter(|_| module[0] == "ops")?;
    let parts = &path.parts;
    let up = parts.iter().take_while(|part| *part == "super").count();
    let wanted = match absolute(module, path) {
        Some(wanted) => wanted,
        None if up > 0 => [&module[..module.len() - up], &parts[up..]].concat(),
        None => return None,
    };
    let is_other = wanted.len() > 1 && wanted[0] == "ops" && wanted[1] != *own;
    is_other.then(|| wanted[1..].join("::"))
}
