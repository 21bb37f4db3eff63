//! Roles by name, GUID or full id, and which of them Lighthouse takes.
//!
//! Source of the rules: <https://learn.microsoft.com/azure/lighthouse/concepts/tenants-users-roles>.
//! The built-in list serves names and offline planning; what is in Azure is asked as well.

use crate::arm::authorization::{RoleDefinition, RoleProperties, is_allowed};
use crate::arm::{ArmError, Client};
use crate::id::{IdError, RoleId, SubscriptionId};

use super::{built_in, similar};

pub(crate) use super::built_in::{BUILT_IN, BuiltIn};

/// The GUID of Reader.
pub(crate) const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
/// The GUID of "Managed Services Registration assignment Delete Role": to be able to leave.
pub(crate) const DELETE_ROLE: &str = "91c1777a-f3dc-4fae-b103-61d183457e46";
/// The GUID of Owner.
pub(crate) const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";
/// The GUID of User Access Administrator.
pub(crate) const USER_ACCESS_ADMINISTRATOR: &str = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";

/// Whether Lighthouse accepts a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It may be delegated.
    Allowed,
    /// Owner: never.
    Owner,
    /// User Access Administrator: only to hand on certain roles.
    UserAccessAdministrator,
    /// It reaches into data.
    DataActions,
    /// It could change who may do what.
    Restricted,
    /// Azure has withdrawn it.
    Deprecated,
    /// Someone made it.
    Custom,
}

/// Where in an offer a role is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// As a permanent right.
    Permanent,
    /// As a permission to be activated.
    Eligible,
    /// As a role that User Access Administrator may hand on.
    Delegated,
}

/// A role as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RoleRef {
    /// By GUID, or by a name of the built-in list.
    Id(RoleId),
    /// By a name that the built-in list does not have.
    Named(String),
}

/// Why a text is not a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotRole {
    /// It looks like a GUID and is none.
    Id(IdError),
    /// It is nearly the name of a built-in role.
    Meant(&'static str),
}

/// Reads a role: a GUID, a full role definition id, or a name.
///
/// # Errors
/// If it is a malformed or placeholder GUID, or nearly the name of a built-in role.
pub(crate) fn parse(text: &str) -> Result<RoleRef, NotRole> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let guid = match lower.rfind("/roledefinitions/") {
        Some(at) => &text[at + "/roledefinitions/".len()..],
        None => text,
    };
    if let Some(role) = BUILT_IN.iter().find(|role| role.name.eq_ignore_ascii_case(text)) {
        return Ok(RoleRef::Id(role.id()));
    }
    match guid.parse::<RoleId>() {
        Ok(id) => Ok(RoleRef::Id(id)),
        Err(err) if looks_like_guid(guid) || guid != text || text.starts_with('<') => {
            Err(NotRole::Id(err))
        }
        Err(_) => match similar::nearest(text, BUILT_IN.iter().map(|role| role.name)) {
            Some(meant) => Err(NotRole::Meant(meant)),
            None => Ok(RoleRef::Named(text.to_owned())),
        },
    }
}

fn looks_like_guid(text: &str) -> bool {
    let hex = text.chars().all(|c| c.is_ascii_hexdigit() || "-{}".contains(c));
    hex && text.chars().filter(|c| c.is_ascii_hexdigit()).count() >= 8
}

/// The built-in role with this GUID, if the list has it.
pub(crate) fn known(id: RoleId) -> Option<&'static BuiltIn> {
    let id = id.to_string();
    BUILT_IN.iter().find(|role| role.guid == id)
}

/// A role for people: its name and GUID, or the GUID alone.
pub(crate) fn label(id: RoleId) -> String {
    known(id).map_or_else(|| id.to_string(), |role| role.name.to_owned())
}

/// Whether Lighthouse accepts a role that was read from Azure.
pub(crate) fn standing(role: &RoleDefinition) -> Standing {
    match role.name.to_ascii_lowercase().as_str() {
        OWNER => return Standing::Owner,
        USER_ACCESS_ADMINISTRATOR => return Standing::UserAccessAdministrator,
        _ => {}
    }
    let RoleProperties { kind, permissions, description, .. } = &role.properties;
    let reaches_data = permissions.iter().any(|permission| {
        !permission.data_actions.is_empty() || !permission.not_data_actions.is_empty()
    });
    if kind.eq_ignore_ascii_case("CustomRole") {
        Standing::Custom
    } else if reaches_data {
        Standing::DataActions
    } else if RESTRICTED.iter().any(|action| is_allowed(permissions, action)) {
        Standing::Restricted
    } else if description.to_ascii_lowercase().contains("[deprecated]") {
        Standing::Deprecated
    } else {
        Standing::Allowed
    }
}

/// Which rule a role breaks where it is used, and the fix; `name` is how people know it.
pub(crate) fn objection(name: &str, standing: Standing, used: Use) -> Option<(String, String)> {
    let instead = built_in::instead(name);
    let (rule, fix) = match (standing, used) {
        (Standing::Allowed, _) | (Standing::UserAccessAdministrator, Use::Permanent) => return None,
        // See `caution`.
        (Standing::DataActions, Use::Delegated) => return None,
        (Standing::Owner, _) => (
            "Owner can never be delegated".to_owned(),
            "Use Contributor or Reader; to let managed identities get roles, use User Access Administrator with delegated-roles.".to_owned(),
        ),
        (Standing::UserAccessAdministrator, Use::Eligible) => (
            "User Access Administrator cannot be eligible".to_owned(),
            "Give it as a permanent authorization, with the roles it may hand on.".to_owned(),
        ),
        (Standing::UserAccessAdministrator, Use::Delegated) => (
            "User Access Administrator cannot be handed on".to_owned(),
            "Leave it out of the delegated roles.".to_owned(),
        ),
        (Standing::DataActions, _) => (
            format!("role '{name}' has data actions, which Lighthouse never delegates"),
            format!("Use {instead}; a role with data actions has to be assigned in the subscription itself."),
        ),
        (Standing::Restricted, _) => (
            format!("role '{name}' may change who may do what (role assignments or locks), which Lighthouse never delegates"),
            format!("Use {instead}."),
        ),
        (Standing::Deprecated, _) => (
            format!("role '{name}' is deprecated, and Lighthouse takes no deprecated role"),
            format!("Use {instead}."),
        ),
        (Standing::Custom, _) => (
            format!("role '{name}' is a custom role, and Lighthouse takes built-in roles only"),
            format!("Use {instead}."),
        ),
    };
    Some((rule, fix))
}

/// What may go wrong with a role that is not refused.
///
/// The rule says that no role has data actions, and Microsoft's own example of roles to hand on has
/// one: <https://learn.microsoft.com/azure/lighthouse/how-to/deploy-policy-remediation>. So Azure
/// decides (Azure/Azure-Lighthouse-samples#137, hashicorp/terraform-provider-azurerm#8749).
pub(crate) fn caution(name: &str, standing: Standing, used: Use) -> Option<String> {
    (standing == Standing::DataActions && used == Use::Delegated).then(|| {
        format!("role '{name}' has data actions: Azure may refuse to let it be handed on, and managed identities get its data actions where it does not")
    })
}

/// What a delegated role must not allow. Source: as above, "Role support for Azure Lighthouse".
const RESTRICTED: [&str; 10] = [
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleAssignments/delete",
    "Microsoft.Authorization/roleDefinitions/write",
    "Microsoft.Authorization/roleDefinitions/delete",
    "Microsoft.Authorization/classicAdministrators/write",
    "Microsoft.Authorization/classicAdministrators/delete",
    "Microsoft.Authorization/locks/write",
    "Microsoft.Authorization/locks/delete",
    "Microsoft.Authorization/denyAssignments/write",
    "Microsoft.Authorization/denyAssignments/delete",
];

pub(crate) mod suitability;

/// The role of a subscription; a built-in one is the same in all of a tenant.
pub(crate) async fn find_role(
    client: &Client,
    subscription: SubscriptionId,
    role: &RoleRef,
) -> Result<Option<RoleDefinition>, ArmError> {
    match role {
        RoleRef::Id(id) => client.role(subscription, *id).await,
        RoleRef::Named(name) => {
            let found = client.roles_named(subscription, name).await?;
            Ok(found.into_iter().find(|role| role.properties.role_name.eq_ignore_ascii_case(name)))
        }
    }
}

#[cfg(test)]
mod tests;
