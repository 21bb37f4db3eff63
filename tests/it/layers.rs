//! Who may use whom. The table here is the picture in `docs/architecture.md`, and this test is what
//! keeps it true: it reads every path in `src/` and reports each that points the wrong way.
//!
//! An entry is a module, or one item of a module where no more than that is meant.

use crate::support::source::{Written, paths, root, rust_files, shown, tokens, without_tests};
use std::path::Path;

/// Every module of the crate and what it may use besides itself. Nothing else may be used.
const TABLE: &[(&str, &[&str])] = &[
    ("main", &["cli", "process"]),
    (
        "cli",
        &[
            "app",
            "auth",
            "commands",
            "error",
            "id",
            "index",
            // The `az` of a run speaks with the run's endpoint.
            "loopback",
            "ops::access::role",
            // What a mistyped name is nearest to, and how a shell wants it.
            "ops::access::similar",
            "ops::change::resume",
            "ops::exec::about",
            "ops::refresh_completions",
            "output",
            "process",
            "secrets",
            "settings",
            "transport",
        ],
    ),
    (
        "commands",
        // `credential` works on what `auth` keeps and reads: there is no operation in between.
        &[
            "app",
            "arm::Client",
            "arm::galleries::CommunityInfo",
            "auth::certificate",
            "auth::credential_source",
            "auth::records",
            "auth::token_request",
            "error",
            "id",
            "ops",
            "output",
            "secrets::Secret",
            "secrets::exposure",
            "secrets::input",
            "settings",
            "template",
        ],
    ),
    (
        "ops",
        &[
            "app",
            "arm",
            "auth",
            "error",
            "graph",
            "id",
            "loopback",
            "process::Clock",
            // What a signal does to the command of `exec`, and how long a token that it is lent lives.
            "process::is_signal_ignored",
            "process::unix_seconds",
            "rest",
            "secrets",
            "settings",
            "template",
            "transport::TransportError",
        ],
    ),
    (
        "app",
        &[
            "arm",
            "auth",
            "error",
            "graph",
            "id",
            "index",
            "process",
            "rest",
            "secrets",
            "settings",
            "transport",
        ],
    ),
    (
        "error",
        &["arm", "auth", "graph", "id", "output", "rest", "secrets", "settings", "transport"],
    ),
    ("arm", &["auth", "id", "rest", "transport"]),
    (
        "graph",
        // A client secret is told once, in Graph's answer, and leaves this layer wrapped.
        &["id", "rest", "secrets::Secret"],
    ),
    (
        "rest",
        &[
            "secrets::redact",
            "auth",
            "id",
            "index::ResponseObserver",
            "process::Clock",
            "transport",
        ],
    ),
    ("auth", &["id", "process", "secrets", "settings", "transport"]),
    (
        "settings",
        &[
            "id",
            "output::Format",
            "process",
            "secrets::Secret",
            "secrets::exposure",
            "secrets::input",
            "transport::proxy",
        ],
    ),
    ("loopback", &[]),
    ("index", &["id", "secrets::folder"]),
    ("secrets", &["process"]),
    ("output", &[]),
    ("template", &["id"]),
    ("transport", &["process"]),
    ("process", &[]),
    ("id", &[]),
    // One function for each target of `fuzz/`; compiled for tests and fuzzing only.
    (
        "fuzzing",
        &[
            "arm::ArmError",
            "arm::Refusal",
            "auth::validity",
            "error::Error",
            "id",
            "index",
            "ops::change::findings",
            "ops::offer::input",
            "ops::fleet::manifest",
            "output",
            "settings::cloud",
            "settings::ini",
        ],
    ),
];

/// Where the command line's grammar may be named.
const CLAP: &[&str] = &["cli", "commands", "output"];

/// Where JSON may be handled without a type: what is sent and received, and what is printed.
const UNTYPED_JSON: &[&str] = &[
    "arm",
    "auth",
    "graph",
    "index",
    "ops",
    "output",
    "rest",
    "template",
    "cli::shim",
    "cli::tree",
];

/// What only `process` and `main` may ask of the operating system. What only computes, such as
/// `std::env::split_paths`, is free.
const OUTSIDE: &[&str] = &[
    "env::var",
    "env::var_os",
    "env::vars",
    "env::vars_os",
    "env::args",
    "env::args_os",
    "env::current_dir",
    "env::current_exe",
    "env::home_dir",
    "env::temp_dir",
    "env::set_var",
    "env::remove_var",
    "SystemTime::now",
    "process::exit",
    "process::abort",
];

#[test]
fn modules_use_only_what_the_table_allows() {
    assert_eq!(complaints(forbidden_use), Vec::<String>::new());
}

#[test]
fn the_table_names_every_module_and_no_other() {
    let mut modules: Vec<String> =
        rust_files("src").iter().map(|file| module(file).swap_remove(0)).collect();
    modules.dedup();
    let unknown: Vec<_> =
        modules.iter().filter(|name| *name != "lib" && allowed(name).is_none()).collect();
    assert!(unknown.is_empty(), "not in the layer table of tests/it/layers.rs: {unknown:?}");
}

#[test]
fn the_grammar_of_the_command_line_is_named_only_where_it_is_parsed() {
    assert_eq!(complaints(misplaced_clap), Vec::<String>::new());
    let lines = uses_of_clap("output");
    assert!(lines <= 1, "`output` may name clap on one line, not on {lines}");
}

#[test]
fn json_without_a_type_stays_at_the_border() {
    assert_eq!(complaints(misplaced_json), Vec::<String>::new());
}

#[test]
fn only_process_and_main_touch_the_outside_world() {
    assert_eq!(complaints(misplaced_outside), Vec::<String>::new());
}

#[test]
fn a_made_up_source_with_every_mistake_is_reported() {
    let source = "use crate::{process::Clock, ops};\nuse serde_json::{json, Value};\n\
                  fn f(c: clap::Error) { std::env::var(\"x\"); super::super::cli::run() }\n\
                  #[cfg(test)]\nmod tests { use crate::commands; }";
    let found = |rule| check(&["secrets".to_owned(), "cache".to_owned()], source, rule);
    assert_eq!(
        found(forbidden_use),
        ["line 1: `secrets` must not use `ops`", "line 3: `secrets` must not use `cli`"]
    );
    assert_eq!(found(misplaced_clap), ["line 3: `secrets` must not name `clap`"]);
    assert_eq!(found(misplaced_json), ["line 2: `secrets` must not name `serde_json::Value`"]);
    assert_eq!(found(misplaced_outside), ["line 3: `secrets` must not name `env::var`"]);
}

#[test]
fn an_entry_for_one_item_opens_no_more_than_that() {
    let rest = |source| check(&["rest".to_owned()], source, forbidden_use);
    assert_eq!(rest("use crate::process::Clock;"), Vec::<String>::new());
    assert_eq!(rest("use crate::process::Process;"), ["line 1: `rest` must not use `process`"]);
    assert_eq!(check(&["news".to_owned()], "use crate::id;", forbidden_use).len(), 1);
}

pub(crate) type Rule = fn(&[String], &Written) -> Option<String>;

/// What is wrong in `src/`, each with its file and line.
pub(crate) fn complaints(rule: Rule) -> Vec<String> {
    let mut found = Vec::new();
    for file in rust_files("src") {
        let module = module(&file);
        if module[0] == "lib" || module.iter().any(|part| part == "tests") {
            continue;
        }
        let source = std::fs::read_to_string(&file).unwrap();
        let wrong = check(&module, &source, rule);
        found.extend(wrong.into_iter().map(|what| format!("{}, {what}", shown(&file))));
    }
    found
}

pub(crate) fn check(module: &[String], source: &str, rule: Rule) -> Vec<String> {
    let mut found = Vec::new();
    for path in paths(&without_tests(&tokens(source))) {
        if let Some(what) = rule(module, &path) {
            found.push(format!("line {}: {what}", path.line));
        }
    }
    found
}

/// `src/arm/page.rs` is `["arm", "page"]`, `src/arm/mod.rs` is `["arm"]`.
pub(crate) fn module(file: &Path) -> Vec<String> {
    let path = file.strip_prefix(root().join("src")).unwrap().with_extension("");
    let mut parts: Vec<String> =
        path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

fn allowed(module: &str) -> Option<&'static [&'static str]> {
    TABLE.iter().find(|(name, _)| *name == module).map(|(_, may)| *may)
}

fn forbidden_use(module: &[String], path: &Written) -> Option<String> {
    let wanted = absolute(module, path)?;
    let used = wanted.first()?;
    let wanted = wanted.join("::");
    let Some(allowed) = allowed(&module[0]) else {
        return Some(format!("`{}` is not in the layer table", module[0]));
    };
    let is_allowed = *used == module[0]
        || allowed
            .iter()
            .any(|entry| wanted == *entry || wanted.starts_with(&format!("{entry}::")));
    (!is_allowed).then(|| format!("`{}` must not use `{used}`", module[0]))
}

/// The path from the root of the crate, if it leads through the root.
pub(crate) fn absolute(module: &[String], path: &Written) -> Option<Vec<String>> {
    let parts = &path.parts;
    if matches!(parts[0].as_str(), "crate" | "az_imageshare") {
        return (parts.len() > 1).then(|| parts[1..].to_vec());
    }
    let up = parts.iter().take_while(|part| *part == "super").count();
    (up > 0 && up >= module.len()).then(|| parts[up..].to_vec())
}

fn misplaced_clap(module: &[String], path: &Written) -> Option<String> {
    let crate_name = &path.parts[0];
    let is_clap = (crate_name == "clap" || crate_name.starts_with("clap_")) && path.parts.len() > 1;
    (is_clap && !CLAP.contains(&module[0].as_str()))
        .then(|| format!("`{}` must not name `{crate_name}`", module[0]))
}

fn uses_of_clap(module_name: &str) -> usize {
    let files = rust_files("src");
    let of_module = files.iter().filter(|file| module(file)[0] == module_name);
    of_module
        .map(|file| {
            let source = std::fs::read_to_string(file).unwrap();
            let paths = paths(&without_tests(&tokens(&source)));
            paths.iter().filter(|path| path.parts[0] == "clap" && path.parts.len() > 1).count()
        })
        .sum()
}

fn misplaced_json(module: &[String], path: &Written) -> Option<String> {
    let untyped = ["serde_json::Value", "serde_json::Map", "serde_json::*"];
    let named = untyped.into_iter().find(|name| path.contains(name))?;
    let here = module.join("::");
    let is_allowed = UNTYPED_JSON.iter().any(|entry| here == *entry || module[0] == *entry);
    (!is_allowed).then(|| format!("`{}` must not name `{named}`", module[0]))
}

fn misplaced_outside(module: &[String], path: &Written) -> Option<String> {
    let named = OUTSIDE.iter().find(|name| path.contains(name))?;
    let is_allowed = matches!(module[0].as_str(), "process" | "main");
    (!is_allowed).then(|| format!("`{}` must not name `{named}`", module[0]))
}
