//! Functions on strings.

use super::Answer;
use super::arguments::{Arguments, display};
use serde_json::Value;

/// Answers the string functions.
pub(super) fn call(function: &str, arguments: &Arguments<'_>) -> Answer {
    Some(match function {
        "concat" => concat(arguments),
        "tolower" => arguments.only_text().map(|text| Value::from(text.to_lowercase())),
        "toupper" => arguments.only_text().map(|text| Value::from(text.to_uppercase())),
        "trim" => arguments.only_text().map(|text| Value::from(text.trim())),
        "split" => split(arguments),
        "join" => join(arguments),
        "replace" => replace(arguments),
        "substring" => substring(arguments),
        "padleft" => pad_left(arguments),
        "startswith" => ends(arguments, |text, part| text.starts_with(part)),
        "endswith" => ends(arguments, |text, part| text.ends_with(part)),
        "format" => format(arguments),
        _ => return None,
    })
}

fn concat(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(1, usize::MAX)?;
    if arguments.values.iter().all(Value::is_array) {
        let items = arguments.values.iter().filter_map(Value::as_array).flatten();
        return Ok(items.cloned().collect());
    }
    if arguments.values.iter().any(|value| value.is_array() || value.is_object()) {
        return Err(
            arguments.unexpected("all parameters to be arrays or all parameters to be literals")
        );
    }
    Ok(Value::from(arguments.values.iter().map(display).collect::<String>()))
}

fn split(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(2, 2)?;
    let text = arguments.text(0)?;
    let delimiters: Vec<&str> = match arguments.value(1)? {
        Value::String(delimiter) => vec![delimiter],
        Value::Array(delimiters) => delimiters.iter().filter_map(Value::as_str).collect(),
        _ => return Err(arguments.unexpected("a string and a delimiter or an array of delimiters")),
    };
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((at, length)) = next_delimiter(rest, &delimiters) {
        parts.push(Value::from(&rest[..at]));
        rest = &rest[at + length..];
    }
    parts.push(Value::from(rest));
    Ok(Value::Array(parts))
}

fn next_delimiter(text: &str, delimiters: &[&str]) -> Option<(usize, usize)> {
    delimiters
        .iter()
        .filter(|delimiter| !delimiter.is_empty())
        .filter_map(|delimiter| text.find(delimiter).map(|at| (at, delimiter.len())))
        .min_by_key(|(at, _)| *at)
}

fn join(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(2, 2)?;
    let parts: Vec<_> = arguments.array(0)?.iter().map(display).collect();
    Ok(Value::from(parts.join(arguments.text(1)?)))
}

fn replace(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(3, 3)?;
    let old = arguments.text(1)?;
    if old.is_empty() {
        return Err(arguments.unexpected("a non-empty string to replace"));
    }
    Ok(Value::from(arguments.text(0)?.replace(old, arguments.text(2)?)))
}

fn substring(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(2, 3)?;
    let characters: Vec<char> = arguments.text(0)?.chars().collect();
    let out_of_bounds = |detail: &str| {
        format!(
            "Unable to evaluate the template language function 'substring'. The {detail} must refer to a location within the string. The string has '{}' characters",
            characters.len()
        )
    };
    let start = usize::try_from(arguments.integer(1)?)
        .ok()
        .filter(|start| *start <= characters.len())
        .ok_or_else(|| out_of_bounds("index parameter"))?;
    let length = match arguments.values.len() {
        2 => characters.len() - start,
        _ => usize::try_from(arguments.integer(2)?)
            .ok()
            .filter(|length| *length <= characters.len() - start)
            .ok_or_else(|| out_of_bounds("index and length parameters"))?,
    };
    Ok(Value::from(characters[start..start + length].iter().collect::<String>()))
}

fn pad_left(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(2, 3)?;
    let text = display(arguments.value(0)?);
    let length = usize::try_from(arguments.integer(1)?)
        .ok()
        .filter(|length| *length <= 16)
        .ok_or_else(|| arguments.unexpected("a total length between 0 and 16"))?;
    let padding = match arguments.values.len() {
        2 => " ",
        _ => arguments.text(2)?,
    };
    if padding.chars().count() != 1 {
        return Err(arguments.unexpected("a padding of exactly one character"));
    }
    let missing = length.saturating_sub(text.chars().count());
    Ok(Value::from(padding.repeat(missing) + &text))
}

/// `startsWith` and `endsWith` do not tell upper from lower case.
fn ends(arguments: &Arguments<'_>, test: fn(&str, &str) -> bool) -> Result<Value, String> {
    arguments.count(2, 2)?;
    let text = arguments.text(0)?.to_lowercase();
    Ok(Value::from(test(&text, &arguments.text(1)?.to_lowercase())))
}

/// Fills in `{0}`, `{1:D3}`, `{2:X}`; `{{` and `}}` are plain braces.
fn format(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(2, usize::MAX)?;
    let pattern = arguments.text(0)?;
    let mut text = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '{' | '}' if rest.next_if_eq(&character).is_some() => text.push(character),
            '{' => {
                let mut hole = String::new();
                loop {
                    match rest.next() {
                        Some('}') => break,
                        Some(next) => hole.push(next),
                        None => return Err(bad_pattern(pattern)),
                    }
                }
                text.push_str(&filled(arguments, &hole).ok_or_else(|| bad_pattern(pattern))?);
            }
            '}' => return Err(bad_pattern(pattern)),
            other => text.push(other),
        }
    }
    Ok(Value::from(text))
}

fn bad_pattern(pattern: &str) -> String {
    format!(
        "Unable to format the template language expression '{pattern}': the format string is not valid"
    )
}

fn filled(arguments: &Arguments<'_>, hole: &str) -> Option<String> {
    let (index, style) = hole.split_once(':').unwrap_or((hole, ""));
    let value = arguments.values.get(index.trim().parse::<usize>().ok()? + 1)?;
    if style.is_empty() {
        return Some(display(value));
    }
    let number = value.as_i64()?;
    let mut digits = style.chars();
    let letter = digits.next()?;
    // .NET allows more digits; no name or text in a template is that long.
    let width = match digits.as_str() {
        "" => 0,
        digits => digits.parse().ok().filter(|width| *width <= 99)?,
    };
    match letter {
        'D' | 'd' => Some(format!("{number:0width$}")),
        'X' => Some(format!("{number:0width$X}")),
        'x' => Some(format!("{number:0width$x}")),
        _ => None,
    }
}
