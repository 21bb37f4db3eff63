//! `docs/cli.md` and the man pages are made of the grammar; `make accept` rewrites them.

mod lines;
mod man;
mod markdown;
pub(crate) mod pages;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::process::{Command, Stdio};

use snapbox::Data;

use crate::support::source::{root, rust_files};
#[cfg(target_os = "linux")]
use crate::support::tool;

#[test]
fn the_page_of_commands_is_up_to_date() {
    compare(&root().join("docs/cli.md"), markdown::page());
}

#[test]
fn the_man_pages_are_up_to_date() {
    let folder = root().join("docs/man");
    let pages = man::pages();
    let wanted: BTreeSet<&String> = pages.iter().map(|(name, _)| name).collect();
    for path in files(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if wanted.contains(&name) {
            continue;
        }
        assert!(is_accepted(), "docs/man/{name} is of no command: `make accept` removes it");
        std::fs::remove_file(path).unwrap();
    }
    for (name, page) in pages {
        compare(&folder.join(name), page);
    }
}

/// As readers see them: a mistake in roff is a line that is missing, and a warning nobody reads.
#[test]
#[cfg(target_os = "linux")]
fn the_man_pages_are_read_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    for (name, page) in man::pages() {
        let path = folder.path().join(name);
        std::fs::write(&path, page).unwrap();
        let text = read_by_groff(&path);
        for heading in
            ["NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"]
        {
            assert!(text.contains(heading), "{} has no {heading}: {text}", path.display());
        }
    }
}

/// A code without a row would be missing from every man page.
#[test]
fn every_exit_code_has_a_row() {
    let sources = rust_files("src").into_iter().map(|path| std::fs::read_to_string(path).unwrap());
    let source = sources.into_iter().find(|source| source.contains("fn exit_code(self)")).unwrap();
    let arms = source.lines().filter_map(|line| line.trim().strip_prefix("Kind::"));
    let codes: Vec<&str> = arms
        .filter_map(|arm| arm.split_once(" => "))
        .map(|(_, code)| code.trim_end_matches(','))
        .filter(|code| code.parse::<u8>().is_ok())
        .collect();
    assert!(codes.len() >= 9, "{codes:?}");
    let rows = man::exit_codes();
    for code in codes {
        assert!(
            rows.iter().any(|(row, _)| row == code),
            "docs/exit-codes.md has no row for {code}"
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_mistake_in_a_man_page_would_be_seen() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("wrong.1");
    std::fs::write(&page, ".TH X 1\n.SH NAME\nx \\- y\n.NO-SUCH-MACRO\n").unwrap();
    let read = std::panic::catch_unwind(|| read_by_groff(&page));
    assert!(read.is_err());
}

#[cfg(target_os = "linux")]
/// What a terminal of 80 columns shows.
#[track_caller]
fn read_by_groff(page: &Path) -> String {
    let mut groff = Command::new(tool("groff"));
    groff.args(["-man", "-Tutf8", "-ww", "-rLL=80n"]).env("GROFF_NO_SGR", "1");
    let read = groff.arg(page).stdin(Stdio::null()).output().unwrap();
    let warnings = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success() && warnings.is_empty(), "{}: {warnings}", page.display());
    // Bold is a letter, backspace, and the letter again.
    let shown = String::from_utf8_lossy(&read.stdout);
    let mut text = String::new();
    for c in shown.chars() {
        if c == '\u{8}' {
            text.pop();
        } else {
            text.push(c);
        }
    }
    text
}

/// Compares to the byte: by default, snapbox takes every backslash for a slash.
#[track_caller]
pub(crate) fn compare(path: &Path, made: String) {
    snapbox::assert_data_eq!(Data::text(made).raw(), Data::read_from(path, None).raw());
}

/// Whether `make accept` runs.
fn is_accepted() -> bool {
    std::env::var_os("SNAPSHOTS").is_some_and(|how| how == "overwrite")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}
