//! Finding a delegation that someone started, and waiting until it exists.

use std::time::Duration;

use super::Delegation;
use super::deployment::default_name;
use super::inventory::{self, Side};
use super::lookup::{self, Known, OfferQuery};
use super::{offer_title, provisioned};
use crate::arm::Client;
use crate::arm::managed_services::RegistrationAssignment;
use crate::arm::resources::ArmDeployment;
use crate::error::{Error, Kind, Result};
use crate::id::{ArmId, SubscriptionId};
use crate::ops::change::observe::Observed;
use crate::ops::change::wait::Deadline;
use crate::ops::change::{ChangeKind, Step, WriteKind};
use crate::ops::deployment::{DeploymentView, wait};
use crate::ops::site::Site;

/// Waits until the delegation's deployment has ended and its assignments are provisioned; `named` is
/// the deployment, if the user said which.
pub(crate) async fn wait(
    site: &Site<'_>,
    wanted: &OfferQuery,
    named: Option<&str>,
    limit: Duration,
) -> Result<Delegation> {
    let mut deadline = Deadline::new(site.app, limit);
    let mut deployment = None;
    let mut named = named.map(str::to_owned);
    let mut known = match &named {
        Some(_) => None,
        None => match find(site, wanted).await {
            Err(err) if err.kind() == Kind::NotFound => {
                named = Some(begun(site, wanted).await?.ok_or(err)?);
                None
            }
            found => Some(found?),
        },
    };
    if let Some(name) = &named {
        let subscription = site.subscription().await?.id;
        deployment = Some(ended(site, subscription, name, &mut deadline).await?);
    }
    let mut known = match known.take() {
        Some(known) => known,
        None => find(site, wanted).await?,
    };
    if deployment.is_none()
        && let Some(name) = running(&site.client, &known).await?
    {
        deployment = Some(ended(site, known.first().subscription, &name, &mut deadline).await?);
        known = find(site, wanted).await?;
    }
    let ids: Vec<String> = assignments(&known).map(|found| found.id.to_string()).collect();
    if ids.is_empty() {
        return Err(Error::new(Kind::NotFound, format!("offer '{}' exists, but is assigned nowhere", wanted.name))
            .hint("Run the `az-imageshare delegation create` that made it again: it makes what is missing."));
    }
    let found: Vec<RegistrationAssignment> = assignments(&known).cloned().collect();
    if !provisioned::are_provisioned(&found)? {
        provisioned::wait_for_assignments(site, &ids, &mut deadline).await?;
        known = find(site, wanted).await?;
    }
    let mut delegation = known.view(&site.cloud.portal);
    delegation.deployment = deployment;
    Ok(delegation)
}

/// True if these are the writes of a run that gave this very delegation, whose deployment was waited for: nothing is left
/// to do of that run.
pub(crate) fn has_brought_about(delegation: &Delegation, writes: &[&Step]) -> bool {
    let definitions = delegation.definition_ids.iter().chain([&delegation.definition_id]);
    let assignments = delegation.assignments.iter().map(|found| &found.id);
    let known: Vec<&str> = definitions.chain(assignments).map(ArmId::as_str).collect();
    let is_there = |step: &&Step| match step.kind {
        WriteKind::ResourceProvider => true,
        // An own template names what it makes: what is left of that is the offer's title.
        WriteKind::DelegationDefinition | WriteKind::DelegationAssignment => {
            let is_known = known.iter().any(|known| known.eq_ignore_ascii_case(&step.id));
            step.change != ChangeKind::Remove && (step.id.is_empty() || is_known)
        }
        _ => false,
    };
    let title = offer_title(&delegation.name, delegation.consumer_tenant_id.as_str());
    let place = format!("/subscriptions/{}", delegation.subscription_id);
    let is_offer = |step: &&Step| {
        step.kind == WriteKind::DelegationDefinition
            && step.title() == title
            && step.scope.eq_ignore_ascii_case(&place)
    };
    delegation.deployment.is_some() && writes.iter().any(is_offer) && writes.iter().all(is_there)
}

async fn find(site: &Site<'_>, wanted: &OfferQuery) -> Result<Known> {
    let survey = inventory::survey(site, &[Side::Given]).await?;
    lookup::find(survey, wanted).map_err(|err| match err.kind() {
        Kind::NotFound => err.hint("If its deployment has only begun, name it with --deployment-name, as `delegation create` printed it."),
        _ => err,
    })
}

/// The deployment of an offer whose definition does not exist yet.
async fn begun(site: &Site<'_>, wanted: &OfferQuery) -> Result<Option<String>> {
    let subscription = site.subscription().await?.id;
    let is_it = |found: &&ArmDeployment| {
        let given = |name: &str| {
            let pointer = format!("/{name}/value");
            let value = found.properties.parameters.pointer(&pointer)?.as_str()?;
            Some(value.to_owned())
        };
        let tenant = wanted.consumer.map(|tenant| tenant.to_string());
        given("mspOfferName").is_some_and(|name| name == wanted.name)
            && (tenant.is_none() || given("managedByTenantId") == tenant)
    };
    let all = site.client.deployments(subscription).await?;
    Ok(all.iter().find(is_it).map(|found| found.name.clone()))
}

fn assignments(known: &Known) -> impl Iterator<Item = &RegistrationAssignment> {
    known.entries.iter().flat_map(|entry| &entry.assignments)
}

/// The name of the delegation's own deployment, if it is (or was) there.
async fn running(client: &Client, known: &Known) -> Result<Option<String>> {
    let Ok(guid) = known.first().definition.name.parse() else {
        return Ok(None);
    };
    let name = default_name(guid);
    // Who may read the delegation need not be allowed to read deployments.
    let found = Observed::permitted(client.deployment(known.first().subscription, &name).await)?;
    Ok(found.told().flatten().map(|_| name))
}

async fn ended(
    site: &Site<'_>,
    subscription: SubscriptionId,
    name: &str,
    deadline: &mut Deadline,
) -> Result<DeploymentView> {
    Ok(view(&wait::wait_for_end(site, subscription, name, deadline).await?))
}

fn view(found: &ArmDeployment) -> DeploymentView {
    DeploymentView {
        name: found.name.clone(),
        id: found.id.clone(),
        correlation_id: found.properties.correlation_id.clone(),
        provisioning_state: Some(found.properties.provisioning_state.clone()),
    }
}
