//! The functions of JMESPath, as Python's `jmespath/functions.py` (1.1.0) defines them.

use std::cmp::Ordering;

use super::super::json::compact_text;
use super::super::number::{PythonInt, float_from_text, int_from_text};
use super::super::value::{JsonObject, Value};
use super::compare::{partial_order, same_item};
use super::parser::Node;
use super::{Evaluated, Evaluator};

/// An argument: a value, or an expression (`&name`) still to be applied.
pub(super) enum CallArgument<'a> {
    Value(Value),
    Expression(&'a Node),
}

/// Calls a function by name.
pub(super) fn call_function(
    evaluator: &Evaluator,
    name: &str,
    arguments: &[CallArgument],
) -> Evaluated {
    check_count(name, arguments.len())?;
    match (name, arguments) {
        ("map", [CallArgument::Expression(each), CallArgument::Value(Value::List(items))]) => {
            let mapped = items.iter().map(|item| evaluator.visit(each, item));
            Ok(Value::list(mapped.collect::<Result<_, _>>()?))
        }
        (
            "sort_by" | "min_by" | "max_by",
            [CallArgument::Value(list), CallArgument::Expression(key)],
        ) => by_key(evaluator, name, list, key),
        ("type", [CallArgument::Expression(_)]) => Ok(Value::Null),
        ("contains", [CallArgument::Value(Value::List(_)), CallArgument::Expression(_)]) => {
            Ok(Value::Bool(false))
        }
        _ => {
            let mut values = Vec::with_capacity(arguments.len());
            for argument in arguments {
                match argument {
                    CallArgument::Value(value) => values.push(value.clone()),
                    CallArgument::Expression(_) => return Err(wrong_type(name)),
                }
            }
            call_with_values(name, &values)
        }
    }
}

fn check_count(name: &str, count: usize) -> Result<(), String> {
    let expected = match name {
        "merge" | "not_null" => {
            return if count > 0 { Ok(()) } else { Err(wrong_count(name)) };
        }
        "contains" | "ends_with" | "join" | "map" | "max_by" | "min_by" | "sort_by"
        | "starts_with" => 2,
        "abs" | "avg" | "ceil" | "floor" | "keys" | "length" | "max" | "min" | "reverse"
        | "sort" | "sum" | "to_array" | "to_number" | "to_string" | "type" | "values" => 1,
        _ => return Err(format!("unknown function {name}()")),
    };
    if count == expected { Ok(()) } else { Err(wrong_count(name)) }
}

fn call_with_values(name: &str, values: &[Value]) -> Evaluated {
    match values {
        [value] => match name {
            "to_array" | "to_number" | "to_string" | "type" => Ok(convert_value(name, value)),
            "abs" | "ceil" | "floor" => number_function(name, value),
            "keys" | "values" | "merge" => object_function(name, values),
            "not_null" => Ok(value.clone()),
            "length" | "reverse" => sequence_function(name, value),
            _ => list_function(name, value),
        },
        _ if name == "merge" => object_function(name, values),
        _ if name == "not_null" => {
            Ok(values.iter().find(|value| !value.is_null()).cloned().unwrap_or(Value::Null))
        }
        [a, b] => pair_function(name, a, b),
        _ => Err(wrong_count(name)),
    }
}

fn convert_value(name: &str, value: &Value) -> Value {
    match (name, value) {
        ("to_array", Value::List(_)) => value.clone(),
        ("to_array", _) => Value::list(vec![value.clone()]),
        ("to_string", Value::Text(_)) => value.clone(),
        ("to_string", _) => Value::text(compact_text(value)),
        ("to_number", Value::Int(_) | Value::Float(_)) => value.clone(),
        ("to_number", Value::Text(text)) => match int_from_text(text) {
            Some(int) => Value::Int(int),
            None => float_from_text(text).map_or(Value::Null, Value::Float),
        },
        ("type", _) => Value::text(type_name(value)),
        _ => Value::Null,
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) | Value::Float(_) => "number",
        Value::Text(_) => "string",
        Value::List(_) => "array",
        Value::Object(_) => "object",
    }
}

fn number_function(name: &str, value: &Value) -> Evaluated {
    match value {
        Value::Int(int) if name == "abs" => Ok(Value::Int(int.absolute())),
        Value::Int(_) => Ok(value.clone()),
        Value::Float(float) if name == "abs" => Ok(Value::Float(float.abs())),
        Value::Float(float) => {
            let whole = if name == "ceil" { float.ceil() } else { float.floor() };
            let int = PythonInt::from_float(whole);
            int.map(Value::Int).ok_or_else(|| format!("{name}(): the number has no whole part"))
        }
        _ => Err(wrong_type(name)),
    }
}

fn object_function(name: &str, values: &[Value]) -> Evaluated {
    let mut merged = JsonObject::default();
    let mut items = Vec::new();
    for value in values {
        let Value::Object(object) = value else {
            return Err(wrong_type(name));
        };
        for (key, value) in object.members() {
            match name {
                "keys" => items.push(Value::Text(key.clone())),
                "values" => items.push(value.clone()),
                _ => merged.insert(key.clone(), value.clone()),
            }
        }
    }
    Ok(if name == "merge" { Value::object(merged) } else { Value::list(items) })
}

fn sequence_function(name: &str, value: &Value) -> Evaluated {
    match (name, value) {
        ("length", Value::Text(text)) => Ok(Value::count(text.chars().count())),
        ("length", Value::List(items)) => Ok(Value::count(items.len())),
        ("length", Value::Object(object)) => Ok(Value::count(object.members().len())),
        ("reverse", Value::Text(text)) => Ok(Value::text(text.chars().rev().collect::<String>())),
        ("reverse", Value::List(items)) => Ok(Value::list(items.iter().rev().cloned().collect())),
        _ => Err(wrong_type(name)),
    }
}

fn list_function(name: &str, value: &Value) -> Evaluated {
    let Value::List(items) = value else {
        return Err(wrong_type(name));
    };
    let numbers = items.iter().all(|i| matches!(i, Value::Int(_) | Value::Float(_)));
    let texts = items.iter().all(|i| matches!(i, Value::Text(_)));
    if !numbers && (!texts || matches!(name, "sum" | "avg")) {
        return Err(wrong_type(name));
    }
    match name {
        "sum" => sum_numbers(items),
        "avg" => average_numbers(items),
        "sort" => {
            Ok(Value::list(sort_by_key(items.iter().map(|i| (i.clone(), i.clone())).collect())?))
        }
        _ => extreme_item(name, items.iter().map(|i| (i.clone(), i.clone())).collect()),
    }
}

fn sum_numbers(items: &[Value]) -> Evaluated {
    items.iter().try_fold(Value::Int(PythonInt::Small(0)), |total, item| match (&total, item) {
        (Value::Int(a), Value::Int(b)) => Ok(Value::Int(a.plus(b))),
        _ => Ok(Value::Float(to_float(&total)? + to_float(item)?)),
    })
}

fn average_numbers(items: &[Value]) -> Evaluated {
    if items.is_empty() {
        return Ok(Value::Null);
    }
    match sum_numbers(items)? {
        Value::Int(total) => total.divided_by(items.len()).map(Value::Float).ok_or_else(too_large),
        total => Ok(Value::Float(to_float(&total)? / items.len() as f64)),
    }
}

fn to_float(value: &Value) -> Result<f64, String> {
    match value {
        Value::Float(float) => Ok(*float),
        Value::Int(int) => int.to_float().ok_or_else(too_large),
        _ => Err("a number is needed".to_owned()),
    }
}

fn pair_function(name: &str, a: &Value, b: &Value) -> Evaluated {
    match (name, a, b) {
        ("contains", Value::List(items), _) => {
            Ok(Value::Bool(items.iter().any(|item| same_item(item, b))))
        }
        ("contains", Value::Text(text), Value::Text(part)) => {
            Ok(Value::Bool(text.contains(&**part)))
        }
        ("starts_with", Value::Text(text), Value::Text(part)) => {
            Ok(Value::Bool(text.starts_with(&**part)))
        }
        ("ends_with", Value::Text(text), Value::Text(part)) => {
            Ok(Value::Bool(text.ends_with(&**part)))
        }
        ("join", Value::Text(between), Value::List(items)) => {
            let texts = items.iter().map(|item| match item {
                Value::Text(text) => Ok(&**text),
                _ => Err(wrong_type(name)),
            });
            Ok(Value::text(texts.collect::<Result<Vec<&str>, _>>()?.join(between)))
        }
        _ => Err(wrong_type(name)),
    }
}

fn by_key(evaluator: &Evaluator, name: &str, list: &Value, key: &Node) -> Evaluated {
    let Value::List(items) = list else {
        return Err(wrong_type(name));
    };
    if items.is_empty() {
        return Ok(if name == "sort_by" { list.clone() } else { Value::Null });
    }
    let mut keyed = Vec::with_capacity(items.len());
    for item in items.iter() {
        let key = evaluator.visit(key, item)?;
        if !matches!(key, Value::Int(_) | Value::Float(_) | Value::Text(_)) {
            return Err(wrong_type(name));
        }
        keyed.push((key, item.clone()));
    }
    if name == "sort_by" {
        return Ok(Value::list(sort_by_key(keyed)?));
    }
    extreme_item(name.trim_end_matches("_by"), keyed)
}

/// Sorts by key and keeps the order of equal ones; NaN, which Python leaves where it falls, goes last.
fn sort_by_key(mut keyed: Vec<(Value, Value)>) -> Result<Vec<Value>, String> {
    if let Some(((first, _), rest)) = keyed.split_first() {
        for (key, _) in rest {
            partial_order(first, key)?;
        }
    }
    let is_nan = |v: &Value| matches!(v, Value::Float(f) if f.is_nan());
    keyed.sort_by(|(a, _), (b, _)| match partial_order(a, b) {
        Ok(Some(order)) => order,
        _ => is_nan(a).cmp(&is_nan(b)),
    });
    Ok(keyed.into_iter().map(|(_, value)| value).collect())
}

/// The first of the largest (`max`) or smallest (`min`) keys.
fn extreme_item(name: &str, keyed: Vec<(Value, Value)>) -> Evaluated {
    let better = if name == "max" { Ordering::Greater } else { Ordering::Less };
    let mut best: Option<(Value, Value)> = None;
    for (key, value) in keyed {
        let replaces = match &best {
            None => true,
            Some((best, _)) => partial_order(&key, best)? == Some(better),
        };
        if replaces {
            best = Some((key, value));
        }
    }
    Ok(best.map_or(Value::Null, |(_, value)| value))
}

fn wrong_type(name: &str) -> String {
    format!("{name}(): an argument has the wrong type")
}

fn wrong_count(name: &str) -> String {
    format!("{name}(): wrong number of arguments")
}

fn too_large() -> String {
    "an integer is too large to become a float".to_owned()
}
