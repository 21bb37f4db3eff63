//! Microsoft.Resources/tags: the tags of one resource, read and changed apart from it.
//!
//! Source: <https://learn.microsoft.com/rest/api/resources/tags>; limits:
//! <https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations>.

use serde_json::{Map, Value, json};

use super::target::Target;
use crate::arm::reply;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};

/// Whether it is about tags.
pub(super) fn serves(target: &Target) -> bool {
    target.is("Microsoft.Resources/tags")
}

/// Answers `{resource}/providers/Microsoft.Resources/tags/default`.
pub(super) fn answer(
    core: &mut Core,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let key = target.scope.to_ascii_lowercase();
    if target.name() != "default" || !core.state.resources.contains_key(&key) {
        return Err(ArmError::missing(
            "ResourceNotFound",
            format!("The Resource '{}' was not found.", target.scope),
        ));
    }
    let known = core.state.resources[&key].body["tags"].as_object().cloned();
    let known = known.unwrap_or_default();
    let tags = match request.method.as_str() {
        "GET" => known,
        "PATCH" => {
            let changed = changed(known, &request.json()?)?;
            if let Some(resource) = core.state.resources.get_mut(&key) {
                resource.body["tags"] = json!(changed);
            }
            changed
        }
        _ => return Err(reply::method_not_allowed(request)),
    };
    let body = json!({"id": target.id(), "name": "default", "type": "Microsoft.Resources/tags",
        "properties": {"tags": tags}});
    Ok(Reply::json(200, &body))
}

/// Names are compared without case; the first spelling stays.
fn changed(mut tags: Map<String, Value>, sent: &Value) -> Result<Map<String, Value>, ArmError> {
    let wanted = wanted(sent)?;
    let operation = sent["operation"].as_str().unwrap_or_default();
    if operation.eq_ignore_ascii_case("Replace") {
        tags.clear();
    }
    for (name, value) in wanted {
        let known = tags.keys().find(|known| known.eq_ignore_ascii_case(name));
        let known = known.cloned();
        match operation.to_ascii_lowercase().as_str() {
            "delete" => {
                if let Some(known) = known.filter(|known| tags[known] == *value) {
                    tags.remove(&known);
                }
            }
            "merge" | "replace" => {
                tags.insert(known.unwrap_or_else(|| name.clone()), value.clone());
            }
            _ => return Err(invalid(&format!("the operation '{operation}' is unknown"))),
        }
    }
    if tags.len() > MOST {
        return Err(ArmError::bad(
            "TooManyTags",
            format!("The resource has too many tags: {}. At most {MOST} are allowed.", tags.len()),
        ));
    }
    Ok(tags)
}

fn wanted(sent: &Value) -> Result<&Map<String, Value>, ArmError> {
    let only = |value: &Value, known: &[&str]| {
        let members = value.as_object();
        members.is_some_and(|all| all.keys().all(|name| known.contains(&name.as_str())))
    };
    if !only(sent, &["operation", "properties"]) || !only(&sent["properties"], &["tags"]) {
        return Err(invalid("an unknown member"));
    }
    let tags = sent["properties"]["tags"].as_object();
    let tags = tags.ok_or_else(|| invalid("'properties.tags' is missing"))?;
    for (name, value) in tags {
        let value = value.as_str().ok_or_else(|| invalid("a value is no text"))?;
        if name.contains(['<', '>', '%', '&', '\\', '?', '/']) || name.is_empty() {
            return Err(ArmError::bad(
                "InvalidTagNameCharacters",
                format!(
                    "The tag names '{name}' have reserved characters '<,>,%,&,\\,?,/' or control characters."
                ),
            ));
        }
        if name.chars().count() > LONGEST_NAME || value.chars().count() > LONGEST_VALUE {
            return Err(ArmError::bad(
                "InvalidTagLength",
                format!(
                    "The tag '{name}' exceeds {LONGEST_NAME} characters in its name or {LONGEST_VALUE} in its value."
                ),
            ));
        }
    }
    Ok(tags)
}

fn invalid(what: &str) -> ArmError {
    ArmError::bad(
        "InvalidRequestContent",
        format!("The request content was invalid and could not be deserialized: '{what}'."),
    )
}

const MOST: usize = 50;
const LONGEST_NAME: usize = 512;
const LONGEST_VALUE: usize = 256;
