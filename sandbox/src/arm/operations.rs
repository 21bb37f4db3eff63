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
    let operation = Operation {
        kind,
        target: target.to_ascii_lowercase(),
        polls_left: polls,
        done: false,
        error: None,
        result,
    };
    core.state.operations.insert(token.clone(), operation);
    token
}

/// Takes one step of an operation; gives its kind, its target and the steps that follow, unless it has ended.
pub(crate) fn take_step(core: &mut Core, token: &str) -> Option<(OperationKind, String, u32)> {
    let operation = core.state.operations.get_mut(token)?;
    if operation.done {
        return None;
    }
    let left = operation.polls_left;
    operation.polls_left = left.saturating_sub(1);
    operation.done = left == 0;
    Some((operation.kind, operation.target.clone(), left))
}

/// Notes the error that an operation has ended with.
pub(crate) fn finish(core: &mut Core, token: &str, error: Option<Value>) {
    if let Some(operation) = core.state.operations.get_mut(token) {
        operation.done |= error.is_some();
        operation.error = error;
    }
}
