//! The modules of a crate as its source shows them: which files there are, what each uses, and the
//! circles they form.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::source::{Written, paths, root, rust_files, tokens, without_tests};

/// A module by the names on its path: `src/arm/page.rs` is `["arm", "page"]`, `src/lib.rs` is `[]`.
pub(crate) type ModulePath = Vec<String>;

/// The module of a file below `folder`.
pub(crate) fn module_of(file: &Path, folder: &str) -> ModulePath {
    let path = file.strip_prefix(root().join(folder)).unwrap().with_extension("");
    let mut parts: ModulePath =
        path.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") || parts == ["lib"] {
        parts.pop();
    }
    parts
}

/// Every module below `folder` with its source; test modules are left out.
pub(crate) fn read_modules(folder: &str) -> BTreeMap<ModulePath, String> {
    let is_test = |module: &ModulePath| {
        module.iter().any(|part| matches!(part.as_str(), "tests" | "test" | "scenarios"))
    };
    let files = rust_files(folder);
    let read = files.iter().map(|file| {
        let source = std::fs::read_to_string(file).unwrap();
        (module_of(file, folder), source)
    });
    read.filter(|(module, _)| !is_test(module)).collect()
}

/// The path from the root of the crate, if it leads through the root.
pub(crate) fn absolute_path(module: &[String], path: &Written) -> Option<ModulePath> {
    let parts = &path.parts;
    if parts[0] == "crate" {
        return (parts.len() > 1).then(|| parts[1..].to_vec());
    }
    let up = parts.iter().take_while(|part| *part == "super").count();
    (up > 0 && up >= module.len()).then(|| parts[up..].to_vec())
}

/// The circles of files: groups in which each file uses each other one in the end. Largest first.
pub(crate) fn find_circles(modules: &BTreeMap<ModulePath, String>) -> Vec<Vec<String>> {
    let uses: BTreeMap<&ModulePath, BTreeSet<&ModulePath>> = modules
        .iter()
        .map(|(module, source)| (module, used_modules(modules, module, source)))
        .collect();
    let reach: BTreeMap<&ModulePath, BTreeSet<&ModulePath>> =
        uses.keys().map(|module| (*module, reachable(&uses, module))).collect();
    let mut circles: BTreeSet<Vec<String>> = BTreeSet::new();
    for (module, reached) in &reach {
        if !reached.contains(module) {
            continue;
        }
        let back = reached.iter().filter(|other| reach[*other].contains(module));
        circles.insert(back.map(|other| other.join("::")).collect());
    }
    let mut circles: Vec<Vec<String>> = circles.into_iter().collect();
    circles.sort_by_key(|circle| std::cmp::Reverse(circle.len()));
    circles
}

fn reachable<'a>(
    uses: &BTreeMap<&'a ModulePath, BTreeSet<&'a ModulePath>>,
    from: &ModulePath,
) -> BTreeSet<&'a ModulePath> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&ModulePath> = uses[from].iter().copied().collect();
    while let Some(next) = open.pop() {
        if found.insert(next) {
            open.extend(&uses[next]);
        }
    }
    found
}

/// The other modules that a source names, each by the longest part of a path that is a module.
fn used_modules<'a>(
    modules: &'a BTreeMap<ModulePath, String>,
    module: &ModulePath,
    source: &str,
) -> BTreeSet<&'a ModulePath> {
    let written = paths(&without_tests(&tokens(source)));
    let rooted: Vec<ModulePath> =
        written.iter().filter_map(|path| from_root(modules, module, &path.parts)).collect();
    // `use super::target;` lets `target::contains` be written: the last word stands for the path.
    let imported: BTreeMap<&String, &ModulePath> =
        rooted.iter().filter_map(|path| Some((path.last()?, path))).collect();
    let through_imports = written.iter().filter(|path| path.parts.len() > 1).filter_map(|path| {
        let start = imported.get(&path.parts[0])?;
        Some([start, &path.parts[1..]].concat())
    });
    let all = rooted.iter().cloned().chain(through_imports);
    all.filter_map(|path| longest_module(modules, &path)).filter(|used| *used != module).collect()
}

fn from_root(
    modules: &BTreeMap<ModulePath, String>,
    module: &[String],
    parts: &[String],
) -> Option<ModulePath> {
    let first = parts.first()?;
    let child = || modules.contains_key(&[module, std::slice::from_ref(first)].concat());
    match first.as_str() {
        "crate" if parts.len() > 1 => Some(parts[1..].to_vec()),
        "self" if parts.len() > 1 => Some([module, &parts[1..]].concat()),
        "super" => {
            let up = parts.iter().take_while(|part| *part == "super").count();
            // `pub(super)` uses nothing.
            let named = parts.get(up..).filter(|named| !named.is_empty())?;
            Some([&module[..module.len().checked_sub(up)?], named].concat())
        }
        _ if parts.len() > 1 && child() => Some([module, parts].concat()),
        _ => None,
    }
}

fn longest_module<'a>(
    modules: &'a BTreeMap<ModulePath, String>,
    path: &[String],
) -> Option<&'a ModulePath> {
    let mut lengths = (0..=path.len()).rev();
    lengths.find_map(|length| modules.get_key_value(&path[..length])).map(|(module, _)| module)
}
