//! policyDefinitions: custom ones at management groups and subscriptions, and the built-in ones.

use serde_json::{Value, json};

use super::places::{check_members_of, invalid, is_above};
use super::{built_in, clock, rule};
use crate::arm::reply;
use crate::arm::target::Target;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::PolicyDefinition;

/// Limits. Source: <https://learn.microsoft.com/azure/governance/policy/overview#maximum-count-of-azure-policy-objects>
const MOST_AT_SCOPE: usize = 500;
const LONGEST_NAME: usize = 64;
const MOST_PARAMETERS: usize = 20;
const LARGEST_BODY: usize = 1 << 20;

pub(super) fn answer(
    core: &mut Core,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let key = target.id().to_ascii_lowercase();
    match (request.method.as_str(), target.is_collection()) {
        ("GET", true) => Ok(list(core, request, target)),
        ("GET", false) => show(core, target),
        ("PUT", false) => {
            if request.body.len() > LARGEST_BODY {
                return Err(ArmError::new(
                    413,
                    "RequestContentTooLarge",
                    "The request is too large.",
                ));
            }
            put(core, target, &request.json()?)
        }
        ("DELETE", false) => delete(core, &key),
        _ => Err(reply::method_not_allowed(request)),
    }
}

fn show(core: &Core, target: &Target) -> Result<Reply, ArmError> {
    if target.scope.is_empty()
        && let Some(properties) = built_in::find(target.name())
    {
        let body = json!({"id": target.id(), "name": target.name(), "properties": properties,
            "type": "Microsoft.Authorization/policyDefinitions"});
        return Ok(Reply::json(200, &body));
    }
    let known = core.state.policies.definitions.get(&target.id().to_ascii_lowercase());
    known.map(|known| Reply::json(200, &body(known))).ok_or_else(|| not_found(target.name()))
}

fn list(core: &Core, request: &Request, target: &Target) -> Reply {
    let filter = request.query("$filter").unwrap_or_default();
    let is_meant = |kind: &str| filter.is_empty() || filter.contains(&format!("'{kind}'"));
    let own = core
        .state
        .policies
        .definitions
        .values()
        .filter(|known| is_meant("Custom") && is_above(core, &known.scope, &target.scope));
    let mut value: Vec<Value> = own.map(body).collect();
    if is_meant("BuiltIn") {
        value.extend(built_in::all());
    }
    reply::page(core, request, value)
}

/// Creates or replaces a definition, once its rule is one that Azure takes.
pub(crate) fn put(core: &mut Core, target: &Target, sent: &Value) -> Result<Reply, ArmError> {
    let name = target.name();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(ArmError::bad(
            "InvalidPolicyDefinitionName",
            format!(
                "The policy definition name '{name}' has to have 1 to {LONGEST_NAME} characters."
            ),
        ));
    }
    if target.scope.is_empty() {
        return Err(invalid(
            "Policy definitions are created at management groups or subscriptions.",
        ));
    }
    let mut properties = sent["properties"].clone();
    check_members(&properties)?;
    rule::check(name, &properties)?;
    let key = target.id().to_ascii_lowercase();
    let policies = &mut core.state.policies;
    let at_scope = policies
        .definitions
        .values()
        .filter(|known| known.scope.eq_ignore_ascii_case(&target.scope))
        .count();
    let known = policies.definitions.get(&key);
    if known.is_none() && at_scope >= MOST_AT_SCOPE {
        return Err(ArmError::conflict(
            "PolicyDefinitionQuotaExceeded",
            format!("The scope '{}' has {MOST_AT_SCOPE} policy definitions.", target.scope),
        ));
    }
    properties["policyType"] = json!("Custom");
    let definition = PolicyDefinition {
        id: known.map_or_else(|| target.id(), |known| known.id.clone()),
        scope: target.scope.clone(),
        properties,
    };
    let answer = body(&definition);
    policies.definitions.insert(key.clone(), definition);
    // What the rule says now is looked at some minutes later.
    clock::definition_changed(core, &key);
    Ok(Reply::json(201, &answer))
}

fn check_members(properties: &Value) -> Result<(), ArmError> {
    const KNOWN: [&str; 9] = [
        "description",
        "displayName",
        "metadata",
        "mode",
        "parameters",
        "policyRule",
        "policyType",
        "version",
        "versions",
    ];
    check_members_of(properties, &KNOWN, "PolicyDefinitionProperties")?;
    let kind = properties["policyType"].as_str().unwrap_or("Custom");
    if !["Custom", "NotSpecified"].contains(&kind) {
        return Err(invalid(format!("Policy definitions of type '{kind}' cannot be created.")));
    }
    let mode = properties["mode"].as_str().unwrap_or("Indexed");
    if !["all", "indexed"].contains(&mode.to_ascii_lowercase().as_str()) {
        return Err(ArmError::bad(
            "InvalidPolicyDefinitionMode",
            format!("The mode '{mode}' is not valid."),
        ));
    }
    let count = properties["parameters"].as_object().map_or(0, serde_json::Map::len);
    if count > MOST_PARAMETERS {
        return Err(invalid(format!("{count} parameters are more than {MOST_PARAMETERS}.")));
    }
    Ok(())
}

fn delete(core: &mut Core, key: &str) -> Result<Reply, ArmError> {
    let policies = &mut core.state.policies;
    let user = policies.assignments.values().find(|known| {
        known.properties["policyDefinitionId"]
            .as_str()
            .is_some_and(|id| id.eq_ignore_ascii_case(key))
    });
    if let Some(user) = user {
        // Azure's code is not known.
        return Err(ArmError::conflict(
            "PolicyDefinitionInUse",
            format!("The policy definition is in use by the policy assignment '{}'.", user.id),
        ));
    }
    let status = if policies.definitions.remove(key).is_some() { 200 } else { 204 };
    Ok(Reply::empty(status))
}

/// The properties of the definition with this id, wherever it is kept.
pub(super) fn properties_of(core: &Core, id: &str) -> Option<Value> {
    let lower = id.to_ascii_lowercase();
    if let Some(name) = lower.strip_prefix(&built_in::PREFIX.to_ascii_lowercase()) {
        return built_in::find(name);
    }
    core.state.policies.definitions.get(&lower).map(|known| known.properties.clone())
}

pub(super) fn not_found(name: &str) -> ArmError {
    ArmError::missing(
        "PolicyDefinitionNotFound",
        format!("The policy definition '{name}' could not be found."),
    )
}

fn body(known: &PolicyDefinition) -> Value {
    let mut properties = known.properties.clone();
    if !properties["metadata"].is_object() {
        properties["metadata"] = json!({});
    }
    properties["metadata"]["createdBy"] = json!("00000000-0000-0000-0000-000000000000");
    properties["metadata"]["createdOn"] = json!("2026-01-10T08:00:00.0000000Z");
    properties["version"] = json!("1.0.0");
    properties["versions"] = json!(["1.0.0"]);
    json!({"id": known.id, "name": known.id.rsplit('/').next(), "properties": properties,
        "type": "Microsoft.Authorization/policyDefinitions"})
}
