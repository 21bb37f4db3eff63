//! Starting a deployment exactly once, also when the answer is lost or another one is in the way.

use super::DeploymentView;
use super::apply::state_of;
use super::deployment::Deployment;
use super::plan::Plan;
use crate::app::App;
use crate::arm::resources::ArmDeployment as Standing;
use crate::arm::{ArmError, Client, Reply};
use crate::error::{Error, Result};
use crate::ops::deployment::wait;
use crate::transport::TransportError;

/// A deployment that Azure has.
pub(super) enum Started {
    /// Azure answered, and says how to wait.
    Accepted(Box<Reply>),
    /// It is there, but how to wait was not told.
    Running(Box<Standing>),
}

impl Started {
    /// The deployment for the result.
    pub(super) fn view(&self, plan: &Plan) -> DeploymentView {
        let (correlation_id, state) = match self {
            Started::Accepted(reply) => (
                reply
                    .body
                    .pointer("/properties/correlationId")
                    .and_then(|id| id.as_str())
                    .map(str::to_owned),
                state_of(&reply.body).map(str::to_owned),
            ),
            Started::Running(found) => (
                found.properties.correlation_id.clone(),
                Some(found.properties.provisioning_state.clone()),
            ),
        };
        DeploymentView { correlation_id, provisioning_state: state, ..plan.deployment_view() }
    }
}

/// Sends the deployment; takes up one that was sent already.
pub(super) async fn start(app: &App, client: &Client, plan: &Plan) -> Result<Started> {
    match send(client, plan, &plan.deployment).await {
        Ok(started) => Ok(started),
        Err(err)
            if err.code() == "InvalidDeploymentLocation" && !plan.deployment.location.is_chosen =>
        {
            let moved = moved(app, client, plan).await?;
            Ok(send(client, plan, &moved).await?)
        }
        Err(err) if err.code() == "DeploymentActive" => Err(foreign(plan, err)),
        Err(err) if may_have_arrived(&err) => {
            let name = &plan.deployment.name;
            Err(Error::from(err).while_doing(format!("nobody knows whether deployment '{name}' was started"))
                .hint("Run the same command again: it takes up what stands, and starts nothing twice."))
        }
        Err(err) => Err(Error::from(err).hint("Nothing was deployed.")),
    }
}

async fn send(client: &Client, plan: &Plan, deployment: &Deployment) -> Result<Started, ArmError> {
    let sent = client.deploy(plan.subscription.id, &deployment.name, &deployment.body()).await;
    match sent {
        Ok(reply) if state_of(&reply.body).is_some() => Ok(Started::Accepted(Box::new(reply))),
        Ok(reply) => taken_up(client, plan, deployment).await?.ok_or_else(|| ArmError::Malformed {
            what: format!("deployment '{}'", deployment.name),
            problem: format!("{} and nothing else, and does not exist", reply.status),
        }),
        Err(err) if err.code() == "DeploymentActive" || may_have_arrived(&err) => {
            match taken_up(client, plan, deployment).await {
                Ok(Some(started)) => Ok(started),
                _ => Err(err),
            }
        }
        Err(err) => Err(err),
    }
}

/// The deployment that stands, if it is this one: started by this run, or with the same parameters
/// and still under way.
async fn taken_up(
    client: &Client,
    plan: &Plan,
    deployment: &Deployment,
) -> Result<Option<Started>, ArmError> {
    let found = client.deployment(plan.subscription.id, &deployment.name).await?;
    Ok(found
        .filter(|found| is_ours(client, deployment, found))
        .map(|found| Started::Running(Box::new(found))))
}

fn is_ours(client: &Client, deployment: &Deployment, found: &Standing) -> bool {
    let ours = client.correlation().to_string();
    let correlation = found.properties.correlation_id.as_deref();
    let started_here = correlation.is_some_and(|id| id.eq_ignore_ascii_case(&ours));
    let under_way = !wait::is_final(&found.properties.provisioning_state);
    started_here || (under_way && deployment.is_like(&found.properties.parameters))
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
async fn moved(app: &App, client: &Client, plan: &Plan) -> Result<Deployment> {
    let mut moved = plan.deployment.clone();
    let standing = client.deployment(plan.subscription.id, &moved.name).await?;
    if let Some(location) = standing.and_then(|found| found.location) {
        app.reporter.step(&format!(
            "Deployment '{}' exists in {location} already; using that location.",
            moved.name
        ));
        moved.location.name = location;
    }
    Ok(moved)
}

fn foreign(plan: &Plan, err: ArmError) -> Error {
    let name = &plan.deployment.name;
    Error::from(err)
        .while_doing(format!("another deployment named '{name}' is under way, with other parameters"))
        .hint(format!("Wait for it (`az deployment sub wait -n {name} --created`), or use another --deployment-name."))
}
