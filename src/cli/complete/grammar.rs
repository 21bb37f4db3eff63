//! The grammar of the command line, as clap_complete's engine knows it.
//!
//! The engine is asked which argument is at the cursor; the values of this program are made outside of it,
//! because it copies and sorts each candidate with care, and 10,000 of them would take it 9 ms.

use std::ffi::{OsStr, OsString};
use std::sync::{Arc, Mutex, PoisonError};

use clap::{Arg, ArgAction, Command, Subcommand};
use clap_complete::engine::{ArgValueCompleter, complete};

use super::candidate::Candidates;
use super::line::CommandLine;
use super::value_kind::{self, ValueKind};
use crate::cli::args;
use crate::commands;

/// What could be at the cursor.
#[derive(Debug, Default)]
pub(super) struct GrammarAnswer {
    /// Commands, flags and allowed values.
    pub(super) words: Candidates,
    /// A value to be made up from what is known.
    pub(super) value: Option<ValueRequest>,
}

/// A value of an argument.
#[derive(Clone, Debug)]
pub(super) struct ValueRequest {
    pub(super) kind: ValueKind,
    /// The argument's flag, as `--role`.
    pub(super) flag: String,
    /// What was typed of the value.
    pub(super) typed: String,
}

type Probe = Arc<Mutex<Option<ValueRequest>>>;

/// Finds what the grammar allows at the cursor.
pub(super) fn allowed_at_cursor(typed: &CommandLine) -> GrammarAnswer {
    let probe = Probe::default();
    let mut words = typed.words[..=typed.at].to_vec();
    let before = &mut words[..typed.at];
    let mut command = probed_grammar(before.get_mut(1..).unwrap_or_default(), &probe);
    // Behind `--` are only positional arguments, which the engine forgets at a group of commands.
    let escaped = before.iter().skip(1).any(|word| word == "--");
    let args = words.iter().map(OsString::from).collect();
    let found = complete(&mut command, args, typed.at, None).unwrap_or_default();
    let leaf = named_leaf(&command, &words[..typed.at]);
    let mut offered = Candidates::default();
    for candidate in found.iter().filter(|_| !escaped) {
        let value = candidate.get_value().to_string_lossy();
        let note = candidate.get_help().map(ToString::to_string);
        let note = note.as_deref().and_then(|note| note.lines().next());
        if !is_done(leaf, &value, &typed.words[..typed.at]) {
            offered.push(&value, note.unwrap_or_default());
        }
    }
    // As after parsing: the end of the process frees it for nothing, and we would take a fifth of a TAB.
    std::mem::forget(command);
    let value = probe.lock().unwrap_or_else(PoisonError::into_inner).take();
    GrammarAnswer { words: offered, value }
}

/// The grammar along the commands that `words` name, with a probe at every argument of this program. Their siblings
/// are left out, because clap's building of them would take most of a TAB.
fn probed_grammar(words: &mut [String], probe: &Probe) -> Command {
    let root = args::root_grammar().mut_args(|arg| probed_argument(arg, "", probe));
    let globals: Vec<Arg> = root.get_arguments().cloned().collect();
    match take_command_name(words, &globals, commands::Command::has_subcommand) {
        Some((at, name)) => {
            let group = commands::with_grammar(Command::new(name.clone()));
            let group = probed_branch(group, &mut words[at + 1..], &name, &globals, probe);
            without_help(root.subcommand(group), words)
        }
        None => commands::Command::augment_subcommands(root)
            .mut_subcommands(|sub| without_arguments(&sub)),
    }
}

fn probed_branch(
    command: Command,
    words: &mut [String],
    path: &str,
    globals: &[Arg],
    probe: &Probe,
) -> Command {
    let command = command.mut_args(|arg| probed_argument(arg, path, probe));
    if !command.has_subcommands() {
        return command;
    }
    let next = take_command_name(words, globals, |word| command.find_subcommand(word).is_some());
    let Some((at, word)) = next else {
        return command.mut_subcommands(|sub| without_arguments(&sub));
    };
    let parent = Command::new(command.get_name().to_owned()).args(command.get_arguments().cloned());
    let mut next = Command::default();
    let is_next =
        |sub: &Command| sub.get_name() == word || sub.get_all_aliases().any(|alias| alias == word);
    let rest = command
        .mut_subcommands(|sub| if is_next(&sub) { std::mem::replace(&mut next, sub) } else { sub });
    std::mem::forget(rest);
    let path = format!("{path} {}", next.get_name());
    parent.subcommand(probed_branch(next, &mut words[at + 1..], &path, globals, probe))
}

/// Spares clap the making of a command `help` in each group on the way, once the line has passed them all.
fn without_help(root: Command, words: &[String]) -> Command {
    let passed =
        !named_leaf(&root, words).has_subcommands() && words.iter().all(|word| word != "help");
    root.disable_help_subcommand(passed)
}

/// The first word that names a command. The value of a flag may be called like one, and is none: it is
/// blanked, because the engine would take it for the command too.
fn take_command_name(
    words: &mut [String],
    globals: &[Arg],
    is_command: impl Fn(&str) -> bool,
) -> Option<(usize, String)> {
    let mut is_value = false;
    for (at, word) in words.iter_mut().enumerate() {
        if std::mem::take(&mut is_value) {
            word.clear();
        } else if is_command(word) {
            return Some((at, word.clone()));
        } else {
            is_value = globals.iter().any(|arg| wants_value(arg, word));
        }
    }
    None
}

/// True if `word` is the flag of `arg`, and its value is the next word.
fn wants_value(arg: &Arg, word: &str) -> bool {
    let is_flag = match word.strip_prefix("--") {
        Some(long) => arg.get_long() == Some(long),
        None => word.strip_prefix('-').is_some_and(|short| {
            let mut short = short.chars();
            short.next() == arg.get_short() && short.next().is_none()
        }),
    };
    is_flag && arg.get_action().takes_values()
}

fn without_arguments(command: &Command) -> Command {
    let bare = Command::new(command.get_name().to_owned()).hide(command.is_hide_set());
    match command.get_about() {
        Some(about) => bare.about(about.clone()),
        None => bare,
    }
}

fn probed_argument(arg: Arg, path: &str, probe: &Probe) -> Arg {
    let Some(kind) = value_kind::kind_of_argument(path, &arg) else {
        return arg;
    };
    let flag = format!("--{}", value_kind::argument_name(&arg));
    let probe = probe.clone();
    arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
        *probe.lock().unwrap_or_else(PoisonError::into_inner) = Some(ValueRequest {
            kind,
            flag: flag.clone(),
            typed: typed.to_string_lossy().into_owned(),
        });
        Vec::new()
    }))
}

fn named_leaf<'a>(command: &'a Command, words: &[String]) -> &'a Command {
    words.iter().fold(command, |command, word| command.find_subcommand(word).unwrap_or(command))
}

/// True for a flag that is there already and counts only once.
fn is_done(command: &Command, word: &str, before: &[String]) -> bool {
    let Some(flag) = word.strip_prefix("--") else {
        return false;
    };
    let given = before.iter().any(|given| {
        let rest = given.strip_prefix(word);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    });
    let counts_once = |arg: &Arg| !matches!(arg.get_action(), ArgAction::Append | ArgAction::Count);
    given
        && command.get_arguments().find(|arg| arg.get_long() == Some(flag)).is_some_and(counts_once)
}
