//! The template functions: which there are, and how they are called.

mod arguments;
mod arrays;
mod encoding;
mod ids;
mod lambdas;
mod logic;
mod numbers;
mod objects;
mod places;
mod text;
mod time;
mod unique;
mod values;

pub(crate) use arguments::{display, equal, kind, member};
pub(crate) use ids::{join_id, type_segments};
pub use unique::guid;

use super::copy;
use super::evaluate::{Frame, Locals, Place};
use super::parser::Expression;
use arguments::Arguments;
use serde_json::Value;

/// What a family of functions answers: nothing when the function is not one of them.
type Answer = Option<Result<Value, String>>;

/// The families whose functions work on values alone.
const FAMILIES: [fn(&str, &Arguments<'_>) -> Answer; 9] = [
    text::call,
    encoding::call,
    arrays::call,
    objects::call,
    numbers::call,
    logic::call,
    values::call,
    unique::call,
    time::call,
];

/// Calls a function by the name an expression spells.
pub(crate) fn call(frame: Frame<'_>, name: &str, raw: &[Expression]) -> Result<Value, String> {
    let function = name.to_lowercase();
    if let Some(answer) = lazy(frame, &function, raw) {
        return answer;
    }
    if let Some(answer) = lambdas::call(frame, &function, raw) {
        return answer;
    }
    let values =
        raw.iter().map(|argument| frame.expression(argument)).collect::<Result<Vec<_>, _>>()?;
    let arguments = Arguments::new(name, &values);
    if matches!(function.as_str(), "newguid" | "utcnow") && frame.place != Place::Parameter {
        return Err(not_here(name));
    }
    if let Some(answer) = named(frame, &function, &arguments) {
        return answer;
    }
    if let Some(answer) = places::call(frame, &function, &arguments) {
        return answer;
    }
    if let Some(answer) = ids::call(frame, &function, &arguments) {
        return answer;
    }
    if let Some(answer) = FAMILIES.iter().find_map(|family| family(&function, &arguments)) {
        return answer;
    }
    // A template's own function cannot call another, nor itself.
    match frame.scope.functions.get(&function) {
        Some(definition) if !frame.inside_own_function() => own(frame, definition, &arguments),
        _ => Err(format!("The template function '{name}' is not valid.")),
    }
}

/// The message for a function that exists but not where it stands.
pub(crate) fn not_here(name: &str) -> String {
    format!("The template function '{name}' is not expected at this location.")
}

/// The functions that evaluate only the arguments they need.
fn lazy(frame: Frame<'_>, function: &str, raw: &[Expression]) -> Answer {
    let truth = |argument: &Expression| match frame.expression(argument)? {
        Value::Bool(truth) => Ok(truth),
        other => Err(format!(
            "The template language function '{function}' expects its parameters to be of type 'Boolean'. The provided value is of type '{}'.",
            kind(&other)
        )),
    };
    let all = |stop: bool| {
        for argument in raw {
            if truth(argument)? == stop {
                return Ok(Value::Bool(stop));
            }
        }
        Ok(Value::Bool(!stop))
    };
    let too_few = |least: usize| {
        (raw.len() < least).then(|| {
            Err(format!(
                "The template language function '{function}' must have at least '{least}' parameters. The function was invoked with '{}' parameter(s).",
                raw.len()
            ))
        })
    };
    match function {
        "if" => Some(match raw {
            [condition, then, otherwise] => truth(condition)
                .and_then(|truth| frame.expression(if truth { then } else { otherwise })),
            _ => Err(format!(
                "The template language function 'if' must have 3 parameters. The function was invoked with '{}' parameter(s).",
                raw.len()
            )),
        }),
        "and" => too_few(2).or_else(|| Some(all(false))),
        "or" => too_few(2).or_else(|| Some(all(true))),
        "coalesce" => too_few(1).or_else(|| {
            let mut values = raw.iter().map(|argument| frame.expression(argument));
            Some(values.find(|value| !matches!(value, Ok(Value::Null))).unwrap_or(Ok(Value::Null)))
        }),
        _ => None,
    }
}

/// The functions that read a name of the template.
fn named(frame: Frame<'_>, function: &str, arguments: &Arguments<'_>) -> Answer {
    Some(match function {
        "parameters" => arguments.only_text().and_then(|name| parameter(frame, name)),
        "variables" => arguments.only_text().and_then(|name| {
            let outside = frame.place != Place::Parameter && !frame.inside_own_function();
            if !outside {
                return Err(not_here(arguments.name));
            }
            match frame.scope.variables.get(&name.to_lowercase()) {
                Some(variable) => variable.value(frame, "variable").cloned(),
                None => Err(format!(
                    "The template variable '{name}' is not found. Please see https://aka.ms/arm-template/#variables for usage details."
                )),
            }
        }),
        "copyindex" => copy_index(frame, arguments),
        _ => return None,
    })
}

fn parameter(frame: Frame<'_>, name: &str) -> Result<Value, String> {
    let mut locals = frame.locals;
    while let Some(inner) = locals {
        if inner.arguments {
            let found = inner.values.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            return found.map(|(_, value)| value.clone()).ok_or_else(|| parameter_not_found(name));
        }
        locals = inner.outer;
    }
    match frame.scope.parameters.get(&name.to_lowercase()) {
        Some(parameter) => parameter.value(frame, "parameter").cloned(),
        None => Err(parameter_not_found(name)),
    }
}

fn parameter_not_found(name: &str) -> String {
    format!(
        "The template parameter '{name}' is not found. Please see https://aka.ms/arm-template/#parameters for usage details."
    )
}

fn copy_index(frame: Frame<'_>, arguments: &Arguments<'_>) -> Result<Value, String> {
    let (name, offset) = match arguments.values {
        [] => (None, 0),
        [Value::String(name)] => (Some(name.as_str()), 0),
        [Value::Number(_)] => (None, arguments.integer(0)?),
        [Value::String(name), Value::Number(_)] => (Some(name.as_str()), arguments.integer(1)?),
        _ => return Err(arguments.unexpected("an optional loop name and an optional offset")),
    };
    Ok(Value::from(copy::index(frame.copies, name)? + offset))
}

/// Calls a function the template itself defines.
fn own(frame: Frame<'_>, definition: &Value, arguments: &Arguments<'_>) -> Result<Value, String> {
    let empty = Vec::new();
    let names = definition.get("parameters").and_then(Value::as_array).unwrap_or(&empty);
    arguments.count(names.len(), names.len())?;
    let values = names
        .iter()
        .zip(arguments.values)
        .map(|(parameter, value)| {
            (parameter["name"].as_str().unwrap_or_default().to_owned(), value.clone())
        })
        .collect();
    let locals = Locals { values, arguments: true, outer: None };
    let inner = Frame { copies: &[], locals: Some(&locals), ..frame };
    inner.value(&definition["output"]["value"])
}
