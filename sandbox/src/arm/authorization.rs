//! Microsoft.Authorization: role definitions, role assignments and the caller's permissions at a scope.

use serde_json::{Value, json};

use super::lent_roles::{self, LentAssignment};
use super::target::{self, Target};
use super::{rbac, role_definitions, roles};
use crate::arm::reply;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{PrincipalKind, RoleAssignment, group_name};

/// Whether this module has rules for a target; the rest are plain resources.
pub(crate) fn serves(target: &Target) -> bool {
    ["roledefinitions", "roleassignments", "permissions"]
        .contains(&target.types[0].to_ascii_lowercase().as_str())
}

/// Answers a request to a role definition, role assignment or the permissions.
pub(crate) fn answer(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let kind = target.types[0].to_ascii_lowercase();
    match (request.method.as_str(), kind.as_str(), target.is_collection()) {
        ("GET", "permissions", true) => Ok(permissions(core, caller, request, target)),
        ("GET", "roledefinitions", true) => list_definitions(core, request, target),
        ("GET", "roledefinitions", false) => role_definitions::get(core, caller, target),
        ("PUT", "roledefinitions", false) => {
            role_definitions::put(core, caller, target, request.api_version(), &request.json()?)
        }
        ("DELETE", "roledefinitions", false) => role_definitions::delete(core, caller, target),
        ("GET", "roleassignments", true) => list_assignments(core, caller, request, target),
        ("GET", "roleassignments", false) => match find(core, target) {
            Some(at) => Ok(Reply::json(200, &body(&core.state.role_assignments[at]))),
            None => Err(not_found(target)),
        },
        ("PUT", "roleassignments", false) => put(core, caller, target, &request.json()?),
        ("DELETE", "roleassignments", false) => match find(core, target) {
            Some(at) => {
                let removed = core.state.role_assignments.remove(at);
                role_definitions::assignment_removed(core, &removed.role);
                Ok(Reply::json(200, &body(&removed)))
            }
            None => Ok(Reply::empty(204)),
        },
        _ => Err(reply::method_not_allowed(request)),
    }
}

/// Gives a role to a principal.
pub(crate) fn put(
    core: &mut Core,
    caller: &Caller,
    target: &Target,
    request: &Value,
) -> Result<Reply, ArmError> {
    let properties = &request["properties"];
    let text = |name: &str| properties[name].as_str().unwrap_or_default();
    let principal = text("principalId").to_owned();
    let role = text("roleDefinitionId").rsplit('/').next().unwrap_or_default().to_owned();
    let known = roles::find(&core.state, &role);
    let is_assignable =
        known.is_some_and(|known| role_definitions::is_assignable(&known, &target.scope));
    if !is_assignable || !role_definitions::has_replicated(core, &role) {
        return Err(role_definitions::not_found(&role));
    }
    let optional = |name: &str| properties[name].as_str().map(str::to_owned);
    let delegated_identity = optional("delegatedManagedIdentityResourceId");
    let wanted = LentAssignment {
        scope: &target.scope,
        role: &role,
        principal: &principal,
        identity: delegated_identity.as_deref(),
    };
    require_lent(core, caller, target, &wanted)?;
    // The same name again: nothing but the texts may change.
    if let Some(at) = find(core, target) {
        let known = &mut core.state.role_assignments[at];
        if !known.role.eq_ignore_ascii_case(&role)
            || !known.principal.eq_ignore_ascii_case(&principal)
        {
            return Err(ArmError::bad(
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            ));
        }
        known.description = optional("description");
        known.condition = optional("condition");
        return Ok(Reply::json(200, &body(known)));
    }
    let principal_type = check_principal(core, target, &principal)?;
    check_type(text("principalType"), &principal, principal_type)?;
    let same = core.state.role_assignments.iter().any(|known| {
        known.scope.eq_ignore_ascii_case(&target.scope)
            && known.role.eq_ignore_ascii_case(&role)
            && known.principal.eq_ignore_ascii_case(&principal)
    });
    if same {
        return Err(ArmError::conflict(
            "RoleAssignmentExists",
            "The role assignment already exists.",
        ));
    }
    let assignment = RoleAssignment {
        name: target.name().to_owned(),
        scope: target.scope.clone(),
        role,
        principal,
        principal_type: principal_type.to_owned(),
        description: optional("description"),
        condition: optional("condition"),
        delegated_identity,
    };
    let reply = Reply::json(201, &body(&assignment));
    core.state.role_assignments.push(assignment);
    Ok(reply)
}

/// Somebody of another tenant gives only what a delegation lends.
fn require_lent(
    core: &Core,
    caller: &Caller,
    target: &Target,
    wanted: &LentAssignment<'_>,
) -> Result<(), ArmError> {
    match home_of(core, target) {
        Some(home) if home != caller.tenant => lent_roles::require(core, caller, wanted),
        _ => Ok(()),
    }
}

/// Refuses a type that the principal is not of.
fn check_type(told: &str, principal: &str, kind: &str) -> Result<(), ArmError> {
    if told.is_empty() || told.eq_ignore_ascii_case(kind) {
        return Ok(());
    }
    Err(ArmError::bad(
        "UnmatchedPrincipalType",
        format!(
            "The PrincipalId '{}' has type '{kind}', which is different from specified PrinciaplType '{told}'.",
            principal.replace('-', "")
        ),
    ))
}

/// The kind of the principal, if the directory has it and has told everybody about it.
fn check_principal(
    core: &mut Core,
    target: &Target,
    principal: &str,
) -> Result<&'static str, ArmError> {
    let tenant = home_of(core, target).unwrap_or_default();
    let known = core.state.principal(&tenant, principal);
    let kind = known.map(|known| known.kind);
    let replicated = core.has_replicated(principal);
    match kind.filter(|_| replicated) {
        None => Err(ArmError::bad(
            "PrincipalNotFound",
            format!(
                "Principal {} does not exist in the directory {tenant}. Check that you have the correct principal ID. If \
                 you are creating this principal and then immediately assigning a role, this error might be related to a \
                 replication delay.",
                principal.replace('-', "")
            ),
        )),
        Some(PrincipalKind::Application) => Err(ArmError::bad(
            "PrincipalTypeNotSupported",
            "Principals of type Application cannot validly be used in role assignments.",
        )),
        Some(kind) => Ok(kind.name()),
    }
}

fn permissions(core: &Core, caller: &Caller, request: &Request, target: &Target) -> Reply {
    let scope = &target.scope;
    let granted = rbac::grants(core, caller, scope)
        .into_iter()
        .filter(|(granted, _)| target::contains(granted, scope));
    reply::page(core, request, granted.map(|(_, role)| role.permission()).collect())
}

fn list_definitions(core: &Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    let filter = request.query("$filter").unwrap_or_default();
    let mut name = None;
    let mut kind = None;
    for clause in filter.split(" and ").map(str::trim).filter(|clause| !clause.is_empty()) {
        let quoted = || clause.split('\'').nth(1).map(str::to_owned);
        match clause.split(' ').next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "rolename" => name = quoted(),
            "type" => kind = quoted(),
            "atscope()" | "atscopeandbelow()" => {}
            _ => {
                return Err(ArmError::bad(
                    "BadRequestFormat",
                    format!("The filter '{filter}' is not supported."),
                ));
            }
        }
    }
    let value = roles::all(&core.state)
        .into_iter()
        .filter(|role| role_definitions::is_shown(core, role, request, &target.scope))
        .filter(|role| name.as_ref().is_none_or(|name| role.name.eq_ignore_ascii_case(name)))
        .filter(|role| kind.as_ref().is_none_or(|kind| role.kind.eq_ignore_ascii_case(kind)))
        .map(|role| role.body(&target.scope))
        .collect();
    Ok(reply::page(core, request, value))
}

fn list_assignments(
    core: &Core,
    caller: &Caller,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let filter = request.query("$filter").unwrap_or_default();
    let quoted = filter.split('\'').nth(1).map(str::to_ascii_lowercase);
    let at_scope = filter.contains("atScope()");
    let principal = (filter.contains("principalId eq") || filter.contains("assignedTo("))
        .then(|| quoted.unwrap_or_default());
    let is_group = |id: &String| {
        let known = core.state.principal(&caller.tenant, id);
        known.is_some_and(|known| known.kind.name() == "Group")
    };
    if filter.contains("assignedTo(") && principal.as_ref().is_some_and(is_group) {
        return Err(ArmError::bad(
            "BadRequestFormat",
            "The filter assignedTo takes the object id of a user or service principal.",
        ));
    }
    let identities = match &principal {
        Some(principal) if filter.contains("assignedTo(") => core.state.identities(principal),
        Some(principal) => vec![principal.clone()],
        None => Vec::new(),
    };
    let home = home_of(core, target);
    let value = core
        .state
        .role_assignments
        .iter()
        .filter(|known| {
            let above = is_above(core, &known.scope, &target.scope);
            let below = !at_scope && is_above(core, &target.scope, &known.scope);
            // The tenant root belongs to whoever asks; other roots are not seen.
            let is_tenants = known.scope.is_empty() || group_name(&known.scope).is_some();
            let own = !is_tenants || home.as_deref() == Some(caller.tenant.as_str());
            (above || below) && own
        })
        .filter(|known| {
            principal.is_none() || identities.contains(&known.principal.to_ascii_lowercase())
        })
        .map(body)
        .collect();
    Ok(reply::page(core, request, value))
}

/// Whether a scope, a management group too, is another one or above it.
fn is_above(core: &Core, outer: &str, inner: &str) -> bool {
    target::contains(outer, inner)
        || group_name(outer).is_some_and(|group| core.state.is_in_group(inner, group))
}

/// The tenant that a target's subscription or management group belongs to.
fn home_of(core: &Core, target: &Target) -> Option<String> {
    if let Some(group) = group_name(&target.scope) {
        return core.state.management_group(group).map(|known| known.tenant.clone());
    }
    let subscription = target.subscription().and_then(|id| core.state.subscription(id));
    subscription.map(|known| known.tenant.clone())
}

fn find(core: &Core, target: &Target) -> Option<usize> {
    core.state.role_assignments.iter().position(|known| {
        known.name.eq_ignore_ascii_case(target.name())
            && known.scope.eq_ignore_ascii_case(&target.scope)
    })
}

fn not_found(target: &Target) -> ArmError {
    ArmError::missing(
        "RoleAssignmentNotFound",
        format!("The role assignment '{}' is not found.", target.name()),
    )
}

fn body(assignment: &RoleAssignment) -> Value {
    let subscription = target::subscription(&assignment.scope).unwrap_or_default();
    json!({
        "properties": {
            "roleDefinitionId": format!(
                "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}", assignment.role),
            "principalId": assignment.principal, "principalType": assignment.principal_type,
            "scope": if assignment.scope.is_empty() { "/" } else { &assignment.scope },
            "condition": assignment.condition, "conditionVersion": assignment.condition.as_ref().map(|_| "2.0"),
            "description": assignment.description, "delegatedManagedIdentityResourceId": assignment.delegated_identity,
            "createdOn": "2026-01-10T08:00:00.0000000Z", "updatedOn": "2026-01-10T08:00:00.0000000Z",
            "createdBy": null, "updatedBy": null,
        },
        "id": format!("{}/providers/Microsoft.Authorization/roleAssignments/{}", assignment.scope, assignment.name),
        "type": "Microsoft.Authorization/roleAssignments",
        "name": assignment.name,
    })
}
