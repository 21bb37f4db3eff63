//! Waiting until a deployment has ended: by the address that Azure gave, else by asking for it.

use super::start::StartedDeployment;
use super::{DeploymentRequest, DeploymentView};
use crate::arm::resources::ArmDeployment;
use crate::arm::{ArmError, ProvisioningState, Refusal};
use crate::error::{Error, Kind, Result};
use crate::id::Scope;
use crate::ops::change::wait::Deadline;
use crate::ops::site::Site;
use crate::rest::poll::LONGEST;

/// Why a deployment was not seen to succeed.
pub(crate) struct DeploymentFailure {
    pub error: Error,
    /// False if it goes on for all that is known.
    pub has_ended: bool,
}

impl From<DeploymentFailure> for Error {
    fn from(failure: DeploymentFailure) -> Error {
        failure.error
    }
}

impl From<Error> for DeploymentFailure {
    fn from(error: Error) -> DeploymentFailure {
        DeploymentFailure { error, has_ended: false }
    }
}

impl From<ArmError> for DeploymentFailure {
    fn from(err: ArmError) -> DeploymentFailure {
        // Everything else is said by who was asked how it goes, not by the deployment.
        let has_ended = matches!(&err, ArmError::Refused(refusal) if refusal.status == 200);
        DeploymentFailure { error: err.into(), has_ended }
    }
}

/// Waits until a deployment that was started has succeeded.
pub(crate) async fn wait_for_success(
    site: &Site<'_>,
    request: &DeploymentRequest,
    started: StartedDeployment,
) -> Result<DeploymentView, DeploymentFailure> {
    let name = &request.name;
    let mut view = started.view(request);
    let step = |state: &str| site.reporter.step(&format!("Deployment '{name}': {state}"));
    let must_ask = match started {
        StartedDeployment::Accepted(reply) => {
            match site.client.wait(*reply, LONGEST, &step).await {
                Ok(_) => false,
                // The operation sometimes says only that it failed; the deployment says why.
                Err(ArmError::Refused(refusal)) if refusal.status == 200 => {
                    if refusal.code != refusal.outer_code || refusal.code != "DeploymentFailed" {
                        return Err(ArmError::Refused(refusal).into());
                    }
                    true
                }
                Err(ArmError::Refused(_) | ArmError::Malformed { .. }) => true,
                Err(err) => return Err(err.into()),
            }
        }
        StartedDeployment::Running(_) => true,
    };
    if must_ask {
        let mut deadline = Deadline::new(site.app, LONGEST);
        let found = wait_for_end(site, request.scope.clone(), name, &mut deadline).await?;
        view.correlation_id = found.properties.correlation_id;
    }
    view.provisioning_state = Some("Succeeded".to_owned());
    Ok(view)
}

/// True if a provisioning state is not going to change on its own.
pub(crate) fn is_final(state: &str) -> bool {
    let state = ProvisioningState::from(state);
    state.is_final() || state == ProvisioningState::Deleted
}

/// Asks for a deployment until it has ended.
///
/// # Errors
/// If it failed, with its own reason; if it does not exist; if the deadline passes.
pub(crate) async fn wait_for_end(
    site: &Site<'_>,
    scope: impl Into<Scope>,
    name: &str,
    deadline: &mut Deadline,
) -> Result<ArmDeployment, DeploymentFailure> {
    let scope = scope.into();
    loop {
        let found = site.client.deployment(scope.clone(), name).await?;
        let Some(found) = found else {
            let error = Error::new(Kind::NotFound, format!("there is no deployment '{name}'"))
                .hint("See what there is with `az deployment sub list -o table`.");
            return Err(DeploymentFailure { error, has_ended: true });
        };
        let state = found.properties.provisioning_state.clone();
        if is_final(&state) {
            return succeeded(found);
        }
        site.reporter.step(&format!("Deployment '{name}': {state}"));
        deadline.pause().await?;
    }
}

fn succeeded(found: ArmDeployment) -> Result<ArmDeployment, DeploymentFailure> {
    let state = ProvisioningState::from(found.properties.provisioning_state.as_str());
    if state == ProvisioningState::Succeeded {
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
