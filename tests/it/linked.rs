//! What the linker made of the program: what it can hold against an attacker, and what lies where for a quick start.

use std::process::Command;

use crate::support::program;

fn look(tool: &str, args: &[&str]) -> String {
    let ran = Command::new(tool).args(args).arg(program::path()).output();
    let output = ran.unwrap_or_else(|err| panic!("{tool} comes with every compiler: {err}"));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What the loader fills in cannot be written any more once the program runs, and lies where nobody can guess.
#[test]
fn the_program_has_full_relro_and_no_fixed_address() {
    let part = |what: &str| look("readelf", &["--wide", what]);
    let (header, segments, dynamic) =
        (part("--file-header"), part("--segments"), part("--dynamic"));
    assert!(header.contains("DYN (Position-Independent"), "{header}");
    assert!(segments.contains("GNU_RELRO"), "{segments}");
    assert!(dynamic.contains("BIND_NOW"), "{dynamic}");
    let stack = segments.lines().find(|line| line.contains("GNU_STACK")).unwrap_or_default();
    assert!(stack.contains("RW ") && !stack.contains("RWE"), "{stack}");
}

/// A name that is gone does no harm, but when most are a start is slow again: `make order` writes them anew.
#[test]
#[cfg(all(target_arch = "x86_64", target_env = "gnu"))]
fn the_functions_of_a_start_are_still_called_as_the_linker_was_told() {
    use std::collections::HashSet;

    // What stands before the compiler's hash.
    let stem = |name: &str| name.split_once("17h").map(|(stem, _)| stem.to_owned());
    let here: HashSet<String> =
        look("nm", &[]).lines().filter_map(|line| stem(line.rsplit(' ').next()?)).collect();
    let told: HashSet<String> = include_str!("../../packaging/start.ld")
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("*(.text."))
        .filter_map(|name| stem(name.trim_start_matches("unlikely.")))
        .collect();
    let gone: Vec<_> = told.difference(&here).collect();
    assert!(told.len() > 500, "packaging/start.ld has {}", told.len());
    assert!(gone.len() * 10 < told.len(), "run `make order`: {gone:?}");
    let sections = look("readelf", &["--wide", "--sections"]);
    assert!(sections.contains(" .text.start "), "{sections}");
}
