//! Nested deployments: a resource that holds a template of its own.

use super::context::Context;
use super::declared::Declared;
use super::error::TemplateError;
use super::evaluate::{Frame, Place};
use super::scope::Scope;
use super::{Expansion, parameters, resources, scoped, shape};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Expands the template inside a nested deployment.
pub(crate) fn expand(
    scope: &Arc<Scope>,
    siblings: &[Declared<'_>],
    deployment: &Declared<'_>,
) -> Result<Expansion, TemplateError> {
    let properties = &deployment.raw["properties"];
    refuse_location(deployment)?;
    let Some(template) = properties.get("template") else {
        let link =
            properties.pointer("/templateLink/uri").and_then(Value::as_str).unwrap_or_default();
        return Err(TemplateError::new(
            "InvalidContentLink",
            format!("Unable to download deployment content from '{link}'."),
        ));
    };
    let mut target = deployment.target.clone();
    if target.resource_group.is_some() && target.resource_group_location.is_none() {
        target.resource_group_location = group_location(scope, siblings, &target);
    }
    let frame = Frame::new(scope, Place::Resource).with_copies(&deployment.copies);
    let sent =
        sent(frame, &properties["parameters"]).map_err(|detail| deployment.invalid(&detail))?;
    let evaluation =
        properties.pointer("/expressionEvaluationOptions/scope").and_then(Value::as_str);
    if evaluation.is_some_and(|scope| scope.eq_ignore_ascii_case("inner")) {
        let (inner, echo) = scoped(template, &sent, &target)?;
        return resources::expand(template, echo, Arc::new(inner), &[], &target);
    }
    // Outer: its expressions see the parent's parameters, variables, loops and even scope functions.
    shape::check(template)?;
    let bound = parameters::bind(template, &sent)?;
    let own = Scope::new(template, target.clone(), bound);
    let echo = parameters::resolve(template, &own)?;
    resources::expand(template, echo, Arc::clone(scope), &deployment.copies, &target)
}

/// A deployment to a subscription has a location, one to a resource group has none.
fn refuse_location(deployment: &Declared<'_>) -> Result<(), TemplateError> {
    let wrong = match (&deployment.target.resource_group, &deployment.target.location) {
        (None, None) => {
            format!("The 'location' property must be specified for '{}'.", deployment.name)
        }
        (Some(_), Some(_)) => format!(
            "The 'location' property is not allowed for '{}' at resource group scope.",
            deployment.name
        ),
        _ => return Ok(()),
    };
    Err(TemplateError::new(
        "InvalidDeployment",
        format!("{wrong} Please see https://aka.ms/arm-deployment-subscription for usage details."),
    ))
}

/// The parameters of the deployment, evaluated where it stands.
fn sent(frame: Frame<'_>, raw: &Value) -> Result<Value, String> {
    let Value::Object(members) = raw else {
        // The parameters may be one expression that gives the whole object.
        return frame.value(raw);
    };
    let mut sent = Map::new();
    for (name, member) in members {
        let value = match member.get("value") {
            Some(value) => json!({"value": frame.value(value)?}),
            None => frame.value(member)?,
        };
        sent.insert(name.clone(), value);
    }
    Ok(Value::Object(sent))
}

/// The location of a resource group: that of the group the same template makes, or of the deployment.
///
/// Azure would ask the group itself; expansion sees only the template.
fn group_location(scope: &Scope, siblings: &[Declared<'_>], target: &Context) -> Option<String> {
    let id = target.scope_id();
    let group = siblings.iter().find(|sibling| sibling.id.eq_ignore_ascii_case(&id));
    let made = group.and_then(|group| {
        let frame = Frame::new(scope, Place::Resource).with_copies(&group.copies);
        frame.string(group.raw.get("location")?).ok()
    });
    made.or_else(|| scope.context.location.clone())
        .or_else(|| scope.context.resource_group_location.clone())
}
