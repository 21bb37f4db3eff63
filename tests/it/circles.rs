//! Circles of files, which nobody can read in any order: how large they may be. The numbers only fall.

use std::collections::BTreeMap;

use crate::support::modules::{ModulePath, find_circles, read_modules};

/// Files in the largest circle of the program.
const LARGEST_IN_PROGRAM: usize = 4;

/// Files of the program that are in any circle.
const FILES_IN_PROGRAM: usize = 50;

/// Files in the largest circle of the sandbox, its template evaluator apart.
const LARGEST_IN_SANDBOX: usize = 4;

/// An evaluator calls its functions and they call it: a circle by nature.
const EVALUATOR: usize = 16;

#[test]
fn circles_of_the_program_only_shrink() {
    let circles = find_circles(&read_modules("src"));
    let largest = circles.first().map_or(0, Vec::len);
    assert!(largest <= LARGEST_IN_PROGRAM, "a circle of {largest} files: {:#?}", circles[0]);
    let files: usize = circles.iter().map(Vec::len).sum();
    assert!(files <= FILES_IN_PROGRAM, "{files} files in circles: {circles:#?}");
}

#[test]
fn the_sandbox_has_no_circle_but_its_evaluator() {
    let (evaluator, others): (Vec<_>, Vec<_>) = find_circles(&read_modules("sandbox/src"))
        .into_iter()
        .partition(|circle| circle.contains(&"template::evaluate".to_owned()));
    let large: Vec<_> =
        others.into_iter().filter(|circle| circle.len() > LARGEST_IN_SANDBOX).collect();
    assert_eq!(large, Vec::<Vec<String>>::new());
    let [evaluator] = evaluator.as_slice() else { panic!("{evaluator:?}") };
    assert!(evaluator.len() <= EVALUATOR, "{evaluator:#?}");
    assert!(evaluator.iter().all(|file| file.starts_with("template::")), "{evaluator:#?}");
}

#[test]
fn a_made_up_circle_is_found_however_it_is_written() {
    let sources = [
        ("", "pub use arm::Client;"),
        ("arm", "mod page; use page::Page; fn f() { crate::id::read() }"),
        ("arm::page", "use super::super::{auth, id}; fn f() { auth::entra::sign() }"),
        ("auth::entra", "// crate::arm\nuse crate::arm::Client;"),
        ("auth", "mod entra;"),
        ("id", "#[cfg(test)]\nmod tests { use crate::arm; }"),
    ];
    let modules: BTreeMap<ModulePath, String> = sources
        .iter()
        .map(|(name, source)| {
            let parts = name.split("::").filter(|part| !part.is_empty());
            (parts.map(str::to_owned).collect(), (*source).to_owned())
        })
        .collect();
    assert_eq!(find_circles(&modules), [vec!["arm", "arm::page", "auth::entra"]]);
}
