//! Who may use whom in the sandbox, as `layers.rs` says it of the program: the table is the picture,
//! and this test reports each path that points the wrong way.

use crate::support::modules::{ModulePath, absolute_path, read_modules};
use crate::support::source::{paths, tokens, without_tests};

/// Every module of the sandbox and what it may use besides itself.
const TABLE: &[(&str, &[&str])] = &[
    ("main", &[]),
    // The handle, the listeners, and the way from a request to a service.
    (
        "sandbox",
        &[
            "accounting",
            "config",
            "control",
            "core",
            "fault",
            "in_process",
            "journal",
            "knobs",
            "message",
            "router",
            "seed",
            "server",
            "state",
            "tls",
            "virtual_time",
        ],
    ),
    ("server", &["core", "fault", "message", "router", "wire"]),
    ("in_process", &["core", "message", "router", "server"]),
    ("router", &["arm", "control", "core", "entra", "fault", "graph", "journal", "message"]),
    ("control", &["core", "fault", "knobs", "message", "state", "world"]),
    ("config", &["core"]),
    // The services. Consent makes a service principal by Graph's rules, and the metadata are Entra's.
    (
        "arm",
        &[
            "buckets",
            "caller",
            "core",
            "entra::account",
            "entra::metadata",
            "error",
            "journal",
            "knobs",
            "message",
            "schema",
            "seed::builder",
            "state",
            "template",
        ],
    ),
    ("entra", &["core", "directory", "graph::install", "keys", "message", "state", "world"]),
    ("graph", &["caller", "core", "directory", "error", "journal", "message", "state"]),
    ("seed", &["arm::roles", "state", "world"]),
    // What they work on.
    ("core", &["buckets", "fault", "journal", "keys", "knobs", "state"]),
    ("virtual_time", &["core"]),
    ("accounting", &["journal", "message"]),
    ("buckets", &[]),
    ("state", &["caller", "directory", "template"]),
    ("template", &["schema"]),
    ("caller", &["keys"]),
    ("fault", &["message"]),
    ("journal", &["message"]),
    ("message", &["error"]),
    ("directory", &[]),
    ("error", &[]),
    ("keys", &[]),
    ("knobs", &[]),
    ("schema", &[]),
    ("tls", &[]),
    ("wire", &[]),
    ("world", &[]),
];

/// The ground floor of `arm`: what every provider uses uses no provider.
const GROUND: &[(&str, &[&str])] = &[
    ("actions", &["roles"]),
    ("identities", &["target"]),
    ("operations", &[]),
    ("rbac", &["roles", "target"]),
    ("reply", &["target"]),
    ("roles", &[]),
    ("stored", &["target"]),
    ("target", &[]),
    ("throttle", &["target"]),
    ("versions", &["target"]),
];

#[test]
fn the_sandbox_uses_only_what_the_table_allows() {
    let mut wrong = Vec::new();
    for (module, source) in read_modules("sandbox/src") {
        wrong.extend(check_module(&module, &source));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_tables_name_what_there_is() {
    let modules = read_modules("sandbox/src");
    let has = |path: &[&str]| modules.keys().any(|module| module.iter().eq(path));
    let unknown =
        modules.keys().filter(|module| !module.is_empty() && row(TABLE, &module[0]).is_none());
    assert_eq!(unknown.collect::<Vec<_>>(), Vec::<&ModulePath>::new());
    assert!(TABLE.iter().all(|(name, _)| has(&[name])));
    assert!(GROUND.iter().all(|(name, _)| has(&["arm", name])));
}

#[test]
fn a_made_up_source_with_every_mistake_is_reported() {
    let check = |module: &[&str], source| {
        let module: ModulePath = module.iter().map(|part| (*part).to_owned()).collect();
        check_module(&module, source)
    };
    assert_eq!(
        check(&["state", "operation"], "use crate::{arm::operations, directory::Person};"),
        ["state::operation, line 1: `state` must not use `arm::operations`"]
    );
    assert_eq!(
        check(&["arm", "reply"], "use super::target;\nfn f() { super::compute::place::region() }"),
        ["arm::reply, line 2: `arm::reply` must not use `arm::compute::place::region`"]
    );
    assert_eq!(
        check(&["arm", "rbac"], "use crate::entra::account;\nuse crate::entra::token;"),
        ["arm::rbac, line 2: `arm` must not use `entra::token`"]
    );
    assert_eq!(check(&["news"], "use crate::core::Core;").len(), 1);
    assert_eq!(check(&["arm", "compute"], "use super::rbac;").len(), 0);
}

fn check_module(module: &[String], source: &str) -> Vec<String> {
    let Some(own) = module.first() else {
        return Vec::new();
    };
    let mut wrong = Vec::new();
    for path in paths(&without_tests(&tokens(source))) {
        let up = path.parts.iter().take_while(|part| *part == "super").count();
        let used = match absolute_path(module, &path) {
            Some(used) => used,
            None if up > 0 => [&module[..module.len() - up], &path.parts[up..]].concat(),
            None => continue,
        };
        // `pub(super)` uses nothing.
        if path.parts.len() == up {
            continue;
        }
        let floor = module.get(1).filter(|_| own == "arm").and_then(|name| row(GROUND, name));
        let is_wrong = if used.first() != Some(own) {
            !row(TABLE, own).is_some_and(|may| is_listed(may, &used))
        } else if let Some(may) = floor {
            used.get(1) != module.get(1) && !is_listed(may, &used[1..])
        } else {
            false
        };
        if is_wrong {
            let whose = if used.first() == Some(own) { module.join("::") } else { own.clone() };
            wrong.push(format!(
                "{}, line {}: `{whose}` must not use `{}`",
                module.join("::"),
                path.line,
                used.join("::")
            ));
        }
    }
    wrong
}

fn row(table: &'static [(&str, &[&str])], name: &str) -> Option<&'static [&'static str]> {
    table.iter().find(|(known, _)| *known == name).map(|(_, may)| *may)
}

fn is_listed(may: &[&str], used: &[String]) -> bool {
    let used = used.join("::");
    may.iter().any(|entry| used == *entry || used.starts_with(&format!("{entry}::")))
}
