//! JSON documents that people hand us, read as az reads them; what to say when one cannot be.

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

/// Reads a JSON object from a file.
pub(crate) fn read(path: &str) -> Result<Value, Unusable> {
    let path = Path::new(path);
    let size = fs::metadata(path).map_err(|err| unreadable(&err))?.len();
    if size > LARGEST {
        return Err(Unusable::new(
            format!("is larger than {} MB", LARGEST >> 20),
            "Give the file of one offer: Azure takes no larger one.",
        ));
    }
    parse(&fs::read(path).map_err(|err| unreadable(&err))?)
}

fn unreadable(err: &std::io::Error) -> Unusable {
    Unusable::new(format!("cannot be read: {err}"), "Check the path and its permissions.")
}

/// Reads a JSON object from bytes, as az does: in UTF-8 or UTF-16, with or without a byte order
/// mark, with comments and trailing commas (Azure/azure-cli#912, microsoft/vscode-azurearmtools#721).
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Unusable> {
    let text = decoded(bytes)?;
    if text.trim().is_empty() {
        return Err(Unusable::new("is empty", "Write it again, or copy it again."));
    }
    let plain = without_trailing_commas(&without_comments(&text));
    let value: Value = serde_json::from_str(&plain).map_err(|err| not_json(&err))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(Unusable::new(
            "is JSON, but not an object",
            "Give the whole file, from its first `{` to its last `}`.",
        ))
    }
}

/// The text of a file. PowerShell's `>` writes UTF-16, and its editors a byte order mark.
fn decoded(bytes: &[u8]) -> Result<String, Unusable> {
    type Unit = fn([u8; 2]) -> u16;
    let (rest, unit): (&[u8], Unit) = match bytes {
        [0xff, 0xfe, rest @ ..] => (rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => (rest, u16::from_be_bytes),
        // JSON begins with ASCII, so a NUL in its first letter says which half comes first.
        [first, 0, ..] if *first != 0 => (bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => (bytes, u16::from_be_bytes),
        _ => {
            let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            return std::str::from_utf8(bytes).map(str::to_owned).map_err(|err| {
                let rule = format!("is not UTF-8 text (byte {})", err.valid_up_to());
                Unusable::new(rule, "Save it as UTF-8.")
            });
        }
    };
    let units: Vec<u16> = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    match String::from_utf16(&units) {
        Ok(text) if rest.len().is_multiple_of(2) => Ok(text),
        _ => Err(Unusable::new("is UTF-16 with a broken character", "Save it as UTF-8.")),
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

/// Blanks out each comma that only a closing bracket follows.
fn without_trailing_commas(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if first == '"' { string_length(rest) } else { first.len_utf8() };
        let (token, after) = rest.split_at(length);
        let is_last = first == ',' && after.trim_start().starts_with(['}', ']']);
        plain.push_str(if is_last { " " } else { token });
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
            format!("is not JSON: {err}"),
            format!("Correct line {line}, column {column}."),
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
    fn every_encoding_that_az_reads_is_read() {
        let text = "{\"a\": \"K\u{f6}ln \u{1f680}\"}";
        let units = |mark: &str| format!("{mark}{text}").encode_utf16().collect::<Vec<u16>>();
        let little = |mark: &str| units(mark).into_iter().flat_map(u16::to_le_bytes).collect();
        let big = |mark: &str| units(mark).into_iter().flat_map(u16::to_be_bytes).collect();
        let eight: Vec<u8> = format!("\u{feff}{text}").into_bytes();
        let all: [Vec<u8>; 6] =
            [eight, text.into(), little("\u{feff}"), big("\u{feff}"), little(""), big("")];
        for bytes in all {
            assert_eq!(parse(&bytes).unwrap()["a"], "K\u{f6}ln \u{1f680}", "{bytes:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (bytes, expected) in [
            (&b"\xff\xfe{"[..], "UTF-16 with a broken character"),
            (b"", "is empty"),
            (b"\xef\xbb\xbf \n", "is empty"),
            (b"{\"a\": [1,", "truncated"),
            (b"{\"a\": }", "line 1, column 7"),
            (b"// comment\n{\"a\": }", "line 2, column 7"),
            (b"{\"a\": /* open", "truncated"),
            (b"{\"a\": 1,,}", "is not JSON"),
            (b"[1]", "not an object"),
            (b"{\"a\": \"\xe9\"}", "not UTF-8 text (byte 7)"),
        ] {
            let told = parse(bytes).unwrap_err();
            let text = format!("{} {}", told.rule, told.fix);
            assert!(text.contains(expected), "{text}");
        }
    }

    #[test]
    fn trailing_commas_are_passed_over_and_commas_in_strings_are_not() {
        let text = b"{\"a\": [1, 2, // last\n ], \"b\": \",}\", }";
        assert_eq!(parse(text), Ok(serde_json::json!({"a": [1, 2], "b": ",}"})));
    }

    #[test]
    fn comments_are_passed_over_as_az_does() {
        let text =
            "/* \u{fc}\n */ {\"a\": \"// no \\\" /* comment */\", // \"b\"\n\"c\": 1 /* x */}";
        let expected = serde_json::json!({"a": "// no \" /* comment */", "c": 1});
        assert_eq!(parse(text.as_bytes()), Ok(expected));
    }
}
