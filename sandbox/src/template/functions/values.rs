//! Functions that turn a value into another type.

use super::Answer;
use super::arguments::{Arguments, display};
use serde_json::Value;

/// Answers the conversions that no other family holds.
pub(super) fn call(function: &str, arguments: &Arguments<'_>) -> Answer {
    Some(match function {
        "json" => json(arguments),
        "null" => arguments.count(0, 0).map(|()| Value::Null),
        "string" => arguments
            .count(1, 1)
            .and_then(|()| arguments.value(0))
            .map(|value| Value::from(display(value))),
        _ => return None,
    })
}

fn json(arguments: &Arguments<'_>) -> Result<Value, String> {
    let text = arguments.only_text()?;
    serde_json::from_str(text)
        .map_err(|error| format!("The template language function 'json' parameter is not valid. The provided value '{text}' cannot be parsed as JSON: {error}"))
}
