//! A template of the user's own, deployed instead of the built-in one.
//!
//! The portal, Bicep and Terraform all write one, each with parameters of other names or with none
//! (Azure/Azure-Lighthouse-samples#33, Azure/bicep#9980). So the offer is read out of the one
//! definition that the template makes, and each of its parameters is known by where its value goes.

use serde_json::{Map, Value, json};

use super::layer::{Layer, Placed};
use super::parameters;
use crate::ops::change::findings::Findings;
use crate::ops::document;
use crate::template::reading::{Field, TemplateReading, read_template};

/// A template from a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct OwnTemplate {
    pub path: String,
    pub value: Value,
    /// The parameters whose value is a property of the definition, just as it is.
    pub fields: Vec<(Field, String)>,
    /// The parameter that says which resource groups are delegated.
    pub groups: Option<GroupParameter>,
}

/// How a template takes resource groups.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum GroupParameter {
    /// The name of one.
    One(String),
    /// Names of several.
    Names(String),
    /// Several, as `{"rgName": …}`.
    Objects(String),
}

impl GroupParameter {
    pub(crate) fn name(&self) -> &str {
        match self {
            GroupParameter::One(name)
            | GroupParameter::Names(name)
            | GroupParameter::Objects(name) => name,
        }
    }

    /// The parameter's value for these groups; `None` if it cannot take so many.
    pub(crate) fn value_for(&self, groups: &[&str]) -> Option<Value> {
        match (self, groups) {
            (GroupParameter::One(_), [only]) => Some(json!(only)),
            (GroupParameter::One(_), _) => None,
            (GroupParameter::Names(_), _) => Some(json!(groups)),
            (GroupParameter::Objects(_), _) => {
                Some(groups.iter().map(|name| json!({"rgName": name})).collect())
            }
        }
    }
}

impl OwnTemplate {
    /// The template, with what each of its parameters is for.
    pub(crate) fn understood(path: String, value: Value) -> OwnTemplate {
        let mut template = OwnTemplate { path, value, ..OwnTemplate::default() };
        let names: Vec<String> = template.parameters().map(|(name, _)| name.to_owned()).collect();
        for name in names {
            template.trace(&name);
        }
        template
    }

    /// Finds out where the value of a parameter goes: a mark is put in, and looked for.
    fn trace(&mut self, name: &str) {
        const MARK: &str = "\u{1}mark";
        let with =
            |value: Value| read_template(&self.value, Map::from_iter([(name.to_owned(), value)]));
        let leads = |reading: &TemplateReading| {
            reading.targets.iter().any(|target| *target == Ok(Some(MARK.to_owned())))
        };
        let reading = with(json!(MARK));
        let groups = if leads(&reading) {
            Some(GroupParameter::One(name.to_owned()))
        } else if leads(&with(json!([{"rgName": MARK}]))) {
            Some(GroupParameter::Objects(name.to_owned()))
        } else if leads(&with(json!([MARK]))) {
            Some(GroupParameter::Names(name.to_owned()))
        } else {
            None
        };
        for field in Field::ALL {
            let mut made = reading.definitions.iter().filter_map(|found| found.property(field));
            if made.any(|value| *value == Ok(json!(MARK))) {
                self.fields.push((field, name.to_owned()));
            }
        }
        self.groups = self.groups.take().or(groups);
    }

    /// The parameter that a property of the definition is taken from.
    pub(crate) fn parameter_for(&self, field: Field) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == field).map(|(_, name)| name.as_str())
    }

    /// What the samples call a parameter of this template that is one of the offer's own.
    pub(super) fn usual_name(&self, name: &str) -> Option<&'static str> {
        let is_groups =
            self.groups.as_ref().is_some_and(|groups| groups.name().eq_ignore_ascii_case(name));
        if is_groups {
            return Some(parameters::GROUPS);
        }
        let found = self.fields.iter().find(|(_, known)| known.eq_ignore_ascii_case(name))?;
        Some(parameters::usual_name(found.0))
    }

    /// The name of the parameter in the template's own spelling, if it declares it.
    pub(super) fn declares(&self, name: &str) -> Option<&str> {
        self.parameters()
            .map(|(declared, _)| declared)
            .find(|declared| declared.eq_ignore_ascii_case(name))
    }

    pub(super) fn parameters(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.value
            .get("parameters")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, declared)| (name.as_str(), declared))
    }

    /// True if the resource groups to delegate have to be given.
    pub(super) fn needs_groups(&self) -> bool {
        self.groups.as_ref().is_some_and(|groups| {
            self.parameters().any(|(name, declared)| {
                name == groups.name() && declared.get("defaultValue").is_none()
            })
        })
    }
}

/// Reads a template; what cannot be used becomes a finding.
pub(super) fn read(path: &str, findings: &mut Findings) -> Option<OwnTemplate> {
    let path = path.to_owned();
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
    if !is_template(&value) {
        findings.input(
            format!("{place}: resources"),
            "is missing: this is not a template",
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
    Some(OwnTemplate::understood(path, value))
}

/// True if a document has the form of a template.
pub(super) fn is_template(value: &Value) -> bool {
    value.get("resources").is_some_and(|resources| resources.is_array() || resources.is_object())
}

/// Hands the parameters that only the template knows to it, and reports those that are unknown.
pub(super) fn extras(
    template: Option<&OwnTemplate>,
    rest: &[(Placed<String>, Value)],
    findings: &mut Findings,
) -> Map<String, Value> {
    let mut extras = Map::new();
    for (name, value) in rest {
        match template.map(|template| (template, template.declares(&name.value))) {
            Some((_, Some(declared))) => {
                extras.insert(declared.to_owned(), value.clone());
            }
            Some((template, None)) => undeclared(template, name, findings),
            None => parameters::unknown(name, findings),
        }
    }
    let Some(template) = template else {
        return extras;
    };
    for (name, declared) in template.parameters() {
        let is_optional = declared.get("defaultValue").is_some()
            || declared.get("nullable").is_some_and(|nullable| nullable == true);
        if template.usual_name(name).is_none() && !is_optional && !extras.contains_key(name) {
            findings.input(
                format!("{}: parameters.{name}", template.path),
                "has no value",
                "Give it in a --parameters file.",
            );
        }
    }
    extras
}

fn undeclared(template: &OwnTemplate, name: &Placed<String>, findings: &mut Findings) {
    let declared: Vec<&str> = template.parameters().map(|(name, _)| name).collect();
    let meant = crate::ops::access::similar::nearest(&name.value, declared.iter().copied())
        .map(|word| format!(": did you mean '{word}'?"))
        .unwrap_or_default();
    findings.input(
        name.place.trim_end_matches(".value"),
        format!("{} does not declare '{}'{meant}", template.path, name.value),
        match declared.as_slice() {
            [] => "Leave it out: the template takes no parameters.".to_owned(),
            declared => format!("Use those that it declares: {}.", declared.join(", ")),
        },
    );
}

/// The offer of an own template: what was given where the template takes it, and what the
/// template itself says everywhere else.
pub(super) fn complete(
    template: &OwnTemplate,
    given: Layer,
    whole_subscription: bool,
    extras: &Map<String, Value>,
    findings: &mut Findings,
) -> (Layer, bool) {
    super::template_offer::Completion { template, extras, findings }.of(given, whole_subscription)
}
