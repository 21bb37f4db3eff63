//! The page of all commands: what `--help` says, to be read in a browser.

use clap::{Arg, Command};

use crate::examples::{after_help, below, block, labeled, tree};

const HEAD: &str = "# Commands\n\n\
    Every command of `az-imageshare`. Made of the command line's grammar; `make accept` rewrites it.\n";

/// The whole page.
pub(super) fn page() -> String {
    let tree = tree();
    let mut page = HEAD.to_owned();
    page.push_str("\n| command | what it does |\n|---|---|\n");
    contents(&tree, &[], &mut page);
    for command in shown(&tree) {
        section(command, &[], &mut page);
    }
    page.push_str("\n## Global arguments\n\nOn every command.\n\n");
    table(tree.get_arguments().filter(|arg| arg.is_global_set()), &mut page);
    page
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    below(command).filter(|sub| !sub.is_hide_set())
}

fn contents(command: &Command, above: &[&str], page: &mut String) {
    for sub in shown(command) {
        let path = [above, &[sub.get_name()]].concat();
        if shown(sub).next().is_some() {
            contents(sub, &path, page);
        } else {
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            page.push_str(&format!(
                "| [`{}`](#{}) | {} |\n",
                path.join(" "),
                path.join("-"),
                cell(&about)
            ));
        }
    }
}

fn section(command: &Command, above: &[&str], page: &mut String) {
    let path = [above, &[command.get_name()]].concat();
    let level = "#".repeat(path.len() + 1);
    let long = command.get_long_about().or(command.get_about());
    let long = long.map(ToString::to_string).unwrap_or_default();
    page.push_str(&format!("\n{level} {}\n\n{}\n", path.join(" "), long.trim()));
    if shown(command).next().is_none() {
        leaf(command, page);
    }
    for sub in shown(command) {
        section(sub, &path, page);
    }
}

fn leaf(command: &Command, page: &mut String) {
    let own: Vec<&Arg> =
        command.get_arguments().filter(|arg| !arg.is_global_set() && !is_help(arg)).collect();
    if !own.is_empty() {
        page.push('\n');
        table(own.into_iter(), page);
    }
    let text = after_help(command);
    let examples = block(&text);
    if !examples.is_empty() {
        let lines = examples.lines().map(|line| line.strip_prefix("  ").unwrap_or(line));
        let lines: Vec<&str> = lines.collect();
        page.push_str(&format!("\n```sh\n{}\n```\n", lines.join("\n")));
    }
    for label in ["Permissions", "API", "See"] {
        if let Some(said) = labeled(&text, label) {
            page.push_str(&format!("\n{label}: {}\n", linked(&said)));
        }
    }
}

fn is_help(arg: &Arg) -> bool {
    matches!(arg.get_id().as_str(), "help" | "version")
}

fn table<'a>(args: impl Iterator<Item = &'a Arg>, page: &mut String) {
    page.push_str("| argument | meaning |\n|---|---|\n");
    for arg in args.filter(|arg| !arg.is_hide_set()) {
        page.push_str(&format!("| {} | {} |\n", names(arg), cell(&meaning(arg))));
    }
}

/// `--name`, `-n` `NAME`
fn names(arg: &Arg) -> String {
    let mut names: Vec<String> =
        arg.get_long().map(|long| format!("`--{long}`")).into_iter().collect();
    names.extend(arg.get_short().map(|short| format!("`-{short}`")));
    names.extend(
        arg.get_visible_aliases().into_iter().flatten().map(|alias| format!("`--{alias}`")),
    );
    let mut text = names.join(", ");
    if arg.get_action().takes_values() {
        for value in arg.get_value_names().unwrap_or_default() {
            text.push_str(&format!(" `{}`", value.replace('|', "\\|")));
        }
    }
    text.trim().to_owned()
}

fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help());
    let mut text = help.map(ToString::to_string).unwrap_or_default().replace('\n', " ");
    let mut add = |more: String| {
        let stop = if text.ends_with('.') { "" } else { "." };
        text = format!("{text}{stop} {more}");
    };
    let values = arg.get_possible_values();
    let values: Vec<&str> = values.iter().map(clap::builder::PossibleValue::get_name).collect();
    if arg.get_action().takes_values() && !values.is_empty() {
        add(format!("One of: {}", values.join(", ")));
    }
    let defaults: Vec<_> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if arg.get_action().takes_values() && !defaults.is_empty() {
        add(format!("[default: {}]", defaults.join(" ")));
    }
    if arg.is_required_set() {
        add("Required".to_owned());
    }
    text
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

/// Links to be clicked.
fn linked(text: &str) -> String {
    let word = |word: &str| match word.strip_prefix("https://") {
        Some(rest) => format!("<https://{rest}>"),
        None => word.to_owned(),
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}
