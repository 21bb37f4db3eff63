//! The house's numbers: length of files and functions, names that many bear, secrets shown, crates
//! linked.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::source::{Token, past_body, root, rust_files, shown, tokens, without_tests};

/// Lines of a file.
const LONGEST_FILE: usize = 400;

/// Lines of code in a function's body, as clippy's `too_many_lines` counts them.
const LONGEST_FUNCTION: usize = 60;

/// Places in the product where a secret is taken out of its wrapper. Lower it when one goes.
const MOST_EXPOSURES: usize = 21;

/// Who has a reason to: they send it, seal it, hand it to the keyring, or were asked to print it.
const MAY_EXPOSE: [&str; 7] = [
    "src/arm/",
    "src/auth/",
    "src/graph/",
    "src/secrets/",
    "src/commands/share/app/create.rs",
    "src/commands/token/get.rs",
    // The password of a Windows machine goes into its deployment, as a secure parameter.
    "src/ops/vm/template.rs",
];

/// Types of the product, in thousandths, whose name two or more other types have too. A name that
/// many bear is found by no search. It only falls.
const MOST_SHARED_TYPE_NAMES: usize = 100;

/// Free functions of the product, in thousandths, whose name is one word. `run` says nothing where
/// it is called without its module. It only falls.
const MOST_ONE_WORD_FUNCTIONS: usize = 450;

/// Crates linked into or built for the product on Linux, itself included. Two of them are Argon2id.
const MOST_CRATES: usize = 278;

/// Crates that bring a second TLS stack.
const SECOND_TLS: [&str; 5] = ["openssl", "openssl-sys", "native-tls", "aws-lc-rs", "aws-lc-sys"];

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut wrong = Vec::new();
    for (name, source) in sources() {
        let lines = source.lines().count();
        if lines > LONGEST_FILE {
            wrong.push(format!("{name} has {lines} lines, more than {LONGEST_FILE}"));
        }
        if !source.starts_with("//! ") {
            wrong.push(format!("{name} does not open with `//!` and what it is for"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn functions_are_short_in_tests_too() {
    let mut wrong = Vec::new();
    for (name, source) in sources() {
        for (function, lines) in functions(&tokens(&source)) {
            if lines > LONGEST_FUNCTION {
                wrong.push(format!(
                    "{name}: `{function}` has {lines} lines, more than {LONGEST_FUNCTION}"
                ));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_long_function_would_be_seen() {
    let source = format!("fn long(a: [u8; 3]) {{\n{}}}\nfn other();\n", "call();\n".repeat(80));
    assert_eq!(functions(&tokens(&source)), [("long".to_owned(), 80)]);
}

#[test]
fn every_file_of_this_program_is_in_it() {
    let main = fs::read_to_string(root().join("tests/it/main.rs")).unwrap();
    let declared = tokens(&main);
    let declares =
        |name: &str| declared.windows(2).any(|pair| pair[0].text == "mod" && pair[1].text == name);
    for entry in fs::read_dir(root().join("tests/it")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let is_source = path.extension().is_some_and(|extension| extension == "rs")
            || path.join("mod.rs").exists();
        assert!(
            !is_source || name == "main" || declares(&name),
            "tests/it/main.rs lacks `mod {name};`"
        );
    }
}

#[test]
fn few_types_share_their_name_with_two_others() {
    let types: Vec<String> = product().iter().flat_map(|tokens| type_names(tokens)).collect();
    let mut bearers: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &types {
        *bearers.entry(name).or_default() += 1;
    }
    bearers.retain(|_, count| *count > 2);
    let share = thousandths(bearers.values().sum(), types.len());
    assert!(
        share <= MOST_SHARED_TYPE_NAMES,
        "{share} of 1000 types share their name, more than {MOST_SHARED_TYPE_NAMES}: {bearers:?}"
    );
}

#[test]
fn few_free_functions_are_named_by_one_word() {
    let free: Vec<String> = product().iter().flat_map(|tokens| free_functions(tokens)).collect();
    let short: Vec<&String> = free.iter().filter(|name| !name.contains('_')).collect();
    let share = thousandths(short.len(), free.len());
    assert!(
        share <= MOST_ONE_WORD_FUNCTIONS,
        "{share} of 1000 free functions have one word, more than {MOST_ONE_WORD_FUNCTIONS}: {short:?}"
    );
}

#[test]
fn types_and_free_functions_are_seen_and_methods_are_not() {
    let source = "pub(crate) struct A<T>(T);\nenum B { C }\nimpl A<fn(u8)> { fn inner() {} }\n\
                  async fn run() { fn local() {} }\n#[cfg(test)]\nmod tests { struct D; fn t() {} }";
    let tokens = without_tests(&tokens(source));
    assert_eq!(type_names(&tokens), ["A", "B"]);
    assert_eq!(free_functions(&tokens), ["run"]);
}

#[test]
fn secrets_are_shown_in_few_places() {
    let mut places = Vec::new();
    for file in rust_files("src") {
        let source = fs::read_to_string(&file).unwrap();
        for call in calls_of(&without_tests(&tokens(&source)), "expose") {
            places.push(format!("{}:{call}", shown(&file)));
        }
    }
    let stray = |place: &&String| !MAY_EXPOSE.iter().any(|folder| place.starts_with(folder));
    assert_eq!(places.iter().find(stray), None);
    let count = places.len();
    assert!(
        count <= MOST_EXPOSURES,
        "{count} calls of `expose`, more than {MOST_EXPOSURES}: {places:#?}"
    );
}

#[test]
fn a_shown_secret_would_be_seen() {
    let source =
        "fn expose(&self) {}\nsecret.expose();\nlist.map(Secret::expose);\n// x.expose()\n";
    assert_eq!(calls_of(&tokens(source), "expose"), [2, 3]);
}

#[test]
fn the_product_stays_small() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--package", "az-imageshare", "--edges", "normal,build"])
        .args(["--target", "x86_64-unknown-linux-gnu", "--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&tree.stdout);
    let crates: BTreeSet<String> = text.lines().filter_map(name_and_version).collect();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    assert!(crates.contains(&format!("az-imageshare v{}", env!("CARGO_PKG_VERSION"))));
    let count = crates.len();
    assert!(count <= MOST_CRATES, "the product is made of {count} crates, more than {MOST_CRATES}");
}

#[test]
fn there_is_one_tls_stack() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    assert!(lock.contains("name = \"rustls\""));
    for name in SECOND_TLS {
        assert!(!lock.contains(&format!("name = \"{name}\"")), "Cargo.lock holds {name}");
    }
}

/// The tokens of each file of the product, without its tests.
fn product() -> Vec<Vec<Token>> {
    let mut files = rust_files("src");
    files.retain(|file| !file.components().any(|part| part.as_os_str() == "tests"));
    files.retain(|file| !file.ends_with("tests.rs"));
    let read = |file: &PathBuf| without_tests(&tokens(&fs::read_to_string(file).unwrap()));
    files.iter().map(read).collect()
}

/// The names of the structs, enums and traits.
fn type_names(tokens: &[Token]) -> Vec<String> {
    let defines = |pair: &&[Token]| {
        matches!(pair[0].text.as_str(), "struct" | "enum" | "trait")
            && pair[1].text.starts_with(char::is_uppercase)
    };
    tokens.windows(2).filter(defines).map(|pair| pair[1].text.clone()).collect()
}

/// The names of the functions that stand in no block.
fn free_functions(tokens: &[Token]) -> Vec<String> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    for pair in tokens.windows(2) {
        match pair[0].text.as_str() {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            "fn" if depth == 0 && pair[1].text != "(" => found.push(pair[1].text.clone()),
            _ => {}
        }
    }
    found
}

fn thousandths(part: usize, whole: usize) -> usize {
    part * 1000 / whole.max(1)
}

/// Every source file of the project, by name.
fn sources() -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in ["src", "tests", "sandbox/src", "sandbox/tests", "fuzz"] {
        files.extend(rust_files(folder));
    }
    let read = |file: &PathBuf| (shown(file), fs::read_to_string(file).unwrap());
    files.iter().map(read).collect()
}

/// Name and length of each function with a body: lines with nothing but comments do not count.
fn functions(tokens: &[Token]) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (at, pair) in tokens.windows(2).enumerate() {
        let name = &pair[1].text;
        if pair[0].text != "fn" || !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            continue;
        }
        let start = past_signature(tokens, at);
        let body = &tokens[start..past_body(tokens, start)];
        if let [_, inner @ .., _] = body {
            let lines: BTreeSet<usize> = inner.iter().map(|token| token.line).collect();
            found.push((name.clone(), lines.len()));
        }
    }
    found
}

/// The index of the `{` or `;` after the signature at `from`: a `;` in `[u8; 3]` is not it.
fn past_signature(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.text.as_str() {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            "{" | ";" if depth == 0 => return at,
            _ => {}
        }
    }
    tokens.len()
}

/// The lines on which `name` is called or handed on; its definition is none of them.
fn calls_of(tokens: &[Token], name: &str) -> Vec<usize> {
    let used =
        |pair: &&[Token]| pair[1].text == name && matches!(pair[0].text.as_str(), "." | "::");
    tokens.windows(2).filter(used).map(|pair| pair[1].line).collect()
}

/// `serde v1.0.1 (proc-macro)` and `sandbox v0.1.0 (folder)` without what is in brackets.
fn name_and_version(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    Some(format!("{} {}", words.next()?, words.next()?))
}
