//! Making the machine: read, judge, ask Azure what would change, deploy once, wait, read back.

use super::machine::{DesiredMachine, Machine};
use super::plan::MachinePlan;
use super::{preflight, template};
use crate::app::App;
use crate::arm::virtual_machines::VirtualMachine;
use crate::error::{Error, Kind, Result};
use crate::id::ResourceId;
use crate::ops::change::resume;
use crate::ops::deployment::start::start_once;
use crate::ops::deployment::wait::{DeploymentFailure, wait_for_success};
use crate::ops::deployment::what_if;
use crate::ops::deployment::{DeploymentRequest, DeploymentView};
use crate::ops::image::id::ImageId;
use crate::ops::portal;
use crate::ops::site::Site;

/// Makes sure that there is a machine of that name from that image.
///
/// # Errors
/// If anything speaks against it (nothing is written then), or the deployment fails: the hints say
/// what stands and how to go on.
pub(crate) async fn create(
    site: &Site<'_>,
    wanted: &DesiredMachine,
    image: &ImageId,
    wait: bool,
) -> Result<Machine> {
    preflight::words(site.app, wanted)?;
    let (plan, standing) = preflight::plan(site, wanted, image).await?;
    if let Some(standing) = standing.filter(|standing| !standing.has_failed()) {
        return keep(site, &plan, image, &standing).await;
    }
    let request = deployment_of(&plan);
    for line in what_if::ask(site, &request).await? {
        site.reporter.note(&line);
    }
    let started = start_once(site, &request).await?;
    if !wait {
        site.reporter.note(&format!("Wait for it with `{}`.", resume::waiting_command(site.app)));
        return Ok(machine(site.app, &plan, None, "Running", Some(started.view(&request))));
    }
    site.reporter.resume_with(Some(resume::waiting_command(site.app)));
    let deployment = match wait_for_success(site, &request, started).await {
        Ok(deployment) => deployment,
        Err(failure) => return Err(explained(site, &plan, failure).await),
    };
    site.reporter.resume_with(None);
    let made = site.client.virtual_machine(&plan.id()).await?;
    let address = match &made {
        Some(_) => site.client.private_address(&companion(&plan)).await?,
        None => None,
    };
    let state = made.map_or_else(String::new, |made| made.properties.provisioning_state);
    Ok(machine(site.app, &plan, address, &state, Some(deployment)))
}

/// What is sent to Azure.
fn deployment_of(plan: &MachinePlan<'_>) -> DeploymentRequest {
    DeploymentRequest {
        scope: plan.scope(),
        name: plan.deployment_name(),
        body: template::body(plan),
        auxiliary: plan.auxiliary.clone(),
        // The template holds the values itself, and a password is not echoed.
        has_telling_parameters: false,
        may_move: false,
    }
}

/// A machine that stands is kept if it was made from the image; Azure never changes a machine's image.
async fn keep(
    site: &Site<'_>,
    plan: &MachinePlan<'_>,
    asked: &ImageId,
    standing: &VirtualMachine,
) -> Result<Machine> {
    let has = standing.image().unwrap_or_default();
    if !is_of(asked, has) {
        let name = &plan.wanted.name;
        let what = if has.is_empty() { "something else" } else { has };
        return Err(Error::usage(format!(
            "machine '{name}' exists already and was made from {what}"
        ))
        .hint(format!(
            "Choose another --name, or remove it first: `az vm delete --ids {}`.",
            plan.id()
        )));
    }
    site.reporter.note(&format!("VM '{}' exists already; nothing was changed.", plan.wanted.name));
    let address = site.client.private_address(&companion(plan)).await?;
    let state = standing.properties.provisioning_state.clone();
    let mut view = machine(site.app, plan, address, &state, None);
    view.change = "keep";
    view.image = has.to_owned();
    view.location.clone_from(&standing.location);
    view.size.clone_from(&standing.properties.hardware_profile.vm_size);
    view.security_type = standing.security_type().to_owned();
    Ok(view)
}

/// True if `has` is the image that was asked for, or a version of it where none was named.
fn is_of(asked: &ImageId, has: &str) -> bool {
    let asked = match asked {
        ImageId::Own(id) => id.to_string(),
        ImageId::Public(id) => id.to_string(),
    };
    let (asked, has) = (asked.to_lowercase(), has.to_lowercase());
    let asked = asked.trim_end_matches("/versions/latest");
    has == asked || has.starts_with(&format!("{asked}/versions/"))
}

fn companion(plan: &MachinePlan<'_>) -> ResourceId {
    let name = format!("{}-nic", plan.wanted.name);
    ResourceId::new(plan.scope(), "Microsoft.Network", "networkInterfaces", &name)
}

/// Adds what stands now, and how to go on or to clean up.
async fn explained(site: &Site<'_>, plan: &MachinePlan<'_>, failure: DeploymentFailure) -> Error {
    let name = plan.deployment_name();
    if !failure.has_ended {
        return failure.error.hint(format!(
            "Deployment '{name}' was started: wait for it with `{}`.",
            resume::waiting_command(site.app)
        ));
    }
    let mut left = Vec::new();
    let mut ids = vec![plan.id()];
    for (kind, name) in template::companions(plan) {
        let (namespace, kind) = kind.split_once('/').unwrap_or((kind, ""));
        ids.push(ResourceId::new(plan.scope(), namespace, kind, &name));
    }
    for id in ids {
        if site.client.resource_exists(&id).await.unwrap_or(false) {
            left.push(id.to_string());
        }
    }
    let error = failure
        .error
        .of_kind(Kind::Failure)
        .while_doing(format!("machine '{}' was not made", plan.wanted.name));
    if left.is_empty() {
        error.hint("Nothing was left behind; fix the cause and run the command again.")
    } else {
        error
            .hint("Fix the cause and run the command again: it continues from the current state.")
            .hint(format!(
                "Or remove what was made: `az resource delete --ids {}`.",
                left.join(" ")
            ))
    }
}

fn machine(
    app: &App,
    plan: &MachinePlan<'_>,
    address: Option<String>,
    state: &str,
    deployment: Option<DeploymentView>,
) -> Machine {
    let id = plan.id().to_string();
    Machine {
        portal_url: portal::url(&app.settings.cloud.portal, plan.subscription.home_tenant, &id),
        id,
        name: plan.wanted.name.clone(),
        location: plan.location.clone(),
        size: plan.size.clone(),
        image: plan.reference.clone(),
        via: plan.image.image.via,
        publisher_tenant_id: plan.image.image.publisher_tenant_id,
        os_type: plan.image.image.os_type.clone(),
        security_type: plan.security_type.clone().unwrap_or_else(|| "Standard".to_owned()),
        private_ip_address: address,
        provisioning_state: state.to_owned(),
        change: "create",
        deployment,
    }
}
