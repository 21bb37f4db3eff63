//! When Azure Policy looks at what, by a clock of its own: Azure's, moved ahead by reads of compliance.
//!
//! Source: <https://learn.microsoft.com/azure/governance/policy/how-to/get-compliance-data#evaluation-triggers>. A new
//! assignment only marks what is there; a newcomer is looked at after half an hour, and deployed to at once; the
//! daily cycle marks again.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::clock::now;
use super::conditions::Subject;
use super::{assignments, definitions, remediations, run};
use crate::arm::managed_services::SHOWN_VERSION;
use crate::core::Core;
use crate::state::{Compliance, PolicyAssignment};
use crate::template::{Context, PolicyValues};

/// Until a newcomer is looked at.
const NEWCOMER: i64 = 30 * 60;
/// Between two looks at everything.
const CYCLE: i64 = 24 * 3600;

/// Does all that is due by now.
pub(crate) fn pump(core: &mut Core) {
    if core.state.policies.assignments.is_empty() {
        return;
    }
    let keys: Vec<String> = core.state.policies.assignments.keys().cloned().collect();
    for key in &keys {
        let Some(mut assignment) = core.state.policies.assignments.remove(key) else { continue };
        look(core, &mut assignment);
        core.state.policies.assignments.insert(key.clone(), assignment);
    }
    remediations::advance_all(core);
    let policies = &core.state.policies;
    let looks = policies
        .assignments
        .values()
        .flat_map(|known| known.arrivals.values().copied().chain([known.look_at]));
    let next = looks.min().unwrap_or(i64::MAX);
    core.state.policies.next_due = next.max(now(core) + 1);
}

fn look(core: &mut Core, assignment: &mut PolicyAssignment) {
    let inside = subscriptions_in(core, assignment);
    let now = now(core);
    assignment.compliance.retain(|id, _| inside.contains(id));
    assignment.arrivals.retain(|id, _| inside.contains(id));
    assignment.seen.retain(|id| inside.contains(id));
    if assignment.is_known {
        for id in inside.difference(&assignment.seen.clone()) {
            assignment.seen.insert(id.clone());
            assignment.arrivals.insert(id.clone(), now + NEWCOMER);
        }
    }
    let due: Vec<String> = assignment
        .arrivals
        .iter()
        .filter(|(_, at)| **at <= now)
        .map(|(id, _)| id.clone())
        .collect();
    for id in due {
        let at = assignment.arrivals.remove(&id).unwrap_or(now);
        mark(core, assignment, &id, at);
        let is_compliant = assignment.compliance.get(&id).is_some_and(|found| found.is_compliant);
        if !is_compliant && assignment.properties["enforcementMode"] == "Default" {
            // What a newcomer's deployment ends with is only seen in its own history.
            let _ = run::deploy(core, assignment, &id);
            mark(core, assignment, &id, at);
        }
    }
    if assignment.look_at <= now {
        for id in &inside {
            if !assignment.arrivals.contains_key(id) {
                mark(core, assignment, id, now);
            }
        }
        if !assignment.is_known {
            assignment.seen = inside;
        }
        assignment.is_known = true;
        assignment.look_at = now + CYCLE;
    }
}

/// The subscriptions (lower case) that an assignment is about.
fn subscriptions_in(core: &Core, assignment: &PolicyAssignment) -> BTreeSet<String> {
    let excluded: Vec<String> = assignment.properties["notScopes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_ascii_lowercase)
        .collect();
    let scope = assignment.scope.to_ascii_lowercase();
    let group = crate::state::group_name(&scope);
    let is_in = |known: &crate::state::Subscription| {
        let own = known.management_group.as_deref().unwrap_or(&known.tenant);
        let above = core.state.group_and_above(own);
        let id = format!("/subscriptions/{}", known.id.to_ascii_lowercase());
        let is_inside = match group {
            Some(group) => above.iter().any(|one| one.name.eq_ignore_ascii_case(group)),
            None => scope == id,
        };
        let is_excluded = excluded.iter().any(|one| {
            *one == id || above.iter().any(|group| group.id().eq_ignore_ascii_case(one))
        });
        is_inside && !is_excluded
    };
    let inside = core.state.subscriptions.iter().filter(|known| is_in(known));
    inside.map(|known| known.id.to_ascii_lowercase()).collect()
}

/// Looks at one subscription and notes what was found.
pub(super) fn mark(core: &Core, assignment: &mut PolicyAssignment, subscription: &str, at: i64) {
    match complies(core, assignment, subscription) {
        None => {
            assignment.compliance.remove(subscription);
        }
        Some(is_compliant) => {
            let found = Compliance { is_compliant, at };
            assignment.compliance.insert(subscription.to_owned(), found);
        }
    }
}

/// Whether a subscription is as the policy wants it; `None` if the policy is not about subscriptions.
fn complies(core: &Core, assignment: &PolicyAssignment, subscription: &str) -> Option<bool> {
    let definition = definitions::properties_of(core, assignments::definition_id(assignment))?;
    let rule = &definition["policyRule"];
    let known = core.state.subscription(subscription)?;
    let values = values_of(core, assignment, subscription)?;
    let resource = json!({"id": format!("/subscriptions/{}", known.id), "name": known.name,
        "type": "Microsoft.Resources/subscriptions", "properties": {"state": known.state.name()}});
    let subject = Subject { resource: &resource, values: &values };
    // A function that fails is an implicit deny, and deploys nothing.
    if !subject.meets(&rule["if"], &[]).unwrap_or(false) {
        return None;
    }
    Some(related_exists(core, &rule["then"]["details"], subscription, &values).unwrap_or(false))
}

fn related_exists(
    core: &Core,
    details: &Value,
    subscription: &str,
    values: &PolicyValues,
) -> Result<bool, String> {
    let kind = details["type"].as_str().unwrap_or_default().to_ascii_lowercase();
    let name = match details.get("name") {
        None => None,
        Some(name) => values.value(name, &[])?.as_str().map(str::to_owned),
    };
    let related: Vec<Value> = match kind.as_str() {
        "microsoft.managedservices/registrationdefinitions" => {
            let own = core.state.definitions_in(subscription);
            own.map(|known| known.body(&core.state, SHOWN_VERSION)).collect()
        }
        "microsoft.managedservices/registrationassignments" => {
            let own = core.state.assignments_in(subscription);
            own.map(|known| known.body(&core.state, SHOWN_VERSION, false)).collect()
        }
        _ => Vec::new(),
    };
    let is_named = |found: &&Value| {
        name.as_ref().is_none_or(|name| {
            found["name"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(name))
        })
    };
    for found in related.iter().filter(is_named) {
        let Some(condition) = details.get("existenceCondition") else { return Ok(true) };
        if (Subject { resource: found, values }).meets(condition, &[])? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What expressions of an assignment see at a subscription.
pub(super) fn values_of(
    core: &Core,
    assignment: &PolicyAssignment,
    subscription: &str,
) -> Option<PolicyValues> {
    let definition = definitions::properties_of(core, assignments::definition_id(assignment))?;
    let known = core.state.subscription(subscription)?;
    let given = &assignment.properties["parameters"];
    let mut parameters = Map::new();
    for (name, defined) in definition["parameters"].as_object().into_iter().flatten() {
        let told = given.as_object().into_iter().flatten();
        let mut told = told.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let value = told.next().map(|(_, value)| value["value"].clone());
        parameters.insert(name.clone(), value.unwrap_or_else(|| defined["defaultValue"].clone()));
    }
    let context = Context {
        tenant_id: known.tenant.clone(),
        subscription_id: known.id.clone(),
        subscription_name: known.name.clone(),
        ..Context::default()
    };
    Some(PolicyValues::new(&parameters, context))
}
