//! Functions on whole numbers.

use super::Answer;
use super::arguments::Arguments;
use serde_json::Value;

/// Answers the number functions.
pub(super) fn call(function: &str, arguments: &Arguments<'_>) -> Answer {
    Some(match function {
        "add" => pair(arguments, i64::checked_add),
        "sub" => pair(arguments, i64::checked_sub),
        "mul" => pair(arguments, i64::checked_mul),
        "div" => pair(arguments, i64::checked_div),
        "mod" => pair(arguments, i64::checked_rem),
        "min" => numbers(arguments)
            .map(|numbers| numbers.into_iter().min().map_or(Value::Null, Value::from)),
        "max" => numbers(arguments)
            .map(|numbers| numbers.into_iter().max().map_or(Value::Null, Value::from)),
        "int" => integer(arguments),
        _ => return None,
    })
}

fn pair(
    arguments: &Arguments<'_>,
    operation: fn(i64, i64) -> Option<i64>,
) -> Result<Value, String> {
    arguments.count(2, 2)?;
    let (left, right) = (arguments.integer(0)?, arguments.integer(1)?);
    operation(left, right).map(Value::from).ok_or_else(|| {
        let why = if right == 0 {
            "Attempted to divide by zero."
        } else {
            "Arithmetic operation resulted in an overflow."
        };
        format!("The template language function '{}' failed: {why}", arguments.name)
    })
}

/// The numbers of `min` and `max`: one array, or one argument each.
fn numbers(arguments: &Arguments<'_>) -> Result<Vec<i64>, String> {
    arguments.count(1, usize::MAX)?;
    let values = match arguments.values {
        [Value::Array(items)] => items,
        values => values,
    };
    values
        .iter()
        .map(|value| {
            value.as_i64().ok_or_else(|| arguments.unexpected("integers or an array of integers"))
        })
        .collect()
}

fn integer(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(1, 1)?;
    let number = match arguments.value(0)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.map(Value::from).ok_or_else(|| {
        arguments.unexpected("a string or integer that can be converted to an integer")
    })
}
