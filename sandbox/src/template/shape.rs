//! Checks that a template has a template's shape, before anything in it is evaluated.

use super::error::TemplateError;
use super::position;
use serde_json::{Map, Value};

/// The template versions Resource Manager knows.
const VERSIONS: [&str; 5] =
    ["2014-04-01-preview", "2015-01-01", "2018-05-01", "2019-04-01", "2019-08-01"];
/// The kinds of template, by the scope they are written for.
const KINDS: [&str; 4] = [
    "deploymenttemplate.json",
    "subscriptiondeploymenttemplate.json",
    "managementgroupdeploymenttemplate.json",
    "tenantdeploymenttemplate.json",
];
/// The members of a template.
const TEMPLATE: [&str; 13] = [
    "$schema",
    "languageVersion",
    "contentVersion",
    "apiProfile",
    "definitions",
    "parameters",
    "functions",
    "variables",
    "resources",
    "outputs",
    "metadata",
    "imports",
    "extensions",
];
/// The members of a resource.
const RESOURCE: [&str; 28] = [
    "id",
    "name",
    "type",
    "apiVersion",
    "comments",
    "location",
    "dependsOn",
    "condition",
    "copy",
    "scope",
    "tags",
    "properties",
    "resources",
    "sku",
    "kind",
    "plan",
    "zones",
    "identity",
    "managedBy",
    "managedByExtended",
    "extendedLocation",
    "resourceGroup",
    "subscriptionId",
    "scale",
    "asserts",
    "metadata",
    "existing",
    "etag",
];

/// Checks the members of a template and of its resources.
pub(crate) fn check(template: &Value) -> Result<(), TemplateError> {
    let Some(members) = template.as_object() else {
        return Err(TemplateError::parse(
            "Error converting value to type 'Template'. Path '', line 1, position 1.",
        ));
    };
    known_members(template, members, &TEMPLATE, "Template", &[])?;
    for name in ["$schema", "contentVersion", "resources"] {
        if members.get(name).is_none_or(Value::is_null) {
            let end = template.to_string().len();
            return Err(TemplateError::parse(&format!(
                "Required property '{name}' not found in JSON. Path '', line 1, position {end}."
            )));
        }
    }
    schema(&members["$schema"])?;
    for (name, wanted) in [
        ("parameters", "object"),
        ("variables", "object"),
        ("outputs", "object"),
        ("functions", "array"),
    ] {
        match (members.get(name), wanted) {
            (None | Some(Value::Null | Value::Object(_)), "object")
            | (None | Some(Value::Null | Value::Array(_)), "array") => {}
            _ => return Err(wrong_kind(template, &[name])),
        }
    }
    resources(template, &members["resources"], &["resources"])
}

fn schema(schema: &Value) -> Result<(), TemplateError> {
    let text = schema.as_str().unwrap_or_default();
    if is_known_schema(text) {
        return Ok(());
    }
    Err(TemplateError::validation(&format!(
        "Template schema '{text}' is not supported. Supported versions are '{}'. Please see https://aka.ms/arm-template for usage details.",
        VERSIONS.join(",")
    )))
}

fn is_known_schema(text: &str) -> bool {
    let text = text.trim_end_matches('#').to_lowercase();
    let path = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .and_then(|rest| rest.strip_prefix("schema.management.azure.com/schemas/"));
    path.and_then(|path| path.split_once('/'))
        .is_some_and(|(version, kind)| VERSIONS.contains(&version) && KINDS.contains(&kind))
}

fn resources(template: &Value, resources: &Value, path: &[&str]) -> Result<(), TemplateError> {
    let entries: Vec<(String, &Value)> = match resources {
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
        }
        Value::Object(members) => members.iter().map(|(name, item)| (name.clone(), item)).collect(),
        _ => return Err(wrong_kind(template, path)),
    };
    for (key, resource) in entries {
        let mut here = path.to_vec();
        here.push(&key);
        let Some(members) = resource.as_object() else {
            return Err(wrong_kind(template, &here));
        };
        known_members(template, members, &RESOURCE, "TemplateResource", &here)?;
        for name in ["name", "type", "apiVersion"] {
            if members.get(name).is_none_or(Value::is_null) {
                return Err(TemplateError::parse(&format!(
                    "Required property '{name}' not found in JSON. Path '{}', line 1, position {}.",
                    json_path(&here),
                    position::column(template, &here)
                )));
            }
        }
        if let Some(children) = members.get("resources") {
            here.push("resources");
            self::resources(template, children, &here)?;
        }
    }
    Ok(())
}

fn known_members(
    template: &Value,
    members: &Map<String, Value>,
    known: &[&str],
    kind: &str,
    path: &[&str],
) -> Result<(), TemplateError> {
    let Some(unknown) =
        members.keys().find(|name| !known.iter().any(|known| known.eq_ignore_ascii_case(name)))
    else {
        return Ok(());
    };
    let mut here = path.to_vec();
    here.push(unknown);
    Err(TemplateError::parse(&format!(
        "Could not find member '{unknown}' on object of type '{kind}'. Path '{}', line 1, position {}.",
        json_path(&here),
        position::column(template, &here)
    )))
}

fn wrong_kind(template: &Value, path: &[&str]) -> TemplateError {
    TemplateError::parse(&format!(
        "Cannot deserialize the current JSON value because the type of it is not the one the template schema asks for. Path '{}', line 1, position {}.",
        json_path(path),
        position::column(template, path)
    ))
}

/// The path as Resource Manager writes it: `resources[0].name`.
fn json_path(path: &[&str]) -> String {
    let mut text = String::new();
    for segment in path {
        if segment.bytes().all(|byte| byte.is_ascii_digit()) {
            text.push_str(&format!("[{segment}]"));
        } else {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(segment);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{check, is_known_schema};
    use serde_json::json;

    const SCHEMA: &str =
        "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

    #[test]
    fn every_real_form_of_schema_is_known() {
        for version in ["2015-01-01", "2018-05-01", "2019-04-01", "2019-08-01"] {
            for kind in [
                "deploymentTemplate",
                "subscriptionDeploymentTemplate",
                "managementGroupDeploymentTemplate",
            ] {
                assert!(is_known_schema(&format!(
                    "https://schema.management.azure.com/schemas/{version}/{kind}.json#"
                )));
                assert!(is_known_schema(&format!(
                    "http://schema.management.azure.com/schemas/{version}/{kind}.json"
                )));
            }
        }
        // Only templates inside policy bodies, which nobody reads here, spell it like this.
        assert!(!is_known_schema(
            "https://schema.management.azure.com/2018-05-01/subscriptionDeploymentTemplate.json#"
        ));
        assert!(!is_known_schema(
            "https://schema.management.azure.com/schemas/2018-05-01/deploymentParameters.json#"
        ));
        assert!(!is_known_schema(
            "https://example.com/schemas/2018-05-01/deploymentTemplate.json#"
        ));
    }

    #[test]
    fn what_is_no_template_is_refused() {
        let cases = [
            (json!([]), "Error converting value"),
            (json!({"contentVersion": "1.0.0.0", "resources": []}), "Required property '$schema'"),
            (json!({"$schema": SCHEMA, "resources": []}), "Required property 'contentVersion'"),
            (
                json!({"$schema": SCHEMA, "contentVersion": "1.0.0.0"}),
                "Required property 'resources'",
            ),
            (
                json!({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": [], "extra": 1}),
                "Could not find member 'extra' on object of type 'Template'. Path 'extra', line 1, position ",
            ),
            (
                json!({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": [{"name": "a", "type": "b/c"}]}),
                "Required property 'apiVersion' not found in JSON. Path 'resources[0]', line 1, position ",
            ),
            (
                json!({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": [{"nme": "a"}]}),
                "Could not find member 'nme' on object of type 'TemplateResource'. Path 'resources[0].nme'",
            ),
            (
                json!({"$schema": "x", "contentVersion": "1.0.0.0", "resources": []}),
                "Template schema 'x' is not supported. Supported versions are '2014-04-01-preview,2015-01-01,",
            ),
            (
                json!({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": [], "parameters": []}),
                "Path 'parameters'",
            ),
        ];
        for (template, text) in cases {
            let error = check(&template).unwrap_err();
            assert_eq!(error.code, "InvalidTemplate");
            assert!(error.message.contains(text), "{} / {text}", error.message);
        }
    }
}
