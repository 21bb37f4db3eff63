//! The functions of templates that need nothing from Azure. Source:
//! <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-functions>

use serde_json::{Map, Value, json};

use super::evaluation::{Evaluated, Evaluation, Unresolved};
use super::expression::Expression;
use crate::id::arm_guid;

/// The result of a function; `None` if it is not one of these, or not for these arguments.
pub(super) fn result_of(name: &str, values: &[Value]) -> Option<Value> {
    let text = |at: usize| values.get(at).and_then(Value::as_str);
    let result = match name {
        "null" => Value::Null,
        "true" => json!(true),
        "false" => json!(false),
        "equals" => json!(values.first()? == values.get(1)?),
        "not" => json!(!values.first()?.as_bool()?),
        "and" => json!(values.iter().all(|value| *value == json!(true))),
        "or" => json!(values.contains(&json!(true))),
        "empty" => json!(length_of(values.first()?)? == 0),
        "length" => json!(length_of(values.first()?)?),
        "coalesce" => values.iter().find(|value| !value.is_null())?.clone(),
        "string" => json!(shown(values.first()?)),
        "json" => serde_json::from_str(text(0)?).ok()?,
        "tolower" => json!(text(0)?.to_lowercase()),
        "toupper" => json!(text(0)?.to_uppercase()),
        "trim" => json!(text(0)?.trim()),
        "replace" => json!(text(0)?.replace(text(1)?, text(2)?)),
        "split" => text(0)?.split(text(1)?).collect(),
        "join" => {
            json!(values.first()?.as_array()?.iter().map(shown).collect::<Vec<_>>().join(text(1)?))
        }
        "guid" => json!(arm_guid(&values.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?)),
        "format" => json!(formatted(text(0)?, values.get(1..)?)),
        "concat" => concatenated(values)?,
        "union" => united(values)?,
        "createarray" => json!(values),
        "createobject" => object_from(values)?,
        "array" if values.first()?.is_array() => values.first()?.clone(),
        "array" => json!(values),
        "first" => values.first()?.as_array()?.first()?.clone(),
        "last" => values.first()?.as_array()?.last()?.clone(),
        "range" => {
            let start = values.first()?.as_i64()?;
            (0..values.get(1)?.as_i64()?.min(800))
                .map(|at| json!(start.saturating_add(at)))
                .collect()
        }
        "contains" => json!(contains(values.first()?, values.get(1)?)),
        "flatten" => values
            .first()?
            .as_array()?
            .iter()
            .map(Value::as_array)
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .flatten()
            .cloned()
            .collect(),
        "tryget" => values
            .get(1..)?
            .iter()
            .try_fold(values.first()?, member_of)
            .cloned()
            .unwrap_or_default(),
        _ => return None,
    };
    Some(result)
}

/// `map(array, lambda('x', …))` and `filter`.
pub(super) fn each(around: &Evaluation<'_>, name: &str, arguments: &[Expression]) -> Evaluated {
    let unknown = || Unresolved(format!("{name}()"));
    let [over, Expression::Call(lambda, parts)] = arguments else { return Err(unknown()) };
    let [Expression::Text(variable), body] = parts.as_slice() else { return Err(unknown()) };
    if !lambda.eq_ignore_ascii_case("lambda") {
        return Err(unknown());
    }
    let over = around.result_of(over)?;
    let mut made = Vec::new();
    for entry in over.as_array().ok_or_else(unknown)? {
        let result = around.with_lambda(variable, entry.clone()).result_of(body)?;
        if name == "map" {
            made.push(result);
        } else if result == json!(true) {
            made.push(entry.clone());
        }
    }
    Ok(Value::Array(made))
}

/// A member of an object, whatever its case, or an entry of an array.
pub(super) fn member_of<'v>(of: &'v Value, key: &Value) -> Option<&'v Value> {
    match key {
        Value::String(name) => super::evaluation::member(Some(of), name),
        _ => of.get(usize::try_from(key.as_u64()?).ok()?),
    }
}

fn length_of(value: &Value) -> Option<usize> {
    match value {
        Value::Null => Some(0),
        Value::String(text) => Some(text.chars().count()),
        Value::Array(entries) => Some(entries.len()),
        Value::Object(members) => Some(members.len()),
        _ => None,
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `{0}` and `{1}`; `{{` and `}}` are the braces themselves.
fn formatted(text: &str, values: &[Value]) -> String {
    let mut made = text.replace("{{", "\u{1}").replace("}}", "\u{2}");
    for (at, value) in values.iter().enumerate() {
        made = made.replace(&format!("{{{at}}}"), &shown(value));
    }
    made.replace('\u{1}', "{").replace('\u{2}', "}")
}

fn concatenated(values: &[Value]) -> Option<Value> {
    if values.iter().all(Value::is_array) {
        return Some(values.iter().filter_map(Value::as_array).flatten().cloned().collect());
    }
    let is_plain = |value: &Value| !value.is_array() && !value.is_object();
    values.iter().all(is_plain).then(|| json!(values.iter().map(shown).collect::<String>()))
}

fn united(values: &[Value]) -> Option<Value> {
    if values.iter().all(Value::is_object) {
        let all = values.iter().filter_map(Value::as_object).flatten();
        return Some(
            all.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>().into(),
        );
    }
    let mut made: Vec<Value> = Vec::new();
    for value in
        values.iter().map(Value::as_array).collect::<Option<Vec<_>>>()?.into_iter().flatten()
    {
        if !made.contains(value) {
            made.push(value.clone());
        }
    }
    Some(Value::Array(made))
}

fn object_from(values: &[Value]) -> Option<Value> {
    let pairs =
        values.chunks(2).map(|pair| Some((pair[0].as_str()?.to_owned(), pair.get(1)?.clone())));
    pairs.collect::<Option<Map<_, _>>>().map(Value::Object)
}

fn contains(whole: &Value, part: &Value) -> bool {
    match whole {
        Value::String(text) => part.as_str().is_some_and(|part| text.contains(part)),
        Value::Array(entries) => entries.contains(part),
        Value::Object(_) => {
            part.as_str().is_some_and(|name| super::evaluation::member(Some(whole), name).is_some())
        }
        _ => false,
    }
}
