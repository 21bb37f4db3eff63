//! Text as Python treats it: what is white space, where lines end, and what `str()` prints.

use std::fmt::Write as _;

use super::number::float_repr;
use super::value::{JsonObject, Value};

/// Whether `str.isspace` holds for the character: Unicode's white space and four separators.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

/// `str.strip()`.
pub(super) fn strip_text(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `str.rstrip()`.
pub(super) fn strip_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// `str.splitlines(True)`: every line with its end.
pub(super) fn lines_with_ends(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if !LINE_ENDS.contains(&c) {
            continue;
        }
        let mut end = at + c.len_utf8();
        if c == '\r' && characters.next_if(|(_, next)| *next == '\n').is_some() {
            end += 1;
        }
        lines.push(&text[start..end]);
        start = end;
    }
    if start < text.len() {
        lines.push(&text[start..]);
    }
    lines
}

/// `str.splitlines()`.
pub(super) fn split_lines(text: &str) -> Vec<&str> {
    let with_ends = lines_with_ends(text).into_iter();
    with_ends
        .map(|line| {
            let line = line.strip_suffix('\n').map_or(line, |l| l.strip_suffix('\r').unwrap_or(l));
            line.strip_suffix(LINE_ENDS).unwrap_or(line)
        })
        .collect()
}

/// `str()` of a value: texts as they are, everything else as `repr` prints it.
pub(super) fn str_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        _ => {
            let mut out = String::new();
            write_repr(&mut out, value);
            out
        }
    }
}

fn write_repr(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(flag) => out.push_str(if *flag { "True" } else { "False" }),
        Value::Int(int) => write!(out, "{int}").expect("writing to a string succeeds"),
        Value::Float(float) => out.push_str(&float_repr(*float)),
        Value::Text(text) => write_text_repr(out, text),
        Value::List(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                out.push_str(if n == 0 { "" } else { ", " });
                write_repr(out, item);
            }
            out.push(']');
        }
        Value::Object(object) => write_object_repr(out, object),
    }
}

/// Writes `{'a': 1}`, or `OrderedDict([('a', 1)])` as Python up to 3.11 prints one.
fn write_object_repr(out: &mut String, object: &JsonObject) {
    if object.is_ordered() && object.members().is_empty() {
        out.push_str("OrderedDict()");
        return;
    }
    let (open, between, close, end) =
        if object.is_ordered() { ("OrderedDict([", ", ", ")", "])") } else { ("{", ": ", "", "}") };
    out.push_str(open);
    for (n, (name, value)) in object.members().iter().enumerate() {
        out.push_str(if n == 0 { "" } else { ", " });
        out.push_str(if object.is_ordered() { "(" } else { "" });
        write_text_repr(out, name);
        out.push_str(between);
        write_repr(out, value);
        out.push_str(close);
    }
    out.push_str(end);
}

fn write_text_repr(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c => write_escape(out, u32::from(c)),
        }
    }
    out.push(quote);
}

fn write_escape(out: &mut String, code: u32) {
    match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    }
    .expect("writing to a string succeeds")
}

/// `str.isprintable` for one character. The standard library's `Debug` for strings asks the same
/// Unicode categories, except for a combining mark at the start: hence the letter before it.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    let mut pair = String::from("a");
    pair.push(c);
    pair.escape_debug().nth(1) == Some(c)
}

/// Where `str.splitlines` ends a line.
const LINE_ENDS: [char; 10] =
    ['\n', '\r', '\x0b', '\x0c', '\x1c', '\x1d', '\x1e', '\u{85}', '\u{2028}', '\u{2029}'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_python_ends_them() {
        assert_eq!(split_lines("a\r\nb\rc\u{2028}d\n\ne"), ["a", "b", "c", "d", "", "e"]);
        assert!(split_lines("").is_empty());
        assert_eq!(lines_with_ends("a\r\nb\x1c"), ["a\r\n", "b\x1c"]);
    }

    #[test]
    fn strip_takes_the_separators_python_counts_as_space() {
        assert_eq!(strip_text("\x1c\u{3000} a \x1f"), "a");
    }

    #[test]
    fn repr_chooses_quotes_and_escapes() {
        let value = Value::list(vec![
            Value::Null,
            Value::Bool(true),
            Value::Float(1e16),
            Value::text("it's"),
            Value::text("'\"\\\n\u{7f}é\u{200b}\u{301}"),
        ]);
        let expected = "[None, True, 1e+16, \"it's\", '\\'\"\\\\\\n\\x7fé\\u200b\u{301}']";
        assert_eq!(str_of(&value), expected);
    }

    #[test]
    fn objects_of_a_query_show_that_they_are_ordered() {
        let mut object = JsonObject::ordered();
        object.insert("a".into(), Value::Null);
        assert_eq!(str_of(&Value::object(object)), "OrderedDict([('a', None)])");
    }
}
