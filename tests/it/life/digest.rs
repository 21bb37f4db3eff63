//! What stands in a cloud, as lines that can be compared: all but the traces that reading and asking leave.

use std::collections::BTreeSet;

use sandbox::State;
use serde_json::Value;

use crate::support::lab::Lab;

/// One line for each thing. Left out are deployments (Azure keeps a record of each, and it gives no access),
/// operations and grants under way, and who wrote something when.
pub(crate) fn digest(lab: &Lab) -> BTreeSet<String> {
    let kept = lab.run(&["credential", "list"]).stdout;
    let kept: Vec<Value> = serde_json::from_str(&kept).unwrap_or_default();
    let mut lines: BTreeSet<String> = kept.iter().map(|one| format!("credential {one}")).collect();
    // Who signs in by the environment has the key of the token cache there.
    if !lab.variables().contains_key("AZURE_CLIENT_ID") {
        lines.insert(format!("keyring with {} entries", lab.count_keyring()));
    }
    lab.azure.state(|state| {
        let mut add = |line: String| {
            lines.insert(line);
        };
        for role in &state.role_assignments {
            add(format!("role {role:?}").to_lowercase());
        }
        for resource in state.resources.values() {
            add(format!("resource {} {}", resource.type_, settled(&resource.body)));
        }
        for found in state.definitions.values() {
            let mut found = found.clone();
            found.system_data = Value::Null;
            found.authorizations.sort_by_key(Value::to_string);
            add(format!("definition {found:?}").to_lowercase());
        }
        for found in state.assignments.values() {
            let mut found = found.clone();
            found.system_data = Value::Null;
            found.operation = None;
            (found.visible_from, found.hidden_calls) = (0, 0);
            add(format!("assignment {found:?}").to_lowercase());
        }
        for group in &state.groups {
            add(format!("group {group:?}"));
        }
        for subscription in state.subscriptions.iter() {
            add(format!("subscription {subscription:?}"));
        }
        for principal in &state.principals {
            add(format!("principal {principal:?}"));
        }
        for application in &state.applications {
            let mut application = application.clone();
            application.certificates.clear();
            add(format!("application {application:?}"));
        }
        for (id, registration) in &state.directory.registrations {
            add(format!("registration {id} {registration:?}"));
        }
        for (id, person) in &state.directory.people {
            add(format!("person {id} {person:?}"));
        }
        for terms in &state.accepted_terms {
            add(format!("terms {terms}"));
        }
        lines.extend(policies(state));
    });
    lines
}

/// What Azure Policy is told to do, and by which fleet.
fn policies(state: &State) -> Vec<String> {
    let policies = &state.policies;
    let defined = policies.definitions.iter().map(|(id, one)| (id, &one.properties));
    let assigned = policies.assignments.iter().map(|(id, one)| (id, &one.properties));
    let line = |(id, told): (&String, &Value)| {
        let mark = &told["metadata"]["azImageshare"];
        let parts = ["enforcementMode", "notScopes", "parameters", "policyRule"];
        let parts = parts.map(|name| told[name].to_string()).join(" ");
        format!("policy {id} {mark} {parts}")
    };
    defined.chain(assigned).map(line).collect()
}

/// What differs between two clouds that were made alike: ids, secrets and times that only one of them has are left out
/// of the lines, because each cloud invents some.
pub(crate) fn unlikeness(one: &BTreeSet<String>, other: &BTreeSet<String>) -> String {
    let ids = |lines: &BTreeSet<String>| -> BTreeSet<String> {
        lines.iter().flat_map(|line| invented(line)).map(|at| at.to_lowercase()).collect()
    };
    let shared: BTreeSet<String> = ids(one).intersection(&ids(other)).cloned().collect();
    let masked = |lines: &BTreeSet<String>| -> Vec<String> {
        let mask = |line: &String| {
            let own = invented(line).into_iter().filter(|id| !shared.contains(&id.to_lowercase()));
            own.fold(line.clone(), |line, id| line.replace(id, "*"))
        };
        let mut lines: Vec<String> = lines.iter().map(mask).collect();
        lines.sort();
        lines
    };
    let (mut gone, mut come) = (masked(one), masked(other));
    come.retain(|line| match gone.iter().position(|known| known == line) {
        Some(at) => {
            gone.remove(at);
            false
        }
        None => true,
    });
    let gone = gone.iter().map(|line| format!("- {line}"));
    gone.chain(come.iter().map(|line| format!("+ {line}"))).collect::<Vec<_>>().join("\n")
}

/// What a cloud may have invented in a line: GUIDs, client secrets, and seconds since 1970.
fn invented(line: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '~';
    let words = line.split(|c| !is_word(c)).filter(|word| {
        word.contains("8Q~") || word.len() == 10 && word.chars().all(|c| c.is_ascii_digit())
    });
    guids(line).into_iter().chain(words).collect()
}

/// Every GUID in a line.
fn guids(line: &str) -> Vec<&str> {
    let is_guid = |text: &str| {
        text.len() == 36
            && text.chars().enumerate().all(|(at, c)| match at {
                8 | 13 | 18 | 23 => c == '-',
                _ => c.is_ascii_hexdigit(),
            })
    };
    let dashes =
        line.match_indices('-').filter_map(|(at, _)| line.get(at.checked_sub(8)?..at + 28));
    dashes.filter(|text| is_guid(text)).collect()
}

/// A body without what is empty: Azure makes no difference.
fn settled(body: &Value) -> Value {
    let mut body = body.clone();
    for place in ["/tags", "/properties/sharingProfile/groups"] {
        let is_empty = body.pointer(place).is_some_and(|value| {
            value.as_object().is_some_and(serde_json::Map::is_empty)
                || value.as_array().is_some_and(Vec::is_empty)
        });
        if is_empty && let Some(value) = body.pointer_mut(place) {
            *value = Value::Null;
        }
    }
    if let Some(published) = body.pointer_mut("/properties/publishingProfile/publishedDate") {
        *published = Value::Null;
    }
    if body["tags"].is_null()
        && let Some(members) = body.as_object_mut()
    {
        members.remove("tags");
    }
    sorted(&body)
}

/// Members and ids in one order: Azure has none.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: std::collections::BTreeMap<_, _> =
                members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            serde_json::to_value(members).unwrap()
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(sorted).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        other => other.clone(),
    }
}

/// What differs, `-` for what went and `+` for what came; empty if nothing does.
pub(crate) fn difference(before: &BTreeSet<String>, after: &BTreeSet<String>) -> String {
    let gone = before.difference(after).map(|line| format!("- {line}"));
    let come = after.difference(before).map(|line| format!("+ {line}"));
    gone.chain(come).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_changed_cloud_has_another_digest() {
    let lab = Lab::new();
    let before = digest(&lab);
    assert!(before.len() > 20, "{before:?}");
    lab.azure.state(|state| state.assign_role("/subscriptions/x", "r", "p"));
    let after = digest(&lab);
    let told = difference(&before, &after);
    assert!(told.starts_with("+ role") && told.lines().count() == 1, "{told}");
    assert_eq!(difference(&after, &after), "");
    let other = digest(&Lab::new());
    assert_ne!(difference(&before, &other), "", "each cloud invents ids");
    assert_eq!(unlikeness(&before, &other), "");
    assert_eq!(unlikeness(&other, &after).lines().count(), 1);
}
