//! The pages that people write: their links lead somewhere, what they show can be typed, and the picture is of its text.

use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::process::Command;

use super::files;
use super::lines::known;
use crate::support::source::{root, shown};

/// Every page of Markdown that is not inside `src`, `sandbox` or `target`.
pub(crate) fn pages() -> Vec<PathBuf> {
    let folders = ["", "docs", "packaging", "packaging/azext", "completions"];
    let all = folders.iter().flat_map(|folder| files(&root().join(folder)));
    all.filter(|path| path.extension().is_some_and(|kind| kind == "md")).collect()
}

/// Where the links of a page lead, as far as they stay in this folder.
fn local_links(page: &str) -> impl Iterator<Item = &str> {
    let ends = page.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let targets = ends.map(|(target, _)| target.split('#').next().unwrap_or_default());
    targets.filter(|target| !target.is_empty() && !target.contains("://"))
}

/// Calls of the program inside the fenced blocks of a page, without the shell's part; continued lines are joined.
fn shown_calls(page: &str) -> Vec<String> {
    let fenced = page.split("```").skip(1).step_by(2);
    let joined: Vec<String> = fenced.map(|block| block.replace("\\\n", "")).collect();
    let lines = joined.iter().flat_map(|block| block.lines());
    let typed = lines.map(|line| line.strip_prefix("$ ").unwrap_or(line));
    let calls = typed.filter(|line| line.starts_with("az-imageshare "));
    calls
        .map(|call| call.split([' ']).take_while(|word| *word != "#").collect::<Vec<_>>().join(" "))
        .collect()
}

fn dead_links(path: &Path) -> Vec<String> {
    let page = std::fs::read_to_string(path).unwrap();
    let folder = path.parent().unwrap();
    let dead = local_links(&page).filter(|target| !folder.join(target).exists());
    dead.map(|target| format!("{}: {target}", shown(path))).collect()
}

#[test]
fn links_lead_to_files_that_exist() {
    let dead: Vec<String> = pages().iter().flat_map(|path| dead_links(path)).collect();
    assert!(dead.is_empty(), "{}", dead.join("\n"));
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.md");
    std::fs::write(&page, "[a](page.md) [b](gone.md#x) [c](https://example.com)").unwrap();
    assert_eq!(dead_links(&page).len(), 1);
}

#[test]
fn calls_in_blocks_are_of_the_grammar() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in pages() {
        for call in shown_calls(&std::fs::read_to_string(&path).unwrap()) {
            count += 1;
            wrong.extend(known(&call).err().map(|why| format!("{}: {call}: {why}", shown(&path))));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 20, "{count}");
}

/// A reader decides in half a minute: what it is, its state, and how to get it come first.
#[test]
fn the_first_screen_of_the_readme_says_what_matters() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let first: Vec<&str> = readme.lines().take(45).collect();
    assert!(first[2].starts_with("Share Azure Compute Gallery images with another tenant"));
    let screen = first.join("\n");
    for part in
        ["delegation create", "All five", "Never run against Azure", "## Install", "## Why not"]
    {
        assert!(screen.contains(part), "{part}");
    }
}

#[test]
fn the_session_fits_a_terminal_of_100_columns() {
    let page = std::fs::read_to_string(root().join("docs/session.md")).unwrap();
    let (_, session) = page.split_once("```console").unwrap();
    let wide: Vec<&str> = session.lines().filter(|line| line.chars().count() > 100).collect();
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

#[test]
#[cfg(target_os = "linux")]
fn the_picture_is_of_its_text() {
    let drawn = Command::new("python3").arg(root().join("scripts/picture")).arg("--check").output();
    let drawn = drawn.unwrap();
    assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
}
