//! Role definitions: the built-in table, custom roles in the state, and how actions are matched.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::state::State;

/// Owner.
pub(crate) const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
/// Contributor.
pub(crate) const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
/// Reader.
pub(crate) const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
/// User Access Administrator.
pub(crate) const USER_ACCESS_ADMINISTRATOR: &str = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";

/// A role and what it permits.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) actions: Vec<String>,
    pub(crate) not_actions: Vec<String>,
    pub(crate) data_actions: Vec<String>,
    pub(crate) not_data_actions: Vec<String>,
    #[serde(default)]
    pub(crate) assignable_scopes: Vec<String>,
}

impl Role {
    pub(crate) fn permits(&self, action: &str) -> bool {
        self.actions.iter().any(|pattern| matches(pattern, action))
            && !self.not_actions.iter().any(|pattern| matches(pattern, action))
    }

    pub(crate) fn is_built_in(&self) -> bool {
        self.kind == "BuiltInRole"
    }

    pub(crate) fn is_deprecated(&self) -> bool {
        self.description.starts_with("[Deprecated]")
    }

    /// One element of `permissions`.
    pub(crate) fn permission(&self) -> Value {
        json!({
            "actions": self.actions, "notActions": self.not_actions,
            "dataActions": self.data_actions, "notDataActions": self.not_data_actions,
        })
    }

    /// The resource as Azure shows it below a scope; built-in ids carry only the subscription.
    pub(crate) fn body(&self, scope: &str) -> Value {
        let subscription: String = scope.split('/').take(3).collect::<Vec<_>>().join("/");
        let scopes = if self.assignable_scopes.is_empty() {
            json!([if self.is_built_in() { "/" } else { subscription.as_str() }])
        } else {
            json!(self.assignable_scopes)
        };
        json!({
            "properties": {
                "roleName": self.name, "type": self.kind, "description": self.description,
                "assignableScopes": scopes, "permissions": [self.permission()],
                "createdOn": "2015-02-02T21:55:09.8806423Z", "updatedOn": "2024-08-16T16:40:00.0000000Z",
                "createdBy": null, "updatedBy": null
            },
            "id": format!("{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}", self.id),
            "type": "Microsoft.Authorization/roleDefinitions",
            "name": self.id,
        })
    }
}

/// Whether an action matches a pattern with `*`, whatever the case.
pub(crate) fn matches(pattern: &str, action: &str) -> bool {
    let pattern = pattern.to_ascii_lowercase();
    let action = action.to_ascii_lowercase();
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = action.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Every role: built in, then custom.
pub(crate) fn all(state: &State) -> Vec<Role> {
    let custom = state
        .resources
        .values()
        .filter(|resource| {
            resource.type_.eq_ignore_ascii_case("Microsoft.Authorization/roleDefinitions")
        })
        .filter_map(|resource| from_body(&resource.body));
    BUILT_IN.iter().cloned().chain(custom).collect()
}

/// The role with this GUID.
pub(crate) fn find(state: &State, guid: &str) -> Option<Role> {
    if let Some(role) = BUILT_IN.iter().find(|role| role.id.eq_ignore_ascii_case(guid)) {
        return Some(role.clone());
    }
    all(state).into_iter().find(|role| role.id.eq_ignore_ascii_case(guid))
}

/// Every action that a built-in role names without a wildcard.
pub(crate) fn built_in_actions(on_data: bool) -> impl Iterator<Item = String> {
    let named = BUILT_IN.iter().flat_map(move |role| {
        if on_data {
            role.data_actions.iter().chain(&role.not_data_actions)
        } else {
            role.actions.iter().chain(&role.not_actions)
        }
    });
    named.filter(|action| !action.contains('*')).cloned()
}

fn from_body(body: &Value) -> Option<Role> {
    let properties = &body["properties"];
    let permission = &properties["permissions"][0];
    Some(Role {
        id: body["name"].as_str()?.to_owned(),
        name: properties["roleName"].as_str()?.to_owned(),
        description: properties["description"].as_str().unwrap_or_default().to_owned(),
        kind: "CustomRole".to_owned(),
        actions: strings(&permission["actions"]),
        not_actions: strings(&permission["notActions"]),
        data_actions: strings(&permission["dataActions"]),
        not_data_actions: strings(&permission["notDataActions"]),
        assignable_scopes: strings(&properties["assignableScopes"]),
    })
}

/// The texts of an array.
pub(crate) fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

static BUILT_IN: LazyLock<Vec<Role>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/builtin-roles.json"))
        .expect("the table is checked by a test")
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_match_like_azure() {
        assert!(matches("*", "Microsoft.Compute/galleries/read"));
        assert!(matches("*/read", "Microsoft.Compute/galleries/READ"));
        assert!(matches(
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/locks/delete"
        ));
        assert!(!matches("*/read", "Microsoft.Compute/galleries/write"));
        assert!(!matches(
            "Microsoft.Compute/galleries/read",
            "Microsoft.Compute/galleries/images/read"
        ));
    }

    #[test]
    fn contributor_may_not_assign_roles() {
        let role = find(&State::default(), CONTRIBUTOR).unwrap();
        assert!(role.permits("Microsoft.ManagedServices/registrationDefinitions/write"));
        assert!(!role.permits("Microsoft.Authorization/roleAssignments/write"));
    }

    #[test]
    fn the_table_holds_distinct_guids() {
        let mut ids: Vec<_> = BUILT_IN.iter().map(|role| role.id.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), BUILT_IN.len());
        assert!(ids.iter().all(|id| uuid::Uuid::parse_str(id).is_ok()));
    }
}
