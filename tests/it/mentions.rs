//! Every command of ours that a hint, a page or a comment names exists, and takes what it is shown with.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use sandbox::world;

use crate::support::source::{root, rust_files, shown};

#[test]
fn every_command_in_a_hint_can_be_typed() {
    let (mut count, mut wrong) = (0, Vec::new());
    let mut files = rust_files("src");
    // SECURITY.md shows one that is refused.
    files.extend(
        ["README.md", "docs/environment.md", "docs/errors.md"].map(|page| root().join(page)),
    );
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        for line in mentions(&text) {
            count += 1;
            wrong.extend(complaint(line).map(|what| format!("{}: `{line}`: {what}", shown(&path))));
        }
    }
    assert!(count > 100, "only {count} were found");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
}

/// What stands between backticks and begins as a call does.
fn mentions(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().flat_map(|line| line.split("`az-imageshare ").skip(1));
    let inside = lines.filter_map(|rest| rest.split_once('`').map(|(inside, _)| inside));
    // The mark in a role assignment's description, and what `az` puts in our name's place.
    inside.filter(|line| {
        !line.starts_with("expires=")
            && line.starts_with(|c: char| c.is_ascii_lowercase() || c == '-')
    })
}

/// Why nobody could type this. `…` stands for arguments that are left out, and a call without any options is
/// only the name of a command.
fn complaint(line: &str) -> Option<String> {
    // What the shell does with the answer is no part of the call; tables of Markdown write `\\|`.
    let words = words_of(&line.replace("\\\"", "\""));
    let call = words.iter().take_while(|word| !matches!(word.as_str(), ">" | "<" | "|" | "\\|"));
    let words: Vec<&str> = call.map(String::as_str).collect();
    let is_part = words.contains(&"…") || !words.iter().any(|word| word.starts_with('-'));
    let words: Vec<String> =
        words.iter().filter(|word| **word != "…").map(|word| (*word).to_owned()).collect();
    let mut first = None;
    let pairs = MEANINGS.iter().flat_map(|first| MEANINGS.map(|later| (*first, later)));
    for (meaning, later) in MEANINGS.map(|one| (one, one)).into_iter().chain(pairs) {
        match parse(&words, meaning, later) {
            None => return None,
            Some(err) if is_part && is_unfinished(err.kind()) => return None,
            // What another meaning would mend is not the mistake.
            Some(err) if err.kind() == ErrorKind::ValueValidation => first = first.or(Some(err)),
            Some(err) => first = Some(err),
        }
    }
    let err = first?;
    let named =
        [ContextKind::InvalidArg, ContextKind::InvalidSubcommand, ContextKind::InvalidValue];
    let named = named.into_iter().filter_map(|kind| err.get(kind)).map(ContextValue::to_string);
    Some(format!("{:?} {}", err.kind(), named.collect::<Vec<_>>().join(" ")))
}

/// The words of a call as a shell sees them: what stands in quotes is one.
fn words_of(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (_, Some(open)) if c == open => quote = None,
            (' ', None) => words.push(std::mem::take(&mut word)),
            _ => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

fn is_unfinished(kind: ErrorKind) -> bool {
    use ErrorKind::{
        DisplayHelpOnMissingArgumentOrSubcommand, MissingRequiredArgument, MissingSubcommand,
    };
    matches!(
        kind,
        MissingRequiredArgument | MissingSubcommand | DisplayHelpOnMissingArgumentOrSubcommand
    )
}

/// Parses the call with `meaning` in the first place that is left open, and `later` in those behind it: words in
/// capitals or in braces.
fn parse(words: &[String], meaning: &str, later: &str) -> Option<clap::Error> {
    let mut meaning = meaning;
    let fill = |word: &String| {
        let is_open =
            word.contains('{') || word.chars().all(|c| c.is_ascii_uppercase() || c == '|');
        // What is put behind a word is whatever the code makes of it.
        let is_rest = word.matches('{').count() > 1;
        if is_open && !is_rest {
            return Some(std::mem::replace(&mut meaning, later).to_owned());
        }
        (!is_rest).then(|| word.clone())
    };
    let args = std::iter::once("az-imageshare".to_owned()).chain(words.iter().filter_map(fill));
    let parsed = az_imageshare::cli::command().try_get_matches_from(args);
    parsed
        .err()
        .filter(|err| !matches!(err.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion))
}

/// What a word left open may stand for.
const MEANINGS: [&str; 6] = [
    "x",
    "bash",
    world::PUBLISHER_TENANT,
    "2099-01-31",
    "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/g/providers/Microsoft.Compute/galleries/x",
    "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/g/providers/Microsoft.Compute/galleries/x/images/y",
];

#[test]
fn a_command_that_does_not_exist_would_be_seen() {
    let line = "Run `az-imageshare delegation lst`, or `az-imageshare token get --tenant GUID`.";
    assert_eq!(mentions(line).collect::<Vec<_>>(), ["delegation lst", "token get --tenant GUID"]);
    for wrong in [
        "delegation lst",
        "delegation list --nmae x",
        "delegation delete --yes",
        "vm create --image 7",
    ] {
        assert!(complaint(wrong).is_some(), "{wrong}");
    }
    for right in [
        "delegation list",
        "delegation delete",
        "vm create --image ID …",
        "share --help",
        "credential rotate -n {name}",
    ] {
        assert_eq!(complaint(right), None, "{right}");
    }
}
