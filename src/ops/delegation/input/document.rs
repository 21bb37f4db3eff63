//! JSON documents that people hand us, and what to say when one cannot be read.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Why a document cannot be used: which rule it breaks, and the fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unusable {
    /// What is wrong, lower case, no full stop.
    pub rule: String,
    /// What to do, one sentence.
    pub fix: String,
}

impl Unusable {
    fn new(rule: impl Into<String>, fix: impl Into<String>) -> Unusable {
        Unusable { rule: rule.into(), fix: fix.into() }
    }
}

/// Reads a JSON object from a file. A leading `@`, as `az` has it, is not part of the name.
pub(crate) fn read(path: &str) -> Result<Value, Unusable> {
    let path = Path::new(file_name(path));
    let size = fs::metadata(path).map_err(|err| unreadable(&err))?.len();
    if size > LARGEST {
        return Err(Unusable::new(
            format!("is larger than {} MB", LARGEST >> 20),
            "Give the file of one offer: Azure takes no larger one.",
        ));
    }
    parse(&fs::read(path).map_err(|err| unreadable(&err))?)
}

/// The path without az's `@`.
pub(crate) fn file_name(path: &str) -> &str {
    path.strip_prefix('@').unwrap_or(path)
}

fn unreadable(err: &std::io::Error) -> Unusable {
    Unusable::new(format!("cannot be read: {err}"), "Check the path and its permissions.")
}

/// Reads a JSON object from bytes. A UTF-8 byte order mark, which PowerShell likes to write, is skipped.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Unusable> {
    if bytes.starts_with(&[0xff, 0xfe])
        || bytes.starts_with(&[0xfe, 0xff])
        || bytes.iter().take(64).any(|byte| *byte == 0)
    {
        return Err(Unusable::new(
            "is UTF-16, not UTF-8",
            "Save it as UTF-8, in PowerShell with `Out-File -Encoding utf8`.",
        ));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() {
        return Err(Unusable::new("is empty", "Write it again, or copy it again."));
    }
    let text = std::str::from_utf8(bytes).map_err(|err| {
        Unusable::new(format!("is no UTF-8 text (byte {})", err.valid_up_to()), "Save it as UTF-8.")
    })?;
    let value: Value =
        serde_json::from_str(&without_comments(text)).map_err(|err| not_json(&err))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(Unusable::new(
            "is JSON, but no object",
            "Give the whole file, from its first `{` to its last `}`.",
        ))
    }
}

/// Blanks out `//` and `/* */`, which Azure's templates may hold and `az` takes in both kinds of file.
/// Every other character keeps its line and column.
fn without_comments(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, is_comment) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), true)
        } else if let Some(inside) = rest.strip_prefix("/*") {
            // One that nobody closes swallows the end, which is then said to be truncated.
            (inside.find("*/").map_or(rest.len(), |end| end + 4), true)
        } else if first == '"' {
            (string_length(rest), false)
        } else {
            (first.len_utf8(), false)
        };
        let (token, after) = rest.split_at(length);
        if is_comment {
            plain.extend(token.chars().map(|c| if c == '\n' { c } else { ' ' }))
        } else {
            plain.push_str(token)
        }
        rest = after;
    }
    plain
}

/// The length of the JSON string that `text` begins with, quotes and all.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    let closes = |&(at, c): &(usize, char)| {
        let ends = c == '"' && at > 0 && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    };
    text.char_indices().find(closes).map_or(text.len(), |(at, _)| at + 1)
}

fn not_json(err: &serde_json::Error) -> Unusable {
    let (line, column) = (err.line(), err.column());
    if err.is_eof() {
        Unusable::new(
            format!("ends too early (line {line}, column {column}): it is truncated"),
            "Copy the whole file again.",
        )
    } else {
        Unusable::new(
            format!("is no JSON: {err}"),
            format!("Mend line {line}, column {column}; JSON knows no trailing commas."),
        )
    }
}

/// Azure takes no template or parameter file beyond 4 MB. Source:
/// <https://learn.microsoft.com/azure/azure-resource-manager/templates/best-practices>
const LARGEST: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert!(parse(b"\xef\xbb\xbf{\"a\": 1}").is_ok());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (bytes, expected) in [
            (&b"\xff\xfe{\0}\0"[..], "UTF-16"),
            (b"{\0\"\0}\0", "UTF-16"),
            (b"", "is empty"),
            (b"\xef\xbb\xbf \n", "is empty"),
            (b"{\"a\": [1,", "truncated"),
            (b"{\"a\": }", "line 1, column 7"),
            (b"// comment\n{\"a\": }", "line 2, column 7"),
            (b"{\"a\": /* open", "truncated"),
            (b"[1]", "no object"),
            (b"{\"a\": \"\xe9\"}", "no UTF-8 text (byte 7)"),
        ] {
            let told = parse(bytes).unwrap_err();
            let text = format!("{} {}", told.rule, told.fix);
            assert!(text.contains(expected), "{text}");
        }
    }

    #[test]
    fn comments_are_passed_over_as_az_does() {
        let text =
            "/* \u{fc}\n */ {\"a\": \"// no \\\" /* comment */\", // \"b\"\n\"c\": 1 /* x */}";
        let expected = serde_json::json!({"a": "// no \" /* comment */", "c": 1});
        assert_eq!(parse(text.as_bytes()), Ok(expected));
    }

    #[test]
    fn files_may_be_named_as_az_does() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.json");
        fs::write(&path, "{}").unwrap();
        assert!(read(&format!("@{}", path.display())).is_ok());
        assert!(read("/nowhere/p.json").unwrap_err().rule.contains("cannot be read"));
    }
}
