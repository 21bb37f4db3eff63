//! Bodies: only properties that a type has, each of the kind it should be.

use serde_json::{Map, Value};

use super::refusal;
use crate::error::ArmError;
use crate::message::Request;

/// The body of a request as an object with no property but these.
pub(super) fn read(request: &Request, known: &[&str]) -> Result<Map<String, Value>, ArmError> {
    let body: Value = serde_json::from_slice(&request.body)
        .map_err(|_| refusal::bad("Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format."))?;
    let Value::Object(body) = body else {
        return Err(refusal::bad(
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
        ));
    };
    match body.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(refusal::bad(format!("Invalid property '{name}'."))),
        None => Ok(body),
    }
}

/// A text that must be there.
pub(super) fn required(
    body: &Map<String, Value>,
    name: &str,
    resource: &str,
) -> Result<String, ArmError> {
    match body.get(name).and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(refusal::bad(format!(
            "A value is required for property '{name}' of resource '{resource}'."
        ))),
    }
}

/// The texts of a list.
pub(super) fn texts(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
