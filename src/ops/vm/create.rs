//! Making the machine: read, judge, ask Azure what would change, deploy once, wait, read back.

use serde_json::Value;

use super::{Machine, Plan, Wanted, preflight, template};
use crate::app::App;
use crate::arm::virtual_machines::VirtualMachine;
use crate::arm::{ArmError, Client, Reply};
use crate::error::{Error, Kind, Result};
use crate::id::ResourceId;
use crate::ops::change::resume::{ShellSyntax, quoted_word};
use crate::ops::change::wait::Deadline;
use crate::ops::delegation::DeploymentView;
use crate::ops::deployment::wait::is_final;
use crate::ops::deployment::what_if;
use crate::ops::image::id::ImageId;
use crate::ops::portal;
use crate::rest::poll::LONGEST;

/// Makes sure that there is a machine of that name from that image.
///
/// # Errors
/// If anything speaks against it (nothing is written then), or the deployment fails: the hints say
/// what stands and how to go on.
pub(crate) async fn create(
    app: &App,
    client: &Client,
    wanted: &Wanted,
    image: &ImageId,
    wait: bool,
) -> Result<Machine> {
    preflight::words(app, wanted)?;
    let (plan, standing) = preflight::plan(app, client, wanted, image).await?;
    if let Some(standing) = standing.filter(|standing| !standing.has_failed()) {
        return keep(app, client, &plan, image, &standing).await;
    }
    // Only what refers to the image carries tokens of its tenant.
    let linked = client.with_auxiliary(plan.auxiliary.clone());
    let (name, body) = (plan.deployment_name(), template::body(&plan));
    for line in what_if::ask(app, &linked, plan.scope(), &name, body.clone()).await? {
        app.reporter.note(&line);
    }
    let reply = start(app, &linked, &plan, &body).await?;
    app.reporter.resume_with(Some(resume(&plan)));
    let deployment = view(&plan, &reply.body);
    if !wait {
        app.reporter.note(&format!("Wait for it with `{}`.", resume(&plan)));
        return Ok(machine(app, &plan, None, "Running", Some(deployment)));
    }
    let step = |state: &str| app.reporter.step(&format!("Deployment '{name}': {state}"));
    match client.wait(reply, LONGEST, &step).await {
        Ok(_) => {}
        Err(err) => return Err(failed(client, &plan, err).await),
    }
    app.reporter.resume_with(None);
    let made = client.virtual_machine(&plan.id()).await?;
    let address = match &made {
        Some(_) => client.private_address(&companion(&plan)).await?,
        None => None,
    };
    let state = made.map_or_else(String::new, |made| made.properties.provisioning_state);
    Ok(machine(app, &plan, address, &state, Some(deployment)))
}

/// Starts the deployment. One of that name which is under way, such as that of an interrupted run, is
/// waited for first: Azure takes no second one, and afterwards it is only confirmed.
async fn start(app: &App, client: &Client, plan: &Plan<'_>, body: &Value) -> Result<Reply> {
    let name = plan.deployment_name();
    match client.deploy(plan.scope(), &name, body).await {
        Err(err) if err.code() == "DeploymentActive" => {
            app.reporter.step(&format!("Deployment '{name}' is under way already…"));
            ended(app, client, plan).await.map_err(|err| {
                Error::from(err).hint(format!("Wait for it with `{}`.", resume(plan)))
            })?;
            Ok(client.deploy(plan.scope(), &name, body).await?)
        }
        sent => Ok(sent?),
    }
}

async fn ended(app: &App, client: &Client, plan: &Plan<'_>) -> Result<(), ArmError> {
    let mut deadline = Deadline::new(app, LONGEST);
    let name = plan.deployment_name();
    while let Some(found) = client.deployment(plan.scope(), &name).await? {
        if is_final(&found.properties.provisioning_state) {
            break;
        }
        deadline.pause().await?;
    }
    Ok(())
}

/// A machine that stands is kept if it was made from the image; Azure never changes a machine's image.
async fn keep(
    app: &App,
    client: &Client,
    plan: &Plan<'_>,
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
    app.reporter
        .note(&format!("Machine '{}' stands already; nothing was changed.", plan.wanted.name));
    let address = client.private_address(&companion(plan)).await?;
    let state = standing.properties.provisioning_state.clone();
    let mut view = machine(app, plan, address, &state, None);
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

fn companion(plan: &Plan<'_>) -> ResourceId {
    let name = format!("{}-nic", plan.wanted.name);
    ResourceId::new(plan.scope(), "Microsoft.Network", "networkInterfaces", &name)
}

fn resume(plan: &Plan<'_>) -> String {
    format!(
        "az deployment group wait -g {} -n {} --created --subscription {}",
        quoted_word(&plan.wanted.group, ShellSyntax::Posix),
        quoted_word(&plan.deployment_name(), ShellSyntax::Posix),
        plan.subscription.id
    )
}

/// Adds what stands now, and how to go on or to clean up.
async fn failed(client: &Client, plan: &Plan<'_>, err: ArmError) -> Error {
    let name = plan.deployment_name();
    // Everything else is said by who was asked how it goes, not by the deployment.
    let has_ended = matches!(&err, ArmError::Refused(refusal) if refusal.status == 200);
    if !has_ended {
        return Error::from(err).hint(format!(
            "Deployment '{name}' was started: wait for it with `{}`.",
            resume(plan)
        ));
    }
    let mut left = Vec::new();
    let mut ids = vec![plan.id()];
    for (kind, name) in template::companions(plan) {
        let (namespace, kind) = kind.split_once('/').unwrap_or((kind, ""));
        ids.push(ResourceId::new(plan.scope(), namespace, kind, &name));
    }
    for id in ids {
        if client.resource_exists(&id).await.unwrap_or(false) {
            left.push(id.to_string());
        }
    }
    let error = Error::from(err)
        .of_kind(Kind::Failure)
        .while_doing(format!("machine '{}' was not made", plan.wanted.name));
    if left.is_empty() {
        error.hint("Nothing was left behind; run the same command again once the cause is mended.")
    } else {
        error
            .hint(
                "Run the same command again once the cause is mended: it goes on with what stands.",
            )
            .hint(format!(
                "Or remove what was made: `az resource delete --ids {}`.",
                left.join(" ")
            ))
    }
}

fn view(plan: &Plan<'_>, body: &Value) -> DeploymentView {
    let text = |at: &str| body.pointer(at).and_then(Value::as_str).map(str::to_owned);
    DeploymentView {
        name: plan.deployment_name(),
        id: text("/id").unwrap_or_default(),
        correlation_id: text("/properties/correlationId"),
        provisioning_state: text("/properties/provisioningState"),
    }
}

fn machine(
    app: &App,
    plan: &Plan<'_>,
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
