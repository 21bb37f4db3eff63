//! What User Access Administrator of a delegation lends: certain roles, for managed identities of the owner's tenant,
//! each named by its resource.
//!
//! Source: <https://learn.microsoft.com/azure/lighthouse/how-to/deploy-policy-remediation>; the words of the
//! refusal: <https://github.com/Azure/enterprise-azure-policy-as-code/issues/951>.

use serde_json::Value;

use super::{rbac, target};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;

/// A role assignment that somebody of a managing tenant wants to write.
pub(crate) struct LentAssignment<'a> {
    pub(crate) scope: &'a str,
    pub(crate) role: &'a str,
    pub(crate) principal: &'a str,
    /// `delegatedManagedIdentityResourceId`.
    pub(crate) identity: Option<&'a str>,
}

/// Refuses a role that was not lent, or a principal that is not shown to be a managed identity.
pub(crate) fn require(
    core: &Core,
    caller: &Caller,
    wanted: &LentAssignment<'_>,
) -> Result<(), ArmError> {
    let is_lent = rbac::lent_roles(core, caller, wanted.scope)
        .iter()
        .any(|role| role.eq_ignore_ascii_case(wanted.role));
    if is_lent && is_identity(core, caller, wanted) {
        return Ok(());
    }
    Err(ArmError::new(
        403,
        "AuthorizationFailed",
        format!(
            "The client '{}' with object id '{}' has an authorization with ABAC condition that is not fulfilled to \
             perform action 'Microsoft.Authorization/roleAssignments/write' over scope '{}' or the scope is invalid. If \
             access was recently granted, please refresh your credentials.",
            caller.name, caller.object_id, wanted.scope
        ),
    ))
}

/// Whether the resource is there, delegated to the caller, and the principal its own.
fn is_identity(core: &Core, caller: &Caller, wanted: &LentAssignment<'_>) -> bool {
    let Some(id) = wanted.identity else {
        return false;
    };
    let owner = target::subscription(id).unwrap_or_default();
    let found = core.state.resources.get(&id.to_ascii_lowercase());
    let principal = |body: &Value| {
        let own = &body["properties"]["principalId"];
        own.as_str().or_else(|| body["identity"]["principalId"].as_str()).map(str::to_owned)
    };
    let is_own = found
        .and_then(|found| principal(&found.body))
        .is_some_and(|known| known.eq_ignore_ascii_case(wanted.principal));
    is_own && rbac::managing_tenants(core, owner).contains(&caller.tenant)
}
