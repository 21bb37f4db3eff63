//! Who may do what: role assignments of the home tenant, and what active Lighthouse delegations lend to another.

use serde_json::Value;

use super::roles::{self, Role};
use super::target;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::state::group_name;

/// Refuses a caller that may not do an action at a scope.
pub(crate) fn require(
    core: &Core,
    caller: &Caller,
    scope: &str,
    action: &str,
) -> Result<(), ArmError> {
    if is_allowed(core, caller, scope, action) {
        return Ok(());
    }
    Err(ArmError::new(
        403,
        "AuthorizationFailed",
        format!(
            "The client '{}' with object id '{}' does not have authorization to perform action '{action}' over scope \
             '{scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.",
            caller.name, caller.object_id
        ),
    ))
}

/// Whether a caller may do an action at a scope.
pub(crate) fn is_allowed(core: &Core, caller: &Caller, scope: &str, action: &str) -> bool {
    grants(core, caller, scope)
        .iter()
        .any(|(granted, role)| target::contains(granted, scope) && role.permits(action))
}

/// Whether a caller has any role at or below a scope.
pub(crate) fn has_any_role(core: &Core, caller: &Caller, scope: &str) -> bool {
    grants(core, caller, scope)
        .iter()
        .any(|(granted, _)| target::contains(granted, scope) || target::contains(scope, granted))
}

/// Refuses a token of a tenant that has nothing to do with a subscription.
pub(crate) fn require_tenant(
    core: &Core,
    caller: &Caller,
    subscription: &str,
) -> Result<(), ArmError> {
    let home = core
        .state
        .subscription(subscription)
        .map(|subscription| subscription.tenant.clone())
        .unwrap_or_default();
    if home == caller.tenant || managing_tenants(core, subscription).contains(&caller.tenant) {
        return Ok(());
    }
    let login = &core.endpoints.login;
    Err(ArmError::new(
        401,
        "InvalidAuthenticationTokenTenant",
        format!(
            "The access token is from the wrong issuer '{login}/{}/'. It must match the tenant '{login}/{home}/' \
             associated with this subscription. Please use the authority (URL) '{login}/{home}' to get the token. Note, \
             if the subscription is transferred to another tenant there is no impact to the services, but information \
             about new tenant could take time to propagate (up to an hour). If you just transferred your subscription \
             and see this error message, please try back later.",
            caller.tenant
        ),
    )
    .challenge(challenge(core, &home, "invalid_token", "The access token is from the wrong issuer.")))
}

/// The `WWW-Authenticate` header of a 401.
pub(crate) fn challenge(core: &Core, tenant: &str, error: &str, description: &str) -> String {
    format!(
        "Bearer authorization_uri=\"{}/{tenant}\", error=\"{error}\", error_description=\"{description}\"",
        core.endpoints.login
    )
}

/// The tenants that manage a subscription through a provisioned assignment that has spread.
pub(crate) fn managing_tenants(core: &Core, subscription: &str) -> Vec<String> {
    let mut tenants = Vec::new();
    for assignment in core.state.assignments_in(subscription) {
        if !assignment.is_visible(core.now()) {
            continue;
        }
        let key = assignment.definition_id.to_ascii_lowercase();
        let Some(definition) = core.state.definitions.get(&key) else {
            continue;
        };
        if !tenants.contains(&definition.managed_by_tenant_id) {
            tenants.push(definition.managed_by_tenant_id.clone());
        }
    }
    tenants
}

/// Every role of a caller that matters for a scope, with the scope it was given at.
pub(crate) fn grants(core: &Core, caller: &Caller, scope: &str) -> Vec<(String, Role)> {
    let Some(subscription) = target::subscription(scope) else {
        return home_grants(core, caller, scope);
    };
    let home =
        core.state.subscription(subscription).map(|subscription| subscription.tenant.as_str());
    if home == Some(caller.tenant.as_str()) {
        home_grants(core, caller, scope)
    } else {
        delegated_grants(core, caller, subscription)
    }
}

/// What a caller has at home. A role at a management group counts as one at the scope, if that is below the group.
fn home_grants(core: &Core, caller: &Caller, scope: &str) -> Vec<(String, Role)> {
    let identities = core.state.identities(&caller.object_id);
    core.state
        .role_assignments
        .iter()
        .filter(|assignment| identities.contains(&assignment.principal.to_ascii_lowercase()))
        .filter_map(|assignment| {
            let granted = match group_name(&assignment.scope) {
                Some(group) if core.state.is_in_group(scope, group) => scope.to_owned(),
                _ => assignment.scope.clone(),
            };
            Some((granted, roles::find(&core.state, &assignment.role)?))
        })
        .collect()
}

fn delegated_grants(core: &Core, caller: &Caller, subscription: &str) -> Vec<(String, Role)> {
    let identities = core.state.identities(&caller.object_id);
    let mut grants = Vec::new();
    for assignment in core.state.assignments_in(subscription) {
        if !assignment.is_visible(core.now()) {
            continue;
        }
        let Some(definition) =
            core.state.definitions.get(&assignment.definition_id.to_ascii_lowercase())
        else {
            continue;
        };
        if definition.managed_by_tenant_id != caller.tenant {
            continue;
        }
        for authorization in &definition.authorizations {
            let principal =
                authorization["principalId"].as_str().unwrap_or_default().to_ascii_lowercase();
            let role = authorization["roleDefinitionId"].as_str().unwrap_or_default();
            if !identities.contains(&principal) {
                continue;
            }
            // User Access Administrator only lends the assignment of roles to managed identities.
            let role = if role.eq_ignore_ascii_case(roles::USER_ACCESS_ADMINISTRATOR) {
                lent_right(core)
            } else {
                roles::find(&core.state, role)
            };
            grants.extend(role.map(|role| (assignment.scope.clone(), role)));
        }
    }
    grants
}

/// What a caller with User Access Administrator of a delegation may do: write and delete role assignments.
fn lent_right(core: &Core) -> Option<Role> {
    let role = roles::find(&core.state, roles::USER_ACCESS_ADMINISTRATOR)?;
    let actions = ["read", "write", "delete"]
        .map(|verb| format!("Microsoft.Authorization/roleAssignments/{verb}"));
    Some(Role { actions: actions.to_vec(), ..role })
}

/// The roles that a caller may give to managed identities at a scope.
pub(crate) fn lent_roles(core: &Core, caller: &Caller, scope: &str) -> Vec<String> {
    let identities = core.state.identities(&caller.object_id);
    let subscription = target::subscription(scope).unwrap_or_default();
    let mut lent = Vec::new();
    for assignment in core.state.assignments_in(subscription) {
        if !assignment.is_visible(core.now()) || !target::contains(&assignment.scope, scope) {
            continue;
        }
        let key = assignment.definition_id.to_ascii_lowercase();
        let Some(definition) = core.state.definitions.get(&key) else {
            continue;
        };
        if definition.managed_by_tenant_id != caller.tenant {
            continue;
        }
        for authorization in &definition.authorizations {
            let principal = authorization["principalId"].as_str().unwrap_or_default();
            if identities.contains(&principal.to_ascii_lowercase()) {
                let lent_here = authorization["delegatedRoleDefinitionIds"].as_array();
                lent.extend(
                    lent_here.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned),
                );
            }
        }
    }
    lent
}
