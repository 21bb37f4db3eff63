//! One man page for each command and each group, by `clap_mangen`, with sections of our own for what
//! stands below the arguments in the help.

use clap::builder::PossibleValue;
use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use az_imageshare::env::ALL;

use crate::examples::{after_help, below, block, labeled, tree};
use crate::support::source::root;

/// File name and text of every page.
pub(super) fn pages() -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(&tree(), &[], &mut found);
    found
}

fn collect(command: &Command, above: &[String], found: &mut Vec<(String, String)>) {
    let name = match above.last() {
        Some(parent) => format!("{parent}-{}", command.get_name()),
        None => command.get_name().to_owned(),
    };
    found.push((format!("{name}.1"), page(command, &name, above)));
    let path = [above, &[name]].concat();
    for sub in below(command).filter(|sub| !sub.is_hide_set()) {
        collect(sub, &path, found);
    }
}

fn page(command: &Command, name: &str, above: &[String]) -> String {
    let command = command.clone().display_name(name).mut_args(with_values);
    let text = after_help(&command);
    let mut head = Roff::new();
    // An empty date: the page is as old as the program.
    let title = [name, "1", "\"\"", VERSION, "az-imageshare"];
    head.control("TH", title).control("nh", []).control("ad", ["l"]);
    head.control("SH", ["NAME"]).text([roman(format!("{name} - {}", about(&command)))]);
    synopsis(&mut head, &command);
    description(&mut head, &command);
    let mut options = Vec::new();
    Man::new(command.clone()).render_options_section(&mut options).unwrap();
    let mut rest = Roff::new();
    commands(&mut rest, &command, name);
    more(&mut rest, &text);
    status_and_surroundings(&mut rest, above.is_empty());
    see_also(&mut rest, &text, above);
    let options = String::from_utf8(options).unwrap();
    ascii(&format!("{}{options}{}", head.to_roff(), rest.to_roff()))
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

/// Not every reader of roff takes UTF-8.
fn ascii(page: &str) -> String {
    let escaped =
        |c: char| if c.is_ascii() { c.to_string() } else { format!("\\[u{:04X}]", u32::from(c)) };
    page.chars().map(escaped).collect()
}

/// Allowed values in a line; `clap_mangen` would give each a paragraph of its own.
fn with_values(arg: Arg) -> Arg {
    let values = arg.get_possible_values();
    if !arg.get_action().takes_values() || values.is_empty() {
        return arg;
    }
    let names: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let help = format!("{help}: {}", names.join(", "));
    arg.hide_possible_values(true).help(help.clone()).long_help(help)
}

/// What must be given, and no more: the options follow below.
fn synopsis(roff: &mut Roff, command: &Command) {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    roff.control("SH", ["SYNOPSIS"]).text([bold(usage)]);
}

/// The paragraphs; the summary stands under NAME already.
fn description(roff: &mut Roff, command: &Command) {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let long = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    let below = long.strip_prefix(&about).unwrap_or(&long).trim();
    let text = if below.is_empty() { &about } else { below };
    roff.control("SH", ["DESCRIPTION"]);
    for (at, paragraph) in text.split("\n\n").enumerate() {
        if at > 0 {
            roff.control("PP", []);
        }
        roff.text([roman(paragraph.replace('\n', " "))]);
    }
}

/// The commands of a group, each with its page.
fn commands(roff: &mut Roff, command: &Command, name: &str) {
    let mut shown = below(command).filter(|sub| !sub.is_hide_set()).peekable();
    if shown.peek().is_some() {
        roff.control("SH", ["COMMANDS"]);
    }
    for sub in shown {
        let page = bold(format!("{name}-{}", sub.get_name()));
        roff.control("TP", []).text([page, roman("(1)")]).text([roman(about(sub))]);
    }
}

/// Examples and permissions.
fn more(roff: &mut Roff, text: &str) {
    let examples = block(text);
    if !examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]).control("EX", []);
        for line in examples.lines() {
            roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        roff.control("EE", []);
    }
    if let Some(permissions) = labeled(text, "Permissions") {
        roff.control("SH", ["PERMISSIONS"]).text([roman(permissions)]);
    }
}

/// What scripts and administrators look for: all of it in the first page, the exit codes in every page.
fn status_and_surroundings(roff: &mut Roff, is_first: bool) {
    roff.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in exit_codes() {
        roff.control("TP", ["6"]).text([bold(code)]).text([roman(meaning)]);
    }
    roff.control("SH", ["ENVIRONMENT"]);
    if is_first {
        for variable in ALL {
            roff.control("TP", []).text([bold(variable.name)]).text([plain(variable.meaning)]);
        }
    } else {
        roff.text([bold("az-imageshare"), roman("(1) lists the variables.")]);
    }
    roff.control("SH", ["FILES"]);
    if is_first {
        for (path, meaning) in FILES {
            roff.control("TP", []).text([bold(path)]).text([roman(meaning)]);
        }
    } else {
        roff.text([bold("az-imageshare"), roman("(1) lists the files.")]);
    }
}

/// A text without the marks of Markdown.
fn plain(text: &str) -> Inline {
    roman(text.replace('`', ""))
}

/// Code and meaning of each row of `docs/exit-codes.md`.
pub(super) fn exit_codes() -> Vec<(String, String)> {
    let page = std::fs::read_to_string(root().join("docs/exit-codes.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.map(|row| row.split(" | ").map(|cell| cell.replace('`', "")).collect());
    let codes = cells.filter(|cells: &Vec<String>| cells[0].parse::<u8>().is_ok());
    codes.map(|cells| (cells[0].clone(), cells[1].clone())).collect()
}

fn see_also(roff: &mut Roff, text: &str, above: &[String]) {
    let parent = above.last().map_or("az", String::as_str);
    roff.control("SH", ["SEE ALSO"]).text([bold(parent), roman("(1)")]);
    for label in ["API", "See"] {
        let links = labeled(text, label).unwrap_or_default();
        for link in links.split(' ').filter(|word| word.starts_with("https://")) {
            // A line may be broken behind a slash.
            let link = link.replace('/', "/\\:").replace("/\\:/\\:", "//");
            roff.control("PP", []).control("UR", [link.as_str()]).control("UE", []);
        }
    }
}

const VERSION: &str = concat!("az-imageshare ", env!("CARGO_PKG_VERSION"));

/// What is kept where, below `$AZURE_CONFIG_DIR`; `SECURITY.md` says who may read it.
const FILES: [(&str, &str); 4] = [
    (
        "~/.azure/imageshare/credentials.json",
        "Names, tenants and client IDs of the credentials; no secrets.",
    ),
    ("~/.azure/imageshare/tokens/", "Cached tokens, sealed with a key from the keyring."),
    ("~/.azure/imageshare/names.index", "Names for completion; no secrets."),
    (
        "~/.azure/config, clouds.config, azureProfile.json",
        "Files of the Azure CLI; only credential import --remove-source writes there.",
    ),
];
