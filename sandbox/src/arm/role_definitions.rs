//! Microsoft.Authorization custom roles: names unique in a tenant, scopes that exist, actions that exist,
//! and neither known nor forgotten everywhere at once.
//!
//! Source: <https://learn.microsoft.com/rest/api/authorization/role-definitions>

use serde_json::{Value, json};

use super::target::{self, Target};
use super::{actions, groups, rbac, roles};
use crate::arm::reply;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};

const TYPE: &str = "Microsoft.Authorization/roleDefinitions";

/// Creates or replaces a custom role.
pub(crate) fn put(
    core: &mut Core,
    caller: &Caller,
    target: &Target,
    api_version: &str,
    sent: &Value,
) -> Result<Reply, ArmError> {
    crate::schema::check(TYPE, api_version, sent)
        .map_err(|errors| reply::invalid_content(&errors))?;
    let guid = target.name().to_ascii_lowercase();
    let known = roles::find(&core.state, &guid);
    check_name(core, caller, &guid, sent)?;
    if uuid::Uuid::parse_str(&guid).is_err() || known.as_ref().is_some_and(roles::Role::is_built_in)
    {
        return Err(ArmError::bad(
            "InvalidRoleDefinitionId",
            format!("The role definition ID '{guid}' is not valid for a custom role."),
        ));
    }
    let scopes = assignable_scopes(core, caller, target, sent)?;
    check_actions(sent)?;
    check_scopes_in_use(core, &guid, &scopes)?;
    let first = target::subscription(&scopes[0]).unwrap_or_default();
    let id = format!("/subscriptions/{first}/providers/{TYPE}/{guid}");
    core.state.resources.retain(|key, _| !key.ends_with(&format!("/roledefinitions/{guid}")));
    let mut body = json!({"properties": sent["properties"]});
    body["properties"]["type"] = json!("CustomRole");
    core.state.put_resource(&id, TYPE, body);
    if known.is_none() {
        let reads = core.knobs.role_replication_reads;
        core.state.unreplicated_roles.insert(guid.clone(), reads);
    }
    let role = roles::find(&core.state, &guid).expect("it was put a moment ago");
    Ok(Reply::json(201, &role.body(&target.scope)))
}

/// Answers GET of one role; one made a moment ago is not known everywhere yet.
pub(crate) fn get(core: &mut Core, caller: &Caller, target: &Target) -> Result<Reply, ArmError> {
    let guid = target.name().to_ascii_lowercase();
    let role = roles::find(&core.state, &guid).filter(|_| is_in_tenant(core, caller, &guid));
    match role {
        Some(role) if has_replicated(core, &guid) => {
            Ok(Reply::json(200, &role.body(&target.scope)))
        }
        _ => Err(not_found(target.name())),
    }
}

/// Deletes a custom role that nobody has.
pub(crate) fn delete(core: &mut Core, caller: &Caller, target: &Target) -> Result<Reply, ArmError> {
    let guid = target.name().to_ascii_lowercase();
    let role = roles::find(&core.state, &guid).filter(|_| is_in_tenant(core, caller, &guid));
    let Some(role) = role else {
        return Ok(Reply::empty(204));
    };
    if role.is_built_in() {
        return Err(ArmError::bad(
            "BuiltInRoleDefinitionNotDeletable",
            "Built-in role definitions cannot be deleted.",
        ));
    }
    require_everywhere(core, caller, target, &role.assignable_scopes, "delete")?;
    let is_used =
        core.state.role_assignments.iter().any(|known| known.role.eq_ignore_ascii_case(&guid));
    if is_used || !has_settled(core, &guid) {
        return Err(ArmError::bad(
            "RoleDefinitionHasAssignments",
            format!(
                "There are existing role assignments referencing role {guid} (code: RoleDefinitionHasAssignments)."
            ),
        ));
    }
    core.state.resources.retain(|key, _| !key.ends_with(&format!("/roledefinitions/{guid}")));
    core.state.unreplicated_roles.remove(&guid);
    Ok(Reply::json(200, &role.body(&target.scope)))
}

/// Whether a role is shown in a list at a scope: it may be assigned there, or (if asked) below it.
pub(crate) fn is_listed(role: &roles::Role, scope: &str, below: bool) -> bool {
    role.is_built_in()
        || role.assignable_scopes.is_empty()
        || role.assignable_scopes.iter().any(|assignable| {
            target::contains(assignable, scope) || (below && target::contains(scope, assignable))
        })
}

/// Whether a role may be given at a scope: everywhere, or inside what it was made for.
pub(crate) fn is_assignable(role: &roles::Role, scope: &str) -> bool {
    role.assignable_scopes.is_empty()
        || role.assignable_scopes.iter().any(|assignable| target::contains(assignable, scope))
}

/// Whether a role made a moment ago is known by now; every time it is asked brings that nearer.
pub(crate) fn has_replicated(core: &mut Core, guid: &str) -> bool {
    count_down(core.state.unreplicated_roles.get_mut(&guid.to_ascii_lowercase()))
}

/// Remembers that an assignment of a role is gone, which its deletion does not know at once.
pub(crate) fn assignment_removed(core: &mut Core, guid: &str) {
    let refusals = core.knobs.role_delete_refusals;
    core.state.unsettled_roles.insert(guid.to_ascii_lowercase(), refusals);
}

fn has_settled(core: &mut Core, guid: &str) -> bool {
    count_down(core.state.unsettled_roles.get_mut(guid))
}

fn count_down(left: Option<&mut u32>) -> bool {
    match left {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    }
}

/// The refusal for a role that there is not.
pub(crate) fn not_found(guid: &str) -> ArmError {
    ArmError::missing(
        "RoleDefinitionDoesNotExist",
        format!("The specified role definition with ID '{guid}' does not exist."),
    )
}

/// Custom roles belong to the tenant of their scopes; those of the seed have none and belong to all.
fn is_in_tenant(core: &Core, caller: &Caller, guid: &str) -> bool {
    let Some(role) = roles::find(&core.state, guid) else {
        return false;
    };
    tenant_of(core, &role).is_none_or(|tenant| tenant == caller.tenant) || role.is_built_in()
}

fn tenant_of(core: &Core, role: &roles::Role) -> Option<String> {
    let subscription = target::subscription(role.assignable_scopes.first()?)?;
    let known = core.state.subscription(subscription)?;
    Some(known.tenant.clone())
}

fn check_name(core: &Core, caller: &Caller, guid: &str, sent: &Value) -> Result<(), ArmError> {
    let name = sent["properties"]["roleName"].as_str().unwrap_or_default();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(ArmError::bad(
            "RoleDefinitionNameInvalid",
            format!("The role name must have 1 to {LONGEST_NAME} characters."),
        ));
    }
    let kind = sent["properties"]["type"].as_str().unwrap_or("CustomRole");
    if !kind.eq_ignore_ascii_case("CustomRole") {
        return Err(ArmError::bad(
            "InvalidRoleDefinitionType",
            format!("The role type '{kind}' is not valid; only 'CustomRole' can be created."),
        ));
    }
    let taken = roles::all(&core.state).into_iter().any(|role| {
        role.name.eq_ignore_ascii_case(name)
            && !role.id.eq_ignore_ascii_case(guid)
            && tenant_of(core, &role).is_none_or(|tenant| tenant == caller.tenant)
    });
    if taken {
        return Err(ArmError::conflict(
            "RoleDefinitionWithSameNameExists",
            "A custom role with the same name already exists in this directory. Use a different name",
        ));
    }
    Ok(())
}

fn assignable_scopes(
    core: &Core,
    caller: &Caller,
    target: &Target,
    sent: &Value,
) -> Result<Vec<String>, ArmError> {
    let scopes = roles::strings(&sent["properties"]["assignableScopes"]);
    let refused = |scope: &str| {
        ArmError::bad(
            "InvalidAssignableScopes",
            format!(
                "The assignable scope '{scope}' is not valid: a custom role takes subscriptions and resource groups."
            ),
        )
    };
    if scopes.is_empty() {
        return Err(refused(""));
    }
    for scope in &scopes {
        let parts: Vec<&str> = scope.trim_matches('/').split('/').collect();
        let subscription = match parts.as_slice() {
            [kind, id] if kind.eq_ignore_ascii_case("subscriptions") => *id,
            [kind, id, group, name]
                if kind.eq_ignore_ascii_case("subscriptions")
                    && group.eq_ignore_ascii_case("resourceGroups") =>
            {
                groups::require(core, id, name)?;
                *id
            }
            _ => return Err(refused(scope)),
        };
        let known = core.state.subscription(subscription);
        if known.is_none_or(|known| known.tenant != caller.tenant) {
            return Err(refused(scope));
        }
    }
    require_everywhere(core, caller, target, &scopes, "write")?;
    Ok(scopes)
}

/// Whoever changes a role must be allowed to at each of its scopes, whichever the request names.
fn require_everywhere(
    core: &Core,
    caller: &Caller,
    target: &Target,
    scopes: &[String],
    verb: &str,
) -> Result<(), ArmError> {
    let action = format!("{TYPE}/{verb}");
    let missing = scopes.iter().find(|scope| !rbac::is_allowed(core, caller, scope, &action));
    let Some(scope) = missing else {
        return Ok(());
    };
    Err(ArmError::new(
        403,
        "LinkedAuthorizationFailed",
        format!(
            "The client '{}' with object id '{}' has permission to perform action '{action}' on scope '{}'; however, it \
             does not have permission to perform action '{action}' on the linked scope(s) '{scope}' or the linked scope(s) \
             are invalid.",
            caller.name,
            caller.object_id,
            target.id()
        ),
    ))
}

fn check_actions(sent: &Value) -> Result<(), ArmError> {
    for permission in sent["properties"]["permissions"].as_array().into_iter().flatten() {
        for (names, is_known) in [
            (["actions", "notActions"], actions::is_known as fn(&str) -> bool),
            (["dataActions", "notDataActions"], actions::is_known_on_data),
        ] {
            let all = names.iter().flat_map(|name| roles::strings(&permission[*name]));
            if let Some(wrong) = all.into_iter().find(|action| !is_known(action)) {
                return Err(ArmError::bad(
                    "InvalidActionOrNotAction",
                    format!(
                        "'{wrong}' does not match any of the actions supported by the providers."
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// A scope with assignments cannot be taken out of a role.
fn check_scopes_in_use(core: &Core, guid: &str, scopes: &[String]) -> Result<(), ArmError> {
    let left = core.state.role_assignments.iter().find(|known| {
        known.role.eq_ignore_ascii_case(guid)
            && !scopes.iter().any(|scope| target::contains(scope, &known.scope))
    });
    match left {
        None => Ok(()),
        Some(left) => Err(ArmError::bad(
            "RoleScopeBeingRemovedContainsAssignments",
            format!("The scope '{}' being removed contains role assignments.", left.scope),
        )),
    }
}

/// The lists, in which a role made a moment ago is missing.
pub(crate) fn is_shown(core: &Core, role: &roles::Role, request: &Request, scope: &str) -> bool {
    let filter = request.query("$filter").unwrap_or_default();
    let below = filter.to_ascii_lowercase().contains("atscopeandbelow()");
    let is_new = core
        .state
        .unreplicated_roles
        .get(&role.id.to_ascii_lowercase())
        .is_some_and(|left| *left > 0);
    !is_new && is_listed(role, scope, below)
}

const LONGEST_NAME: usize = 512;
