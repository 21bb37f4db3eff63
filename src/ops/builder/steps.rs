//! A set-up as a plan that is shown and agreed to: providers, the identity, roles, assignments, in this order.

use serde_json::{Value, json};

use super::plan::{Change, PlannedGrant, PlannedRole, SetupDraft};
use crate::error::Result;
use crate::ops::access::assignment;
use crate::ops::change::{ChangeKind, Plan, Risk, Step, WriteKind};
use crate::ops::provider::registration_step;

/// The plan of a set-up.
///
/// # Errors
/// If a scope is none in a subscription.
pub(crate) fn plan_of(draft: &SetupDraft) -> Result<Plan> {
    let mut plan = Plan {
        nothing: Some("Everything is in place: nothing to do.".to_owned()),
        ..Plan::titled(format!("Image Builder's identity {}:", draft.identity.name()))
    };
    let home = draft.identity.subscription();
    plan.steps.extend(draft.register.iter().map(|name| registration_step(home, name)));
    plan.push(identity_step(draft));
    plan.steps.extend(draft.roles.iter().map(role_step));
    for grant in &draft.grants {
        plan.push(grant_step(draft, grant)?);
    }
    Ok(plan)
}

impl SetupDraft {
    /// The place of the identity's step in the plan.
    pub(super) fn identity_place(&self) -> usize {
        self.register.len()
    }

    /// The place of the first role's step.
    pub(super) fn first_role_place(&self) -> usize {
        self.identity_place() + 1
    }

    /// The place of the first assignment's step.
    pub(super) fn first_grant_place(&self) -> usize {
        self.first_role_place() + self.roles.len()
    }
}

fn identity_step(draft: &SetupDraft) -> Step {
    let id = draft.identity.to_string();
    let (change, before) = match &draft.known {
        Some(known) => (ChangeKind::Keep, json!({"location": known.location})),
        None => (ChangeKind::Create, Value::Null),
    };
    let location = draft.known.as_ref().map_or(&draft.location, |known| &known.location);
    let what = format!("identity {id} in {location}");
    Step::new(change, WriteKind::ManagedIdentity, &id, what)
        .at(&draft.identity.scope.to_string())
        .between(before, json!({"location": location}))
}

fn role_step(planned: &PlannedRole) -> Step {
    let PlannedRole { role, standing, change } = planned;
    let what = format!("custom role '{}': {}", role.name, role.actions.join(", "));
    let change = match change {
        Change::Create => ChangeKind::Create,
        Change::Keep => ChangeKind::Keep,
        Change::Repair => ChangeKind::Update,
    };
    let before = standing.as_ref().map_or(Value::Null, |found| found.body());
    let after = if change == ChangeKind::Keep { before.clone() } else { role.body() };
    let step = Step::new(change, WriteKind::RoleDefinition, &role.resource_id(), what)
        .at(&role.scope)
        .between(before, after);
    // Whoever added an action to it may need it.
    let lost: Vec<&str> = standing
        .iter()
        .flat_map(|found| &found.properties.permissions)
        .flat_map(|permission| permission.actions.iter().chain(&permission.data_actions))
        .filter(|action| !role.actions.iter().any(|kept| kept.eq_ignore_ascii_case(action)))
        .map(String::as_str)
        .collect();
    if change != ChangeKind::Update || lost.is_empty() {
        return step;
    }
    step.because(format!("it loses {}", lost.join(", "))).risking(Risk::TakesAway)
}

fn grant_step(draft: &SetupDraft, grant: &PlannedGrant) -> Result<Step> {
    let label = draft.receiver_label(grant);
    match draft.wanted(grant, draft.known.as_ref()) {
        None => Ok(assignment::later_addition_step(&grant.scope, &grant.role_name, &label)),
        Some(wanted) => {
            let standing = grant.standing.as_ref();
            assignment::addition_step(&wanted, standing, &grant.role_name, &label)
        }
    }
}
