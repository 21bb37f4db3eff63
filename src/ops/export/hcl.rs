//! Values in HCL's native syntax. Source: <https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md>

use std::fmt::Write;

use serde_json::Value;

/// A text as a quoted literal in which nothing is a template.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // `$${` is a literal `${`; behind another dollar it would be read otherwise.
            '$' | '%' if rest.peek() == Some(&'{') && before != letter => {
                out.extend([letter, letter]);
            }
            '$' | '%' if rest.peek() == Some(&'{') => escaped(letter, &mut out),
            control if control.is_control() || is_line_end(control) => escaped(control, &mut out),
            other => out.push(other),
        }
        before = letter;
    }
    out.push('"');
    out
}

fn escaped(letter: char, out: &mut String) {
    let _ = write!(out, "\\u{:04x}", u32::from(letter));
}

/// Line and paragraph separators, and marks that turn the direction of what a person sees.
fn is_line_end(letter: char) -> bool {
    matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A value as an expression whose first line begins where the cursor is.
pub(super) fn expression(value: &Value, depth: usize) -> String {
    let inner = "  ".repeat(depth + 1);
    let outer = "  ".repeat(depth);
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Array(items) => {
            let lines: String = items
                .iter()
                .map(|item| format!("{inner}{},\n", expression(item, depth + 1)))
                .collect();
            format!("[\n{lines}{outer}]")
        }
        Value::Object(fields) => {
            let width = fields.keys().map(|key| name(key).len()).max().unwrap_or_default();
            let lines: String = fields
                .iter()
                .map(|(key, item)| {
                    format!("{inner}{:width$} = {}\n", name(key), expression(item, depth + 1))
                })
                .collect();
            format!("{{\n{lines}{outer}}}")
        }
        other => other.to_string(),
    }
}

fn name(key: &str) -> String {
    let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && key.starts_with(|c: char| c.is_ascii_alphabetic());
    if plain { key.to_owned() } else { quoted(key) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_in_a_name_is_a_template() {
        for (text, expected) in [
            ("plain", r#""plain""#),
            (r#"a"b\c"#, r#""a\"b\\c""#),
            ("${file(\"x\")}", r#""$${file(\"x\")}""#),
            ("%{ if true }", r#""%%{ if true }""#),
            ("$${a}", r#""$\u0024{a}""#),
            ("cost $5 %", r#""cost $5 %""#),
            ("a\nb\u{2028}\u{7}", r#""a\nb\u2028\u0007""#),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }

    #[test]
    fn values_are_indented_and_aligned() {
        let value = json!({"a": [1, true, null], "long_name": {}, "x-y": "z", "list": []});
        let expected = "{\n  a         = [\n    1,\n    true,\n    null,\n  ]\n  long_name = {}\n  \"x-y\"     = \"z\"\n  list      = []\n}";
        assert_eq!(expression(&value, 0), expected);
    }
}
