//! A template of the user's own, deployed in place of ours with the parameters that it declares.
//!
//! Its offer is judged like any other, so the offer has to come in through parameters: what a
//! template has written into it cannot be seen without evaluating it.

use serde_json::{Map, Value};

use super::super::finding::Findings;
use super::{Layer, Placed, document, parameters};

/// A template from a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OwnTemplate {
    pub path: String,
    pub value: Value,
}

impl OwnTemplate {
    /// The name of the parameter in the template's own spelling, if it declares it.
    pub(crate) fn declares(&self, name: &str) -> Option<&str> {
        self.parameters()
            .map(|(declared, _)| declared)
            .find(|declared| declared.eq_ignore_ascii_case(name))
    }

    fn parameters(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.value
            .get("parameters")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, declared)| (name.as_str(), declared))
    }

    /// What the defaults of its parameters say; expressions are left to Azure.
    pub(super) fn defaults(&self, findings: &mut Findings) -> Layer {
        let values = self
            .parameters()
            .filter(|(name, _)| {
                parameters::KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name))
            })
            .filter_map(|(name, declared)| {
                let value = declared.get("defaultValue")?;
                let place = format!("{}: parameters.{name}.defaultValue", self.path);
                let is_expression = value.as_str().is_some_and(|text| text.starts_with('['));
                (!is_expression).then(|| (name.to_owned(), value.clone(), place))
            })
            .collect();
        parameters::layer(values, findings)
    }
}

/// Reads a template; what cannot be used becomes a finding.
pub(super) fn read(path: &str, findings: &mut Findings) -> Option<OwnTemplate> {
    let path = document::file_name(path).to_owned();
    let place = format!("--template-file {path}");
    if path.to_ascii_lowercase().ends_with(".bicep") {
        findings.input(
            place,
            "is Bicep, not JSON",
            format!("Compile it first: `az bicep build --file {path}`."),
        );
        return None;
    }
    let value = match document::read(&path) {
        Ok(value) => value,
        Err(why) => {
            findings.input(place, why.rule, why.fix);
            return None;
        }
    };
    if !value
        .get("resources")
        .is_some_and(|resources| resources.is_array() || resources.is_object())
    {
        findings.input(
            format!("{place}: resources"),
            "is missing: this is no template",
            "Give an ARM template; a parameter file goes to --parameters.",
        );
        return None;
    }
    let schema = value.get("$schema").and_then(Value::as_str).unwrap_or_default();
    if !schema.to_ascii_lowercase().contains("/subscriptiondeploymenttemplate.json") {
        findings.input(
            format!("{place}: $schema"),
            format!("is '{schema}': a definition can only be deployed to a subscription"),
            "Use the schema https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#, as `az-imageshare delegation template` does.",
        );
    }
    let holds = value.to_string().to_ascii_lowercase();
    if !holds.contains("microsoft.managedservices/registrationdefinitions") {
        findings.warn(format!("{place} holds no Microsoft.ManagedServices/registrationDefinitions: it does not seem to be a delegation."));
    }
    Some(OwnTemplate { path, value })
}

/// Hands the parameters that only the template knows to it, and tells those that nobody knows.
pub(super) fn extras(
    template: Option<&OwnTemplate>,
    rest: Vec<(Placed<String>, Value)>,
    findings: &mut Findings,
) -> Map<String, Value> {
    let mut extras = Map::new();
    for (name, value) in rest {
        match template.and_then(|template| template.declares(&name.value)) {
            Some(declared) => {
                extras.insert(declared.to_owned(), value);
            }
            None => parameters::unknown(&name, findings),
        }
    }
    let Some(template) = template else {
        return extras;
    };
    for (name, declared) in template.parameters() {
        let known = parameters::KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name));
        let optional = declared.get("defaultValue").is_some()
            || declared.get("nullable").is_some_and(|nullable| nullable == true);
        if !known && !optional && !extras.contains_key(name) {
            findings.input(
                format!("{}: parameters.{name}", template.path),
                "has no value",
                "Give it in a --parameters file.",
            );
        }
    }
    extras
}
