//! `utcNow`, which is allowed only in the default value of a parameter.

use super::Answer;
use super::arguments::Arguments;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

/// The format of `utcNow()` without an argument: ISO 8601 basic.
const BASIC: &str = "yyyyMMddTHHmmssZ";

/// Answers the time functions.
pub(super) fn call(function: &str, arguments: &Arguments<'_>) -> Answer {
    (function == "utcnow").then(|| {
        arguments.count(0, 1)?;
        let pattern = match arguments.values {
            [] => BASIC,
            _ => arguments.text(0)?,
        };
        Ok(Value::from(written(Timestamp::now(), pattern)))
    })
}

/// Writes a time in a .NET custom format, or one of the standard formats `d`, `u`, `s` and `o`.
fn written(time: Timestamp, pattern: &str) -> String {
    let zoned = time.to_zoned(TimeZone::UTC);
    let pattern = match pattern {
        "d" => "%-m/%-d/%Y".to_owned(),
        "u" => "%Y-%m-%d %H:%M:%SZ".to_owned(),
        "s" => "%Y-%m-%dT%H:%M:%S".to_owned(),
        "o" | "O" => "%Y-%m-%dT%H:%M:%S.%7fZ".to_owned(),
        custom => translated(custom),
    };
    zoned.strftime(&pattern).to_string()
}

fn translated(custom: &str) -> String {
    const PARTS: [(&str, &str); 12] = [
        ("yyyy", "%Y"),
        ("yy", "%y"),
        ("MM", "%m"),
        ("M", "%-m"),
        ("dd", "%d"),
        ("d", "%-d"),
        ("HH", "%H"),
        ("hh", "%I"),
        ("mm", "%M"),
        ("ss", "%S"),
        ("fffffff", "%7f"),
        ("fff", "%3f"),
    ];
    let mut pattern = String::new();
    let mut rest = custom;
    while let Some(character) = rest.chars().next() {
        if let Some((part, directive)) = PARTS.iter().find(|(part, _)| rest.starts_with(part)) {
            pattern.push_str(directive);
            rest = &rest[part.len()..];
        } else {
            match character {
                '%' => pattern.push_str("%%"),
                other => pattern.push(other),
            }
            rest = &rest[character.len_utf8()..];
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::{BASIC, written};

    #[test]
    fn a_time_is_written_in_the_asked_format() {
        let time = "2026-08-05T07:09:03.5Z".parse().unwrap();
        assert_eq!(written(time, BASIC), "20260805T070903Z");
        assert_eq!(written(time, "yyyy-MM-dd HH:mm:ss.fff"), "2026-08-05 07:09:03.500");
        assert_eq!(written(time, "d"), "8/5/2026");
        assert_eq!(written(time, "u"), "2026-08-05 07:09:03Z");
        assert_eq!(written(time, "100%"), "100%");
    }
}
