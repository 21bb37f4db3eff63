//! The command tree as JSON, made of clap's own description: what the Azure CLI extension declares.
//!
//! Nothing here knows a command by name, so a new command is in the extension as soon as it is in the program.
//! How a result becomes a table is not in the tree: it comes with the result (`cli::bridge`).

use std::sync::LazyLock;

use clap::{Arg, ArgAction, Command, ValueHint};
use serde::Serialize;

use super::args;

/// The word that prints the tree.
pub(crate) const WORD: &str = "__tree";

#[derive(Serialize)]
struct CommandTree {
    about: String,
    globals: Vec<TreeArgument>,
    groups: Vec<TreeGroup>,
    commands: Vec<TreeCommand>,
}

#[derive(Serialize)]
struct TreeGroup {
    path: String,
    summary: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "is_false")]
    hidden: bool,
}

#[derive(Serialize)]
struct TreeCommand {
    path: String,
    summary: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    examples: Vec<TreeExample>,
    /// Asks before it takes something away; `--yes` answers beforehand.
    #[serde(skip_serializing_if = "is_false")]
    confirms: bool,
    #[serde(skip_serializing_if = "is_false")]
    hidden: bool,
    /// Runs a command of the user's, which gets the streams of `az`.
    #[serde(skip_serializing_if = "is_false")]
    runs: bool,
    arguments: Vec<TreeArgument>,
}

#[derive(Serialize)]
struct TreeExample {
    name: String,
    text: String,
}

#[derive(Serialize)]
struct TreeArgument {
    name: String,
    /// `--long`, its aliases, `-s`; none for a positional argument.
    options: Vec<String>,
    kind: ArgumentShape,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    help: String,
    #[serde(skip_serializing_if = "is_false")]
    required: bool,
    /// One occurrence takes several values.
    #[serde(skip_serializing_if = "is_false")]
    many: bool,
    /// Every occurrence counts.
    #[serde(skip_serializing_if = "is_false")]
    repeats: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    choices: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// `az` has it on every command of its own: the extension hands it on and must not declare it.
    #[serde(skip_serializing_if = "is_false")]
    az: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum ArgumentShape {
    Credential,
    Flag,
    File,
    Text,
}

/// The flags of `az` itself, by name. Source: knack's and azure-cli-core's global arguments.
const OF_AZ: [&str; 8] =
    ["output", "query", "subscription", "only_show_errors", "verbose", "debug", "version", "help"];

/// The tree as it is committed: JSON with a newline at its end.
pub(crate) fn tree_text() -> String {
    let mut root = args::whole_grammar();
    root.build();
    let mut tree = CommandTree {
        about: summary_of(&root),
        globals: arguments_of(&root, true),
        groups: Vec::new(),
        commands: Vec::new(),
    };
    grow_tree(&mut tree, &root, "", false);
    let mut text = serde_json::to_string_pretty(&tree).expect("the tree has only text keys");
    text.push('\n');
    text
}

/// A sentence for people, with the program's name as `az` spells it.
pub(crate) fn in_az(text: &str) -> String {
    text.replace("`az-imageshare ", "`az imageshare ")
}

fn grow_tree(tree: &mut CommandTree, of: &Command, path: &str, hidden: bool) {
    for command in of.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let path = format!("{path} {}", command.get_name()).trim().to_owned();
        let hidden = hidden || command.is_hide_set();
        if command.has_subcommands() {
            tree.groups.push(TreeGroup {
                summary: summary_of(command),
                description: description_of(command),
                hidden,
                path: path.clone(),
            });
            grow_tree(tree, command, &path, hidden);
        } else {
            tree.commands.push(leaf_of(command, path, hidden));
        }
    }
}

fn leaf_of(command: &Command, path: String, hidden: bool) -> TreeCommand {
    let after = command.get_after_long_help().or(command.get_after_help());
    let after = after.map(ToString::to_string).unwrap_or_default();
    let (typed, notes) = split_examples(&after);
    let described = [description_of(command), in_az(&notes)];
    let arguments = arguments_of(command, false);
    TreeCommand {
        examples: named_examples(&summary_of(command), typed),
        summary: summary_of(command),
        description: described.join("\n").trim().to_owned(),
        confirms: arguments.iter().any(|argument| argument.name == "yes"),
        hidden,
        runs: command.get_arguments().any(Arg::is_last_set),
        arguments,
        path,
    }
}

fn summary_of(command: &Command) -> String {
    let about = command.get_about().map(ToString::to_string);
    in_az(about.unwrap_or_default().lines().next().unwrap_or_default())
}

/// What clap's long text has behind the summary.
fn description_of(command: &Command) -> String {
    let long = command.get_long_about().map(ToString::to_string);
    let long = long.unwrap_or_default();
    in_az(long.split_once("\n\n").map_or("", |(_, rest)| rest).trim())
}

/// The examples as one types them to `az`, and the lines that are none. The address of the API comes first there:
/// `az` puts a full stop behind the last line.
fn split_examples(after: &str) -> (Vec<String>, String) {
    let (mut examples, mut notes) = (Vec::<String>::new(), Vec::new());
    let mut inside = false;
    for line in after.lines() {
        match (line.trim(), examples.last_mut()) {
            ("Examples:", _) => inside = true,
            ("", _) => inside = false,
            (text, Some(last)) if inside && last.ends_with('\\') => {
                // A word that is folded must not get a blank into it.
                let indent = if line.starts_with(' ') { "    " } else { "" };
                last.push_str(&format!("\n{indent}{text}"));
            }
            (text, _) if inside => examples.push(text.replace("az-imageshare ", "az imageshare ")),
            (text, _) => notes.push(text),
        }
    }
    notes.sort_by_key(|line| !line.starts_with("API:"));
    (examples, notes.join("\n"))
}

/// `az` wants a name for each example: what the command does, and the options that make the difference.
fn named_examples(summary: &str, examples: Vec<String>) -> Vec<TreeExample> {
    let mut seen = Vec::new();
    let mut named = Vec::new();
    for text in examples {
        let words = text.split_whitespace().filter(|word| word.starts_with("--"));
        let mut news: Vec<String> = words.map(str::to_owned).collect();
        news.dedup();
        news.retain(|word| !seen.contains(word));
        let name = if named.is_empty() || news.is_empty() {
            summary.to_owned()
        } else {
            format!("{summary}, with {}", news.join(", "))
        };
        seen.extend(news);
        named.push(TreeExample { name, text });
    }
    named
}

fn arguments_of(command: &Command, global: bool) -> Vec<TreeArgument> {
    command
        .get_arguments()
        .filter(|arg| arg.is_global_set() == global && !arg.is_hide_set())
        .filter(|arg| global || !OF_AZ.contains(&arg.get_id().as_str()))
        .map(describe_argument)
        .collect()
}

fn describe_argument(arg: &Arg) -> TreeArgument {
    let name = arg.get_id().as_str();
    let takes_value = arg.get_action().takes_values();
    let values = arg.get_value_names().unwrap_or_default();
    let value = values.first().map(ToString::to_string).unwrap_or_default();
    let default = arg.get_default_values().first();
    TreeArgument {
        options: option_names(arg),
        kind: if !takes_value {
            ArgumentShape::Flag
        } else if name == "credential" || value == "CREDENTIAL" {
            ArgumentShape::Credential
        } else if is_file(arg, &value) {
            ArgumentShape::File
        } else {
            ArgumentShape::Text
        },
        help: in_az(&arg.get_help().map(ToString::to_string).unwrap_or_default()),
        required: arg.is_required_set(),
        many: takes_value && arg.get_num_args().is_some_and(|n| n.max_values() > 1),
        repeats: matches!(arg.get_action(), ArgAction::Append),
        choices: choice_names(arg),
        default: default.filter(|_| takes_value).map(|text| text.to_string_lossy().into_owned()),
        group: arg.get_help_heading().map(str::to_owned),
        az: OF_AZ.contains(&name),
        value: if takes_value { value } else { String::new() },
        name: name.replace('-', "_"),
    }
}

fn option_names(arg: &Arg) -> Vec<String> {
    let long = arg.get_long().into_iter();
    let aliases = arg.get_visible_aliases().unwrap_or_default();
    let short = arg.get_short().map(|letter| format!("-{letter}"));
    long.chain(aliases).map(|long| format!("--{long}")).chain(short).collect()
}

fn choice_names(arg: &Arg) -> Vec<String> {
    if !arg.get_action().takes_values() {
        return Vec::new();
    }
    arg.get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| value.get_name().to_owned())
        .collect()
}

fn is_file(arg: &Arg, value: &str) -> bool {
    static PATH: LazyLock<std::any::TypeId> =
        LazyLock::new(std::any::TypeId::of::<std::path::PathBuf>);
    let hinted = matches!(
        arg.get_value_hint(),
        ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath
    );
    hinted || arg.get_value_parser().type_id() == *PATH || matches!(value, "FILE" | "DIR")
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_told_from_notes() {
        let after = "Examples:\n  az-imageshare a b \\\n      --c /x/\\\ny\n  echo x | az-imageshare d\n\nPermissions: Reader.\nAPI: https://x";
        let (typed, notes) = split_examples(after);
        assert_eq!(typed, ["az imageshare a b \\\n    --c /x/\\\ny", "echo x | az imageshare d"]);
        assert_eq!(notes, "API: https://x\nPermissions: Reader.");
    }

    #[test]
    fn examples_are_named_by_what_is_new_in_them() {
        let typed = ["x --a 1", "x --a 2 --b", "x --a 3"];
        let named = named_examples("Do x", typed.map(str::to_owned).to_vec());
        let names: Vec<&str> = named.iter().map(|example| &*example.name).collect();
        assert_eq!(names, ["Do x", "Do x, with --b", "Do x"]);
    }

    #[test]
    fn only_commands_are_respelled() {
        let text = "Run `az-imageshare credential list`; az-imageshare is a program.";
        assert_eq!(in_az(text), "Run `az imageshare credential list`; az-imageshare is a program.");
    }
}
