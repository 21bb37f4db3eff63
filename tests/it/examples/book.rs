//! The commands that can be run, and the examples in their help. Made of the grammar itself, so that
//! no command can be left out.

use clap::Command;

/// A command without commands below it.
pub(crate) struct Leaf {
    /// Its words, such as `delegation show`.
    pub(crate) name: String,
    /// Its grammar, with the global arguments.
    pub(crate) command: Command,
    /// Its examples, each on one line.
    pub(crate) examples: Vec<String>,
}

/// The whole grammar, with global arguments in every command.
pub(crate) fn tree() -> Command {
    az_imageshare::cli::command()
}

/// The commands below `command` that people know of: clap's own `help` is none.
pub(crate) fn below(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|sub| sub.get_name() != "help")
}

/// Every leaf, hidden ones too, in the order of the help.
pub(crate) fn leaves() -> Vec<Leaf> {
    let mut found = Vec::new();
    collect(&tree(), "", &mut found);
    found
}

fn collect(command: &Command, name: &str, found: &mut Vec<Leaf>) {
    for sub in below(command) {
        let name = format!("{name} {}", sub.get_name()).trim().to_owned();
        if below(sub).next().is_some() {
            collect(sub, &name, found);
            continue;
        }
        found.push(Leaf { name, examples: examples(&after_help(sub)), command: sub.clone() });
    }
}

/// The examples of groups and of the program itself, each with the leaf that it calls.
pub(crate) fn of_groups(leaves: &[Leaf]) -> Vec<(&Leaf, String)> {
    fn lines(command: &Command, found: &mut Vec<String>) {
        if below(command).next().is_some() {
            found.extend(examples(&after_help(command)));
            below(command).for_each(|sub| lines(sub, found));
        }
    }
    let mut found = Vec::new();
    lines(&tree(), &mut found);
    let called = |line: &String| {
        let call = line.split("az-imageshare ").nth(1).unwrap_or_default();
        leaves
            .iter()
            .filter(|leaf| call.starts_with(&leaf.name))
            .max_by_key(|leaf| leaf.name.len())
            .unwrap_or_else(|| panic!("`{line}` calls no command"))
    };
    found.into_iter().map(|line| (called(&line), line)).collect()
}

/// What stands below the arguments in the help.
pub(crate) fn after_help(command: &Command) -> String {
    command
        .get_after_help()
        .or_else(|| command.get_after_long_help())
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// The lines under `Examples:` that call the program; one that ends in `\` goes on in the next, and so may a
/// word, as in a shell.
pub(crate) fn examples(text: &str) -> Vec<String> {
    let block = block(text).replace("\\\n", "");
    block
        .lines()
        .filter(|line| line.starts_with("  ") && line.contains("az-imageshare "))
        .map(|line| line.trim().to_owned())
        .collect()
}

/// What stands under `Examples:`, up to an empty line, as it is.
pub(crate) fn block(text: &str) -> &str {
    let Some((_, below)) = text.split_once("Examples:\n") else {
        return "";
    };
    below.split("\n\n").next().unwrap_or_default()
}

/// What stands in the line or lines that begin with `label`, such as `Permissions:`, up to the next label.
pub(crate) fn labeled(text: &str, label: &str) -> Option<String> {
    let from = text.lines().position(|line| line.starts_with(&format!("{label}:")))?;
    let is_label =
        |line: &&str| line.is_empty() || LABELS.iter().any(|name| line.starts_with(name));
    let mut lines = text.lines().skip(from);
    let first = lines.next()?[label.len() + 1..].trim();
    let more = lines.take_while(|line| !is_label(line)).map(str::trim);
    Some(std::iter::once(first).chain(more).collect::<Vec<_>>().join(" "))
}

const LABELS: [&str; 4] = ["Examples:", "Permissions:", "API:", "See:"];

#[test]
fn examples_and_labels_are_found() {
    let text = "Examples:\n  az-imageshare a \\\n      -n x/\\\ny\n  az b\n  p | az-imageshare c\n\n\
                Permissions: Reader,\nor Owner.\nAPI: https://x\nSee: https://y";
    assert_eq!(examples(text), ["az-imageshare a       -n x/y", "p | az-imageshare c"]);
    assert_eq!(labeled(text, "Permissions").as_deref(), Some("Reader, or Owner."));
    assert_eq!(labeled(text, "See").as_deref(), Some("https://y"));
    assert_eq!(labeled(text, "Exit"), None);
}
