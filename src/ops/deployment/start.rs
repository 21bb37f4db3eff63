//! Starting a deployment exactly once, also when the answer is lost or another one is in the way.

use serde_json::Value;

use super::wait::is_final;
use super::{DeploymentRequest, DeploymentView};
use crate::arm::resources::ArmDeployment;
use crate::arm::{ArmError, Client, Reply};
use crate::error::{Error, Result};
use crate::ops::change::wait::Deadline;
use crate::ops::site::Site;
use crate::rest::poll::LONGEST;
use crate::transport::TransportError;

/// A deployment that Azure has.
pub(crate) enum StartedDeployment {
    /// Azure answered, and says how to wait.
    Accepted(Box<Reply>),
    /// It is there, but the answer had no URL to poll.
    Running(Box<ArmDeployment>),
}

impl StartedDeployment {
    /// The deployment for the result.
    pub(crate) fn view(&self, request: &DeploymentRequest) -> DeploymentView {
        let (correlation_id, provisioning_state) = match self {
            StartedDeployment::Accepted(reply) => {
                let text = |at: &str| reply.body.pointer(at)?.as_str().map(str::to_owned);
                (text("/properties/correlationId"), text(STATE))
            }
            StartedDeployment::Running(found) => (
                found.properties.correlation_id.clone(),
                Some(found.properties.provisioning_state.clone()),
            ),
        };
        DeploymentView { correlation_id, provisioning_state, ..request.view() }
    }
}

/// Sends a deployment; takes up one that was sent already.
///
/// # Errors
/// If Azure refuses it, if another one of its name is under way, or if it cannot be found out whether it
/// was started.
pub(crate) async fn start_once(
    site: &Site<'_>,
    request: &DeploymentRequest,
) -> Result<StartedDeployment> {
    match send(&site.client, request).await {
        Ok(started) => Ok(started),
        Err(err) if err.code() == "InvalidDeploymentLocation" && request.may_move => {
            let moved = at_its_location(site, request).await?;
            Ok(send(&site.client, &moved).await?)
        }
        Err(err) if err.code() == "DeploymentActive" && request.has_telling_parameters => {
            Err(in_the_way(request, err))
        }
        Err(err) if err.code() == "DeploymentActive" => {
            match after_the_other(site, request).await? {
                Some(own) => Ok(own),
                None => Ok(send(&site.client, request).await?),
            }
        }
        Err(err) if may_have_arrived(&err) => {
            let name = &request.name;
            Err(Error::from(err).while_doing(format!("could not determine whether deployment '{name}' started"))
                .hint("Run the command again: it continues from the current state and starts nothing twice."))
        }
        Err(err) => Err(Error::from(err).hint("Nothing was deployed.")),
    }
}

async fn send(client: &Client, request: &DeploymentRequest) -> Result<StartedDeployment, ArmError> {
    // Only what refers to resources of other tenants carries tokens for them.
    let linked = client.with_auxiliary(request.auxiliary.clone());
    match linked.deploy(request.scope.clone(), &request.name, &request.body).await {
        Ok(reply) if reply.body.pointer(STATE).is_some_and(Value::is_string) => {
            Ok(StartedDeployment::Accepted(Box::new(reply)))
        }
        Ok(reply) => taken_up(client, request).await?.ok_or_else(|| ArmError::Malformed {
            what: format!("deployment '{}'", request.name),
            problem: format!("{} and nothing else, and does not exist", reply.status),
        }),
        Err(err) if err.code() == "DeploymentActive" && !request.has_telling_parameters => Err(err),
        Err(err) if err.code() == "DeploymentActive" || may_have_arrived(&err) => {
            match taken_up(client, request).await {
                Ok(Some(started)) => Ok(started),
                _ => Err(err),
            }
        }
        Err(err) => Err(err),
    }
}

/// The deployment that Azure has, if it is this one: started by this run, or with the same parameters
/// and still under way.
async fn taken_up(
    client: &Client,
    request: &DeploymentRequest,
) -> Result<Option<StartedDeployment>, ArmError> {
    let found = client.deployment(request.scope.clone(), &request.name).await?;
    let is_ours = |found: &ArmDeployment| {
        let under_way = !is_final(&found.properties.provisioning_state);
        is_of_this_run(client, found)
            || (under_way
                && request.has_telling_parameters
                && request.is_like(&found.properties.parameters))
    };
    Ok(found.filter(is_ours).map(|found| StartedDeployment::Running(Box::new(found))))
}

fn is_of_this_run(client: &Client, found: &ArmDeployment) -> bool {
    let ours = client.correlation().to_string();
    let correlation = found.properties.correlation_id.as_deref();
    correlation.is_some_and(|id| id.eq_ignore_ascii_case(&ours))
}

/// Waits for a deployment that is in the way, such as that of an interrupted run: Azure takes no second
/// one of its name, and afterwards the next is only a confirmation. One of this run is given back.
async fn after_the_other(
    site: &Site<'_>,
    request: &DeploymentRequest,
) -> Result<Option<StartedDeployment>> {
    site.reporter
        .step(&format!("Waiting for deployment '{}', which is under way already…", request.name));
    let mut deadline = Deadline::new(site.app, LONGEST);
    while let Some(found) = site.client.deployment(request.scope.clone(), &request.name).await? {
        if is_of_this_run(&site.client, &found) {
            return Ok(Some(StartedDeployment::Running(Box::new(found))));
        }
        if is_final(&found.properties.provisioning_state) {
            break;
        }
        deadline.pause().await?;
    }
    Ok(None)
}

/// A lost answer, or one that makes no sense: the request may have had its effect.
fn may_have_arrived(err: &ArmError) -> bool {
    match err {
        ArmError::Transport(
            TransportError::BrokenOff { .. }
            | TransportError::Timeout { .. }
            | TransportError::TooLarge { .. },
            _,
        )
        | ArmError::Malformed { .. } => true,
        ArmError::Refused(refusal) => refusal.status >= 500,
        _ => false,
    }
}

/// A deployment keeps its location for good: use the one it has.
async fn at_its_location(
    site: &Site<'_>,
    request: &DeploymentRequest,
) -> Result<DeploymentRequest> {
    let mut moved = request.clone();
    let standing = site.client.deployment(request.scope.clone(), &request.name).await?;
    if let Some(location) = standing.and_then(|found| found.location) {
        site.reporter.step(&format!(
            "Deployment '{}' exists in {location} already; using that location.",
            request.name
        ));
        moved.body["location"] = location.into();
    }
    Ok(moved)
}

fn in_the_way(request: &DeploymentRequest, err: ArmError) -> Error {
    let name = &request.name;
    Error::from(err)
        .while_doing(format!("another deployment named '{name}' is under way, with other parameters"))
        .hint(format!("Wait for it (`az deployment sub wait -n {name} --created`), or use another --deployment-name."))
}

/// Where an answer reports the state of a deployment.
const STATE: &str = "/properties/provisioningState";
