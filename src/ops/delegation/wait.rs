//! Finding a delegation that somebody started, and waiting until it stands.

use std::time::Duration;

use super::deployment::default_name;
use super::settle::{self, Deadline};
use super::{Delegation, DeploymentView};
use crate::app::App;
use crate::arm::Client;
use crate::arm::managed_services::{Assignment, Definition};
use crate::error::{Error, Kind, Result};
use crate::id::resource_name;
use crate::ops::subscription;

/// What to wait for.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The offer's name, or its definition's GUID.
    pub name: String,
    /// The deployment, if it was said.
    pub deployment: Option<String>,
    /// For how long at most.
    pub limit: Duration,
}

/// Waits until the delegation's deployment has ended and its assignments are provisioned.
///
/// # Errors
/// If there is no such delegation, it failed, or the time is over.
pub async fn wait(app: &App, client: &Client, wanted: &Wanted) -> Result<Delegation> {
    let subscription = subscription::resolve(app, client).await?.id;
    let mut deadline = Deadline::new(app, wanted.limit);
    let mut deployment = None;
    if let Some(name) = &wanted.deployment {
        let found = settle::deployment(app, client, subscription, name, &mut deadline).await?;
        deployment = Some(view(&found));
    }
    loop {
        let (definitions, assignments) = tokio::join!(
            client.definitions(subscription),
            client.assignments(subscription)
        );
        let definition = choose(definitions?, &wanted.name)?;
        if deployment.is_none() {
            let name = default_name(definition.name.parse().unwrap_or_default());
            if client.deployment(subscription, &name).await?.is_some() {
                let found =
                    settle::deployment(app, client, subscription, &name, &mut deadline).await?;
                deployment = Some(view(&found));
                continue;
            }
        }
        let found: Vec<Assignment> = assignments?
            .into_iter()
            .filter(|found| found.is_of(&definition.id))
            .collect();
        if found.is_empty() {
            return Err(Error::new(Kind::NotFound, format!("offer '{}' exists, but is assigned nowhere", wanted.name))
                .hint("Run the `az-imageshare delegation create` that made it again: it makes what is missing."));
        }
        if settle::all_provisioned(&found)? {
            let all: Vec<&Assignment> = found.iter().collect();
            let mut delegation = Delegation::of(&definition, &all, &app.settings.cloud.portal);
            delegation.deployment = deployment;
            return Ok(delegation);
        }
        app.reporter.step("Waiting for the assignments…");
        deadline.pause().await?;
    }
}

fn view(found: &crate::arm::resources::Deployment) -> DeploymentView {
    DeploymentView {
        name: found.name.clone(),
        id: found.id.clone(),
        correlation_id: found.properties.correlation_id.clone(),
        provisioning_state: Some(found.properties.provisioning_state.clone()),
    }
}

/// The one definition of that name or GUID.
fn choose(definitions: Vec<Definition>, name: &str) -> Result<Definition> {
    let matches = |found: &Definition| {
        found.properties.registration_definition_name.as_deref() == Some(name)
            || resource_name(&found.id).eq_ignore_ascii_case(name)
    };
    let mut found = definitions.into_iter().filter(matches);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(Error::usage(format!("several offers are named '{name}'"))
            .hint("Give the GUID of the definition, from `az-imageshare delegation list`.")),
        (None, _) => Err(Error::new(Kind::NotFound, format!("there is no offer '{name}' in this subscription"))
            .hint("If its deployment has only begun, name it with --deployment-name; see the offers with `az-imageshare delegation list -o table`.")),
    }
}
