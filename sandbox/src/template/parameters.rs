//! Parameters: binds the values sent to those the template declares, and checks them.

use super::error::TemplateError;
use super::evaluate::{Frame, Place};
use super::functions::{equal, kind};
use super::position;
use super::scope::{Named, Scope};
use super::types::{self, Type};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Binds the values sent, `{name: {value}}`, to the parameters the template declares.
pub(crate) fn bind(
    template: &Value,
    sent: &Value,
) -> Result<BTreeMap<String, Named>, TemplateError> {
    let none = Map::new();
    let declared = template.get("parameters").and_then(Value::as_object).unwrap_or(&none);
    let sent = match sent {
        Value::Null => &none,
        Value::Object(sent) => sent,
        _ => return Err(not_an_object(sent)),
    };
    let unknown: Vec<&str> = sent
        .keys()
        .filter(|name| !declared.keys().any(|known| known.eq_ignore_ascii_case(name)))
        .map(String::as_str)
        .collect();
    if !unknown.is_empty() {
        let known: Vec<&str> = declared.keys().map(String::as_str).collect();
        return Err(TemplateError::validation(&format!(
            "The template parameters '{}' in the parameters file are not valid; they are not present in the original template and can therefore not be provided at deployment time. The only supported parameters for this template are '{}'. Please see https://aka.ms/arm-pass-parameter-values for usage details.",
            unknown.join(", "),
            known.join(", ")
        )));
    }
    let mut bound = BTreeMap::new();
    for (name, declaration) in declared {
        let value = sent.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let named = match value.map(|(_, value)| given(value)).transpose()?.flatten() {
            Some(value) => Named::resolved(name, value.clone()),
            None => default(template, name, declaration)?,
        };
        bound.insert(name.to_lowercase(), named);
    }
    Ok(bound)
}

/// The value in `{value}`; a null is no value at all.
fn given(sent: &Value) -> Result<Option<&Value>, TemplateError> {
    let members = sent.as_object().ok_or_else(|| not_an_object(sent))?;
    if let Some(reference) = members.get("reference") {
        let vault = reference.pointer("/keyVault/id").and_then(Value::as_str).unwrap_or_default();
        return Err(TemplateError::new(
            "KeyVaultParameterReferenceNotFound",
            format!("The specified KeyVault '{vault}' could not be found."),
        ));
    }
    Ok(members.get("value").filter(|value| !value.is_null()))
}

fn not_an_object(sent: &Value) -> TemplateError {
    TemplateError::new(
        "InvalidRequestContent",
        format!(
            "The request content was invalid and could not be deserialized: 'Error converting value {sent} to type 'Microsoft.WindowsAzure.ResourceStack.Frontdoor.Data.Definitions.DeploymentParameterDefinition'. Path 'properties.parameters''."
        ),
    )
}

fn default(template: &Value, name: &str, declaration: &Value) -> Result<Named, TemplateError> {
    if let Some(default) = declaration.get("defaultValue") {
        return Ok(Named::unresolved(name, default.clone()));
    }
    if declaration.get("nullable").and_then(Value::as_bool) == Some(true) {
        return Ok(Named::resolved(name, Value::Null));
    }
    let place = position::at(template, &["parameters", name]);
    Err(TemplateError::validation(&format!(
        "The value for the template parameter '{name}' at {place} is not provided. Please see https://aka.ms/arm-create-parameter-file for usage details."
    )))
}

/// Evaluates and checks every parameter; gives them as Resource Manager echoes them.
pub(crate) fn resolve(template: &Value, scope: &Scope) -> Result<Value, TemplateError> {
    let mut echo = Map::new();
    for (name, declaration) in
        template.get("parameters").and_then(Value::as_object).into_iter().flatten()
    {
        let place = position::at(template, &["parameters", name]);
        let type_ = types::declared(declaration.get("type"), "parameter", name, &place)?;
        // The map was made from the same declarations.
        let Some(parameter) = scope.parameters.get(&name.to_lowercase()) else {
            continue;
        };
        let value = parameter.value(Frame::new(scope, Place::Parameter), "parameter").map_err(
            |detail| {
                TemplateError::in_expression(
                    &format!("The template resource '{name}' at {place}"),
                    &detail,
                )
            },
        )?;
        let nullable = declaration.get("nullable").and_then(Value::as_bool) == Some(true);
        if !(nullable && value.is_null()) {
            if !type_.admits(value) {
                return Err(TemplateError::validation(&format!(
                    "Template parameter JToken type is not valid. Expected '{}'. Actual '{}'. Please see https://aka.ms/arm-deploy/#parameter-file for usage details.",
                    type_.expected(),
                    kind(value)
                )));
            }
            constrained(name, declaration, value, &place)?;
        }
        let shown = if type_.is_secure() {
            json!({"type": type_.name()})
        } else {
            json!({"type": type_.name(), "value": value})
        };
        echo.insert(name.clone(), shown);
    }
    Ok(Value::Object(echo))
}

fn constrained(
    name: &str,
    declaration: &Value,
    value: &Value,
    place: &str,
) -> Result<(), TemplateError> {
    if let Some(allowed) = declaration.get("allowedValues").and_then(Value::as_array) {
        allowed_values(name, allowed, value, place)?;
    }
    let length = match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        _ => None,
    };
    let length = length.and_then(|length| i64::try_from(length).ok());
    let limits = [
        ("minLength", "Length of the value should be greater than or equal to", length, true),
        ("maxLength", "Length of the value should be less than or equal to", length, false),
        ("minValue", "The value should be greater than or equal to", value.as_i64(), true),
        ("maxValue", "The value should be less than or equal to", value.as_i64(), false),
    ];
    for (member, text, actual, is_least) in limits {
        let (Some(limit), Some(actual)) = (declaration.get(member).and_then(Value::as_i64), actual)
        else {
            continue;
        };
        if (is_least && actual < limit) || (!is_least && actual > limit) {
            return Err(TemplateError::validation(&format!(
                "The provided value for the template parameter '{name}' at {place} is not valid. {text} '{limit}'. Please see https://aka.ms/arm-create-parameter-file for usage details."
            )));
        }
    }
    Ok(())
}

/// The value, or every element of an array, must be one of those allowed.
fn allowed_values(
    name: &str,
    allowed: &[Value],
    value: &Value,
    place: &str,
) -> Result<(), TemplateError> {
    let is_allowed = |value: &Value| {
        allowed.iter().any(|allowed| match (allowed, value) {
            (Value::String(allowed), Value::String(value)) => allowed.eq_ignore_ascii_case(value),
            (allowed, value) => equal(allowed, value),
        })
    };
    let elements_allowed = || value.as_array().is_some_and(|items| items.iter().all(is_allowed));
    if is_allowed(value) || elements_allowed() {
        return Ok(());
    }
    let list: Vec<String> = allowed.iter().map(super::functions::display).collect();
    Err(TemplateError::validation(&format!(
        "The provided value '{}' for the template parameter '{name}' at {place} is not valid. The parameter value is not part of the allowed value(s): '{}'.",
        super::functions::display(value),
        list.join(",")
    )))
}

impl Type {
    /// The JSON types Resource Manager says it expected.
    fn expected(self) -> &'static str {
        match self {
            Self::String | Self::SecureString => "String, Uri",
            Self::Int => "Integer",
            Self::Bool => "Boolean",
            Self::Array => "Array",
            Self::Object | Self::SecureObject => "Object",
        }
    }
}
