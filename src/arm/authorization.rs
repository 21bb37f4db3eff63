//! Microsoft.Authorization: what roles mean, and the caller's own permissions.
//!
//! Source: <https://learn.microsoft.com/rest/api/authorization>, version 2022-04-01.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{ArmError, Client};
use crate::id::{ArmId, RoleId, SubscriptionId};

/// The version every call names.
pub(crate) const API: &str = "2022-04-01";
const VERSION: (&str, &str) = ("api-version", API);

/// A role: a named set of permissions.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleDefinition {
    /// Full resource id.
    #[serde(default)]
    pub id: ArmId,
    /// The GUID at its end.
    #[serde(default)]
    pub name: String,
    /// The rest.
    #[serde(default)]
    pub properties: RoleProperties,
}

/// What a role says.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleProperties {
    /// The role's name for people.
    #[serde(default)]
    pub role_name: String,
    /// `BuiltInRole` or `CustomRole`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// What it is for; starts with `[Deprecated]` where Azure has withdrawn it.
    #[serde(default)]
    pub description: String,
    /// What it allows.
    #[serde(default)]
    pub permissions: Vec<Permission>,
    /// Where it may be assigned; built-in roles anywhere.
    #[serde(default)]
    pub assignable_scopes: Vec<String>,
}

impl RoleDefinition {
    /// True if someone made it.
    pub fn is_custom(&self) -> bool {
        self.properties.kind.eq_ignore_ascii_case("CustomRole")
    }

    /// Its GUID, if it is one.
    pub fn guid(&self) -> Option<RoleId> {
        self.name.parse().ok()
    }

    /// The role as Azure takes it.
    pub fn body(&self) -> Value {
        json!({ "properties": self.properties })
    }
}

/// Actions that are allowed, less those that are not. `*` stands for any text.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Permission {
    /// Allowed.
    #[serde(default)]
    pub actions: Vec<String>,
    /// Taken away again.
    #[serde(default)]
    pub not_actions: Vec<String>,
    /// Allowed on data.
    #[serde(default)]
    pub data_actions: Vec<String>,
    /// Taken away again on data.
    #[serde(default)]
    pub not_data_actions: Vec<String>,
}

impl Permission {
    /// True if it allows `action`.
    pub fn allows(&self, action: &str) -> bool {
        let any =
            |patterns: &[String]| patterns.iter().any(|pattern| action_matches(pattern, action));
        any(&self.actions) && !any(&self.not_actions)
    }

    /// True if it allows `action` on data.
    pub fn allows_on_data(&self, action: &str) -> bool {
        let any =
            |patterns: &[String]| patterns.iter().any(|pattern| action_matches(pattern, action));
        any(&self.data_actions) && !any(&self.not_data_actions)
    }
}

/// True if any of `permissions` allows `action`.
pub(crate) fn is_allowed(permissions: &[Permission], action: &str) -> bool {
    permissions.iter().any(|permission| permission.allows(action))
}

/// Those of `actions` that none of `permissions` allows.
pub(crate) fn lacking_actions<'a>(
    permissions: &[Permission],
    actions: impl IntoIterator<Item = &'a str>,
) -> Vec<&'a str> {
    let mut missing: Vec<&str> = actions.into_iter().collect();
    missing.retain(|action| !is_allowed(permissions, action));
    missing
}

/// True if `pattern`, in which `*` stands for any text, matches `action`; case does not count.
pub(crate) fn action_matches(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_lowercase(), action.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = action.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

impl Client {
    /// Reads a role by its GUID; `None` if the subscription does not know it.
    pub async fn role(
        &self,
        subscription: SubscriptionId,
        role: RoleId,
    ) -> Result<Option<RoleDefinition>, ArmError> {
        let path = format!(
            "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        );
        self.find(&path, &[VERSION]).await
    }

    /// Finds the roles of that name.
    pub async fn roles_named(
        &self,
        subscription: SubscriptionId,
        name: &str,
    ) -> Result<Vec<RoleDefinition>, ArmError> {
        let path = format!(
            "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions"
        );
        let filter = format!("roleName eq '{}'", name.replace('\'', "''"));
        self.list(&path, &[VERSION, ("$filter", &filter)]).await
    }

    /// Lists the built-in roles.
    pub async fn built_in_roles(
        &self,
        subscription: SubscriptionId,
    ) -> Result<Vec<RoleDefinition>, ArmError> {
        let path = format!(
            "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions"
        );
        self.list(&path, &[VERSION, ("$filter", "type eq 'BuiltInRole'")]).await
    }

    /// Lists what the signed-in identity may do at `scope`.
    pub async fn permissions(
        &self,
        scope: &(impl std::fmt::Display + ?Sized),
    ) -> Result<Vec<Permission>, ArmError> {
        self.list(&format!("{scope}/providers/Microsoft.Authorization/permissions"), &[VERSION])
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_any_text() {
        for (pattern, action, expected) in [
            ("*", "A/b/c", true),
            ("*/read", "microsoft.compute/galleries/READ", true),
            ("*/read", "Microsoft.Compute/galleries/write", false),
            (
                "Microsoft.Authorization/*/Write",
                "Microsoft.Authorization/roleAssignments/write",
                true,
            ),
            ("a/*/b/*/c", "a/x/b/y/c", true),
            ("a/*/b/*/c", "a/x/c", false),
            ("a/b", "a/b", true),
            ("a/b", "a/b/c", false),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(action_matches(pattern, action), expected, "{pattern} {action}");
        }
    }

    #[test]
    fn what_is_taken_away_is_not_allowed() {
        let contributor = Permission {
            actions: vec!["*".into()],
            not_actions: vec!["Microsoft.Authorization/*/Write".into()],
            ..Permission::default()
        };
        assert!(is_allowed(
            std::slice::from_ref(&contributor),
            "Microsoft.Resources/deployments/write"
        ));
        assert!(!is_allowed(&[contributor], "Microsoft.Authorization/roleAssignments/write"));
    }
}
