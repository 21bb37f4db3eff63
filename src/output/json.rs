//! `-o json`: `json.dumps(result, ensure_ascii=False, indent=2, sort_keys=True)`, and the compact
//! form of JMESPath's `to_string`.

use std::fmt::Write as _;

use super::number::float_repr;
use super::value::Value;

/// Writes the indented form with a newline at its end.
pub(super) fn indented_text(value: &Value) -> String {
    let mut out = String::new();
    write_indented(&mut out, value, 0);
    out.push('\n');
    out
}

/// Writes `json.dumps(value, separators=(',', ':'))`: one line, ASCII, members as inserted.
pub(super) fn compact_text(value: &Value) -> String {
    let mut out = String::new();
    write_compact(&mut out, value);
    out
}

fn write_indented(out: &mut String, value: &Value, level: usize) {
    match value {
        Value::List(items) if !items.is_empty() => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                begin_line(out, n, level + 1);
                write_indented(out, item, level + 1);
            }
            end_lines(out, level, ']');
        }
        Value::Object(object) if !object.members().is_empty() => {
            out.push('{');
            for (n, (name, member)) in object.sorted().into_iter().enumerate() {
                begin_line(out, n, level + 1);
                write_text(out, name, false);
                out.push_str(": ");
                write_indented(out, member, level + 1);
            }
            end_lines(out, level, '}');
        }
        Value::Text(text) => write_text(out, text, false),
        _ => write_compact(out, value),
    }
}

fn begin_line(out: &mut String, place: usize, level: usize) {
    out.push_str(if place == 0 { "\n" } else { ",\n" });
    push_indent(out, level);
}

fn end_lines(out: &mut String, level: usize, close: char) {
    out.push('\n');
    push_indent(out, level);
    out.push(close);
}

fn push_indent(out: &mut String, level: usize) {
    out.extend(std::iter::repeat_n("  ", level));
}

fn write_compact(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Int(int) => write!(out, "{int}").expect("writing to a string succeeds"),
        Value::Float(float) => out.push_str(&python_float(*float)),
        Value::Text(text) => write_text(out, text, true),
        Value::List(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                out.push_str(if n == 0 { "" } else { "," });
                write_compact(out, item);
            }
            out.push(']');
        }
        Value::Object(object) => {
            out.push('{');
            for (n, (name, member)) in object.members().iter().enumerate() {
                out.push_str(if n == 0 { "" } else { "," });
                write_text(out, name, true);
                out.push(':');
                write_compact(out, member);
            }
            out.push('}');
        }
    }
}

/// Python's spelling where JSON has none: `NaN` and `Infinity`.
fn python_float(float: f64) -> String {
    match float {
        f if f.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        f => float_repr(f),
    }
}

fn write_text(out: &mut String, text: &str, ascii: bool) {
    out.push('"');
    let is_plain = |c: char| !(c < ' ' || c == '"' || c == '\\' || (ascii && c > '~'));
    let mut rest = text;
    // Most texts hold nothing to escape: what is plain goes over in one piece.
    while let Some(at) = rest.find(|c| !is_plain(c)) {
        out.push_str(&rest[..at]);
        let mut chars = rest[at..].chars();
        match chars.next().expect("find gave the place of a character") {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").expect("writing to a string succeeds");
                }
            }
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::read::read_json;

    fn value(text: &str) -> Value {
        read_json(text).unwrap()
    }

    #[test]
    fn names_are_sorted_by_code_point() {
        let text = indented_text(&value(r#"{"b":{},"a":[],"Z":[1,{"é":"ü"}]}"#));
        let expected = "{\n  \"Z\": [\n    1,\n    {\n      \"é\": \"ü\"\n    }\n  ],\n  \
                        \"a\": [],\n  \"b\": {}\n}\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn compact_text_is_ascii_in_insertion_order() {
        let text = compact_text(&value(r#"{"b":"é😀\u0001/","a":[1e16,-0.0,null,NaN,-Infinity]}"#));
        let expected = r#"{"b":"\u00e9\ud83d\ude00\u0001/","a":[1e+16,-0.0,null,NaN,-Infinity]}"#;
        assert_eq!(text, expected);
    }
}
