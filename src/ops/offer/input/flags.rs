//! What the command line says: single flags, principals with their names, and key=value lists.

use super::layer::{Arguments, Layer, Placed, RawEligible, RawGrant};
use crate::ops::access::role::{DELETE_ROLE, READER};
use crate::ops::access::similar;
use crate::ops::change::findings::Findings;

/// Reads the flags.
pub(super) fn layer(arguments: &Arguments, findings: &mut Findings) -> Layer {
    let flag = |value: &Option<String>, name: &str| {
        value.as_ref().map(|value| Placed::new(value.trim(), name))
    };
    let grants = grants(arguments, findings);
    let eligible: Vec<RawEligible> = arguments
        .eligible_authorizations
        .iter()
        .enumerate()
        .map(|(at, words)| {
            eligible(
                &numbered("--eligible-authorization", at, arguments.eligible_authorizations.len()),
                words,
                findings,
            )
        })
        .collect();
    Layer {
        name: flag(&arguments.name, "--name"),
        description: flag(&arguments.description, "--description"),
        consumer: flag(&arguments.consumer_tenant, "--consumer-tenant"),
        groups: given(
            arguments
                .resource_groups
                .iter()
                .map(|group| Placed::new(group.trim(), "--resource-group"))
                .collect(),
        ),
        grants: given(grants),
        eligible: given(eligible),
        ..Layer::default()
    }
}

fn given<T>(values: Vec<T>) -> Option<Vec<T>> {
    (!values.is_empty()).then_some(values)
}

fn grants(arguments: &Arguments, findings: &mut Findings) -> Vec<RawGrant> {
    let names = names(arguments, findings);
    let count = arguments.principals.len();
    let mut grants = Vec::new();
    for (at, (_, principal)) in arguments.principals.iter().enumerate() {
        let place = numbered("--principal-id", at, count);
        let principal = Placed::new(principal.trim(), &place);
        grants.extend(usual(&principal, names[at].as_deref(), !arguments.no_delete_role));
    }
    let count = arguments.authorizations.len();
    for (at, words) in arguments.authorizations.iter().enumerate() {
        let place = numbered("--authorization", at, count);
        let (grant, _) =
            pairs(&place, words, &["principal", "role", "name", "delegated-roles"], findings);
        grants.push(grant);
    }
    grants
}

/// What a consumer of images needs: to read them, and to be able to leave.
pub(super) fn usual(
    principal: &Placed<String>,
    name: Option<&str>,
    with_delete_role: bool,
) -> Vec<RawGrant> {
    let roles = [READER, DELETE_ROLE];
    roles[..1 + usize::from(with_delete_role)]
        .iter()
        .map(|role| RawGrant {
            place: principal.place.clone(),
            principal: Some(principal.clone()),
            name: name.map(str::to_owned),
            role: Some(Placed::new(*role, &principal.place)),
            delegated: Vec::new(),
        })
        .collect()
}

/// The name of each principal: as many names as ids go in order, else each to the id before it.
fn names(arguments: &Arguments, findings: &mut Findings) -> Vec<Option<String>> {
    let (ids, names) = (&arguments.principals, &arguments.principal_names);
    let mut found: Vec<Option<String>> = vec![None; ids.len()];
    for (order, (position, name)) in names.iter().enumerate() {
        let at = if ids.len() == names.len() {
            Some(order)
        } else {
            ids.iter().rposition(|(before, _)| before < position)
        };
        if name.trim().is_empty() {
            findings.input(
                "--principal-name",
                "is empty",
                "Give the principal's name, or leave --principal-name out.",
            );
            continue;
        }
        let free = at.and_then(|at| found.get_mut(at)).filter(|slot| slot.is_none());
        match free {
            Some(slot) => *slot = Some(name.trim().to_owned()),
            None => findings.input(
                "--principal-name",
                format!("'{name}' belongs to no --principal-id"),
                "Put each --principal-name right after the --principal-id that it names.",
            ),
        }
    }
    found
}

fn eligible(place: &str, words: &[String], findings: &mut Findings) -> RawEligible {
    let keys = ["principal", "role", "name", "max-duration", "mfa", "approver"];
    let (grant, rest) = pairs(place, words, &keys, findings);
    let mut read = RawEligible { grant, duration: None, mfa: None, approvers: Vec::new() };
    for (key, value) in rest {
        match key {
            "max-duration" => read.duration = Some(value),
            "mfa" => read.mfa = Some(value),
            _ => read.approvers.push((value, None)),
        }
    }
    read
}

type Rest = Vec<(&'static str, Placed<String>)>;

/// Reads key=value words; what every right has goes into the grant, the rest is given back.
fn pairs(
    place: &str,
    words: &[String],
    keys: &[&'static str],
    findings: &mut Findings,
) -> (RawGrant, Rest) {
    let mut grant = RawGrant {
        place: place.to_owned(),
        principal: None,
        name: None,
        role: None,
        delegated: Vec::new(),
    };
    let (mut seen, mut rest): (Vec<&str>, Rest) = (Vec::new(), Vec::new());
    for word in words {
        let Some((key, value)) = pair(place, word, keys, findings) else {
            continue;
        };
        let at = format!("{place} {key}");
        if key != "approver" && seen.contains(&key) {
            findings.input(
                &at,
                "is given twice",
                "Give each key once, and use another --authorization for another right.",
            );
            continue;
        }
        seen.push(key);
        match key {
            "principal" => grant.principal = Some(Placed::new(value, at)),
            "role" => grant.role = Some(Placed::new(value, at)),
            "name" => grant.name = Some(value.to_owned()),
            "delegated-roles" => grant.delegated = listed(value, &at, findings),
            _ => rest.push((key, Placed::new(value, at))),
        }
    }
    (grant, rest)
}

fn listed(value: &str, place: &str, findings: &mut Findings) -> Vec<Placed<String>> {
    let mut roles = Vec::new();
    for role in value.split(',').map(str::trim) {
        if role.is_empty() {
            findings.input(place, "has an empty entry", "Separate roles by single commas.")
        } else {
            roles.push(Placed::new(role, place))
        }
    }
    roles
}

fn pair<'a>(
    place: &str,
    word: &'a str,
    keys: &[&'static str],
    findings: &mut Findings,
) -> Option<(&'static str, &'a str)> {
    let known = keys.join(", ");
    let Some((key, value)) = word.split_once('=') else {
        findings.input(
            place,
            format!("'{word}' is not of the form key=value"),
            format!("Write for example principal=GUID role=Reader (keys: {known}), in quotes where there are spaces."),
        );
        return None;
    };
    let Some(key) = keys.iter().find(|known| known.eq_ignore_ascii_case(key.trim())) else {
        let meant = similar::nearest(key.trim(), keys.iter().copied())
            .map(|word| format!(": did you mean '{word}'?"))
            .unwrap_or_default();
        findings.input(
            place,
            format!("there is no key '{}'{meant}", key.trim()),
            format!("Use one of {known}."),
        );
        return None;
    };
    if value.trim().is_empty() {
        findings.input(
            format!("{place} {key}"),
            "is empty",
            format!("Give a value, or leave {key}= out."),
        );
        return None;
    }
    Some((key, value.trim()))
}

/// The argument, with its number where there are several.
fn numbered(flag: &str, at: usize, count: usize) -> String {
    match count {
        1 => flag.to_owned(),
        _ => format!("{flag} {}", at + 1),
    }
}
