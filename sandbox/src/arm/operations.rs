//! Long-running operations: they advance when their status is read, never by wall time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{deployments, managed_services};
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
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

/// Takes one step of an operation, and its effect once its count is used up.
pub(crate) fn advance(core: &mut Core, token: &str) {
    let Some(operation) = core.state.operations.get_mut(token) else {
        return;
    };
    if operation.done {
        return;
    }
    let (kind, target, left) = (operation.kind, operation.target.clone(), operation.polls_left);
    operation.polls_left = left.saturating_sub(1);
    operation.done = left == 0;
    match kind {
        OperationKind::Provision if left == 0 => {
            let error = managed_services::assignments::provisioned(core, &target);
            finish(core, token, error);
        }
        OperationKind::Deprovision if left == 0 => {
            managed_services::assignments::deprovisioned(core, &target)
        }
        OperationKind::Deployment => {
            let error = deployments::engine::advance(core, &target, left);
            finish(core, token, error);
        }
        _ => {}
    }
}

fn finish(core: &mut Core, token: &str, error: Option<Value>) {
    if let Some(operation) = core.state.operations.get_mut(token) {
        operation.done |= error.is_some();
        operation.error = error;
    }
}

/// Answers a read of an operation's status: `{"status": …}`.
pub(crate) fn status(core: &mut Core, token: &str) -> Result<Reply, ArmError> {
    advance(core, token);
    let operation = core.state.operations.get(token).ok_or_else(|| {
        ArmError::missing(
            "OperationNotFound",
            format!("The operation '{token}' could not be found."),
        )
    })?;
    let body = match (&operation.error, operation.done) {
        (Some(error), _) => json!({"status": "Failed", "error": error}),
        (None, true) => json!({"status": "Succeeded"}),
        (None, false) => json!({"status": "Running"}),
    };
    // A removal is polled by `Location`, where only the HTTP status tells the end: with 200, azure-core stops asking.
    let is_open_removal = operation.kind == OperationKind::Deprovision && !operation.done;
    Ok(Reply::json(if is_open_removal { 202 } else { 200 }, &body))
}

/// Answers a read of `operationresults`: 202 with a new `Location` until the result is there.
pub(crate) fn result(core: &mut Core, request: &Request, token: &str) -> Result<Reply, ArmError> {
    advance(core, token);
    let operation = core.state.operations.get(token).cloned().ok_or_else(|| {
        ArmError::missing(
            "OperationNotFound",
            format!("The operation '{token}' could not be found."),
        )
    })?;
    if operation.done {
        return Ok(operation
            .result
            .map_or_else(|| Reply::empty(200), |result| Reply::json(200, &result)));
    }
    let next = uuid::Uuid::new_v4().simple().to_string().to_uppercase();
    core.state.operations.remove(token);
    core.state.operations.insert(next.clone(), operation);
    let parent = request.path.rsplit_once('/').map_or("", |(parent, _)| parent);
    let location = format!(
        "{}{parent}/{next}?api-version={}",
        core.endpoints.management,
        request.api_version()
    );
    Ok(Reply::empty(202).header("Location", location).header("Retry-After", "0"))
}
