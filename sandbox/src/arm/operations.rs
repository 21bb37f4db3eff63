//! Long-running operations: how they start, and the steps they take when their status is read, never by wall time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::core::Core;
use crate::state::{Operation, OperationKind};

/// Starts an operation and returns its token.
pub(crate) fn start(
    core: &mut Core,
    kind: OperationKind,
    target: &str,
    polls: u32,
    result: Option<Value>,
) -> String {
    let id = uuid::Uuid::new_v4();
    let job = match kind {
        OperationKind::Provision => "RegistrationAssignmentProvisioningJob",
        OperationKind::Deprovision => "RegistrationAssignmentDeprovisioningJob",
        _ => "Job",
    };
    let token = match kind {
        OperationKind::Provision | OperationKind::Deprovision => URL_SAFE_NO_PAD.encode(
            json!({"fullyQualifiedResourceId": target, "jobId": format!("{job}:{id}")}).to_string(),
        ),
        _ => id.simple().to_string().to_uppercase(),
    };
    let is_job = is_job(kind);
    let takes_time = is_job && core.knobs.job_seconds > 0;
    let ends_at = takes_time.then(|| core.now() + core.knobs.job_seconds);
    if is_job {
        core.jobs.0 += 1;
    }
    let operation = Operation {
        kind,
        target: target.to_ascii_lowercase(),
        polls_left: polls,
        ends_at,
        done: false,
        error: None,
        result,
    };
    core.state.operations.insert(token.clone(), operation);
    token
}

/// Takes one step of an operation; gives its kind, its target and the steps that follow, unless it has ended.
pub(crate) fn take_step(core: &mut Core, token: &str) -> Option<(OperationKind, String, u32)> {
    let now = core.now();
    let operation = core.state.operations.get_mut(token)?;
    if operation.done {
        return None;
    }
    let left = match operation.ends_at {
        None => operation.polls_left,
        Some(at) if at <= now => 0,
        Some(_) => u32::MAX,
    };
    operation.polls_left = left.saturating_sub(1);
    operation.done = left == 0;
    let step = (operation.kind, operation.target.clone(), left);
    if left == 0 {
        count_end(core, step.0);
    }
    Some(step)
}

/// Ends an operation now, whatever time it was to take.
pub(crate) fn end_now(core: &mut Core, token: &str) {
    if let Some(operation) = core.state.operations.get_mut(token) {
        operation.ends_at = None;
        operation.polls_left = 0;
    }
}

/// Notes the error that an operation has ended with.
pub(crate) fn finish(core: &mut Core, token: &str, error: Option<Value>) {
    let Some(operation) = core.state.operations.get_mut(token) else {
        return;
    };
    let ends = error.is_some() && !operation.done;
    operation.done |= error.is_some();
    operation.error = error;
    let kind = operation.kind;
    if ends {
        count_end(core, kind);
    }
}

fn is_job(kind: OperationKind) -> bool {
    matches!(
        kind,
        OperationKind::Provision | OperationKind::Deprovision | OperationKind::Deployment
    )
}

fn count_end(core: &mut Core, kind: OperationKind) {
    if is_job(kind) {
        core.jobs.0 = core.jobs.0.saturating_sub(1);
    }
}
