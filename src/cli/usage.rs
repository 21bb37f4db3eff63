//! What is said when the command line cannot be parsed, and `--help` and `--version`.
//!
//! The text of a refused argument is never repeated: it may be a secret typed in the wrong place.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{args, stream};
use crate::process::Process;

/// Answers a request for help, or says what is wrong with the command line; gives the exit code.
pub(crate) fn explain_usage(err: &clap::Error, args: &[OsString], process: &Process) -> u8 {
    match err.kind() {
        ErrorKind::DisplayHelp => write_help(process, &fold_usage(&err.render().to_string())),
        // A word alone asks what there is.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            write_help(process, &fold_usage(&help_of(args)))
        }
        // Clap would name the group, as if it were a program of its own.
        ErrorKind::DisplayVersion => {
            let (version, commit) = (env!("CARGO_PKG_VERSION"), process.commit);
            write_help(process, &format!("az-imageshare {version} (commit {commit})\n"))
        }
        _ => {
            stream::write_quietly(&process.stderr, &usage_complaint(err, args));
            2
        }
    }
}

/// The help of the command that the words name, as `--help` prints it.
fn help_of(args: &[OsString]) -> String {
    let asked = args.iter().cloned().chain([OsString::from("--help")]);
    let answer = args::whole_grammar().try_get_matches_from(asked);
    answer.err().map(|help| help.render().to_string()).unwrap_or_default()
}

/// Writes what was asked for; gives the exit code.
fn write_help(process: &Process, text: &str) -> u8 {
    match stream::write_out(&process.stdout, text) {
        Ok(()) => 0,
        Err(err) => {
            stream::write_quietly(&process.stderr, &format!("ERROR: {err}\n"));
            err.kind().exit_code()
        }
    }
}

/// Breaks the line `Usage: …`, which is the only one that clap leaves as wide as it is.
fn fold_usage(help: &str) -> String {
    let fold =
        |line: &str| if line.starts_with("Usage: ") { fold_line(line) } else { line.to_owned() };
    let lines: Vec<String> = help.split('\n').map(fold).collect();
    lines.join("\n")
}

/// Breaks a line before arguments, and before those of which one is enough; a value stays with its flag.
fn fold_line(line: &str) -> String {
    let mut arguments: Vec<String> = Vec::new();
    for word in line.split(' ') {
        match arguments.last_mut() {
            Some(flag) if !word.starts_with(['-', '[']) && !word.starts_with("<-") => {
                *flag = format!("{flag} {word}")
            }
            _ => arguments.push(word.to_owned()),
        }
    }
    let (mut folded, mut column) = (String::new(), 0);
    for argument in arguments {
        let separator = match column {
            0 => "",
            _ if column + 1 + argument.len() > WIDTH => "\n      ",
            _ => " ",
        };
        column = if separator.len() > 1 { 6 } else { column + separator.len() } + argument.len();
        folded.push_str(separator);
        folded.push_str(&argument);
    }
    folded
}

fn usage_complaint(err: &clap::Error, args: &[OsString]) -> String {
    let mut text = format!("ERROR: {}\n", usage_message(err));
    for hint in usage_hints(err, args) {
        text.push_str(&format!("Hint: {hint}\n"));
    }
    text
}

/// What is wrong with the command line.
pub(crate) fn usage_message(err: &clap::Error) -> String {
    let argument = context_text(err, ContextKind::InvalidArg);
    let about = |text: &str| {
        argument.as_deref().map_or_else(|| text.to_owned(), |name| format!("{name}: {text}"))
    };
    match err.kind() {
        ErrorKind::MissingRequiredArgument => {
            format!(
                "the following arguments are required: {}",
                alternatives_in_words(&argument.unwrap_or_default())
            )
        }
        ErrorKind::UnknownArgument => match argument.filter(|name| name.starts_with('-')) {
            Some(name) => {
                format!("unrecognized argument: {}", name.split('=').next().unwrap_or(""))
            }
            None => "unexpected value".to_owned(),
        },
        ErrorKind::InvalidSubcommand => match context_text(err, ContextKind::InvalidSubcommand) {
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
        ErrorKind::InvalidValue => match context_text(err, ContextKind::ValidValue) {
            Some(allowed) if allowed.is_empty() => about("needs a value"),
            Some(allowed) => about(&format!("not an allowed value (allowed: {allowed})")),
            None => about("a value is missing or not allowed"),
        },
        ErrorKind::ValueValidation => {
            let typed =
                context_text(err, ContextKind::InvalidValue).filter(|typed| typed.len() > 7);
            let repeats =
                |reason: &String| typed.as_ref().is_some_and(|typed| reason.contains(typed));
            let reason = std::error::Error::source(err).map(ToString::to_string);
            let reason = reason.map(|reason| match &typed {
                Some(typed) => reason.replacen(&format!("'{typed}'"), "it", 1),
                None => reason,
            });
            match reason.filter(|reason| !repeats(reason)) {
                Some(reason) => about(&reason),
                None => about("not a valid value"),
            }
        }
        ErrorKind::ArgumentConflict => {
            let other = context_text(err, ContextKind::PriorArg).unwrap_or_default();
            about(&format!("cannot be used together with {other}"))
        }
        ErrorKind::TooManyValues => about("takes no value"),
        ErrorKind::NoEquals => about("needs a value"),
        ErrorKind::WrongNumberOfValues | ErrorKind::TooFewValues => about("wrong number of values"),
        ErrorKind::InvalidUtf8 => "an argument is not valid UTF-8".to_owned(),
        _ => about("the command line is not understood"),
    }
}

/// Arguments of which one is enough, as clap writes them (`<--a <A>|--b>`), in words.
fn alternatives_in_words(arguments: &str) -> String {
    let in_words = |argument: &str| match argument
        .strip_prefix("<-")
        .and_then(|rest| rest.strip_suffix('>'))
    {
        Some(rest) => format!("-{}", rest.replace("|--", " or --").replace("...", "")),
        None => argument.to_owned(),
    };
    arguments.split(", ").map(in_words).collect::<Vec<_>>().join(", ")
}

/// What to type instead.
pub(crate) fn usage_hints(err: &clap::Error, args: &[OsString]) -> Vec<String> {
    let mut hints = Vec::new();
    let unknown = context_text(err, ContextKind::InvalidArg).unwrap_or_default();
    if SECRETS.contains(&unknown.split('=').next().unwrap_or_default()) {
        hints.push("No argument takes a secret, because every program of the computer sees arguments: pipe it in with --secret-stdin, or name a file with --secret-file.".to_owned());
    }
    let typed = context_text(err, ContextKind::InvalidSubcommand).unwrap_or_default();
    let elsewhere = WORDS_OF_AZ.iter().find(|(word, _)| *word == typed);
    hints.extend(elsewhere.map(|(_, hint)| (*hint).to_owned()));
    for kind in
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue]
    {
        if elsewhere.is_none()
            && let Some(suggestion) = likeliest_suggestion(err, kind)
        {
            hints.push(format!("Did you mean {suggestion}?"));
        }
    }
    let words = command_words(args);
    let space = if words.is_empty() { "" } else { " " };
    hints.push(format!("Run `az-imageshare{space}{words} --help`."));
    hints
}

/// The command as far as it is one: only words of the command tree are repeated.
fn command_words(args: &[OsString]) -> String {
    let tree = args::built_grammar();
    let (mut command, mut words) = (&tree, Vec::new());
    for arg in args.iter().skip(1) {
        let Some(sub) = command.find_subcommand(arg) else {
            break;
        };
        words.push(sub.get_name());
        command = sub;
    }
    words.join(" ")
}

/// Clap names the likeliest last.
fn likeliest_suggestion(err: &clap::Error, kind: ContextKind) -> Option<String> {
    match err.get(kind)? {
        ContextValue::Strings(texts) => texts.last().cloned(),
        _ => context_text(err, kind),
    }
}

fn context_text(err: &clap::Error, kind: ContextKind) -> Option<String> {
    match err.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join(", ")),
        ContextValue::StyledStrs(texts) => {
            Some(texts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
        _ => None,
    }
}

/// Words that people know from `az` and `gh`, and what does that here.
const WORDS_OF_AZ: [(&str, &str); 7] = [
    (
        "account",
        "See who signs in and who can with `az-imageshare status`; choose one with `az-imageshare credential use -n NAME`.",
    ),
    ("accounts", "See who can sign in with `az-imageshare credential list -o table`."),
    ("auth", "Keep a service principal with `az-imageshare credential add`."),
    (
        "login",
        "Keep a service principal with `az-imageshare credential add`; a person signs in with `az login`, or with `az-imageshare credential add … --sign-in browser` and a public client of your own.",
    ),
    (
        "logout",
        "Forget the tokens with `az-imageshare token clear --all`, and a secret with `az-imageshare credential remove -n NAME`.",
    ),
    ("version", "Run `az-imageshare --version`."),
    ("whoami", "See who signs in and why with `az-imageshare status`; --online tests it."),
];

/// What people call an argument that takes a secret; there is none.
const SECRETS: [&str; 5] = ["--client-secret", "--secret", "--password", "--secret-value", "-p"];

/// Columns that help fits into.
const WIDTH: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_of_several_is_enough_for_is_said_in_words() {
        assert_eq!(
            alternatives_in_words("--tenant <GUID>, <--name <NAME>|--client-id <GUID|X>...>"),
            "--tenant <GUID>, --name <NAME> or --client-id <GUID|X>"
        );
    }

    #[test]
    fn a_wide_usage_is_broken_before_a_flag() {
        let flag = "--name <A NAME>";
        let help = format!("About\n\nUsage: x [OPTIONS]{}\n\nMore", format!(" {flag}").repeat(9));
        let folded = fold_usage(&help);
        assert!(folded.lines().all(|line| line.len() <= WIDTH), "{folded}");
        assert_eq!(folded.matches(flag).count(), 9);
        assert_eq!(folded.lines().count(), help.lines().count() + 1);
        assert_eq!(super::fold_usage("Usage: x [OPTIONS]\n"), "Usage: x [OPTIONS]\n");
    }
}
