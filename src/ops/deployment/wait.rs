//! Waiting until a deployment has ended and its assignments are provisioned, by asking for them.

use crate::app::App;
use crate::arm::managed_services::Assignment;
use crate::arm::resources::Deployment;
use crate::arm::{ArmError, Client, Refusal};
use crate::error::{Error, Kind, Result};
use crate::id::Scope;
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::wait::Deadline;

/// True if a provisioning state is not going to change by itself.
pub(crate) fn is_final(state: &str) -> bool {
    ["Succeeded", "Failed", "Canceled", "Cancelled", "Deleted"]
        .iter()
        .any(|end| end.eq_ignore_ascii_case(state))
}

/// Asks for a deployment until it has ended.
///
/// # Errors
/// If it failed, with its own reason; if it does not exist; if the deadline passes.
pub(crate) async fn deployment(
    app: &App,
    client: &Client,
    scope: impl Into<Scope>,
    name: &str,
    deadline: &mut Deadline,
) -> Result<Deployment> {
    let scope = scope.into();
    loop {
        let found = client.deployment(scope.clone(), name).await?;
        let Some(found) = found else {
            return Err(Error::new(Kind::NotFound, format!("there is no deployment '{name}'"))
                .hint("See what there is with `az deployment sub list -o table`."));
        };
        let state = found.properties.provisioning_state.clone();
        if is_final(&state) {
            return ended(found);
        }
        app.reporter.step(&format!("Deployment '{name}': {state}"));
        deadline.pause().await?;
    }
}

fn ended(found: Deployment) -> Result<Deployment> {
    if found.properties.provisioning_state.eq_ignore_ascii_case("Succeeded") {
        return Ok(found);
    }
    let correlation = found.properties.correlation_id.clone();
    let refusal = match &found.properties.error {
        Some(error) => Refusal::of_operation(error, correlation),
        None => {
            let mut refusal = Refusal::of_operation(&serde_json::Value::Null, correlation);
            refusal.message =
                format!("the deployment ended as {}", found.properties.provisioning_state);
            refusal
        }
    };
    Err(ArmError::Refused(Box::new(refusal)).into())
}

/// Asks for assignments, each with its definition, until all are provisioned.
pub(crate) async fn assignments(
    app: &App,
    client: &Client,
    ids: &[String],
    deadline: &mut Deadline,
) -> Result<Vec<Assignment>> {
    let mut absences = 0;
    loop {
        let told = fan_out(AT_ONCE, ids.iter().map(|id| client.assignment(id))).await;
        let mut found = Vec::new();
        for (id, told) in ids.iter().zip(told) {
            match told? {
                Some(assignment) => found.push(assignment),
                // Resource Manager's cache may be a moment behind the deployment.
                None if absences < PATIENCE => absences += 1,
                None => return Err(absent(id)),
            }
        }
        if found.len() == ids.len() && all_provisioned(&found)? {
            return Ok(found);
        }
        app.reporter.step("Waiting for the assignments…");
        deadline.pause().await?;
    }
}

fn absent(id: &str) -> Error {
    Error::new(
        Kind::Failure,
        format!("the deployment succeeded, but assignment {id} does not exist"),
    )
    .hint("Run the command again: it makes what is missing.")
}

/// True if every assignment is provisioned.
pub(crate) fn all_provisioned(found: &[Assignment]) -> Result<bool> {
    let mut done = true;
    for assignment in found {
        match assignment.properties.provisioning_state.as_deref().unwrap_or("Succeeded") {
            "Succeeded" => {}
            state if is_final(state) => {
                return Err(Error::new(Kind::Failure, format!("assignment {} ended as {state}", assignment.id))
                    .hint("Check that every principal exists in the consumer's tenant (the consumer's `az-imageshare delegation request` tells), then run the command again."));
            }
            _ => done = false,
        }
    }
    Ok(done)
}

/// How often an assignment may be absent after its deployment.
const PATIENCE: usize = 5;
