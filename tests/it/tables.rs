//! `-o table` of every command: columns somebody has thought about, in words, within the terminal. And what is
//! meant for a terminal only: color and progress.

use az_imageshare::process::Terminals;
use sandbox::world;
use unicode_width::UnicodeWidthStr;

use crate::examples::{Leaf, for_each, leaves, stage};
use crate::support::lab::Lab;
use crate::support::offers::{IMAGES, Standing, stand};

/// Columns of a table, blanks in between included.
const WIDEST: usize = 120;

/// Commands whose answer is a document to be kept, or a token, which is as long as it is, or another program's.
const NO_TABLE: [&str; 4] = ["delegation export", "delegation template", "exec", "token get"];

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
    let widest = widest_line(table);
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

/// The columns of a terminal that the widest line takes; a command or an address below a table is not broken.
fn widest_line(table: &str) -> usize {
    let foldable = |line: &&str| !line.contains('`') && !line.starts_with("https://");
    table.lines().filter(foldable).map(UnicodeWidthStr::width).max().unwrap_or_default()
}

/// Names as long as Azure allows, in wide letters: what completion would know of everybody in the sandbox.
fn know_long_names(lab: &Lab) {
    let name = "株式会社コントソのイメージ共有 International Managed Services and Subsidiaries of the Far East";
    let tenants = [world::PUBLISHER_TENANT, world::CONSUMER_TENANT, world::THIRD_TENANT];
    let subscriptions =
        [world::PUBLISHER_SUBSCRIPTION, world::SECOND_SUBSCRIPTION, world::CONSUMER_SUBSCRIPTION];
    let principals = [world::CONSUMER_GROUP, world::CONSUMER_OBJECT, world::DEPLOYER_OBJECT];
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let day = now.as_secs() / 86_400;
    let kinds = [
        ("tenant", &tenants[..]),
        ("subscription-id", &subscriptions),
        ("principal-id", &principals),
    ];
    let mut lines: Vec<String> = Vec::new();
    for (kind, ids) in kinds {
        for id in ids {
            lines.push(format!(
                "{}\t\t{kind}\t\t{id}\t\t\t{name} {}\t{day}",
                "SandboxCloud",
                &id[..3]
            ));
        }
    }
    lines.sort();
    let text = format!("az-imageshare names 1\n{}\n", lines.join("\n"));
    std::fs::create_dir_all(lab.files()).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(lab.files(), std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .unwrap();
    std::fs::write(lab.files().join("names.index"), text).unwrap();
}

#[test]
fn long_names_in_wide_letters_fit_as_well() {
    let leaves = leaves();
    let shown: Vec<&Leaf> = leaves
        .iter()
        .filter(|leaf| !NO_TABLE.contains(&leaf.name.as_str()) && !leaf.command.is_hide_set())
        .collect();
    for_each(
        &shown,
        4,
        |leaf| leaf.name.clone(),
        |leaf| {
            let line = leaf.examples.iter().find(|line| !line.contains("--query"))?;
            let line = line.strip_suffix(" -o table").unwrap_or(line);
            if line.contains(" -o ") {
                return None;
            }
            let stage = stage(&leaf.name, Lab::new());
            know_long_names(&stage.lab);
            let table = stage.run(leaf, line, &["-o", "table"]).stdout;
            (widest_line(&table) > WIDEST).then_some(table)
        },
    );
}

#[test]
fn names_stand_in_place_of_ids_and_wide_letters_align() {
    let lab = Lab::publisher();
    stand(&lab.azure, &Standing { name: "東京の共有", ..IMAGES });
    stand(&lab.azure, &Standing { name: "plain", groups: &[world::OTHER_GROUP], ..IMAGES });
    let list = ["delegation", "list", "--subscription", world::PUBLISHER_SUBSCRIPTION];
    let table = lab.run(&[&list[..], &["-o", "table"]].concat()).stdout;
    let lines: Vec<&str> = table.lines().collect();
    assert!(table.contains("Fabrikam") && !table.contains(world::CONSUMER_TENANT), "{table}");
    assert!(!table.contains("/subscriptions/"), "the subscription is the same in all: {table}");
    let at = |line: &str| line[..line.find("Fabrikam").unwrap()].width();
    assert_eq!(at(lines[2]), at(lines[3]), "{table}");
    // What scripts read has the ids.
    let queried = [&list[..], &["--query", "[].{C:consumerTenantId}", "-o", "table"]].concat();
    assert!(lab.run(&queried).stdout.contains(world::CONSUMER_TENANT));
    let tsv = lab.run(&[&list[..], &["-o", "tsv"]].concat()).stdout;
    assert!(tsv.contains(world::CONSUMER_TENANT), "{tsv}");
}

#[test]
fn a_poor_table_would_be_seen() {
    assert_eq!(complaint("A    B\n---  ---\n1    2\n"), None);
    for poor in ["", "{}", "A\n---\n1\n", "A    B\n---  ---\n1    {\"a\": 1}\n"] {
        assert!(complaint(poor).is_some(), "{poor}");
    }
    let wide = |cell: &str| format!("A    B\n---  {}\n1    {cell}\n", "-".repeat(cell.len()));
    assert!(complaint(&wide(&"x".repeat(WIDEST))).is_some());
    assert!(complaint(&wide(&"東".repeat(WIDEST / 2))).is_some());
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
