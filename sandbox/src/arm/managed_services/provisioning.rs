//! The jobs that put an assignment in force and take it away.

use serde_json::Value;

use super::rules;
use crate::arm::operations::{end_now, finish, take_step};
use crate::core::Core;
use crate::state::{OperationKind, ProvisioningState};

/// Takes an assignment's job one step on; says whether there was one.
pub(crate) fn advance_job(core: &mut Core, token: &str) -> bool {
    let Some((kind, target, left)) = take_step(core, token) else {
        return false;
    };
    if left == 0 {
        end_job(core, token, kind, &target);
    }
    true
}

/// Takes an assignment's job to its end at once, as a deployment waits for it.
pub(crate) fn run_job(core: &mut Core, token: &str) {
    end_now(core, token);
    while advance_job(core, token) {}
}

/// Gives an assignment's job its effect.
pub(crate) fn end_job(core: &mut Core, token: &str, kind: OperationKind, target: &str) {
    if kind == OperationKind::Provision {
        let error = provisioned(core, target);
        finish(core, token, error);
    } else {
        deprovisioned(core, target);
    }
}

/// Ends the provisioning of an assignment; returns the error it ended with.
fn provisioned(core: &mut Core, key: &str) -> Option<Value> {
    let assignment = core.state.assignments.get(key)?.clone();
    let definition =
        core.state.definitions.get(&assignment.definition_id.to_ascii_lowercase())?.clone();
    let tenant = &definition.managed_by_tenant_id;
    let missing = rules::unknown_principal(core, tenant, &definition.authorizations)
        .or_else(|| rules::unknown_principal(core, tenant, &definition.eligible_authorizations));
    let (now, delay, hidden) =
        (core.now(), core.knobs.delegation_delay, core.knobs.delegation_hidden_calls);
    let assignment = core.state.assignments.get_mut(key)?;
    assignment.operation = None;
    if let Some(principal) = missing {
        assignment.state = ProvisioningState::Failed;
        return Some(rules::principal_not_found(&principal, tenant).inner());
    }
    assignment.state = ProvisioningState::Succeeded;
    assignment.visible_from = now + delay;
    assignment.hidden_calls = hidden;
    None
}

/// Ends the removal of an assignment.
fn deprovisioned(core: &mut Core, key: &str) {
    let linger = core.knobs.assignment_linger_reads;
    if let Some(assignment) = core.state.assignments.get_mut(key) {
        assignment.operation = None;
        assignment.linger_reads = Some(linger);
        if linger == 0 {
            forget(core, key);
        }
    }
}

/// Takes an assignment away and leaves its definition unsettled for a while.
pub(crate) fn forget(core: &mut Core, key: &str) {
    if let Some(assignment) = core.state.assignments.remove(key) {
        let refusals = core.knobs.definition_delete_refusals;
        core.state
            .unsettled_definitions
            .insert(assignment.definition_id.to_ascii_lowercase(), refusals);
    }
}
