//! When two accounts of a thing mean the same: ids in any case, lists in any order, what Azure adds left out.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::restoration::Restoration;
use crate::id::resource_name;
use crate::ops::change::WriteKind;

/// How a thing is, judged by a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drift {
    /// As it was before the run.
    Restored,
    /// As the run left it.
    Untouched,
    /// Neither.
    Moved,
}

/// Judges how a thing is by the record of it.
pub(super) fn drift(of: &Restoration, found: &Value) -> Drift {
    let alike = |recorded: &Value| likeness(of.kind, recorded, of) == likeness(of.kind, found, of);
    // Nothing but its presence is known of what such a record has made.
    let is_bare = of.left == json!({}) && of.kind != WriteKind::Gallery;
    let is_left = if is_bare { !found.is_null() } else { alike(&of.left) };
    match (alike(&of.wanted), is_left) {
        (true, _) => Drift::Restored,
        (false, true) => Drift::Untouched,
        (false, false) => Drift::Moved,
    }
}

/// What has to be equal for two accounts of a thing to mean the same; null if it is not there.
fn likeness(kind: WriteKind, account: &Value, of: &Restoration) -> Value {
    if account.is_null() {
        return Value::Null;
    }
    let properties = &account["properties"];
    match kind {
        WriteKind::RoleAssignment => role_assignment(properties),
        WriteKind::DelegationDefinition => definition(properties),
        WriteKind::DelegationAssignment => plain(&properties["registrationDefinitionId"]),
        WriteKind::RoleDefinition => custom_role(properties),
        WriteKind::DirectShare => direct_share(account),
        WriteKind::CommunityShare | WriteKind::ServicePrincipal => json!(true),
        WriteKind::Application => {
            chosen(account, &["displayName", "signInAudience", "web", "tags"])
        }
        // A later step of the same run may have changed the mode of what it made.
        WriteKind::PolicyAssignment if of.wanted.is_null() => {
            let mut bare = account.clone();
            if let Some(properties) = bare["properties"].as_object_mut() {
                properties.remove("enforcementMode");
            }
            plain(&bare)
        }
        WriteKind::Tags => tags(account, of),
        WriteKind::Gallery => gallery(account, of),
        WriteKind::Credential => credential(account, of),
        _ => plain(account),
    }
}

fn role_assignment(properties: &Value) -> Value {
    let text = |name: &str| properties[name].as_str().unwrap_or_default();
    json!({
        "role": resource_name(text("roleDefinitionId")).to_lowercase(),
        "principal": text("principalId").to_lowercase(),
        "description": text("description"),
        "condition": text("condition"),
    })
}

fn definition(properties: &Value) -> Value {
    chosen(
        properties,
        &[
            "registrationDefinitionName",
            "description",
            "managedByTenantId",
            "authorizations",
            "eligibleAuthorizations",
        ],
    )
}

fn custom_role(properties: &Value) -> Value {
    chosen(properties, &["roleName", "description", "assignableScopes", "permissions"])
}

/// Every id that is shared with, of those that the record names.
fn direct_share(account: &Value) -> Value {
    let groups = account["groups"].as_array().into_iter().flatten();
    let mut ids: Vec<String> = groups
        .flat_map(|group| {
            let kind = group["type"].as_str().unwrap_or_default();
            let ids = group["ids"].as_array().into_iter().flatten().filter_map(Value::as_str);
            ids.map(move |id| format!("{kind}/{id}").to_lowercase())
        })
        .collect();
    ids.sort();
    if ids.is_empty() { Value::Null } else { json!(ids) }
}

/// Only the tags that the run touched: the others are someone else's.
fn tags(account: &Value, of: &Restoration) -> Value {
    let known = lower_keys(&account["tags"]);
    let touched = touched_tags(of);
    json!(known.into_iter().filter(|(name, _)| touched.contains(name)).collect::<BTreeMap<_, _>>())
}

/// The names, in lower case, of the tags that differ between before and after.
pub(super) fn touched_tags(of: &Restoration) -> Vec<String> {
    let (left, wanted) = (lower_keys(&of.left["tags"]), lower_keys(&of.wanted["tags"]));
    let mut names: Vec<String> = left.keys().chain(wanted.keys()).cloned().collect();
    names.sort();
    names.dedup();
    names.retain(|name| left.get(name) != wanted.get(name));
    names
}

fn lower_keys(tags: &Value) -> BTreeMap<String, Value> {
    let members = tags.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.to_lowercase(), value.clone())).collect()
}

/// The publisher's details; for a gallery that was made, also that nothing is in it.
fn gallery(account: &Value, of: &Restoration) -> Value {
    if of.wanted.is_null() {
        return json!({"holds": account["holds"].as_u64().unwrap_or_default()});
    }
    json!({
        "permissions": account["permissions"].as_str().unwrap_or("Private"),
        "info": chosen(
            &account["communityGalleryInfo"],
            &["publisherUri", "publisherContact", "eula", "publicNamePrefix"],
        ),
    })
}

/// Only what the record speaks of; which one is the default has a step of its own.
fn credential(facts: &Value, of: &Restoration) -> Value {
    let recorded = [&of.left, &of.wanted].into_iter().filter_map(Value::as_object);
    let names: Vec<&str> = recorded.flat_map(Map::keys).map(String::as_str).collect();
    let mut facts = chosen(facts, &names);
    if let Some(members) = facts.as_object_mut() {
        members.remove("isDefault");
    }
    facts
}

/// These members, as [`plain`] has them.
fn chosen(value: &Value, names: &[&str]) -> Value {
    let member = |name: &&str| ((*name).to_owned(), plain(&value[*name]));
    let members: Map<String, Value> = names.iter().map(member).collect();
    plain(&Value::Object(members))
}

/// Lower case, lists sorted, and nothing that is empty.
fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(text.to_lowercase()),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(plain).collect();
            items.sort_by_key(Value::to_string);
            json!(items)
        }
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), plain(value)));
            let is_empty = |value: &Value| {
                value.is_null()
                    || value == ""
                    || value.as_array().is_some_and(Vec::is_empty)
                    || value.as_object().is_some_and(Map::is_empty)
            };
            Value::Object(members.filter(|(_, value)| !is_empty(value)).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn restoration(kind: WriteKind, left: Value, wanted: Value) -> Restoration {
        Restoration { kind, id: "/x".to_owned(), scope: String::new(), left, wanted }
    }

    #[test]
    fn what_azure_adds_and_how_it_writes_does_not_count() {
        let recorded = json!({"properties": {"roleDefinitionId": "/x/roleDefinitions/ABC", "principalId": "P"}});
        let found = json!({"properties": {"roleDefinitionId": "/y/roleDefinitions/abc", "principalId": "p",
            "principalType": "User", "description": null}});
        let of = restoration(WriteKind::RoleAssignment, recorded.clone(), Value::Null);
        assert_eq!(drift(&of, &found), Drift::Untouched);
        assert_eq!(drift(&of, &Value::Null), Drift::Restored);
        let mut described = found;
        described["properties"]["description"] = json!("until tomorrow");
        assert_eq!(drift(&of, &described), Drift::Moved);
    }

    #[test]
    fn tags_of_others_do_not_count() {
        let left = json!({"tags": {"owner": "x", "az-imageshare-expires-A": "2027-01-31"}});
        let of = restoration(WriteKind::Tags, left, json!({"tags": {"owner": "x"}}));
        assert_eq!(touched_tags(&of), ["az-imageshare-expires-a"]);
        let found = json!({"tags": {"owner": "y", "Az-imageshare-expires-a": "2027-01-31"}});
        assert_eq!(drift(&of, &found), Drift::Untouched);
        assert_eq!(drift(&of, &json!({"tags": null})), Drift::Restored);
        let later = json!({"tags": {"az-imageshare-expires-a": "2028-01-31"}});
        assert_eq!(drift(&of, &later), Drift::Moved);
    }
}
