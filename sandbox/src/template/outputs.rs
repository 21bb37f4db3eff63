//! Outputs, evaluated when the resources are deployed.

use super::copy;
use super::copy::CopyFrame;
use super::error::TemplateError;
use super::evaluate::{Deployed, Frame, Place};
use super::functions::kind;
use super::position;
use super::scope::Scope;
use super::types::{self, Type};
use serde_json::{Map, Value, json};

/// Evaluates the outputs of a template as Resource Manager shows them: `{name: {type, value}}`.
pub(crate) fn evaluate(
    template: &Value,
    scope: &Scope,
    copies: &[CopyFrame],
    deployed: &Deployed<'_>,
) -> Result<Value, TemplateError> {
    let mut outputs = Map::new();
    let frame = Frame { copies, deployed: Some(deployed), ..Frame::new(scope, Place::Output) };
    for (name, output) in template.get("outputs").and_then(Value::as_object).into_iter().flatten() {
        let place = position::at(template, &["outputs", name]);
        let type_ = types::declared(output.get("type"), "output", name, &place)?;
        let invalid = |detail: String| {
            TemplateError::in_expression(
                &format!("The template output '{name}' at {place}"),
                &detail,
            )
        };
        if let Some(condition) = output.get("condition")
            && frame.value(condition).map_err(invalid)? != Value::Bool(true)
        {
            continue;
        }
        let value = self::value(frame, output).map_err(invalid)?;
        outputs.insert(name.clone(), shown(type_, value)?);
    }
    Ok(Value::Object(outputs))
}

fn value(frame: Frame<'_>, output: &Value) -> Result<Value, String> {
    let Some(looped) = output.get("copy") else {
        return frame.value(output.get("value").unwrap_or(&Value::Null));
    };
    let input = looped.get("input").unwrap_or(&Value::Null);
    let count = copy::count(frame, looped.get("count").unwrap_or(&Value::Null))?;
    (0..count)
        .map(|index| {
            // A loop of outputs answers copyIndex() without a name.
            let copies = copy::inside(frame.copies, "output", index, true);
            frame.with_copies(&copies).value(input)
        })
        .collect()
}

fn shown(type_: Type, value: Value) -> Result<Value, TemplateError> {
    if !type_.admits(&value) && !value.is_null() {
        return Err(TemplateError::new(
            "DeploymentOutputEvaluationFailed",
            format!(
                "Unable to evaluate template outputs: 'Template output JToken type is not valid. Expected '{}'. Actual '{}'. Please see https://aka.ms/arm-template/#outputs for usage details.'.",
                type_.name(),
                kind(&value)
            ),
        ));
    }
    if type_.is_secure() {
        return Ok(json!({"type": type_.name()}));
    }
    Ok(json!({"type": type_.name(), "value": value}))
}
