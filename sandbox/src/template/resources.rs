//! Makes the resources of an expansion out of those a template declares.

use super::context::Context;
use super::copy::CopyFrame;
use super::declared::{DEPLOYMENTS, Declared, Walk};
use super::error::TemplateError;
use super::evaluate::{Frame, Place};
use super::scope::Scope;
use super::{Expansion, Resource, dependencies, functions, nested};
use serde_json::{Map, Value};
use std::sync::Arc;

/// The members that drive the engine or name the resource, and are not sent.
const NOT_SENT: [&str; 11] = [
    "name",
    "type",
    "apiVersion",
    "dependsOn",
    "copy",
    "condition",
    "scope",
    "comments",
    "resources",
    "metadata",
    "existing",
];

/// Expands the resources of a template that deploys to `target`; its expressions see `scope`.
pub(crate) fn expand(
    template: &Value,
    parameters: Value,
    scope: Arc<Scope>,
    copies: &[CopyFrame],
    target: &Context,
) -> Result<Expansion, TemplateError> {
    let mut walk = Walk { template, scope: &scope, target, found: Vec::new() };
    walk.list(&template["resources"], &["resources"], None, copies)?;
    let declared = walk.found;
    dependencies::refuse_duplicates(&declared)?;
    let needs = dependencies::resolve(&scope, &declared)?;
    let mut resources = Vec::new();
    for index in dependencies::order(&declared, &needs)? {
        if declared[index].enabled {
            resources.push(resource(&scope, &declared, index, &needs[index])?);
        }
    }
    let names = declared.iter().filter(|one| one.enabled).flat_map(|one| {
        let symbol = one.symbol.iter().map(|symbol| (symbol.clone(), one.id.clone()));
        symbol.chain([(one.name.clone(), one.id.clone())])
    });
    Ok(Expansion {
        names: names.collect(),
        resources,
        parameters,
        template: template.clone(),
        scope,
        copies: copies.to_vec(),
    })
}

fn resource(
    scope: &Arc<Scope>,
    declared: &[Declared<'_>],
    index: usize,
    needs: &[usize],
) -> Result<Resource, TemplateError> {
    let one = &declared[index];
    let is_deployment = one.type_.eq_ignore_ascii_case(DEPLOYMENTS);
    let (body, is_deferred) = body(scope, one, is_deployment)?;
    let nested =
        if is_deployment { Some(Box::new(nested::expand(scope, declared, one)?)) } else { None };
    let (type_, name) = identity(one);
    let depends_on = needs
        .iter()
        .map(|need| &declared[*need])
        .filter(|need| need.enabled)
        .map(|need| need.id.clone());
    Ok(Resource {
        id: one.id.clone(),
        type_,
        name,
        api_version: one.api_version.clone(),
        scope: one.target.scope_id(),
        location: body.get("location").and_then(Value::as_str).map(str::to_owned),
        body,
        depends_on: depends_on.collect(),
        nested,
        is_deferred,
    })
}

/// The type and name, those of the extension for `parent/providers/extension`.
fn identity(one: &Declared<'_>) -> (String, String) {
    let types: Vec<&str> = one.type_.split('/').collect();
    let names: Vec<&str> = one.name.split('/').collect();
    match types.iter().rposition(|segment| segment.eq_ignore_ascii_case("providers")) {
        // `providers` at position n of the type goes with the namespace at position n - 1 of the name.
        Some(at) if at > 0 => {
            (format!("{}/{}", names[at - 1], types[at + 1..].join("/")), names[at..].join("/"))
        }
        _ => (one.type_.clone(), one.name.clone()),
    }
}

/// What is sent; as it is written if it needs what another resource is once that stands.
fn body(
    scope: &Scope,
    one: &Declared<'_>,
    is_deployment: bool,
) -> Result<(Value, bool), TemplateError> {
    let frame = Frame::new(scope, Place::Resource).with_copies(&one.copies);
    let mut sent: Map<String, Value> = one
        .raw
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| !NOT_SENT.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    // The nested template is evaluated by the nested deployment, with another scope.
    let mut template = None;
    if is_deployment {
        sent.remove("resourceGroup");
        sent.remove("subscriptionId");
        if let Some(Value::Object(properties)) = sent.get_mut("properties") {
            template = properties.remove("template");
        }
    }
    let raw = Value::Object(sent);
    let mut body = match frame.value(&raw) {
        // Of the types kept here only roles of identities do so.
        Err(detail)
            if detail == functions::not_here("reference")
                && one.type_.eq_ignore_ascii_case("Microsoft.Authorization/roleAssignments") =>
        {
            return Ok((raw, true));
        }
        evaluated => evaluated.map_err(|detail| one.invalid(&detail))?,
    };
    if let (Some(template), Some(properties)) = (template, body.get_mut("properties")) {
        properties["template"] = template;
    }
    Ok((body, false))
}
