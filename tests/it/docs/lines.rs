//! The command lines that pages for people name: each of them has to be of the grammar.

use std::collections::BTreeMap;

use clap::Command;

use super::files;
use crate::examples::{call, tree};
use crate::support::source::root;

use az_imageshare::expiry::MARK;

const WORD: &str = "az-imageshare ";

/// The code spans of a page that begin with the program's name; a recorded last day is no line.
fn spans(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in page.lines() {
        let spans = line.split('`').skip(1).step_by(2);
        let is_line = |span: &&str| span.starts_with(WORD) && !span.starts_with(MARK);
        found.extend(spans.filter(is_line).map(str::to_owned));
    }
    found
}

/// What is wrong with a whole line, as typed.
fn parse(line: &str) -> Result<(), String> {
    let call = call(line, &BTreeMap::new())?;
    let words = std::iter::once("az-imageshare".to_owned()).chain(call.args);
    match tree().try_get_matches_from(words) {
        Err(err) if err.use_stderr() => Err(err.to_string()),
        _ => Ok(()),
    }
}

/// What is wrong with the commands and flags of a line that has placeholders.
pub(super) fn known(line: &str) -> Result<(), String> {
    let tree = tree();
    let (mut command, mut at_command) = (&tree, true);
    for word in line.split_whitespace().skip(1) {
        if let Some(sub) = command.find_subcommand(word).filter(|_| at_command) {
            command = sub;
            continue;
        }
        if at_command && command.has_subcommands() && !word.starts_with('-') {
            return Err(format!("there is no command '{word}'"));
        }
        at_command = false;
        let flag = word.trim_end_matches(['.', ',', ';', ']', ')']);
        let flag = flag.trim_start_matches(['[', '(']).split('=').next();
        match flag.and_then(|flag| flag.strip_prefix("--")) {
            Some(flag) if !flag.is_empty() && !has(command, flag) => {
                return Err(format!("there is no --{flag}"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn has(command: &Command, flag: &str) -> bool {
    let is = |arg: &clap::Arg| {
        let aliases = arg.get_visible_aliases().unwrap_or_default();
        arg.get_long() == Some(flag) || aliases.contains(&flag)
    };
    ["help", "version"].contains(&flag) || command.get_arguments().any(is)
}

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join("docs").join(name)).unwrap()
}

#[test]
fn every_line_of_the_page_for_portal_users_parses() {
    let page = page("from-the-portal.md");
    let spans = spans(&page);
    assert!(spans.len() > 40, "{}", spans.len());
    let wrong: Vec<String> =
        spans.iter().filter_map(|span| Some(format!("{span}: {}", parse(span).err()?))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A translation differs in its words alone: same calls, same order.
#[test]
fn translations_have_the_commands_of_the_original() {
    let original = page("from-the-portal.md");
    for language in ["ja", "zh"] {
        let translation = page(&format!("from-the-portal.{language}.md"));
        assert_eq!(spans(&translation), spans(&original), "{language}");
        let headings = |page: &str| page.lines().filter(|line| line.starts_with('#')).count();
        assert!(headings(&translation) >= 9, "{language}");
    }
}

#[test]
fn every_line_of_every_page_names_what_there_is() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in files(&root().join("docs")) {
        if path.extension().is_none_or(|kind| kind != "md") {
            continue;
        }
        for span in spans(&std::fs::read_to_string(&path).unwrap()) {
            count += 1;
            if let Err(why) = known(&span) {
                wrong.push(format!("{}: {span}: {why}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 60, "{count}");
}

#[test]
fn lines_that_are_wrong_are_seen() {
    assert!(parse("az-imageshare share lst").is_err());
    assert!(parse("az-imageshare share rbac add --assignee x").is_err());
    assert!(parse("az-imageshare share list --nonsense").is_err());
    assert!(known("az-imageshare share lst …").is_err());
    assert!(known("az-imageshare share list --galery-id ID").is_err());
    assert!(known("az-imageshare share list --gallery-id ID").is_ok());
}
