//! Functions on objects, and those that work on objects and arrays alike.

use super::Answer;
use super::arguments::{Arguments, equal, member};
use serde_json::{Map, Value, json};

/// Answers the object functions.
pub(super) fn call(function: &str, arguments: &Arguments<'_>) -> Answer {
    Some(match function {
        "createobject" => create(arguments),
        "union" => union(arguments),
        "intersection" => intersection(arguments),
        "objectkeys" => sorted(arguments)
            .map(|members| members.into_iter().map(|(key, _)| Value::from(key)).collect()),
        "items" => sorted(arguments).map(|members| {
            members.into_iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
        }),
        "tryget" => try_get(arguments),
        "shallowmerge" => shallow_merge(arguments),
        _ => return None,
    })
}

fn create(arguments: &Arguments<'_>) -> Result<Value, String> {
    let mut object = Map::new();
    for pair in arguments.values.chunks(2) {
        let [Value::String(key), value] = pair else {
            return Err(
                arguments.unexpected("an even number of parameters: a string key and its value")
            );
        };
        object.insert(key.clone(), value.clone());
    }
    Ok(Value::Object(object))
}

/// The last value of a name wins; objects are merged all the way down, arrays are not.
fn union(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(1, usize::MAX)?;
    if arguments.values.iter().all(Value::is_array) {
        let mut items: Vec<Value> = Vec::new();
        for item in arguments.values.iter().filter_map(Value::as_array).flatten() {
            if !items.iter().any(|known| equal(known, item)) {
                items.push(item.clone());
            }
        }
        return Ok(Value::Array(items));
    }
    if !arguments.values.iter().all(Value::is_object) {
        return Err(arguments.unexpected("all parameters to be arrays or all to be objects"));
    }
    let mut merged = Map::new();
    for members in arguments.values.iter().filter_map(Value::as_object) {
        merge(&mut merged, members);
    }
    Ok(Value::Object(merged))
}

fn merge(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (name, value) in from {
        match (into.get_mut(name), value) {
            (Some(Value::Object(inner)), Value::Object(more)) => merge(inner, more),
            (Some(known), value) => *known = value.clone(),
            (None, value) => {
                into.insert(name.clone(), value.clone());
            }
        }
    }
}

fn intersection(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(2, usize::MAX)?;
    let rest = &arguments.values[1..];
    match arguments.value(0)? {
        Value::Array(items) if rest.iter().all(Value::is_array) => {
            let mut shared: Vec<Value> = Vec::new();
            for item in items {
                let everywhere = rest
                    .iter()
                    .filter_map(Value::as_array)
                    .all(|other| other.iter().any(|known| equal(known, item)));
                if everywhere && !shared.iter().any(|known| equal(known, item)) {
                    shared.push(item.clone());
                }
            }
            Ok(Value::Array(shared))
        }
        Value::Object(members) if rest.iter().all(Value::is_object) => {
            let shared = members.iter().filter(|(name, value)| {
                rest.iter()
                    .filter_map(Value::as_object)
                    .all(|other| member(other, name).is_some_and(|known| equal(known, value)))
            });
            Ok(Value::Object(shared.map(|(name, value)| (name.clone(), value.clone())).collect()))
        }
        _ => Err(arguments.unexpected("all parameters to be arrays or all to be objects")),
    }
}

/// The members in the order of their names, as `items()` and `objectKeys()` give them.
fn sorted(arguments: &Arguments<'_>) -> Result<Vec<(String, Value)>, String> {
    arguments.count(1, 1)?;
    let mut members: Vec<_> =
        arguments.object(0)?.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    members.sort_by_key(|(key, _)| key.to_lowercase());
    Ok(members)
}

fn try_get(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(2, usize::MAX)?;
    let mut value = arguments.value(0)?;
    for key in &arguments.values[1..] {
        let found = match (value, key) {
            (Value::Object(members), Value::String(name)) => member(members, name),
            (Value::Array(items), key) => key
                .as_u64()
                .and_then(|index| usize::try_from(index).ok())
                .and_then(|index| items.get(index)),
            _ => None,
        };
        match found {
            Some(found) => value = found,
            None => return Ok(Value::Null),
        }
    }
    Ok(value.clone())
}

fn shallow_merge(arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(1, 1)?;
    let mut merged = Map::new();
    for entry in arguments.array(0)? {
        let members =
            entry.as_object().ok_or_else(|| arguments.unexpected("an array of objects"))?;
        merged.extend(members.clone());
    }
    Ok(Value::Object(merged))
}
