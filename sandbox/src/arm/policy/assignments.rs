//! policyAssignments: a definition in force at a scope, with the identity that deploys for it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::places::{check_members_of, invalid, is_above, tenant_of};
use super::{clock, definitions};
use crate::arm::reply;
use crate::arm::target::Target;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{PolicyAssignment, Principal, PrincipalKind, group_name};

/// Limits. Source: <https://learn.microsoft.com/azure/governance/policy/overview#maximum-count-of-azure-policy-objects>
const MOST_AT_SCOPE: usize = 200;
const MOST_NOT_SCOPES: usize = 400;

pub(super) fn answer(
    core: &mut Core,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let key = target.id().to_ascii_lowercase();
    match (request.method.as_str(), target.is_collection()) {
        ("GET", true) => list(core, request, target),
        ("GET", false) => {
            let known = core.state.policies.assignments.get(&key);
            known.map(|known| Reply::json(200, &body(known))).ok_or_else(|| not_found(target))
        }
        ("PUT", false) => put(core, target, &request.json()?),
        ("PATCH", false) => patch(core, target, &key, &request.json()?),
        ("DELETE", false) => Ok(delete(core, &key)),
        _ => Err(reply::method_not_allowed(request)),
    }
}

/// The assignments that apply to a scope, as `$filter` narrows them.
fn list(core: &Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    let filter = request.query("$filter").unwrap_or_default();
    let definition = filter
        .to_ascii_lowercase()
        .starts_with("policydefinitionid eq ")
        .then(|| filter.split('\'').nth(1).unwrap_or_default().to_ascii_lowercase());
    let scope = &target.scope;
    let is_meant = |known: &&PolicyAssignment| match filter.to_ascii_lowercase().as_str() {
        "atexactscope()" => known.scope.eq_ignore_ascii_case(scope),
        "atscope()" => is_above(core, &known.scope, scope),
        _ => is_above(core, &known.scope, scope) || is_above(core, scope, &known.scope),
    };
    if !["", "atexactscope()", "atscope()"].contains(&filter.to_ascii_lowercase().as_str())
        && definition.is_none()
    {
        return Err(ArmError::bad(
            "InvalidFilterInQueryString",
            format!("Invalid $filter '{filter}' specified in the query string."),
        ));
    }
    let value = core
        .state
        .policies
        .assignments
        .values()
        .filter(is_meant)
        .filter(|known| {
            definition.as_ref().is_none_or(|id| definition_id(known).eq_ignore_ascii_case(id))
        })
        .map(body)
        .collect();
    Ok(reply::page(core, request, value))
}

/// The assignments of a tenant, as Resource Graph shows them.
pub(crate) fn list_at(core_state: &crate::state::State, tenant: &str) -> Vec<Value> {
    let own = core_state.policies.assignments.values().filter(|known| known.tenant == tenant);
    own.map(body).collect()
}

/// An assignment as a GET shows it, by its lower-case id.
pub(crate) fn snapshot(state: &crate::state::State, key: &str) -> Option<Value> {
    state.policies.assignments.get(key).map(body)
}

/// The definition that an assignment puts in force.
pub(super) fn definition_id(known: &PolicyAssignment) -> &str {
    known.properties["policyDefinitionId"].as_str().unwrap_or_default()
}

/// Creates or replaces an assignment.
pub(crate) fn put(core: &mut Core, target: &Target, sent: &Value) -> Result<Reply, ArmError> {
    check_name(target)?;
    let properties = with_defaults(target, &sent["properties"])?;
    let definition_id = properties["policyDefinitionId"].as_str().unwrap_or_default().to_owned();
    let definition = definitions::properties_of(core, &definition_id).ok_or_else(|| {
        definitions::not_found(definition_id.rsplit('/').next().unwrap_or_default())
    })?;
    let kept_at =
        definition_id.split("/providers/Microsoft.Authorization/").next().unwrap_or_default();
    if !kept_at.is_empty() && !is_above(core, kept_at, &target.scope) {
        return Err(invalid(format!(
            "The policy definition '{definition_id}' is not at or above the scope '{}'.",
            target.scope
        )));
    }
    check_parameters(target.name(), &definition["parameters"], &properties["parameters"])?;
    check_identity(core, target.name(), &definition, sent)?;
    let key = target.id().to_ascii_lowercase();
    let known = core.state.policies.assignments.get(&key).cloned();
    let at_scope = core
        .state
        .policies
        .assignments
        .values()
        .filter(|known| known.scope.eq_ignore_ascii_case(&target.scope))
        .count();
    if known.is_none() && at_scope >= MOST_AT_SCOPE {
        return Err(ArmError::conflict(
            "PolicyAssignmentQuotaExceeded",
            format!("The scope '{}' has {MOST_AT_SCOPE} policy assignments.", target.scope),
        ));
    }
    let tenant = tenant_of(core, &target.scope);
    let identity = identity_of(core, target, &tenant, known.as_ref(), &sent["identity"])?;
    let mut assignment = PolicyAssignment {
        id: known.as_ref().map_or_else(|| target.id(), |known| known.id.clone()),
        scope: target.scope.clone(),
        tenant,
        properties,
        identity,
        location: sent["location"].clone(),
        look_at: 0,
        is_known: false,
        seen: BTreeSet::new(),
        arrivals: BTreeMap::new(),
        compliance: BTreeMap::new(),
    };
    clock::assigned(core, &mut assignment, known);
    let answer = body(&assignment);
    core.state.policies.assignments.insert(key, assignment);
    Ok(Reply::json(201, &answer))
}

/// Only identity, location and a few more may be patched.
fn patch(core: &mut Core, target: &Target, key: &str, sent: &Value) -> Result<Reply, ArmError> {
    let known = core.state.policies.assignments.get(key).ok_or_else(|| not_found(target))?.clone();
    let mut whole = json!({"properties": known.properties, "identity": known.identity,
        "location": known.location});
    for member in ["identity", "location"] {
        if !sent[member].is_null() {
            whole[member] = sent[member].clone();
        }
    }
    put(core, target, &whole).map(|reply| Reply { status: 200, ..reply })
}

/// The identity dies with its assignment; its roles stay, as roles of nobody.
fn delete(core: &mut Core, key: &str) -> Reply {
    let Some(gone) = core.state.policies.assignments.remove(key) else {
        return Reply::empty(204);
    };
    if let Some(principal) = gone.identity["principalId"].as_str() {
        core.state.principals.retain(|known| known.id != principal);
    }
    Reply::json(200, &body(&gone))
}

fn check_name(target: &Target) -> Result<(), ArmError> {
    let name = target.name();
    let longest = if group_name(&target.scope).is_some() { 24 } else { 64 };
    if (1..=longest).contains(&name.chars().count()) {
        return Ok(());
    }
    Err(ArmError::bad(
        "InvalidPolicyAssignmentName",
        format!(
            "The policy assignment name '{name}' is invalid: it must be 1 to {longest} characters long at this scope."
        ),
    ))
}

fn with_defaults(target: &Target, sent: &Value) -> Result<Value, ArmError> {
    const KNOWN: [&str; 12] = [
        "definitionVersion",
        "description",
        "displayName",
        "enforcementMode",
        "metadata",
        "nonComplianceMessages",
        "notScopes",
        "overrides",
        "parameters",
        "policyDefinitionId",
        "resourceSelectors",
        "scope",
    ];
    check_members_of(sent, &KNOWN, "PolicyAssignmentProperties")?;
    let length = |name: &str| sent[name].as_str().map_or(0, |text| text.chars().count());
    if length("displayName") > 128 || length("description") > 512 {
        return Err(invalid("'displayName' has at most 128 characters, 'description' 512."));
    }
    let metadata = sent["metadata"].as_object().into_iter().flatten();
    if let Some((name, _)) = metadata.into_iter().find(|(_, value)| value.to_string().len() > 1024)
    {
        return Err(invalid(format!("The metadata '{name}' has more than 1024 characters.")));
    }
    if sent["notScopes"].as_array().map_or(0, Vec::len) > MOST_NOT_SCOPES {
        return Err(invalid(format!("There are more than {MOST_NOT_SCOPES} excluded scopes.")));
    }
    let mode = sent["enforcementMode"].as_str().unwrap_or("Default");
    if !["Default", "DoNotEnforce"].contains(&mode) {
        return Err(invalid(format!("The enforcement mode '{mode}' is not valid.")));
    }
    let mut properties = sent.clone();
    properties["enforcementMode"] = json!(mode);
    properties["scope"] = json!(target.scope);
    if properties["notScopes"].is_null() {
        properties["notScopes"] = json!([]);
    }
    Ok(properties)
}

fn check_parameters(name: &str, defined: &Value, given: &Value) -> Result<(), ArmError> {
    let empty = Map::new();
    let (defined, given) =
        (defined.as_object().unwrap_or(&empty), given.as_object().unwrap_or(&empty));
    let has = |names: &Map<String, Value>, name: &str| {
        names.keys().any(|known| known.eq_ignore_ascii_case(name))
    };
    if let Some(unknown) = given.keys().find(|name| !has(defined, name)) {
        return Err(ArmError::bad(
            "UndefinedPolicyParameter",
            format!(
                "The policy assignment '{name}' gives the parameter '{unknown}', which the definition does not have."
            ),
        ));
    }
    for (parameter, definition) in defined {
        let value = given.iter().find(|(known, _)| known.eq_ignore_ascii_case(parameter));
        let Some((_, value)) = value else {
            if definition.get("defaultValue").is_none() {
                return Err(ArmError::bad(
                    "MissingPolicyParameter",
                    format!(
                        "The policy assignment '{name}' is missing the parameter(s) '{parameter}' as defined in the policy definition."
                    ),
                ));
            }
            continue;
        };
        let kind = definition["type"].as_str().unwrap_or_default().to_lowercase();
        let fits = match kind.as_str() {
            "array" => value["value"].is_array(),
            "object" => value["value"].is_object(),
            "boolean" => value["value"].is_boolean(),
            "integer" => value["value"].is_i64(),
            _ => value["value"].is_string(),
        };
        if !fits {
            return Err(ArmError::bad(
                "InvalidPolicyParameters",
                format!(
                    "The parameter '{parameter}' of the policy assignment '{name}' has to be of type '{kind}'."
                ),
            ));
        }
    }
    Ok(())
}

/// What deploys needs somebody to do so. Words of <https://github.com/Azure/azure-cli/issues/13150>.
fn check_identity(
    core: &Core,
    name: &str,
    definition: &Value,
    sent: &Value,
) -> Result<(), ArmError> {
    let effect = definition["policyRule"]["then"]["effect"].as_str().unwrap_or_default();
    let kind = sent["identity"]["type"].as_str().unwrap_or("None");
    if effect.eq_ignore_ascii_case("deployIfNotExists") && kind == "None" {
        return Err(ArmError::bad(
            "ResourceIdentityRequired",
            format!(
                "The policy assignment '{name}' request is invalid. Policy assignments must include a 'managed identity' when assigning 'DeployIfNotExists' policy definitions."
            ),
        ));
    }
    match kind {
        "None" => return Ok(()),
        "SystemAssigned" => {}
        "UserAssigned" => {
            let ids = sent["identity"]["userAssignedIdentities"].as_object();
            let [id] = ids.into_iter().flatten().map(|(id, _)| id).collect::<Vec<_>>()[..] else {
                return Err(invalid("Exactly one user-assigned identity has to be given."));
            };
            if !core.state.resources.contains_key(&id.to_ascii_lowercase()) {
                return Err(ArmError::bad(
                    "FailedIdentityOperation",
                    format!("The identity '{id}' could not be found."),
                ));
            }
        }
        other => {
            return Err(invalid(format!("The identity type '{other}' is not supported here.")));
        }
    }
    if sent["location"].as_str().is_none_or(str::is_empty) {
        return Err(ArmError::bad(
            "LocationRequired",
            format!(
                "The policy assignment '{name}' has a managed identity, so it needs a location."
            ),
        ));
    }
    Ok(())
}

fn identity_of(
    core: &mut Core,
    target: &Target,
    tenant: &str,
    known: Option<&PolicyAssignment>,
    sent: &Value,
) -> Result<Value, ArmError> {
    match sent["type"].as_str() {
        Some("SystemAssigned") => {
            let kept = known.map(|known| &known.identity);
            if let Some(kept) = kept.filter(|kept| kept["type"] == "SystemAssigned") {
                return Ok(kept.clone());
            }
            let id = uuid::Uuid::new_v4().to_string();
            core.state.principals.push(Principal {
                id: id.clone(),
                tenant: tenant.to_owned(),
                kind: PrincipalKind::ServicePrincipal,
                name: target.name().to_owned(),
                login: uuid::Uuid::new_v4().to_string(),
                members: Vec::new(),
            });
            // Whoever tells its `principalType` never sees that the directory has not spread it yet.
            Ok(json!({"type": "SystemAssigned", "principalId": id, "tenantId": tenant}))
        }
        Some("UserAssigned") => {
            let id = sent["userAssignedIdentities"].as_object().and_then(|ids| ids.keys().next());
            let id = id.cloned().unwrap_or_default();
            let body = core.state.body(&id).unwrap_or_default();
            let properties = &body["properties"];
            Ok(json!({"type": "UserAssigned", "userAssignedIdentities": {&id: {
                "principalId": properties["principalId"], "clientId": properties["clientId"]}}}))
        }
        _ => Ok(Value::Null),
    }
}

/// The object id of whoever deploys for an assignment.
pub(super) fn principal_of(known: &PolicyAssignment) -> Option<String> {
    if let Some(id) = known.identity["principalId"].as_str() {
        return Some(id.to_owned());
    }
    let users = known.identity["userAssignedIdentities"].as_object()?;
    users.values().next()?["principalId"].as_str().map(str::to_owned)
}

pub(super) fn body(known: &PolicyAssignment) -> Value {
    let mut body = json!({"id": known.id, "name": known.id.rsplit('/').next(),
        "type": "Microsoft.Authorization/policyAssignments", "properties": known.properties});
    if !body["properties"]["metadata"].is_object() {
        body["properties"]["metadata"] = json!({});
    }
    body["properties"]["metadata"]["createdOn"] = json!("2026-01-10T08:00:00.0000000Z");
    body["properties"]["effectiveDefinitionVersion"] = json!("1.0.0");
    if !known.identity.is_null() {
        body["identity"] = known.identity.clone();
    }
    if !known.location.is_null() {
        body["location"] = known.location.clone();
    }
    body
}

fn not_found(target: &Target) -> ArmError {
    ArmError::missing(
        "PolicyAssignmentNotFound",
        format!("The policy assignment '{}' is not found.", target.name()),
    )
}
