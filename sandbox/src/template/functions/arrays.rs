//! Functions on arrays; many of them work on strings too.

use super::Answer;
use super::arguments::{Arguments, equal, kind, member};
use serde_json::Value;

/// The longest range Resource Manager makes.
const LONGEST_RANGE: i64 = 10_000;

/// Answers the array functions.
pub(super) fn call(function: &str, arguments: &Arguments<'_>) -> Answer {
    Some(match function {
        "length" => length(arguments),
        "empty" => empty(arguments),
        "contains" => contains(arguments),
        "first" => end(arguments, true),
        "last" => end(arguments, false),
        "take" => part(arguments, |length, count| (0, count.min(length))),
        "skip" => part(arguments, |length, count| (count.min(length), length)),
        "indexof" => position(arguments, true),
        "lastindexof" => position(arguments, false),
        "createarray" => Ok(Value::from(arguments.values.to_vec())),
        "array" => {
            arguments.count(1, 1).and_then(|()| arguments.value(0)).map(|value| match value {
                Value::Array(_) => value.clone(),
                other => Value::Array(vec![other.clone()]),
            })
        }
        "range" => range(arguments),
        "flatten" => flatten(arguments),
        _ => return None,
    })
}

fn length(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(1, 1)?;
    let length = match arguments.value(0)? {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => {
            return Err(arguments.unexpected("its parameter to be an array, an object or a string"));
        }
    };
    Ok(Value::from(length))
}

fn empty(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(1, 1)?;
    let empty = match arguments.value(0)? {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => {
            return Err(arguments.unexpected("its parameter to be an array, an object or a string"));
        }
    };
    Ok(Value::from(empty))
}

fn contains(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(2, 2)?;
    let found = match (arguments.value(0)?, arguments.value(1)?) {
        (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
        (Value::String(text), Value::Number(part)) => text.contains(&part.to_string()),
        (Value::Array(items), wanted) => items.iter().any(|item| equal(item, wanted)),
        (Value::Object(members), Value::String(name)) => member(members, name).is_some(),
        _ => {
            return Err(
                arguments.unexpected("an array, an object or a string and what to find in it")
            );
        }
    };
    Ok(Value::from(found))
}

fn end(arguments: &Arguments<'_>, at_start: bool) -> Result<Value, String> {
    arguments.count(1, 1)?;
    match arguments.value(0)? {
        Value::String(text) => {
            let found = if at_start { text.chars().next() } else { text.chars().next_back() };
            Ok(Value::from(found.map(String::from).unwrap_or_default()))
        }
        Value::Array(items) => {
            let found = if at_start { items.first() } else { items.last() };
            Ok(found.cloned().unwrap_or(Value::Null))
        }
        _ => Err(arguments.unexpected("its parameter to be an array or a string")),
    }
}

/// `take` and `skip`: a negative count is zero.
fn part(
    arguments: &Arguments<'_>,
    bounds: fn(usize, usize) -> (usize, usize),
) -> Result<Value, String> {
    arguments.count(2, 2)?;
    let count = usize::try_from(arguments.integer(1)?).unwrap_or(0);
    match arguments.value(0)? {
        Value::String(text) => {
            let characters: Vec<char> = text.chars().collect();
            let (from, to) = bounds(characters.len(), count);
            Ok(Value::from(characters[from..to].iter().collect::<String>()))
        }
        Value::Array(items) => {
            let (from, to) = bounds(items.len(), count);
            Ok(Value::from(items[from..to].to_vec()))
        }
        _ => Err(arguments.unexpected("an array or a string and an integer")),
    }
}

/// Positions in strings do not tell upper from lower case; in arrays they do.
fn position(arguments: &Arguments<'_>, at_start: bool) -> Result<Value, String> {
    arguments.count(2, 2)?;
    let found = match (arguments.value(0)?, arguments.value(1)?) {
        (Value::String(text), Value::String(part)) => {
            let (text, part) = (text.to_lowercase(), part.to_lowercase());
            let at = if at_start { text.find(&part) } else { text.rfind(&part) };
            at.map(|at| text[..at].chars().count())
        }
        (Value::Array(items), wanted) if at_start => {
            items.iter().position(|item| equal(item, wanted))
        }
        (Value::Array(items), wanted) => items.iter().rposition(|item| equal(item, wanted)),
        _ => return Err(arguments.unexpected("an array or a string and what to find in it")),
    };
    Ok(found.map_or(Value::from(-1), Value::from))
}

fn range(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(2, 2)?;
    let (start, count) = (arguments.integer(0)?, arguments.integer(1)?);
    if !(0..=LONGEST_RANGE).contains(&count) {
        return Err(arguments.unexpected("a count between 0 and 10000"));
    }
    Ok((0..count).map(|step| Value::from(start.saturating_add(step))).collect())
}

fn flatten(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(1, 1)?;
    let mut flat = Vec::new();
    for item in arguments.array(0)? {
        match item {
            Value::Array(inner) => flat.extend(inner.iter().cloned()),
            other => {
                return Err(format!(
                    "The template language function 'flatten' expects an array of arrays. The provided value is of type '{}'",
                    kind(other)
                ));
            }
        }
    }
    Ok(Value::Array(flat))
}
