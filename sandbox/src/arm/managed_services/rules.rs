//! What Azure refuses in an offer: roles, principals and tenants.

use serde_json::Value;

use crate::arm::roles::{self, Role};
use crate::core::Core;
use crate::error::ArmError;
use crate::knobs::UnknownPrincipal;
use crate::state::PrincipalKind;

/// Checks one offer that is about to be written to a definition.
pub(super) fn check(
    core: &Core,
    definition: &str,
    home: &str,
    properties: &Value,
) -> Result<(), ArmError> {
    let tenant = properties["managedByTenantId"].as_str().unwrap_or_default();
    check_tenant(core, definition, home, tenant)?;
    let permanent = elements(&properties["authorizations"]);
    if permanent.is_empty() && elements(&properties["eligibleAuthorizations"]).is_empty() {
        return Err(refusal(format!(
            "The registration definition '{definition}' must have at least one authorization."
        )));
    }
    for authorization in permanent {
        check_principal(core, tenant, authorization)?;
        check_permanent(core, definition, authorization)?;
    }
    for authorization in elements(&properties["eligibleAuthorizations"]) {
        check_principal(core, tenant, authorization)?;
        check_eligible(core, definition, tenant, authorization)?;
    }
    Ok(())
}

/// The principal that makes an assignment's job fail, if the knob says so.
pub(super) fn unknown_principal(
    core: &Core,
    tenant: &str,
    authorizations: &[Value],
) -> Option<String> {
    if core.knobs.unknown_principal != UnknownPrincipal::FailAssignment {
        return None;
    }
    let ids =
        authorizations.iter().filter_map(|authorization| authorization["principalId"].as_str());
    ids.into_iter().find(|id| core.state.principal(tenant, id).is_none()).map(str::to_owned)
}

pub(super) fn principal_not_found(principal: &str, tenant: &str) -> ArmError {
    ArmError::bad(
        "PrincipalNotFound",
        format!("Principal {principal} does not exist in the directory {tenant}."),
    )
}

fn check_tenant(core: &Core, definition: &str, home: &str, tenant: &str) -> Result<(), ArmError> {
    if uuid::Uuid::parse_str(tenant).is_err() {
        return Err(refusal(format!("The ManagedByTenantId '{tenant}' must be a valid Guid.")));
    }
    let is_known = core.state.tenants.iter().any(|known| known.id.eq_ignore_ascii_case(tenant));
    if tenant.eq_ignore_ascii_case(home) || !is_known {
        return Err(refusal(format!(
            "The registration definition '{definition}' not allowed to use the '{tenant}' as ManagedByTenantId."
        )));
    }
    let allowed = &core.state.allowed_managing_tenants;
    if allowed.is_empty() || allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(tenant)) {
        return Ok(());
    }
    Err(ArmError::new(
        403,
        "RequestDisallowedByPolicy",
        format!(
            "Resource '{definition}' was disallowed by policy. Policy identifiers: '[{{\"policyAssignment\":{{\"name\":\
             \"Allow managing tenant ids to onboard through Azure Lighthouse\"}},\"policyDefinition\":{{\"id\":\
             \"/providers/Microsoft.Authorization/policyDefinitions/7a8a51a3-ad87-4def-96f3-65a1839242b6\"}}}}]'."
        ),
    )
    .target(definition))
}

fn check_principal(core: &Core, tenant: &str, authorization: &Value) -> Result<(), ArmError> {
    let id = authorization["principalId"].as_str().unwrap_or_default();
    if uuid::Uuid::parse_str(id).is_err() {
        return Err(refusal(format!("The PrincipalId '{id}' must be a valid Guid.")));
    }
    let kind = core
        .state
        .principals
        .iter()
        .find(|known| known.id.eq_ignore_ascii_case(id))
        .map(|known| known.kind);
    let refused = match kind {
        Some(PrincipalKind::Application) => "Application",
        Some(PrincipalKind::Microsoft365Group) => "Microsoft365Group",
        _ => "",
    };
    if !refused.is_empty() {
        return Err(ArmError::bad(
            "PrincipalTypeNotSupported",
            format!("Principals of type {refused} cannot validly be used in role assignments."),
        ));
    }
    let is_unknown = core.state.principal(tenant, id).is_none();
    if is_unknown && core.knobs.unknown_principal == UnknownPrincipal::RefuseDefinition {
        return Err(principal_not_found(id, tenant));
    }
    Ok(())
}

fn check_permanent(core: &Core, definition: &str, authorization: &Value) -> Result<(), ArmError> {
    let role = known_role(
        core,
        definition,
        authorization["roleDefinitionId"].as_str().unwrap_or_default(),
    )?;
    let delegated = elements(&authorization["delegatedRoleDefinitionIds"]);
    if is(&role, roles::OWNER)
        || (is(&role, roles::USER_ACCESS_ADMINISTRATOR) && delegated.is_empty())
    {
        return Err(refusal(format!(
            "The role definition '{}' is restricted for registration definition '{definition}'.",
            role.id
        )));
    }
    if !is(&role, roles::USER_ACCESS_ADMINISTRATOR) {
        check_role(definition, &role)?;
    }
    for delegated in delegated {
        let role = known_role(core, definition, delegated.as_str().unwrap_or_default())?;
        if is(&role, roles::OWNER) || is(&role, roles::USER_ACCESS_ADMINISTRATOR) {
            return Err(refusal(format!(
                "The role definition '{}' is restricted for delegated role definitions in registration definition \
                 '{definition}'.",
                role.id
            )));
        }
        // A role with data actions is in Microsoft's own example of roles to hand on:
        // <https://learn.microsoft.com/azure/lighthouse/how-to/deploy-policy-remediation>
        check_control_actions(definition, &role)?;
    }
    Ok(())
}

fn check_eligible(
    core: &Core,
    definition: &str,
    tenant: &str,
    authorization: &Value,
) -> Result<(), ArmError> {
    let role = known_role(
        core,
        definition,
        authorization["roleDefinitionId"].as_str().unwrap_or_default(),
    )?;
    if is(&role, roles::OWNER) || is(&role, roles::USER_ACCESS_ADMINISTRATOR) {
        return Err(refusal(format!(
            "The role definition '{}' is restricted for eligible authorization in registration definition \
             '{definition}'. Restricted role definitions are '{};{}'.",
            role.id,
            roles::OWNER,
            roles::USER_ACCESS_ADMINISTRATOR
        )));
    }
    check_role(definition, &role)?;
    let policy = &authorization["justInTimeAccessPolicy"];
    let approvers = elements(&policy["managedByTenantApprovers"]);
    for principal in std::iter::once(authorization).chain(approvers) {
        let id = principal["principalId"].as_str().unwrap_or_default();
        let kind = core.state.principal(tenant, id).map(|known| known.kind);
        if kind == Some(PrincipalKind::ServicePrincipal) {
            return Err(refusal(format!(
                "The principal '{id}' of type ServicePrincipal is not allowed in eligible authorizations of \
                 registration definition '{definition}'."
            )));
        }
    }
    if approvers.len() > 10 {
        return Err(refusal("An eligible authorization may have at most 10 approvers.".to_owned()));
    }
    check_duration(definition, policy)
}

/// Half an hour to eight hours, in ISO 8601.
fn check_duration(definition: &str, policy: &Value) -> Result<(), ArmError> {
    let Some(text) = policy["maximumActivationDuration"].as_str() else {
        return Ok(());
    };
    let minutes =
        text.parse::<jiff::Span>().ok().and_then(|span| span.total(jiff::Unit::Minute).ok());
    if minutes.is_some_and(|minutes| (30.0..=480.0).contains(&minutes)) {
        return Ok(());
    }
    Err(refusal(format!(
        "The maximumActivationDuration '{text}' of registration definition '{definition}' must be between PT30M and PT8H."
    )))
}

fn known_role(core: &Core, definition: &str, guid: &str) -> Result<Role, ArmError> {
    roles::find(&core.state, guid).ok_or_else(|| {
        refusal(format!(
            "The role definition '{guid}' of registration definition '{definition}' could not be found."
        ))
    })
}

fn check_role(definition: &str, role: &Role) -> Result<(), ArmError> {
    if !role.data_actions.is_empty() || !role.not_data_actions.is_empty() {
        return Err(refusal(format!(
            "The role definition '{}' with data actions not allowed for registration definition '{definition}'. Only \
             built in role definitions without any data and notData actions are allowed.",
            role.id
        )));
    }
    check_control_actions(definition, role)
}

fn check_control_actions(definition: &str, role: &Role) -> Result<(), ArmError> {
    if !role.is_built_in() || role.is_deprecated() {
        return Err(refusal(format!(
            "The role definition '{}' is not allowed for registration definition '{definition}'. Only built in role \
             definitions without any data and notData actions are allowed.",
            role.id
        )));
    }
    let has_broad = role
        .actions
        .iter()
        .any(|action| BROAD.iter().any(|broad| broad.eq_ignore_ascii_case(action)));
    let has_restricted = RESTRICTED
        .iter()
        .flat_map(|type_| {
            ["write", "delete"].map(|verb| format!("Microsoft.Authorization/{type_}/{verb}"))
        })
        .any(|action| role.permits(&action));
    if has_broad || has_restricted {
        return Err(refusal(format!(
            "The role definition '{}' is not allowed for registration definition '{definition}' because of restricted \
             actions.",
            role.id
        )));
    }
    Ok(())
}

fn is(role: &Role, guid: &str) -> bool {
    role.id.eq_ignore_ascii_case(guid)
}

fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn refusal(message: String) -> ArmError {
    ArmError::bad("InvalidRegistrationDefinitionCreateRequest", message)
}

const BROAD: [&str; 3] = ["Microsoft.Authorization/*", "*/write", "*/delete"];
const RESTRICTED: [&str; 5] =
    ["roleAssignments", "roleDefinitions", "classicAdministrators", "locks", "denyAssignments"];
