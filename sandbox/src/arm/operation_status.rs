//! What a read of an operation's status does and answers: operations advance when they are read.

use serde_json::json;

use super::compute::replication;
use super::deployments::engine;
use super::managed_services::provisioning;
use super::operations::{finish, take_step};
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::OperationKind;

/// Takes one step of an operation, and its effect once its count is used up.
pub(crate) fn advance(core: &mut Core, token: &str) {
    let Some((kind, target, left)) = take_step(core, token) else {
        return;
    };
    match kind {
        OperationKind::Provision | OperationKind::Deprovision if left == 0 => {
            provisioning::end_job(core, token, kind, &target);
        }
        OperationKind::Deployment => {
            let error = engine::advance(core, &target, left);
            finish(core, token, error);
        }
        OperationKind::Replication => {
            replication::advance(core, &target);
            let error = replication::failure(core, &target);
            let has_ended = replication::has_ended(core, &target);
            if let Some(operation) = core.state.operations.get_mut(token) {
                operation.done = has_ended;
            }
            if has_ended {
                finish(core, token, error);
            }
        }
        _ => {}
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
