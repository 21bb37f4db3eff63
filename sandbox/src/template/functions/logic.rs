//! Functions that compare and decide; `if`, `and`, `or` and `coalesce` are lazy and live with the caller.

use super::Answer;
use super::arguments::{Arguments, equal};
use serde_json::Value;
use std::cmp::Ordering;

/// Answers the comparing functions.
pub(super) fn call(function: &str, arguments: &Arguments<'_>) -> Answer {
    Some(match function {
        "equals" => arguments
            .count(2, 2)
            .map(|()| Value::from(equal(&arguments.values[0], &arguments.values[1]))),
        "not" => not(arguments),
        "less" => compare(arguments, Ordering::is_lt),
        "lessorequals" => compare(arguments, Ordering::is_le),
        "greater" => compare(arguments, Ordering::is_gt),
        "greaterorequals" => compare(arguments, Ordering::is_ge),
        "true" => arguments.count(0, 0).map(|()| Value::from(true)),
        "false" => arguments.count(0, 0).map(|()| Value::from(false)),
        "bool" => truth(arguments),
        _ => return None,
    })
}

fn not(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(1, 1)?;
    match arguments.value(0)? {
        Value::Bool(truth) => Ok(Value::from(!truth)),
        _ => Err(arguments.unexpected("its parameter to be a boolean")),
    }
}

fn compare(arguments: &Arguments<'_>, test: fn(Ordering) -> bool) -> Result<Value, String> {
    arguments.count(2, 2)?;
    let order = match (arguments.value(0)?, arguments.value(1)?) {
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => {
            left.as_f64().partial_cmp(&right.as_f64()).unwrap_or(Ordering::Equal)
        }
        _ => return Err(arguments.unexpected("two integers or two strings")),
    };
    Ok(Value::from(test(order)))
}

fn truth(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(1, 1)?;
    match arguments.value(0)? {
        Value::Bool(truth) => Ok(Value::from(*truth)),
        Value::Number(number) if number.as_i64().is_some() => {
            Ok(Value::from(number.as_i64() != Some(0)))
        }
        Value::String(text) if text.eq_ignore_ascii_case("true") || text == "1" => {
            Ok(Value::from(true))
        }
        Value::String(text) if text.eq_ignore_ascii_case("false") || text == "0" => {
            Ok(Value::from(false))
        }
        _ => Err(arguments.unexpected("a string or integer that can be converted to a boolean")),
    }
}
