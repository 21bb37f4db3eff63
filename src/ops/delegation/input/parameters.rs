//! Parameter files of the official Lighthouse samples, as they are; also bare `{name: {value}}`.

use serde_json::{Map, Value};

use super::super::finding::Findings;
use super::super::similar;
use super::{Layer, Placed, RawEligible, RawGrant, document};

/// The parameters of the samples, which are those of our own templates.
pub(super) const KNOWN: [&str; 7] = [
    "mspOfferName",
    "mspOfferDescription",
    "managedByTenantId",
    "authorizations",
    "eligibleAuthorizations",
    "rgName",
    "resourceGroups",
];

/// Reads a parameter file; what cannot be used becomes a finding.
pub(super) fn read(path: &str, findings: &mut Findings) -> Option<Layer> {
    let name = document::file_name(path);
    let value = match document::read(path) {
        Ok(value) => value,
        Err(why) => {
            findings.input(format!("--parameters {name}"), why.rule, why.fix);
            return None;
        }
    };
    let (parameters, prefix) = match value.get("parameters") {
        Some(Value::Object(parameters)) => (parameters, "parameters."),
        Some(_) => {
            findings.input(
                format!("{name}: parameters"),
                "is no object",
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
            None => findings.input(place, missing_value(holder), "Write it as {\"value\": …}: values are checked before anything is sent, so they have to stand in the file."),
        }
    }
    Some(layer(values, findings))
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
        let known = KNOWN.iter().find(|known| known.eq_ignore_ascii_case(&name));
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
            Some("rgName") => {
                let group = text(&value, &place, findings);
                layer.groups = layer.groups.or(group.map(|group| vec![group]));
            }
            Some(_) => layer.groups = Some(groups(&value, &place, findings)),
            None => layer.rest.push((Placed::new(name, place), value)),
        }
    }
    layer
}

/// What to say of a parameter that nobody knows.
pub(super) fn unknown(name: &Placed<String>, findings: &mut Findings) {
    let meant = similar::nearest(&name.value, KNOWN)
        .map(|word| format!(": did you mean '{word}'?"))
        .unwrap_or_default();
    findings.input(
        name.place.trim_end_matches(".value"),
        format!("there is no parameter '{}'{meant}", name.value),
        format!("Use those of the official samples: {}.", KNOWN.join(", ")),
    );
}

fn text(value: &Value, place: &str, findings: &mut Findings) -> Option<Placed<String>> {
    match value.as_str() {
        Some(text) => Some(Placed::new(text.trim(), place)),
        None => {
            findings.input(place, "is no string", "Write it in double quotes.");
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
        findings.input(place, "is no array", "Write it as [{…}, {…}].");
        return Vec::new().into_iter();
    };
    let mut found = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let place = format!("{place}[{at}]");
        match entry.as_object() {
            Some(object) => found.push((object, place)),
            None => findings.input(place, "is no object", "Write it as {…}."),
        }
    }
    found.into_iter()
}

fn groups(value: &Value, place: &str, findings: &mut Findings) -> Vec<Placed<String>> {
    let mut groups = Vec::new();
    for (object, place) in objects(value, place, findings) {
        check_keys(object, &place, &["rgName"], findings);
        match member(object, "rgName") {
            Some((value, _)) => groups.extend(text(value, &format!("{place}.rgName"), findings)),
            None => {
                findings.input(place, "has no rgName", "Write it as {\"rgName\": \"images-rg\"}.")
            }
        }
    }
    groups
}

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
        findings.input(place, "is no array", "Write it as [\"GUID\", …].");
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
        findings.input(place, "is no object", "Write it as {\"multiFactorAuthProvider\": \"Azure\", \"maximumActivationDuration\": \"PT8H\"}.");
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
            format!("is no member that Azure knows{meant}"),
            format!("Use {}.", keys.join(", ")),
        );
    }
}
