//! Functions that take a lambda: `map`, `filter`, `reduce`, `sort`, `toObject`, `groupBy` and `mapValues`.

use super::Answer;
use super::arguments::display;
use crate::template::evaluate::{Frame, Locals, Place};
use crate::template::parser::Expression;
use serde_json::{Map, Value};

/// Answers the lambda functions and `lambdaVariables`.
pub(super) fn call(frame: Frame<'_>, function: &str, raw: &[Expression]) -> Answer {
    Some(match (function, raw) {
        ("lambdavariables", [Expression::Text(name)]) => variable(frame, name),
        ("current", [Expression::Text(name)]) if frame.place == Place::PolicyRule => {
            variable(frame, name)
        }
        ("map", [over, lambda]) => items(frame, over).and_then(|items| {
            let each = items.into_iter().enumerate();
            each.map(|(index, item)| apply(frame, lambda, &[item, Value::from(index)])).collect()
        }),
        ("filter", [over, lambda]) => items(frame, over).and_then(|items| {
            let mut kept = Vec::new();
            for (index, item) in items.into_iter().enumerate() {
                if apply(frame, lambda, &[item.clone(), Value::from(index)])? == Value::Bool(true) {
                    kept.push(item);
                }
            }
            Ok(Value::Array(kept))
        }),
        ("reduce", [over, start, lambda]) => items(frame, over).and_then(|items| {
            let start = frame.expression(start)?;
            let mut each = items.into_iter().enumerate();
            each.try_fold(start, |sum, (index, item)| {
                apply(frame, lambda, &[sum, item, Value::from(index)])
            })
        }),
        ("sort", [over, lambda]) => items(frame, over).and_then(|items| sort(frame, items, lambda)),
        ("toobject", [over, key]) => {
            items(frame, over).and_then(|items| object(frame, items, key, None))
        }
        ("toobject", [over, key, value]) => {
            items(frame, over).and_then(|items| object(frame, items, key, Some(value)))
        }
        ("mapvalues", [over, lambda]) => members(frame, over).and_then(|members| {
            let each = members.into_iter();
            each.map(|(name, value)| Ok((name, apply(frame, lambda, &[value])?)))
                .collect::<Result<Map<_, _>, _>>()
                .map(Value::Object)
        }),
        ("groupby", [over, key]) => items(frame, over).and_then(|items| {
            let mut groups = Map::new();
            for item in items {
                let key = display(&apply(frame, key, std::slice::from_ref(&item))?);
                if let Value::Array(group) =
                    groups.entry(key).or_insert_with(|| Value::Array(Vec::new()))
                {
                    group.push(item);
                }
            }
            Ok(Value::Object(groups))
        }),
        ("lambda", _) => Err(super::not_here(function)),
        _ => return None,
    })
}

fn variable(frame: Frame<'_>, name: &str) -> Result<Value, String> {
    let mut locals = frame.locals;
    while let Some(inner) = locals {
        if let Some((_, value)) =
            inner.values.iter().find(|(known, _)| !inner.arguments && known == name)
        {
            return Ok(value.clone());
        }
        locals = inner.outer;
    }
    Err(format!("The lambda variable '{name}' is not found."))
}

fn items(frame: Frame<'_>, over: &Expression) -> Result<Vec<Value>, String> {
    match frame.expression(over)? {
        Value::Array(items) => Ok(items),
        other => Err(format!(
            "The first parameter is expected to be an array and is of type '{}'.",
            super::kind(&other)
        )),
    }
}

fn members(frame: Frame<'_>, over: &Expression) -> Result<Map<String, Value>, String> {
    match frame.expression(over)? {
        Value::Object(members) => Ok(members),
        other => Err(format!(
            "The first parameter is expected to be an object and is of type '{}'.",
            super::kind(&other)
        )),
    }
}

/// Calls a lambda; it may name fewer variables than there are values.
fn apply(frame: Frame<'_>, lambda: &Expression, values: &[Value]) -> Result<Value, String> {
    let broken = || {
        "The lambda expression is not valid: variable names and one body are expected.".to_owned()
    };
    let Expression::Call(name, parts) = lambda else {
        return Err(broken());
    };
    let Some((body, names)) = parts.split_last().filter(|_| name.eq_ignore_ascii_case("lambda"))
    else {
        return Err(broken());
    };
    if names.len() > values.len() {
        return Err(broken());
    }
    let named = names.iter().zip(values).map(|(name, value)| match name {
        Expression::Text(name) => Ok((name.clone(), value.clone())),
        _ => Err(broken()),
    });
    let locals =
        Locals { values: named.collect::<Result<_, _>>()?, arguments: false, outer: frame.locals };
    Frame { locals: Some(&locals), ..frame }.expression(body)
}

/// Sorts by insertion: the lambda says whether the first value comes before the second.
fn sort(frame: Frame<'_>, items: Vec<Value>, lambda: &Expression) -> Result<Value, String> {
    let mut sorted: Vec<Value> = Vec::new();
    for item in items {
        let mut at = sorted.len();
        while at > 0
            && apply(frame, lambda, &[item.clone(), sorted[at - 1].clone()])? == Value::Bool(true)
        {
            at -= 1;
        }
        sorted.insert(at, item);
    }
    Ok(Value::Array(sorted))
}

fn object(
    frame: Frame<'_>,
    items: Vec<Value>,
    key: &Expression,
    value: Option<&Expression>,
) -> Result<Value, String> {
    let mut object = Map::new();
    for item in items {
        let key = display(&apply(frame, key, std::slice::from_ref(&item))?);
        let value = match value {
            Some(lambda) => apply(frame, lambda, &[item])?,
            None => item,
        };
        object.insert(key, value);
    }
    Ok(Value::Object(object))
}
