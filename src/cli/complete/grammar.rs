//! The grammar of the command line, as clap_complete's engine knows it.
//!
//! The engine is asked which argument stands at the cursor; the values of ours are made outside of it,
//! because it copies and sorts each candidate with care, and 10,000 of them would take it 9 ms.

use std::ffi::{OsStr, OsString};
use std::sync::{Arc, Mutex, PoisonError};

use clap::{Arg, ArgAction, Command};
use clap_complete::engine::{ArgValueCompleter, complete};

use super::candidate::Candidate;
use super::kinds::{self, Kind};
use super::words::Typed;
use crate::cli::args;
use crate::commands;

/// What could stand at the cursor.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Commands, flags and allowed values.
    pub(super) words: Vec<Candidate>,
    /// A value to be made up from what is known.
    pub(super) value: Option<Wanted>,
}

/// A value of an argument.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) kind: Kind,
    /// The argument's flag, as `--role`.
    pub(super) flag: String,
    /// What was typed of the value.
    pub(super) typed: String,
}

type Probe = Arc<Mutex<Option<Wanted>>>;

/// Finds what the grammar allows at the cursor.
pub(super) fn ask(typed: &Typed) -> Asked {
    let probe = Probe::default();
    let before = &typed.words[..typed.at];
    let mut command = watched(args::command(), before, "", &probe);
    let args: Vec<OsString> = typed.words[..=typed.at]
        .iter()
        .map(OsString::from)
        .collect();
    let found = complete(&mut command, args, typed.at, None).unwrap_or_default();
    let leaf = leaf(&command, before);
    // Behind `--` are only positional arguments, which the engine forgets at a group of commands.
    let escaped = before.iter().skip(1).any(|word| word == "--");
    let words = found.into_iter().filter(|_| !escaped).map(|candidate| {
        let note = candidate.get_help().map(ToString::to_string);
        let note = note
            .as_deref()
            .and_then(|note| note.lines().next())
            .unwrap_or_default();
        Candidate::new(candidate.get_value().to_string_lossy(), note)
    });
    let words = words
        .filter(|word| !is_done(leaf, &word.value, before))
        .collect();
    // As after parsing: the end of the process frees it for nothing, and we would take a fifth of a TAB.
    std::mem::forget(command);
    let value = probe.lock().unwrap_or_else(PoisonError::into_inner).take();
    Asked { words, value }
}

/// The command with a probe at every argument of ours; commands that were not named keep only their names,
/// which saves most of the time that the whole tree takes.
fn watched(command: Command, rest: &[String], path: &str, probe: &Probe) -> Command {
    let named = rest.iter().enumerate().find_map(|(at, word)| {
        let found = command.find_subcommand(word)?;
        Some((at, found.get_name().to_owned()))
    });
    let command = command.mut_args(|arg| watch(arg, path, probe));
    command.mut_subcommands(|sub| match &named {
        Some((at, name)) if sub.get_name() == name => {
            // A group's grammar is deferred until clap builds it, which would be too late here.
            let sub = match path {
                "" => commands::with_grammar(bare(&sub)),
                _ => sub,
            };
            let path = format!("{path} {name}");
            watched(sub, &rest[at + 1..], path.trim_start(), probe)
        }
        _ => bare(&sub),
    })
}

fn bare(command: &Command) -> Command {
    let bare = Command::new(command.get_name().to_owned()).hide(command.is_hide_set());
    match command.get_about() {
        Some(about) => bare.about(about.clone()),
        None => bare,
    }
}

fn watch(arg: Arg, path: &str, probe: &Probe) -> Arg {
    let Some(kind) = kinds::of(path, &arg) else {
        return arg;
    };
    let flag = format!("--{}", kinds::name(&arg));
    let probe = probe.clone();
    arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
        *probe.lock().unwrap_or_else(PoisonError::into_inner) = Some(Wanted {
            kind,
            flag: flag.clone(),
            typed: typed.to_string_lossy().into_owned(),
        });
        Vec::new()
    }))
}

fn leaf<'a>(command: &'a Command, words: &[String]) -> &'a Command {
    words.iter().fold(command, |command, word| {
        command.find_subcommand(word).unwrap_or(command)
    })
}

/// True for a flag that stands there already and counts only once.
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
        && command
            .get_arguments()
            .find(|arg| arg.get_long() == Some(flag))
            .is_some_and(counts_once)
}
