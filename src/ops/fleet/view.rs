//! What this program manages of a thing in Azure, and its digest: how two moments are compared.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::arm::managed_services::{
    Authorization, EligibleAuthorization, RegistrationDefinitionProperties,
};
use crate::ops::offer::difference::fill_in_defaults;

/// The managed part of one thing in Azure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum ItemView {
    /// A definition of Lighthouse with all its assignments.
    Delegation(DelegationStand),
    /// One assignment of a definition that itself stays.
    Assignment(AssignmentStand),
    /// A role assignment; `rbac` and `app` alike.
    Role(RoleStand),
    /// A gallery shared with a tenant.
    Direct(DirectStand),
    /// A gallery open to everyone.
    Community(CommunityStand),
    /// A part of what Azure Policy needs, at a management group.
    Policy(PolicyStand),
}

/// The parts of the policy route, in the order in which they are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum PolicyPart {
    /// The assignment of the built-in policy that denies managing tenants.
    AllowedTenants,
    Definition,
    /// Without its mode.
    Assignment,
    /// The role of the assignment's identity.
    Role,
    /// What brings the subscriptions that are there.
    Remediation,
    /// The assignment's mode.
    Enforcement,
}

impl PolicyPart {
    /// The first word of its items' keys.
    pub(crate) fn word(self) -> &'static str {
        match self {
            PolicyPart::AllowedTenants => "allowed-tenants",
            PolicyPart::Definition => "definition",
            PolicyPart::Assignment => "assignment",
            PolicyPart::Role => "role",
            PolicyPart::Remediation => "remediation",
            PolicyPart::Enforcement => "enforcement",
        }
    }
}

/// A part of the policy route, as much of it as is managed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyStand {
    pub part: PolicyPart,
    pub body: Value,
}

/// A definition with all its assignments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DelegationStand {
    /// The offer's name.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub managed_by_tenant_id: String,
    pub authorizations: Vec<Authorization>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub eligible_authorizations: Vec<EligibleAuthorization>,
    /// Its provisioning ended well.
    pub succeeded: bool,
    pub assignments: Vec<AssignmentStand>,
}

/// One assignment of a definition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssignmentStand {
    pub id: String,
    pub scope: String,
    /// Its provisioning ended well.
    pub succeeded: bool,
}

/// A role assignment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoleStand {
    pub scope: String,
    pub principal_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_type: Option<String>,
    /// The role's bare GUID.
    pub role_definition_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// A gallery shared with a tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DirectStand {
    pub gallery: String,
    pub tenant: String,
}

/// A gallery open to everyone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CommunityStand {
    pub gallery: String,
    pub prefix: String,
    pub publisher_uri: String,
    pub publisher_contact: String,
    pub eula: String,
}

/// A definition as it is sent.
pub(crate) fn properties_of(stand: &DelegationStand) -> RegistrationDefinitionProperties {
    RegistrationDefinitionProperties {
        registration_definition_name: Some(stand.name.clone()),
        description: stand.description.clone(),
        managed_by_tenant_id: stand.managed_by_tenant_id.clone().into(),
        authorizations: stand.authorizations.clone(),
        eligible_authorizations: stand.eligible_authorizations.clone(),
        ..RegistrationDefinitionProperties::default()
    }
}

/// The digest of a thing as it is, or of nothing: `sha256:` and 64 hex digits.
pub(crate) fn digest_of(view: Option<&ItemView>) -> String {
    let value = match view {
        None => Value::Null,
        Some(view) => serde_json::to_value(with_defaults(view)).expect("a view is JSON"),
    };
    digest_of_text(&canonical(value).to_string())
}

/// What Azure fills in counts as if it had been said.
fn with_defaults(view: &ItemView) -> ItemView {
    let mut view = view.clone();
    match &mut view {
        ItemView::Delegation(stand) => {
            stand.eligible_authorizations.iter_mut().for_each(fill_in_defaults);
        }
        // Where the identity of an assignment is kept says nothing.
        ItemView::Policy(stand) => {
            stand.body.as_object_mut().map(|members| members.remove("location"));
        }
        _ => {}
    }
    view
}

/// The digest of a text.
pub(crate) fn digest_of_text(text: &str) -> String {
    format!("sha256:{}", hex_digest(text.as_bytes()))
}

/// SHA-256 in lower-case hex digits.
pub(crate) fn hex_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keys sorted, ids in lower case, lists without a meaningful order sorted, empty ones left out.
fn canonical(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members
                .into_iter()
                .map(|(name, value)| {
                    let value = if is_id(&name) { lower(value) } else { value };
                    (name, canonical(value))
                })
                .filter(|(_, value)| !is_nothing(value))
                .collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(Map::from_iter(members))
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(canonical).collect();
            items.sort_by(by_identity);
            Value::Array(items)
        }
        other => other,
    }
}

fn is_id(name: &str) -> bool {
    let singular = name.strip_suffix('s').unwrap_or(name);
    singular.ends_with("Id") || matches!(name, "id" | "scope" | "gallery" | "tenant")
}

fn lower(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.to_lowercase()),
        Value::Array(items) => Value::Array(items.into_iter().map(lower).collect()),
        other => other,
    }
}

/// What is empty and what was never there are the same to Azure.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// By principal and role, by scope, else by the whole text.
fn by_identity(a: &Value, b: &Value) -> Ordering {
    let of = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let key = |value: &Value| {
        (of(value, "principalId"), of(value, "roleDefinitionId"), of(value, "scope"))
    };
    key(a).cmp(&key(b)).then_with(|| a.to_string().cmp(&b.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> DelegationStand {
        let right = |principal: &str, role: &str| Authorization {
            principal_id: principal.into(),
            role_definition_id: role.into(),
            ..Authorization::default()
        };
        DelegationStand {
            name: "Images".into(),
            managed_by_tenant_id: "8D2B".into(),
            authorizations: vec![right("b", "R"), right("A", "s")],
            succeeded: true,
            ..DelegationStand::default()
        }
    }

    #[test]
    fn order_and_case_of_ids_do_not_count_and_words_do() {
        let one = sample();
        let mut other = sample();
        other.managed_by_tenant_id = "8d2b".into();
        other.authorizations.reverse();
        other.authorizations[0].principal_id = "a".into();
        other.description = Some(String::new());
        let digest = |view: &DelegationStand| digest_of(Some(&ItemView::Delegation(view.clone())));
        assert_eq!(digest(&one), digest(&other));
        other.name = "images".into();
        assert_ne!(digest(&one), digest(&other));
    }

    #[test]
    fn nothing_is_the_hash_of_null() {
        assert_eq!(digest_of(None), format!("sha256:{}", hex_digest(b"null")));
        assert_eq!(
            hex_digest(b"null"),
            "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b"
        );
    }
}
