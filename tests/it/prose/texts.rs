//! What is read: help texts, the string literals of the program, and pages that people write.

use clap::Command;

use crate::docs::pages::pages;
use crate::examples::{below, tree};
use crate::support::source::{root, rust_files, shown, skipped};

/// Where a paragraph of a help text ends.
pub(super) const PARAGRAPH: char = '\u{2029}';

/// A text and where it is from.
pub(super) struct Text {
    pub(super) place: String,
    pub(super) content: String,
}

/// Descriptions of all commands and arguments; what is below the arguments too.
pub(super) fn of_help() -> Vec<Text> {
    let mut found = Vec::new();
    collect(&tree(), "", &mut found);
    found
}

fn collect(command: &Command, above: &str, found: &mut Vec<Text>) {
    let place = format!("{above} {}", command.get_name()).trim().to_owned();
    let about = command.get_long_about().or(command.get_about());
    let after = command.get_after_long_help().or(command.get_after_help());
    let of_arguments =
        command.get_arguments().filter(|arg| !above.is_empty() || !arg.is_global_set());
    let arguments = of_arguments.filter_map(|arg| arg.get_long_help().or(arg.get_help()));
    for text in about.into_iter().chain(after).chain(arguments) {
        found.push(Text { place: place.clone(), content: prose_of(&text.to_string()) });
    }
    for sub in below(command) {
        collect(sub, &place, found);
    }
}

/// The paragraphs of a help text, each of them ended; the command lines of its examples are no sentences.
fn prose_of(text: &str) -> String {
    let is_prose = |line: &&str| !line.starts_with("  ");
    let prose: Vec<&str> = text.lines().filter(is_prose).collect();
    let ended = format!("{PARAGRAPH} ");
    prose.join("\n").replace("\n\n", &ended).replace("Examples:\n", &ended).replace('\n', " ")
}

/// The string literals of `src`, without tests.
pub(super) fn of_literals() -> Vec<Text> {
    let mut found = Vec::new();
    for path in rust_files("src") {
        let source = std::fs::read_to_string(&path).unwrap();
        let shipped = source.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        let place = shown(&path);
        found.extend(literals(shipped).map(|content| Text { place: place.clone(), content }));
    }
    found
}

/// The doc comments of `src`, each block of lines as one text. Those of arguments are help, too.
pub(super) fn of_comments() -> Vec<Text> {
    let mut found = Vec::new();
    for path in rust_files("src") {
        let source = std::fs::read_to_string(&path).unwrap();
        let mut block = String::new();
        for line in source.lines().chain([""]) {
            let line = line.trim_start();
            match line.strip_prefix("///").or(line.strip_prefix("//!")) {
                Some(said) => block.extend([said, " "]),
                None if block.is_empty() => {}
                None => {
                    found.push(Text { place: shown(&path), content: std::mem::take(&mut block) })
                }
            }
        }
    }
    found
}

fn literals(source: &str) -> impl Iterator<Item = String> {
    let (mut rest, mut found) = (source, Vec::new());
    while let Some(next) = rest.chars().next() {
        let length = if let Some(length) = skipped(rest) {
            let text = &rest[..length];
            if text.starts_with(['"', 'r', 'b']) {
                let inside = text.split_once('"').map_or("", |(_, inside)| inside);
                found.push(inside.trim_end_matches(['"', '#']).to_owned());
            }
            length
        } else if next.is_alphanumeric() || next == '_' {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else {
            next.len_utf8()
        };
        rest = &rest[length..];
    }
    // A text for people has a space inside.
    found.into_iter().filter(|text| text.trim().contains(' '))
}

/// Paragraphs and table rows of the pages in English that are not generated, without code.
pub(super) fn of_pages() -> Vec<Text> {
    const GENERATED: [&str; 4] =
        ["docs/cli.md", "docs/errors.md", "docs/environment.md", "docs/session.md"];
    let mut found = Vec::new();
    for path in pages() {
        let place = shown(&path);
        if GENERATED.contains(&place.as_str())
            || [".ja.md", ".zh.md"].iter().any(|end| place.ends_with(end))
        {
            continue;
        }
        let page = std::fs::read_to_string(root().join(&path)).unwrap();
        let prose: Vec<&str> = page.split("```").step_by(2).collect();
        for paragraph in prose.join("\n").split("\n\n").flat_map(parts) {
            found.push(Text { place: place.clone(), content: without_code(&paragraph) });
        }
    }
    found
}

/// Each row of a table and each item of a list is a text of its own.
fn parts(paragraph: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for line in paragraph.lines() {
        let begins = ["|", "- ", "#"].iter().any(|mark| line.starts_with(mark));
        match parts.last_mut() {
            Some(part) if !begins && !part.starts_with('|') => {
                part.push(' ');
                part.push_str(line.trim());
            }
            _ => parts.extend(line.split(" | ").map(str::to_owned)),
        }
    }
    parts
}

fn without_code(text: &str) -> String {
    text.split('`').step_by(2).collect::<Vec<_>>().join("X")
}
