//! Parameter files of the official Lighthouse samples, as they are; also bare `{name: {value}}`.

use serde_json::{Map, Value};

use super::layer::{Layer, Placed, RawEligible, RawGrant};
use super::own_template::{self, OwnTemplate};
use super::parameter_names;
pub(super) use super::parameter_names::{GROUPS, unknown, usual_name};
use crate::ops::access::similar;
use crate::ops::change::findings::Findings;
use crate::ops::document;

/// Reads a parameter file; what cannot be used becomes a finding. The names are those of the
/// template it is for.
pub(super) fn read(
    path: &str,
    template: Option<&OwnTemplate>,
    findings: &mut Findings,
) -> Option<Layer> {
    let name = path;
    let place = format!("--parameters {name}");
    if name.to_ascii_lowercase().ends_with(".bicepparam") {
        let fix = format!("Compile it first: `az bicep build-params --file {name}`.");
        findings.input(place, "is Bicep, not JSON", fix);
        return None;
    }
    let value = match document::read(path) {
        Ok(value) => value,
        Err(why) => {
            findings.input(place, why.rule, why.fix);
            return None;
        }
    };
    if let Some((rule, fix)) = another_kind(&value, name) {
        findings.input(place, rule, fix);
        return None;
    }
    let (parameters, prefix) = match value.get("parameters") {
        Some(Value::Object(parameters)) => (parameters, "parameters."),
        Some(_) => {
            findings.input(
                format!("{name}: parameters"),
                "is not an object",
                "Give the parameters as in the official samples: {\"parameters\": {\"mspOfferName\": {\"value\": …}}}.",
            );
            return None;
        }
        None => (value.as_object()?, ""),
    };
    let mut values = Vec::new();
    for (parameter, holder) in parameters {
        if prefix.is_empty() && ["$schema", "contentVersion"].contains(&parameter.as_str()) {
            continue;
        }
        let place = format!("{name}: {prefix}{parameter}");
        match holder.get("value") {
            Some(value) => values.push((parameter.clone(), value.clone(), format!("{place}.value"))),
            None => findings.input(place, missing_value(holder), "Write it as {\"value\": …}: values are checked before anything is sent, so they have to be in the file."),
        }
    }
    if let Some(template) = template {
        return Some(template_layer(template, values, findings));
    }
    let is_foreign = |(name, ..): &(String, Value, String)| {
        parameter_names::usual_spelling(name).is_none() && parameter_names::nearest(name).is_none()
    };
    if !values.is_empty() && values.iter().all(is_foreign) {
        let names: Vec<&str> = values.iter().map(|(name, ..)| name.as_str()).collect();
        findings.input(
            place,
            format!("belongs to another template: it has {} and no parameter of an offer", names.join(", ")),
            "Give that template with --template-file, or a file with the parameters of the official Lighthouse samples.",
        );
        return None;
    }
    Some(bare_layer(values, findings))
}

/// A file that belongs to another argument: what it is, and which.
fn another_kind(value: &Value, name: &str) -> Option<(&'static str, String)> {
    if own_template::is_template(value) {
        let fix = format!("Give it with `--template-file {name}`.");
        return Some(("is a template, not a parameter file", fix));
    }
    let kind = value.get("kind").and_then(Value::as_str);
    if kind == Some(super::super::request::KIND) {
        let fix = format!("Give it with `--request {name}`.");
        return Some(("is the consumer's request, not a parameter file", fix));
    }
    let is_terraform =
        value.get("terraform_version").is_some() || value.get("planned_values").is_some();
    is_terraform.then(|| {
        let fix = "Give the parameters as in the official samples, as `az-imageshare delegation template` writes them.";
        ("is Terraform's state or plan, not a parameter file", fix.to_owned())
    })
}

/// Values for the built-in template: names of all years are understood.
fn bare_layer(values: Vec<(String, Value, String)>, findings: &mut Findings) -> Layer {
    let spelt = values.into_iter().map(|(name, value, place)| {
        let usual = parameter_names::usual_spelling(&name);
        (usual.map_or(name, str::to_owned), value, place)
    });
    let mut layer = layer(spelt.collect(), findings);
    let all = layer.rest.clone();
    layer.rest.retain(|(name, _)| {
        let is_idle = parameter_names::is_without_meaning(&name.value, &all);
        if is_idle {
            findings.note(format!("{}: '{}' is not used.", name.place, name.value));
        }
        !is_idle
    });
    layer
}

/// Values for an own template: what it does with a parameter says what the parameter is.
fn template_layer(
    template: &OwnTemplate,
    values: Vec<(String, Value, String)>,
    findings: &mut Findings,
) -> Layer {
    let (of_offer, rest): (Vec<_>, Vec<_>) = values.into_iter().partition(|(name, ..)| {
        template.usual_name(name).is_some()
            || (template.declares(name).is_none()
                && parameter_names::usual_spelling(name).is_some())
    });
    let spelt = of_offer.into_iter().filter_map(|(name, value, place)| {
        let usual =
            template.usual_name(&name).or_else(|| parameter_names::usual_spelling(&name))?;
        Some((usual.to_owned(), value, place))
    });
    let rest = rest.into_iter().map(|(name, value, place)| (Placed::new(name, place), value));
    Layer { rest: rest.collect(), ..layer(spelt.collect(), findings) }
}

fn missing_value(holder: &Value) -> &'static str {
    match holder.get("reference") {
        Some(_) => "refers to a key vault, which is not followed",
        None => "has no value",
    }
}

/// Reads named values, each with its place.
pub(super) fn layer(values: Vec<(String, Value, String)>, findings: &mut Findings) -> Layer {
    let mut layer = Layer::default();
    for (name, value, place) in values {
        let known = parameter_names::KNOWN.iter().find(|known| **known == name);
        match known.copied() {
            Some("mspOfferName") => layer.name = text(&value, &place, findings),
            Some("mspOfferDescription") => layer.description = text(&value, &place, findings),
            Some("managedByTenantId") => layer.consumer = text(&value, &place, findings),
            Some("authorizations") => {
                layer.grants = Some(
                    objects(&value, &place, findings)
                        .map(|(object, place)| grant(object, &place, &GRANT_KEYS, findings))
                        .collect(),
                );
            }
            Some("eligibleAuthorizations") => {
                layer.eligible = Some(
                    objects(&value, &place, findings)
                        .map(|(object, place)| eligible(object, &place, findings))
                        .collect(),
                );
            }
            Some("rgName" | GROUPS) if value.is_string() => {
                let group = text(&value, &place, findings);
                layer.groups = layer.groups.or(group.map(|group| vec![group]));
            }
            // Lists of names are what people write first: `rgName` as a list, too.
            Some(_) => layer.groups = Some(groups(&value, &place, findings)),
            None => layer.rest.push((Placed::new(name, place), value)),
        }
    }
    layer
}

fn text(value: &Value, place: &str, findings: &mut Findings) -> Option<Placed<String>> {
    match value.as_str() {
        Some(text) => Some(Placed::new(text.trim(), place)),
        None => {
            findings.input(place, "is not a string", "Write it in double quotes.");
            None
        }
    }
}

fn objects<'a>(
    value: &'a Value,
    place: &str,
    findings: &mut Findings,
) -> std::vec::IntoIter<(&'a Map<String, Value>, String)> {
    let Some(entries) = value.as_array() else {
        findings.input(place, "is not an array", "Write it as [{…}, {…}].");
        return Vec::new().into_iter();
    };
    let mut found = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let place = format!("{place}[{at}]");
        match entry.as_object() {
            Some(object) => found.push((object, place)),
            None => findings.input(place, "is not an object", "Write it as {…}."),
        }
    }
    found.into_iter()
}

/// Resource groups as the samples write them, or simply by name.
fn groups(value: &Value, place: &str, findings: &mut Findings) -> Vec<Placed<String>> {
    let Some(entries) = value.as_array() else {
        findings.input(place, "is not an array", EXAMPLE_GROUPS);
        return Vec::new();
    };
    let mut groups = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let place = format!("{place}[{at}]");
        match entry {
            Value::String(name) => groups.push(Placed::new(name.trim(), place)),
            Value::Object(object) => {
                check_keys(object, &place, &["rgName"], findings);
                match member(object, "rgName") {
                    Some((value, _)) => {
                        groups.extend(text(value, &format!("{place}.rgName"), findings))
                    }
                    None => findings.input(place, "has no rgName", EXAMPLE_GROUPS),
                }
            }
            _ => findings.input(place, "is not a name of a resource group", EXAMPLE_GROUPS),
        }
    }
    groups
}

const EXAMPLE_GROUPS: &str = "Write it as [{\"rgName\": \"images-rg\"}] or [\"images-rg\"].";

const GRANT_KEYS: [&str; 4] =
    ["principalId", "principalIdDisplayName", "roleDefinitionId", "delegatedRoleDefinitionIds"];

fn grant(
    object: &Map<String, Value>,
    place: &str,
    keys: &[&str],
    findings: &mut Findings,
) -> RawGrant {
    check_keys(object, place, keys, findings);
    let mut string = |key: &str| {
        let (value, key) = member(object, key)?;
        text(value, &format!("{place}.{key}"), findings)
    };
    let principal = string("principalId");
    let name = string("principalIdDisplayName").map(|name| name.value);
    let role = string("roleDefinitionId");
    RawGrant {
        place: place.to_owned(),
        principal,
        name,
        role,
        delegated: delegated(object, place, findings),
    }
}

fn delegated(
    object: &Map<String, Value>,
    place: &str,
    findings: &mut Findings,
) -> Vec<Placed<String>> {
    let Some((value, key)) = member(object, "delegatedRoleDefinitionIds") else {
        return Vec::new();
    };
    let place = format!("{place}.{key}");
    let Some(entries) = value.as_array() else {
        findings.input(place, "is not an array", "Write it as [\"GUID\", …].");
        return Vec::new();
    };
    entries
        .iter()
        .enumerate()
        .filter_map(|(at, role)| text(role, &format!("{place}[{at}]"), findings))
        .collect()
}

fn eligible(object: &Map<String, Value>, place: &str, findings: &mut Findings) -> RawEligible {
    let keys = [&GRANT_KEYS[..], &["justInTimeAccessPolicy"]].concat();
    let mut read = RawEligible {
        grant: grant(object, place, &keys, findings),
        duration: None,
        mfa: None,
        approvers: Vec::new(),
    };
    let Some((policy, key)) = member(object, "justInTimeAccessPolicy") else {
        return read;
    };
    let place = format!("{place}.{key}");
    let Some(policy) = policy.as_object() else {
        findings.input(place, "is not an object", "Write it as {\"multiFactorAuthProvider\": \"Azure\", \"maximumActivationDuration\": \"PT8H\"}.");
        return read;
    };
    let keys = ["multiFactorAuthProvider", "maximumActivationDuration", "managedByTenantApprovers"];
    check_keys(policy, &place, &keys, findings);
    let mut string = |key: &str| {
        let (value, key) = member(policy, key)?;
        text(value, &format!("{place}.{key}"), findings)
    };
    read.mfa = string(keys[0]);
    read.duration = string(keys[1]);
    if let Some((value, key)) = member(policy, keys[2]) {
        let place = format!("{place}.{key}");
        for (object, place) in objects(value, &place, findings) {
            let approver = grant(object, &place, &GRANT_KEYS[..2], findings);
            let id = approver.principal.unwrap_or_else(|| Placed::new("", &place));
            read.approvers.push((id, approver.name));
        }
    }
    read
}

/// A member by its name; like Azure, whatever the case.
fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<(&'a Value, &'a str)> {
    object
        .iter()
        .find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null())
        .map(|(key, value)| (value, key.as_str()))
}

fn check_keys(object: &Map<String, Value>, place: &str, keys: &[&str], findings: &mut Findings) {
    for key in object.keys() {
        if keys.iter().any(|known| known.eq_ignore_ascii_case(key)) {
            continue;
        }
        let meant = similar::nearest(key, keys.iter().copied())
            .map(|word| format!(": did you mean '{word}'?"))
            .unwrap_or_default();
        findings.input(
            format!("{place}.{key}"),
            format!("is not a member that Azure knows{meant}"),
            format!("Use {}.", keys.join(", ")),
        );
    }
}
