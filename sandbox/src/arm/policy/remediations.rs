//! remediations: deployments for what is known not to comply, so many at once.
//!
//! Source: <https://learn.microsoft.com/azure/governance/policy/concepts/remediation-structure>. A task at a management
//! group whose compliance is not known yet succeeds with nothing done.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::places::{invalid, is_above};
use super::{clock, engine, run};
use crate::arm::reply;
use crate::arm::target::Target;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{PolicyAssignment, Remediation, RemediationDeployment, group_name};

const MOST_AT_ONCE: usize = 100;
const LARGEST_PAGE: usize = 1000;

pub(super) fn answer(
    core: &mut Core,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    let key = key_of(target);
    let action = target.action.as_deref().map(str::to_ascii_lowercase);
    match (request.method.as_str(), action.as_deref(), target.is_collection()) {
        ("GET", None, true) => {
            let own = core.state.policies.remediations.values();
            let own = own.filter(|known| {
                known.id.to_ascii_lowercase().starts_with(&target.scope.to_ascii_lowercase())
            });
            let value = own.map(body).collect();
            Ok(reply::page(core, request, value))
        }
        ("GET", None, false) => {
            found(core, target, &key).map(|known| Reply::json(200, &body(known)))
        }
        ("PUT", None, false) => put(core, target, &key, &request.json()?),
        ("DELETE", None, false) => delete(core, &key),
        ("POST", Some("cancel"), false) => cancel(core, target, &key),
        ("POST", Some("listdeployments"), false) => list_deployments(core, request, target, &key),
        _ => Err(reply::method_not_allowed(request)),
    }
}

fn key_of(target: &Target) -> String {
    let name = target.names.first().map_or("", String::as_str);
    format!("{}/providers/microsoft.policyinsights/remediations/{name}", target.scope)
        .to_ascii_lowercase()
}

fn found<'a>(core: &'a Core, target: &Target, key: &str) -> Result<&'a Remediation, ArmError> {
    core.state.policies.remediations.get(key).ok_or_else(|| {
        ArmError::missing(
            "RemediationNotFound",
            format!(
                "The remediation '{}' could not be found.",
                target.names.first().map_or("", String::as_str)
            ),
        )
    })
}

fn put(core: &mut Core, target: &Target, key: &str, sent: &Value) -> Result<Reply, ArmError> {
    let properties = with_defaults(target, &sent["properties"])?;
    let assignment =
        properties["policyAssignmentId"].as_str().unwrap_or_default().to_ascii_lowercase();
    let Some(known) = core.state.policies.assignments.get(&assignment) else {
        return Err(ArmError::missing(
            "PolicyAssignmentNotFound",
            format!("The policy assignment '{assignment}' is not found."),
        ));
    };
    if !is_above(core, &known.scope, &target.scope) {
        return Err(bad("The remediation is not at or below the scope of its policy assignment."));
    }
    if let Some(existing) = core.state.policies.remediations.get(key) {
        if existing.properties != properties {
            return Err(bad("The properties of an existing remediation cannot be changed."));
        }
        return Ok(Reply::json(200, &body(existing)));
    }
    let running = core.state.policies.remediations.values().filter(|one| !one.is_over()).count();
    if running >= MOST_AT_ONCE {
        return Err(ArmError::conflict(
            "TooManyRemediations",
            format!("There are {MOST_AT_ONCE} remediations under way in the tenant."),
        ));
    }
    let deployments = resources_of(core, target, &assignment, &properties);
    let now = clock::now(core);
    let remediation = Remediation {
        id: target.id(),
        properties,
        assignment,
        state: if deployments.is_empty() { "Succeeded" } else { "Accepted" }.to_owned(),
        created: now,
        updated: now,
        deployments,
    };
    let answer = body(&remediation);
    core.state.policies.remediations.insert(key.to_owned(), remediation);
    Ok(Reply::json(201, &answer))
}

fn with_defaults(target: &Target, sent: &Value) -> Result<Value, ArmError> {
    const KNOWN: [&str; 7] = [
        "failureThreshold",
        "filters",
        "parallelDeployments",
        "policyAssignmentId",
        "policyDefinitionReferenceId",
        "resourceCount",
        "resourceDiscoveryMode",
    ];
    let members = sent.as_object().ok_or_else(|| invalid("The properties are missing."))?;
    if let Some((name, _)) = members.iter().find(|(name, _)| !KNOWN.contains(&name.as_str())) {
        return Err(invalid(format!(
            "Could not find member '{name}' on object of type 'RemediationProperties'."
        )));
    }
    let mut properties = sent.clone();
    for (name, most, default) in [("resourceCount", 50_000, 500), ("parallelDeployments", 30, 10)] {
        let count = sent[name].as_i64().unwrap_or(if sent[name].is_null() { default } else { 0 });
        if !(1..=most).contains(&count) {
            return Err(bad(&format!("'{name}' has to be between 1 and {most}.")));
        }
        properties[name] = json!(count);
    }
    let threshold = &sent["failureThreshold"]["percentage"];
    let threshold = if threshold.is_null() { 1.0 } else { threshold.as_f64().unwrap_or(-1.0) };
    if !(0.0..=1.0).contains(&threshold) {
        return Err(bad("'failureThreshold.percentage' has to be between 0 and 1."));
    }
    properties["failureThreshold"] = json!({"percentage": threshold});
    let mode = sent["resourceDiscoveryMode"].as_str().unwrap_or("ExistingNonCompliant");
    let is_group = group_name(&target.scope).is_some();
    match mode {
        "ExistingNonCompliant" => {}
        "ReEvaluateCompliance" if !is_group => {}
        "ReEvaluateCompliance" => {
            return Err(bad(
                "'ReEvaluateCompliance' is only supported at the scope of a subscription and below.",
            ));
        }
        other => {
            return Err(invalid(format!("The resource discovery mode '{other}' is not valid.")));
        }
    }
    let ids = sent["filters"]["resourceIds"].as_array().map_or(0, Vec::len);
    if ids > 100 || (ids > 0 && mode != "ExistingNonCompliant") {
        return Err(bad(
            "'filters.resourceIds' has at most 100 members, and none with a re-evaluation.",
        ));
    }
    properties["resourceDiscoveryMode"] = json!(mode);
    Ok(properties)
}

/// What is known not to comply; nothing where nothing is known.
fn resources_of(
    core: &mut Core,
    target: &Target,
    assignment: &str,
    properties: &Value,
) -> Vec<RemediationDeployment> {
    let now = clock::now(core);
    let Some(mut known) = core.state.policies.assignments.get(assignment).cloned() else {
        return Vec::new();
    };
    if properties["resourceDiscoveryMode"] == "ReEvaluateCompliance" {
        let own = crate::arm::target::subscription(&target.scope).unwrap_or_default();
        engine::mark(core, &mut known, &own.to_ascii_lowercase(), now);
    }
    let named: Vec<String> = properties["filters"]["resourceIds"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_ascii_lowercase)
        .collect();
    let most = usize::try_from(properties["resourceCount"].as_i64().unwrap_or(500)).unwrap_or(500);
    let is_meant = |id: &str| {
        let id = format!("/subscriptions/{id}");
        (named.is_empty() || named.contains(&id)) && is_above(core, &target.scope, &id)
    };
    let open = known.compliance.iter().filter(|(id, found)| !found.is_compliant && is_meant(id));
    let resources = open.take(most).map(|(id, _)| RemediationDeployment {
        subscription: id.clone(),
        deployment: None,
        status: "Waiting",
        error: None,
        updated: now,
    });
    resources.collect()
}

/// Carries every remediation on to the engine's clock.
pub(super) fn advance_all(core: &mut Core) {
    let open: Vec<String> = core
        .state
        .policies
        .remediations
        .iter()
        .filter(|(_, known)| !known.is_over())
        .map(|(key, _)| key.clone())
        .collect();
    for key in open {
        if let Some(mut known) = core.state.policies.remediations.remove(&key) {
            advance(core, &mut known);
            core.state.policies.remediations.insert(key, known);
        }
    }
}

fn advance(core: &mut Core, remediation: &mut Remediation) {
    let now = clock::now(core);
    let each = core.knobs.policy_deployment_seconds.max(1);
    let parallel =
        usize::try_from(remediation.properties["parallelDeployments"].as_i64().unwrap_or(10));
    let parallel = parallel.unwrap_or(10).max(1);
    let threshold =
        remediation.properties["failureThreshold"]["percentage"].as_f64().unwrap_or(1.0);
    if now > remediation.created {
        remediation.state = "Running".to_owned();
    }
    for at in 0..remediation.deployments.len() {
        let batch = i64::try_from(at / parallel).unwrap_or(i64::MAX / each);
        let (begins, ends) =
            (remediation.created + batch * each, remediation.created + (batch + 1) * each);
        if remediation.deployments[at].error.is_some()
            || remediation.deployments[at].status == "Succeeded"
        {
            continue;
        }
        if ends > now {
            if begins <= now && remediation.deployments[at].status == "Waiting" {
                remediation.deployments[at].status = "Running";
            }
            continue;
        }
        run_one(core, remediation, at, ends);
        let failed = remediation.deployments.iter().filter(|one| one.status == "Failed").count();
        if exceeds(failed, remediation.deployments.len(), threshold) {
            end(remediation, "Failed", ends);
            return;
        }
    }
    let is_open = |one: &RemediationDeployment| ["Waiting", "Running"].contains(&one.status);
    if !remediation.deployments.iter().any(is_open) {
        end(remediation, "Succeeded", now);
    }
}

#[allow(clippy::cast_precision_loss)]
fn exceeds(failed: usize, all: usize, threshold: f64) -> bool {
    failed > 0 && threshold < 1.0 && failed as f64 / all as f64 > threshold
}

fn run_one(core: &mut Core, remediation: &mut Remediation, at: usize, ends: i64) {
    let subscription = remediation.deployments[at].subscription.clone();
    let known = core.state.policies.assignments.get(&remediation.assignment);
    let (deployment, result) = match known.map(PolicyAssignment::without_findings) {
        Some(known) => run::deploy(core, &known, &subscription),
        None => (
            None,
            Err(json!({"code": "PolicyAssignmentNotFound",
            "message": "The policy assignment of the remediation is gone."})),
        ),
    };
    let one = &mut remediation.deployments[at];
    one.deployment = deployment;
    one.updated = ends;
    match result {
        Ok(()) => one.status = "Succeeded",
        Err(error) => {
            one.status = "Failed";
            one.error = Some(error);
        }
    }
    remediation.updated = ends;
    // What was deployed is looked at soon after.
    if let Some(mut known) = core.state.policies.assignments.remove(&remediation.assignment) {
        engine::mark(core, &mut known, &subscription, ends);
        core.state.policies.assignments.insert(remediation.assignment.clone(), known);
    }
}

fn end(remediation: &mut Remediation, state: &str, at: i64) {
    state.clone_into(&mut remediation.state);
    remediation.updated = at;
    for one in &mut remediation.deployments {
        if ["Waiting", "Running"].contains(&one.status) {
            one.status = "Canceled";
        }
    }
}

fn cancel(core: &mut Core, target: &Target, key: &str) -> Result<Reply, ArmError> {
    if found(core, target, key)?.is_over() {
        return Err(bad("A remediation that has ended cannot be canceled."));
    }
    let now = clock::now(core);
    let Some(known) = core.state.policies.remediations.get_mut(key) else {
        return Ok(Reply::empty(204));
    };
    end(known, "Canceled", now);
    Ok(Reply::json(200, &body(known)))
}

fn delete(core: &mut Core, key: &str) -> Result<Reply, ArmError> {
    match core.state.policies.remediations.get(key) {
        None => Ok(Reply::empty(204)),
        Some(known) if !known.is_over() => {
            Err(bad("A remediation that is under way cannot be deleted: cancel it first."))
        }
        Some(known) => {
            let answer = body(known);
            core.state.policies.remediations.remove(key);
            Ok(Reply::json(200, &answer))
        }
    }
}

fn list_deployments(
    core: &Core,
    request: &Request,
    target: &Target,
    key: &str,
) -> Result<Reply, ArmError> {
    let known = found(core, target, key)?;
    let number = |name: &str| request.query(name).and_then(|text| text.parse::<usize>().ok());
    let (skip, top) = (number("$skiptoken").unwrap_or(0), number("$top").unwrap_or(LARGEST_PAGE));
    let top = top.clamp(1, LARGEST_PAGE);
    let begun = known.deployments.iter().filter(|one| one.status != "Waiting");
    let all: Vec<Value> = begun.map(deployment_body).collect();
    let page: Vec<Value> = all.iter().skip(skip).take(top).cloned().collect();
    let mut answer = json!({"value": page});
    if skip + top < all.len() {
        answer["nextLink"] = json!(format!(
            "{}{}?api-version={}&$top={top}&$skiptoken={}",
            core.endpoints.management,
            request.path,
            request.api_version(),
            skip + top
        ));
    }
    Ok(Reply::json(200, &answer))
}

fn deployment_body(one: &RemediationDeployment) -> Value {
    let at = Timestamp::from_second(one.updated).unwrap_or_default().to_string();
    let mut body = json!({"remediatedResourceId": format!("/subscriptions/{}", one.subscription),
        "deploymentId": one.deployment, "status": one.status, "resourceLocation": null,
        "createdOn": at, "lastUpdatedOn": at});
    if let Some(error) = &one.error {
        body["error"] = error.clone();
    }
    body
}

fn body(known: &Remediation) -> Value {
    let count = |status: &str| known.deployments.iter().filter(|one| one.status == status).count();
    let at = |seconds: i64| Timestamp::from_second(seconds).unwrap_or_default().to_string();
    let mut properties = known.properties.clone();
    properties["provisioningState"] = json!(known.state);
    properties["createdOn"] = json!(at(known.created));
    properties["lastUpdatedOn"] = json!(at(known.updated));
    properties["statusMessage"] = json!("");
    properties["correlationId"] = json!("00000000-0000-0000-0000-000000000000");
    properties["deploymentStatus"] = json!({"totalDeployments": known.deployments.len(),
        "successfulDeployments": count("Succeeded"), "failedDeployments": count("Failed")});
    json!({"id": known.id, "name": known.id.rsplit('/').next(), "properties": properties,
        "type": "Microsoft.PolicyInsights/remediations"})
}

/// Azure's code for what a remediation cannot be is not known; this one is a guess.
fn bad(message: &str) -> ArmError {
    ArmError::bad("InvalidCreateRemediationRequest", message)
}
