//! What is said when the command line cannot be parsed, and `--help` and `--version`.
//!
//! The text of a refused argument is never repeated: it may be a secret typed in the wrong place.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::process::{Process, Sink};

/// Answers a request for help, or says what is wrong with the command line; gives the exit code.
pub(crate) fn explain(err: &clap::Error, args: &[OsString], process: &Process) -> u8 {
    match err.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            write(&process.stdout, &err.render().to_string());
            0
        }
        _ => {
            write(&process.stderr, &complaint(err, args));
            2
        }
    }
}

fn write(sink: &Sink, text: &str) {
    if let Ok(mut sink) = sink.lock() {
        let _ = sink.write_all(text.as_bytes());
        let _ = sink.flush();
    }
}

fn complaint(err: &clap::Error, args: &[OsString]) -> String {
    let mut text = format!("ERROR: {}\n", message(err));
    for hint in hints(err, args) {
        text.push_str(&format!("Hint: {hint}\n"));
    }
    text
}

/// What is wrong with the command line.
pub(crate) fn message(err: &clap::Error) -> String {
    let argument = context(err, ContextKind::InvalidArg);
    let about = |text: &str| {
        argument
            .as_deref()
            .map_or_else(|| text.to_owned(), |name| format!("{name}: {text}"))
    };
    match err.kind() {
        ErrorKind::MissingRequiredArgument => {
            format!(
                "the following arguments are required: {}",
                argument.unwrap_or_default()
            )
        }
        ErrorKind::UnknownArgument => match argument.filter(|name| name.starts_with('-')) {
            Some(name) => format!(
                "unrecognized argument: {}",
                name.split('=').next().unwrap_or("")
            ),
            None => "unrecognized argument: a value stands where none belongs".to_owned(),
        },
        ErrorKind::InvalidSubcommand => match context(err, ContextKind::InvalidSubcommand) {
            Some(name)
                if name.chars().all(|c| c.is_ascii_lowercase() || c == '-') && name.len() < 24 =>
            {
                format!("'{name}' is misspelled or not a command of this group")
            }
            _ => "that is not a command of this group".to_owned(),
        },
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "a command is missing".to_owned()
        }
        ErrorKind::InvalidValue => match context(err, ContextKind::ValidValue) {
            Some(allowed) => about(&format!("not an allowed value (allowed: {allowed})")),
            None => about("a value is missing or not allowed"),
        },
        ErrorKind::ValueValidation => {
            let reason = std::error::Error::source(err).map(ToString::to_string);
            about(&reason.unwrap_or_else(|| "not a valid value".to_owned()))
        }
        ErrorKind::ArgumentConflict => {
            let other = context(err, ContextKind::PriorArg).unwrap_or_default();
            about(&format!("cannot be used together with {other}"))
        }
        ErrorKind::TooManyValues => about("takes no value"),
        ErrorKind::NoEquals => about("needs a value"),
        ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues => about("wrong number of values"),
        ErrorKind::InvalidUtf8 => "an argument is not valid UTF-8".to_owned(),
        _ => about("the command line is not understood"),
    }
}

/// What to type instead.
pub(crate) fn hints(err: &clap::Error, args: &[OsString]) -> Vec<String> {
    let mut hints = Vec::new();
    for kind in [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ] {
        if let Some(suggestion) = context(err, kind) {
            hints.push(format!("Did you mean {suggestion}?"));
        }
    }
    let command: Vec<&str> = args
        .iter()
        .skip(1)
        .map_while(|arg| arg.to_str().filter(|word| is_command_word(word)))
        .take(3)
        .collect();
    let space = if command.is_empty() { "" } else { " " };
    hints.push(format!(
        "Run `az-imageshare{space}{} --help`.",
        command.join(" ")
    ));
    hints
}

/// Only words of the command tree are repeated.
fn is_command_word(word: &str) -> bool {
    use clap::CommandFactory;
    fn knows(command: &clap::Command, word: &str) -> bool {
        command
            .get_subcommands()
            .any(|sub| sub.get_name() == word || knows(sub, word))
    }
    knows(&super::args::Cli::command(), word)
}

fn context(err: &clap::Error, kind: ContextKind) -> Option<String> {
    match err.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        ContextValue::StyledStrs(texts) => Some(
            texts
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(", "),
        ),
        _ => None,
    }
}
