//! Reads the project's own source: enough of Rust's grammar to see paths, functions and calls.
//!
//! Comments and literals are dropped, `use` groups are written out, and `#[cfg(test)]` modules are
//! left out on request. Macros are read like any other text.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below `folder` (relative to the root), sorted; none if there is no such folder.
pub(crate) fn rust_files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The path of a file as people write it: from the root, with slashes.
pub(crate) fn shown(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}

/// A word or a sign of the source, and the line it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// An identifier, `::`, or one other character.
    pub(crate) text: String,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// A path as written, with `use` groups written out: `a::{b, c::d}` is two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// Its parts.
    pub(crate) parts: Vec<String>,
    /// Counted from 1.
    pub(crate) line: usize,
}

impl Written {
    /// Whether `wanted`, such as `process::exit`, stands anywhere in the path.
    pub(crate) fn contains(&self, wanted: &str) -> bool {
        let wanted: Vec<&str> = wanted.split("::").collect();
        self.parts
            .windows(wanted.len())
            .any(|parts| parts.iter().zip(&wanted).all(|(part, word)| part == word))
    }
}

/// Cuts source into words and signs, without comments and literals.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut reader = Reader { rest: source, line: 1 };
    let mut tokens = Vec::new();
    while let Some(next) = reader.rest.chars().next() {
        if let Some(length) = skipped(reader.rest) {
            reader.advance(length);
            continue;
        }
        let length = if is_word(next) {
            reader.rest.find(|c| !is_word(c)).unwrap_or(reader.rest.len())
        } else if reader.rest.starts_with("::") {
            2
        } else {
            next.len_utf8()
        };
        let line = reader.line;
        let text = reader.advance(length);
        if !text.trim().is_empty() {
            let text = text.to_owned();
            tokens.push(Token { text, line });
        }
    }
    tokens
}

struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    fn advance(&mut self, length: usize) -> &'a str {
        let (text, rest) = self.rest.split_at(length);
        self.line += text.matches('\n').count();
        self.rest = rest;
        text
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the comment or literal that `text` starts with.
pub(crate) fn skipped(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(block_comment(text));
    }
    if text.starts_with('\'') {
        return character(text);
    }
    let prefix = ["br", "cr", "b", "c", "r", ""].iter().find(|prefix| {
        let after = text.strip_prefix(**prefix).unwrap_or("");
        let hashes = if prefix.ends_with('r') { after.trim_start_matches('#') } else { after };
        hashes.starts_with('"')
    })?;
    let after = &text[prefix.len()..];
    if prefix.ends_with('r') {
        let hashes = after.len() - after.trim_start_matches('#').len();
        let end = format!("\"{}", "#".repeat(hashes));
        let body = prefix.len() + hashes + 1;
        return Some(body + text[body..].find(&end).map_or(0, |at| at + end.len()));
    }
    Some(prefix.len() + 1 + quoted(&after[1..], '"'))
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// A character literal; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let mut chars = text[1..].chars();
    let first = chars.next()?;
    let is_literal = first == '\\' || chars.next() == Some('\'');
    is_literal.then(|| 1 + quoted(&text[1..], '\''))
}

/// The length up to and with the closing `quote`.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Leaves out every item under `#[cfg(test)]`.
pub(crate) fn without_tests(tokens: &[Token]) -> Vec<Token> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let words = tokens[at..].iter().map(|token| token.text.as_str());
        if words.take(MARK.len()).eq(MARK) {
            at = past_body(tokens, at + MARK.len());
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// The index after the `{ … }` or `;` that ends the item at `from`.
pub(crate) fn past_body(tokens: &[Token], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" if depth <= 1 => return at + 1,
            "}" => depth -= 1,
            ";" if depth == 0 => return at + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Every path in the tokens, groups written out.
pub(crate) fn paths(tokens: &[Token]) -> Vec<Written> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].text.chars().all(is_word) {
            at = tree(tokens, at, &[], &mut found);
        } else {
            at += 1;
        }
    }
    found
}

/// Reads one path or `use` tree at `at`; gives the index after it.
fn tree(tokens: &[Token], mut at: usize, before: &[String], found: &mut Vec<Written>) -> usize {
    let mut parts = before.to_vec();
    let line = tokens[at].line;
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    loop {
        if text(at) == "{" && !parts.is_empty() {
            return group(tokens, at + 1, &parts, found);
        }
        parts.push(text(at).to_owned());
        at += 1;
        let goes_on =
            text(at) == "::" && text(at + 1).starts_with(|c| is_word(c) || c == '{' || c == '*');
        if !goes_on {
            found.push(Written { parts, line });
            return at;
        }
        at += 1;
    }
}

fn group(tokens: &[Token], mut at: usize, before: &[String], found: &mut Vec<Written>) -> usize {
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "}" => return at + 1,
            word if word.starts_with(|c| is_word(c) || c == '*') => {
                at = tree(tokens, at, before, found);
            }
            _ => at += 1,
        }
    }
    at
}

#[test]
fn groups_are_written_out_and_text_is_not_source() {
    let source = "use crate::{arm::Client, id::*}; // crate::ops\nlet x = \"crate::cli\"; 'a: loop {}\n\
                  let c = '\\''; r#\"crate::x \" \"#; crate::auth::choose::<crate::error::Error>()";
    let mut shown = Vec::new();
    for path in paths(&tokens(source)) {
        if path.parts[0] == "crate" {
            shown.push(format!("{} {}", path.line, path.parts.join("::")));
        }
    }
    let wanted = [
        "1 crate::arm::Client",
        "1 crate::id::*",
        "3 crate::auth::choose",
        "3 crate::error::Error",
    ];
    assert_eq!(shown, wanted);
}

#[test]
fn test_modules_are_left_out() {
    let source = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { if x {} } }\nfn c() {}";
    let names: Vec<String> =
        without_tests(&tokens(source)).into_iter().map(|token| token.text).collect();
    assert!(names.contains(&"a".to_owned()) && names.contains(&"c".to_owned()));
    assert!(!names.contains(&"b".to_owned()));
}
