//! Functions that make resource ids.

use super::arguments::{Arguments, display};
use super::{Answer, not_here};
use crate::template::evaluate::Frame;
use serde_json::Value;
use uuid::Uuid;

/// Answers the id functions.
pub(super) fn call(frame: Frame<'_>, function: &str, arguments: &Arguments<'_>) -> Answer {
    Some(match function {
        "resourceid" => resource_id(frame, arguments),
        "subscriptionresourceid" => {
            split(arguments).and_then(|parts| match parts.before.as_slice() {
                [] => identified(arguments, &frame.scope.context.subscription_scope(), &parts),
                [subscription] => {
                    identified(arguments, &format!("/subscriptions/{subscription}"), &parts)
                }
                _ => {
                    Err(arguments.unexpected("at most a subscription id before the resource type"))
                }
            })
        }
        "tenantresourceid" => split(arguments).and_then(|parts| match parts.before.as_slice() {
            [] => identified(arguments, "", &parts),
            _ => Err(arguments.unexpected("the resource type first")),
        }),
        "extensionresourceid" => extension(arguments),
        "managementgroupresourceid" => {
            split(arguments).and_then(|parts| match parts.before.as_slice() {
                [group] => identified(
                    arguments,
                    &format!("/providers/Microsoft.Management/managementGroups/{group}"),
                    &parts,
                ),
                // Without a name it means the management group deployed to, and a sandbox deploys to none.
                _ => Err(not_here(arguments.name)),
            })
        }
        _ => return None,
    })
}

/// The arguments of an id function around the resource type.
struct Parts {
    before: Vec<String>,
    type_: String,
    names: Vec<String>,
}

fn split(arguments: &Arguments<'_>) -> Result<Parts, String> {
    let texts: Vec<String> = arguments.values.iter().map(display).collect();
    let Some(at) = texts.iter().position(|text| text.contains('/')) else {
        return Err(format!(
            "Unable to evaluate template language function '{}': function requires exactly one multi-segmented argument which must be resource type including resource provider namespace. Current function arguments '{}'. Please see https://aka.ms/arm-resource-functions/#resourceid for usage details.",
            arguments.name,
            texts.join(",")
        ));
    };
    Ok(Parts {
        before: texts[..at].to_vec(),
        type_: texts[at].trim_end_matches('/').to_owned(),
        names: texts[at + 1..].to_vec(),
    })
}

/// At a subscription an extra argument that is a GUID is a subscription; elsewhere it is a resource group.
fn resource_id(frame: Frame<'_>, arguments: &Arguments<'_>) -> Result<Value, String> {
    let parts = split(arguments)?;
    let context = &frame.scope.context;
    let scope = match parts.before.as_slice() {
        [] => context.scope_id(),
        [subscription]
            if context.resource_group.is_none() && Uuid::parse_str(subscription).is_ok() =>
        {
            format!("/subscriptions/{subscription}")
        }
        [group] => format!("{}/resourceGroups/{group}", context.subscription_scope()),
        [subscription, group] => format!("/subscriptions/{subscription}/resourceGroups/{group}"),
        _ => {
            return Err(arguments.unexpected(
                "at most a subscription id and a resource group name before the resource type",
            ));
        }
    };
    identified(arguments, &scope, &parts)
}

fn extension(arguments: &Arguments<'_>) -> Result<Value, String> {
    let scope = arguments.text(0)?.trim_end_matches('/').to_owned();
    let rest = Arguments::new(arguments.name, &arguments.values[1..]);
    let parts = split(&rest)?;
    if !parts.before.is_empty() {
        return Err(arguments.unexpected("the id of a resource and then a resource type"));
    }
    identified(arguments, &scope, &parts)
}

fn identified(arguments: &Arguments<'_>, scope: &str, parts: &Parts) -> Result<Value, String> {
    let wanted = type_segments(&parts.type_);
    if wanted != parts.names.len() {
        return Err(format!(
            "Unable to evaluate template language function '{}': the type '{}' requires '{wanted}' resource name argument(s). Please see https://aka.ms/arm-resource-functions/#resourceid for usage details.",
            arguments.name, parts.type_
        ));
    }
    let names: Vec<&str> = parts.names.iter().map(String::as_str).collect();
    Ok(Value::from(join_id(scope, &parts.type_, &names)))
}

/// How many names a resource of that type has.
pub(crate) fn type_segments(type_: &str) -> usize {
    type_.split('/').count() - 1
}

/// Makes the id of a resource out of its scope, type and names.
pub(crate) fn join_id(scope: &str, type_: &str, names: &[&str]) -> String {
    // A resource group is a scope itself: its id has no `providers` and starts at the subscription.
    if type_.eq_ignore_ascii_case("Microsoft.Resources/resourceGroups") {
        let scope = scope.find("/resourceGroups/").map_or(scope, |at| &scope[..at]);
        return format!("{scope}/resourceGroups/{}", names.join("/"));
    }
    let mut segments = type_.split('/');
    let namespace = segments.next().unwrap_or_default();
    let mut id = format!("{scope}/providers/{namespace}");
    for (segment, name) in segments.zip(names) {
        id.push_str(&format!("/{segment}/{name}"));
    }
    id
}
