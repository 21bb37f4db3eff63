//! `make play` and the question before `make demo`: a shell in the sandbox with both tenants, and nothing installed unasked.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::program;
use crate::support::source::root;

fn play(lines: &str) -> Output {
    let mut command = Command::new(root().join("scripts/demo"));
    command.arg("--play").arg(program::path().parent().unwrap());
    assert_cmd::Command::from_std(command).write_stdin(lines.to_owned()).output().unwrap()
}

#[test]
fn the_cheat_sheet_works_as_it_is_written() {
    let sheet = play("cat cheat-sheet\n");
    let text = String::from_utf8_lossy(&sheet.stdout).into_owned();
    assert!(sheet.status.success(), "{}", String::from_utf8_lossy(&sheet.stderr));
    let mut calls: Vec<&str> =
        text.lines().map(str::trim).filter(|line| line.starts_with("az-imageshare ")).collect();
    // It is shown at the start, and once more by the line above.
    calls.truncate(calls.len() / 2);
    assert!(calls.len() >= 7, "{text}");
    // Advice is asked for at a terminal only.
    calls.retain(|call| !call.contains("share advise"));
    let ran = play(&format!("set -e\n{}\necho all of it\n", calls.join("\n")));
    let (shown, said) =
        (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success() && shown.contains("all of it"), "{shown}{said}");
}

fn consent(target: &Path, more: &[&str], ci: Option<&str>) -> Output {
    let mut command = Command::new(root().join("scripts/consent"));
    command.arg("demo").args(more).env("CARGO_TARGET_DIR", target).env_remove("CI");
    command.envs(ci.map(|value| ("CI", value))).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn a_first_build_needs_a_yes() {
    let empty = tempfile::tempdir().unwrap();
    let asked = consent(empty.path(), &[], None);
    let text = String::from_utf8_lossy(&asked.stderr);
    assert!(!asked.status.success(), "{text}");
    assert!(text.contains("downloads") && text.contains("YES=1"), "{text}");
    assert!(consent(empty.path(), &["--yes"], None).status.success());
    assert!(consent(empty.path(), &[], Some("true")).status.success());
}
