//! Carrying out a plan: register the provider if needed, deploy, wait, read back what exists.
//!
//! Whatever breaks, the error says what is in Azure, and the next run finishes the job.

use super::Delegation;
use super::plan::OfferPlan;
use super::provisioned;
use crate::app::App;
use crate::arm::managed_services::{NAMESPACE, RegistrationAssignment};
use crate::error::{Error, Kind, Result};
use crate::ops::change::wait::Deadline;
use crate::ops::change::{ChangeKind, Run, resume};
use crate::ops::deployment::start::{StartedDeployment, start_once};
use crate::ops::deployment::wait::{is_final, wait_for_success};
use crate::ops::deployment::{DeploymentRequest, DeploymentView};
use crate::ops::portal;
use crate::ops::provider;
use crate::ops::site::Site;
use crate::rest::poll::LONGEST;

/// Puts the offer into effect.
///
/// # Errors
/// If Azure refuses, or something breaks on the way; the hints say what exists then.
pub(crate) async fn apply(
    site: &Site<'_>,
    run: &Run<'_>,
    plan: &OfferPlan,
    wait: bool,
) -> Result<Delegation> {
    if plan.change == ChangeKind::Keep {
        return keep(site, plan, wait).await;
    }
    let mut steps: Vec<usize> = (0..run.plan().steps.len()).collect();
    if plan.must_register {
        let register = provider::register(site, plan.subscription.id, NAMESPACE);
        run.perform(steps.remove(0), register).await?;
    }
    let made = run.perform_all(&steps, deploy(site, plan, wait)).await;
    if !wait {
        run.goes_on();
    }
    made
}

async fn deploy(site: &Site<'_>, plan: &OfferPlan, wait: bool) -> Result<Delegation> {
    let name = &plan.deployment.name;
    site.reporter.step(&format!("Starting deployment '{name}'…"));
    let request = plan.request();
    let started = start_once(site, &request).await?;
    site.reporter.resume_with(Some(resume_command(site.app, plan)));
    if !wait {
        site.reporter.resume_with(None);
        site.reporter.note(&format!(
            "Deployment '{name}' goes on in Azure; wait for it with `{}`.",
            resume_command(site.app, plan)
        ));
        return Ok(accepted(site, plan, &request, &started));
    }
    let deployment = wait_for_success(site, &request, started).await;
    let done = match deployment {
        Ok(deployment) => read_back(site, plan, deployment).await,
        Err(failure) => Err(failure.error),
    };
    match done {
        Ok(delegation) => {
            site.reporter
                .note("Delegated. The consumer sees it after signing in again, within 15 minutes.");
            Ok(delegation)
        }
        Err(err) => Err(explained(site, plan, err).await),
    }
}

/// Nothing has to be written; what is still being provisioned is waited for.
async fn keep(site: &Site<'_>, plan: &OfferPlan, wait: bool) -> Result<Delegation> {
    let mut view = plan.view(&site.cloud.portal);
    if wait && !provisioned::are_provisioned(&plan.assignments)? {
        let ids: Vec<String> = plan.assignments.iter().map(|found| found.id.to_string()).collect();
        let mut deadline = Deadline::new(site.app, LONGEST);
        let found = provisioned::wait_for_assignments(site, &ids, &mut deadline).await?;
        view.assignments = found.iter().map(super::AssignmentView::of).collect();
    }
    Ok(view)
}

async fn read_back(
    site: &Site<'_>,
    plan: &OfferPlan,
    deployment: DeploymentView,
) -> Result<Delegation> {
    site.reporter.step("Reading the result…");
    let ids: Option<Vec<String>> =
        plan.scopes.iter().map(|scope| plan.assignment_id(scope)).collect();
    let found = match ids {
        Some(ids) => {
            provisioned::wait_for_assignments(site, &ids, &mut Deadline::new(site.app, LONGEST))
                .await?
        }
        None => named(site, plan).await?,
    };
    let kept = plan.assignments.iter().filter(|known| !found.iter().any(|new| new.id == known.id));
    let all: Vec<&RegistrationAssignment> = found.iter().chain(kept).collect();
    let definition =
        found.iter().find_map(|assignment| assignment.properties.registration_definition.as_ref());
    let portal = &site.cloud.portal;
    let mut view = match definition {
        Some(definition) => Delegation::of(definition, &all, portal),
        None => Delegation::of(&plan.wanted, &all, portal),
    };
    view.subscription_id = plan.subscription.id.to_string().into();
    view.portal_url = portal::url(portal, plan.subscription.home_tenant, &view.definition_id);
    view.change = Some(plan.change);
    view.deployment = Some(deployment);
    Ok(view)
}

/// The assignments of an own template, whose ids no one knows beforehand.
async fn named(site: &Site<'_>, plan: &OfferPlan) -> Result<Vec<RegistrationAssignment>> {
    let mut deadline = Deadline::new(site.app, LONGEST);
    loop {
        let all = site.client.assignments(plan.subscription.id).await?;
        let found: Vec<RegistrationAssignment> =
            all.into_iter().filter(|assignment| is_named(plan, assignment)).collect();
        let covers =
            |scope| found.iter().any(|assignment| assignment.scope().as_ref() == Some(scope));
        if let Some(scope) = plan.scopes.iter().find(|scope| !covers(scope)) {
            return Err(Error::new(Kind::Failure, format!("the template was deployed, but offer '{}' is not assigned at {scope}", offer_name(plan)))
                .hint("Check that the template assigns the offer under the name and at the scopes that it is given; `az-imageshare delegation list` shows the current state."));
        }
        if provisioned::are_provisioned(&found)? {
            return Ok(found);
        }
        deadline.pause().await?;
    }
}

fn is_named(plan: &OfferPlan, assignment: &RegistrationAssignment) -> bool {
    let definition = assignment.properties.registration_definition.as_ref();
    definition.is_some_and(|definition| {
        super::plan::is_named(definition, offer_name(plan), &plan.consumer.to_string())
    })
}

fn accepted(
    site: &Site<'_>,
    plan: &OfferPlan,
    request: &DeploymentRequest,
    started: &StartedDeployment,
) -> Delegation {
    let mut view = plan.view(&site.cloud.portal);
    view.deployment = Some(started.view(request));
    view
}

/// Adds what is in Azure now to what went wrong.
async fn explained(site: &Site<'_>, plan: &OfferPlan, err: Error) -> Error {
    if matches!(err.kind(), Kind::Network | Kind::Origin | Kind::SignIn) {
        let name = &plan.deployment.name;
        return err.hint(format!("Deployment '{name}' was started; its result is not known yet."));
    }
    let subscription = plan.subscription.id;
    let (deployment, assignments) = tokio::join!(
        site.client.deployment(subscription, &plan.deployment.name),
        site.client.assignments(subscription),
    );
    let state = deployment.ok().flatten().map(|found| found.properties.provisioning_state);
    let definition = if plan.wanted.id.is_empty() {
        None
    } else {
        site.client.definition(&plan.wanted.id).await.ok()
    };
    if state.as_deref().is_some_and(is_final) {
        site.reporter.resume_with(None);
    }
    let assigned =
        assignments.ok().map(|all| all.iter().filter(|found| is_named(plan, found)).count());
    let said = [
        format!(
            "deployment '{}' {}",
            plan.deployment.name,
            state.as_deref().unwrap_or("in an unknown state")
        ),
        match definition {
            Some(Some(_)) => "the definition exists".to_owned(),
            Some(None) => "no definition".to_owned(),
            None => "the definition unknown".to_owned(),
        },
        match assigned {
            Some(count) => format!("{count} of {} assignment(s)", plan.scopes.len()),
            None => "assignments unknown".to_owned(),
        },
    ];
    err.hint(format!("Current state: {}. Run the command again to finish.", said.join(", ")))
}

/// How to take up the wait again.
fn resume_command(app: &App, plan: &OfferPlan) -> String {
    let subscription = plan.subscription.id.to_string();
    let words = ["delegation", "wait", "-n", offer_name(plan), "--deployment-name"];
    let more = [plan.deployment.name.as_str(), "--subscription", &subscription];
    resume::other_command(app, &[&words[..], &more[..]].concat())
}

fn offer_name(plan: &OfferPlan) -> &str {
    plan.offer_name()
}
