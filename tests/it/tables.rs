//! `-o table` of every command: columns somebody has thought about, in words, within the terminal. And what is
//! meant for a terminal only: color and progress.

use az_imageshare::process::Terminals;

use crate::examples::{Leaf, for_each, leaves, stage};
use crate::support::lab::Lab;

/// Columns of a table, blanks in between included, that one can still read: two GUIDs and what is around them.
const WIDEST: usize = 240;

/// What a column of full ids or addresses counts: they are as long as they are, and nobody reads to their end.
const ID: usize = 36;

/// Commands whose answer is a document to be kept, or a token, which is as long as it is, or another program's.
const NO_TABLE: [&str; 3] = ["delegation template", "exec", "token get"];

#[test]
fn every_table_has_considered_columns() {
    let leaves = leaves();
    let shown: Vec<&Leaf> = leaves
        .iter()
        .filter(|leaf| !NO_TABLE.contains(&leaf.name.as_str()) && !leaf.command.is_hide_set())
        .collect();
    for_each(&shown, 4, |leaf| leaf.name.clone(), |leaf| poor(leaf));
}

/// What is poor about a command's table, by the first of its examples with something in its answer.
fn poor(leaf: &Leaf) -> Option<String> {
    let mut is_list = false;
    for line in &leaf.examples {
        let plain = line.strip_suffix(" -o table").unwrap_or(line);
        if plain.contains("--query") || plain.contains(" -o ") {
            continue;
        }
        let json = run(leaf, plain, "json");
        let Ok(value) = serde_json::from_str::<serde_json::Value>(&json) else {
            continue;
        };
        is_list = value.is_array();
        if value.as_array().is_none_or(|rows| !rows.is_empty()) {
            return complaint(&run(leaf, plain, "table"));
        }
    }
    is_list.then(|| "no example lists anything: its set-up should have something in it".to_owned())
}

fn run(leaf: &Leaf, line: &str, format: &str) -> String {
    let stage = stage(&leaf.name, Lab::new());
    let ran = stage.run(leaf, line, &["-o", format]);
    assert!(stage.codes.contains(&ran.code), "{ran:?}");
    ran.stdout
}

fn complaint(table: &str) -> Option<String> {
    let rule = table.lines().nth(1).unwrap_or_default();
    let columns = rule.split_whitespace().count();
    let widest = width(table, rule);
    let is_rule = !rule.is_empty() && rule.chars().all(|c| c == '-' || c == ' ');
    let what = match () {
        () if !is_rule => "no head",
        () if columns < 2 => "fewer than two columns",
        () if table.contains(['{', '[']) => "JSON in a cell",
        () if widest > WIDEST => "too wide",
        () => return None,
    };
    Some(format!("{what}:\n{table}"))
}

/// The columns of the terminal that a table takes, those of ids counted as [`ID`].
fn width(table: &str, rule: &str) -> usize {
    let (mut from, mut width) = (0, 0);
    for column in rule.split("  ").map(str::len) {
        let mut cells = table.lines().skip(2).map(|line| {
            let cell: String = line.chars().skip(from).take(column).collect();
            cell.trim().to_owned()
        });
        let is_id = |cell: String| {
            cell.is_empty() || ["/", "https://"].iter().any(|start| cell.starts_with(start))
        };
        width += if cells.all(is_id) { column.min(ID) } else { column };
        from += column + 2;
    }
    width + rule.matches("  ").count() * 2
}

#[test]
fn a_poor_table_would_be_seen() {
    assert_eq!(complaint("A    B\n---  ---\n1    2\n"), None);
    for poor in ["", "{}", "A\n---\n1\n", "A    B\n---  ---\n1    {\"a\": 1}\n"] {
        assert!(complaint(poor).is_some(), "{poor}");
    }
    let wide = |cell: &str| format!("A    B\n---  {}\n1    {cell}\n", "-".repeat(cell.len()));
    assert!(complaint(&wide(&"x".repeat(WIDEST))).is_some());
    assert_eq!(complaint(&wide(&format!("/{}", "x".repeat(WIDEST)))), None);
}

const TEMPLATE: [&str; 4] = ["delegation", "template", "--scope", "subscription"];

fn at(stdout: bool, stderr: bool) -> Terminals {
    Terminals { stdin: false, stdout, stderr }
}

#[test]
fn color_is_for_terminals_that_want_it() {
    let lab = Lab::new();
    let colored = |lab: &Lab, format: &str, terminals| {
        let args = [&TEMPLATE[..], &["-o", format]].concat();
        lab.run_in(&args, "", terminals).stdout.contains('\u{1b}')
    };
    for format in ["jsonc", "yamlc"] {
        assert!(colored(&lab, format, at(true, true)), "{format}");
        assert!(!colored(&lab, format, at(false, true)), "{format} in a pipe");
        assert!(!colored(&lab, format, at(true, false)), "{format} beside a log file");
        assert!(!colored(&lab, format, at(false, false)), "{format}");
    }
    for format in ["json", "yaml", "table", "tsv"] {
        assert!(!colored(&lab, format, at(true, true)), "{format}");
    }
    let plain = lab.env("NO_COLOR", "1");
    assert!(!colored(&plain, "jsonc", at(true, true)));
}

#[test]
fn help_and_errors_have_no_color() {
    let lab = Lab::new();
    for args in
        [&["--help"][..], &["token", "--help"], &["tokn"], &["credential", "show", "-n", "x"]]
    {
        let ran = lab.run_in(args, "", at(true, true));
        assert!(!format!("{ran:?}").contains("\\u{1b}"), "{args:?}: {ran:?}");
    }
}

#[test]
fn progress_is_for_terminals_and_for_those_who_ask() {
    let create = |more: &[&str], terminals| {
        let lab = Lab::publisher().env("NO_COLOR", "1");
        let offer = ["delegation", "create", "-n", "Contoso images", "-g", "images-rg"];
        let to = ["--consumer-tenant", sandbox::world::CONSUMER_TENANT];
        let whom = ["--principal-id", sandbox::world::CONSUMER_GROUP];
        let place = ["--subscription", sandbox::world::PUBLISHER_SUBSCRIPTION];
        let args = [&offer[..], &to, &whom, &place, more].concat();
        let ran = lab.run_in(&args, "", terminals);
        ran.json();
        ran.stderr
    };
    let (quiet, loud) = (create(&[], at(true, false)), create(&[], at(false, true)));
    let steps: Vec<&str> = loud.lines().filter(|line| !quiet.contains(line)).collect();
    assert!(steps.len() > 1, "{loud}");
    assert_eq!(create(&["--verbose"], at(false, false)), loud);
    assert_eq!(create(&["--only-show-errors"], at(true, true)), "");
}
