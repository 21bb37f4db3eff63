//! A template and its parameters, read as `az` reads them, and judged before Azure sees them.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::ops::change::findings::Findings;
use crate::ops::document;

/// What a deployment is made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeploymentFiles {
    pub template: Value,
    /// Each with its `value` or its `reference`.
    pub parameters: Map<String, Value>,
}

/// Where a template is deployed, as far as the template says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TemplateScope {
    ResourceGroup,
    Subscription,
}

/// One `--parameters`: a file, or one value of one parameter.
#[derive(Clone, Debug)]
pub(crate) enum ParameterInput {
    /// A parameter file.
    File(String),
    /// `KEY=VALUE`.
    Value(String, String),
    /// `KEY=@FILE`.
    ValueFile(String, String),
}

/// Reads both, and finds what is wrong with them.
pub(crate) fn read(
    template: &str,
    parameters: &[ParameterInput],
    scope: TemplateScope,
    findings: &mut Findings,
) -> DeploymentFiles {
    let mut files = DeploymentFiles::default();
    let place = format!("--template-file {template}");
    if is_bicep(template) {
        let stem = Path::new(template).with_extension("json");
        findings.input(
            place,
            "is Bicep, and a template as JSON is needed",
            format!(
                "Make one with `az bicep build --file {template}`, and give {}.",
                stem.display()
            ),
        );
        return files;
    }
    match document::read(template) {
        Ok(read) => files.template = read,
        Err(err) => {
            findings.has_unread_file = true;
            findings.input(place, err.rule, err.fix);
            return files;
        }
    }
    judge_template(&files.template, &place, scope, findings);
    for input in parameters {
        take(input, &mut files, findings);
    }
    judge_parameters(&files, findings);
    files
}

fn is_bicep(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|kind| {
        kind.eq_ignore_ascii_case("bicep") || kind.eq_ignore_ascii_case("bicepparam")
    })
}

fn judge_template(template: &Value, place: &str, scope: TemplateScope, findings: &mut Findings) {
    let resources = &template["resources"];
    if !resources.is_array() && !resources.is_object() {
        findings.input(
            place,
            "has no `resources`, so it cannot be an ARM template",
            "Give the template itself; a parameter file goes with --parameters.",
        );
        return;
    }
    let schema = template["$schema"].as_str().unwrap_or_default().to_lowercase();
    let wanted = if schema.contains("subscriptiondeploymenttemplate") {
        TemplateScope::Subscription
    } else if schema.contains("/deploymenttemplate") {
        TemplateScope::ResourceGroup
    } else {
        return;
    };
    if wanted != scope {
        let (rule, fix) = match wanted {
            TemplateScope::Subscription => (
                "is for a subscription, by its `$schema`",
                "Give --subscription-scope instead of --resource-group.",
            ),
            TemplateScope::ResourceGroup => (
                "is for a resource group, by its `$schema`",
                "Give --resource-group instead of --subscription-scope.",
            ),
        };
        findings.input(place, rule, fix);
    }
}

fn take(input: &ParameterInput, files: &mut DeploymentFiles, findings: &mut Findings) {
    match input {
        ParameterInput::File(path) => {
            if is_bicep(path) {
                findings.input(
                    format!("--parameters {path}"),
                    "is Bicep, and a parameter file as JSON is needed",
                    format!("Make one with `az bicep build-params --file {path}`."),
                );
                return;
            }
            match document::read(path) {
                Ok(read) => take_file(&read, files),
                Err(err) => findings.input(format!("--parameters {path}"), err.rule, err.fix),
            }
        }
        ParameterInput::Value(name, text) => {
            if is_secure(&files.template, name) {
                findings.input(
                    format!("--parameters {name}=…"),
                    "is a secret by the template, and every user of this computer sees a command line",
                    format!("Give it in a file: `--parameters {name}=@FILE`, or as a Key Vault reference in a parameter file."),
                );
                return;
            }
            take_value(name, text, files, findings);
        }
        ParameterInput::ValueFile(name, path) => match std::fs::read_to_string(path) {
            Ok(text) => {
                let text = text.strip_suffix('\n').unwrap_or(&text);
                take_value(name, text.strip_suffix('\r').unwrap_or(text), files, findings);
            }
            Err(err) => findings.input(
                format!("--parameters {name}=@{path}"),
                format!("cannot be read: {err}"),
                "Check the path and its permissions.",
            ),
        },
    }
}

/// The whole file with its head, or only what is in it.
fn take_file(read: &Value, files: &mut DeploymentFiles) {
    let inner = if read["parameters"].is_object() { &read["parameters"] } else { read };
    for (name, holder) in inner.as_object().into_iter().flatten() {
        if !name.starts_with('$') && name != "contentVersion" {
            insert(files, name, holder.clone());
        }
    }
}

/// What is under a name counts later as it was given last. Names are not case-sensitive.
fn insert(files: &mut DeploymentFiles, name: &str, holder: Value) {
    let known = files.parameters.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
    files.parameters.insert(known.unwrap_or_else(|| name.to_owned()), holder);
}

fn take_value(name: &str, text: &str, files: &mut DeploymentFiles, findings: &mut Findings) {
    let kind = kind_of(&files.template, name).unwrap_or_default();
    let value = if kind.is_empty() || kind == "string" || kind == "securestring" {
        Ok(json!(text))
    } else {
        serde_json::from_str::<Value>(text)
    };
    match value {
        Ok(value) if fits(&value, &kind) => insert(files, name, json!({"value": value})),
        _ => findings.input(
            format!("--parameters {name}"),
            format!("has to be of type {kind}, as JSON"),
            "Write it as in a parameter file, or give it from a file: `KEY=@FILE`.",
        ),
    }
}

fn fits(value: &Value, kind: &str) -> bool {
    match kind {
        "int" => value.is_i64() || value.is_u64(),
        "bool" => value.is_boolean(),
        "array" => value.is_array(),
        "object" | "secureobject" => value.is_object(),
        _ => true,
    }
}

fn declared<'a>(template: &'a Value, name: &str) -> Option<&'a Value> {
    let all = template["parameters"].as_object()?;
    all.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, said)| said)
}

fn kind_of(template: &Value, name: &str) -> Option<String> {
    Some(declared(template, name)?["type"].as_str()?.to_lowercase())
}

fn is_secure(template: &Value, name: &str) -> bool {
    kind_of(template, name).is_some_and(|kind| kind.starts_with("secure"))
}

fn judge_parameters(files: &DeploymentFiles, findings: &mut Findings) {
    let known = files.template["parameters"].as_object().cloned().unwrap_or_default();
    for name in files.parameters.keys() {
        if declared(&files.template, name).is_none() {
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            let has = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            findings.input(
                format!("--parameters {name}"),
                format!("the template has no such parameter; it has {has}"),
                "Correct the name, or leave it out.",
            );
        }
    }
    for (name, said) in &known {
        let is_given = files.parameters.keys().any(|given| given.eq_ignore_ascii_case(name));
        let is_nullable = said["nullable"] == true;
        if !is_given && said.get("defaultValue").is_none() && !is_nullable {
            findings.missing(
                &format!("--parameters {name}"),
                "the template needs it, and has no default",
                &format!("Give it: `--parameters {name}=VALUE`, or in a parameter file."),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template() -> Value {
        json!({"resources": [], "parameters": {"count": {"type": "int"}, "key": {"type": "secureString"},
            "name": {"type": "string", "defaultValue": "x"}, "tags": {"type": "object", "defaultValue": {}}}})
    }

    fn taken(inputs: &[(&str, &str)]) -> (DeploymentFiles, Findings) {
        let mut files = DeploymentFiles { template: template(), ..DeploymentFiles::default() };
        let mut findings = Findings::default();
        for (name, text) in inputs {
            let input = ParameterInput::Value((*name).to_owned(), (*text).to_owned());
            take(&input, &mut files, &mut findings);
        }
        judge_parameters(&files, &mut findings);
        (files, findings)
    }

    #[test]
    fn values_take_the_types_of_the_template() {
        let (files, findings) = taken(&[("Count", "3"), ("name", "3"), ("tags", "{\"a\": 1}")]);
        let of = |name: &str| files.parameters[name]["value"].clone();
        assert_eq!((of("Count"), of("name"), of("tags")), (json!(3), json!("3"), json!({"a": 1})));
        assert_eq!(findings.errors.len(), 1, "only the secret is missing: {findings:?}");
    }

    #[test]
    fn wrong_ones_are_told_each() {
        let (_, findings) = taken(&[("count", "three"), ("key", "hunter2"), ("color", "red")]);
        let told: Vec<&str> = findings.errors.iter().map(|found| found.rule.as_str()).collect();
        assert!(told.iter().any(|rule| rule.contains("type int")), "{told:?}");
        assert!(told.iter().any(|rule| rule.contains("is a secret")), "{told:?}");
        assert!(told.iter().any(|rule| rule.contains("no such parameter")), "{told:?}");
        assert!(!format!("{findings:?}").contains("hunter2"));
    }
}
