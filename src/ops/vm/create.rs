//! Making the machine: read, judge, ask Azure what would change; then deploy once, wait, read back.

use super::machine::{DesiredMachine, Machine};
use super::plan::MachinePlan;
use super::{preflight, template};
use crate::app::App;
use crate::arm::virtual_machines::VirtualMachine;
use crate::error::{Error, Kind, Result};
use crate::id::ResourceId;
use crate::ops::change::{ChangeKind, Plan, Run, Step, WriteKind, resume};
use crate::ops::deployment::start::start_once;
use crate::ops::deployment::wait::wait_for_success;
use crate::ops::deployment::what_if::{self, WhatIfAnswer};
use crate::ops::deployment::{DeploymentRequest, DeploymentView};
use crate::ops::image::id::ImageId;
use crate::ops::portal;
use crate::ops::site::Site;

/// A machine that is to be, and what of it has to be done.
pub(crate) struct MachineCreation<'a> {
    machine: MachinePlan<'a>,
    standing: Option<VirtualMachine>,
    foreseen: WhatIfAnswer,
}

/// How far a deployment came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DeploymentReach {
    NotStarted,
    Started,
    Ended,
}

/// Works out what it takes that there is a machine of that name from that image.
///
/// # Errors
/// If anything speaks against it; nothing is written here.
pub(crate) async fn plan_creation<'a>(
    site: &Site<'_>,
    wanted: &'a DesiredMachine,
    image: &ImageId,
) -> Result<MachineCreation<'a>> {
    preflight::words(site.app, wanted)?;
    let (machine, standing) = preflight::plan(site, wanted, image).await?;
    let mut creation = MachineCreation { machine, standing, foreseen: WhatIfAnswer::default() };
    match creation.kept() {
        Some(standing) => check_kept(&creation.machine, image, standing)?,
        None => {
            creation.foreseen = what_if::ask(site, &deployment_of(&creation.machine)).await?;
        }
    }
    Ok(creation)
}

impl MachineCreation<'_> {
    /// The machine that exists and is left as it is.
    fn kept(&self) -> Option<&VirtualMachine> {
        self.standing.as_ref().filter(|standing| !standing.has_failed())
    }

    /// The machine, and what is made beside it; one deployment writes all of them.
    pub(crate) fn plan(&self, app: &App) -> Plan {
        let wanted = self.machine.wanted;
        let (name, group, noun) = (&wanted.name, &wanted.group, wanted.noun());
        let word = if wanted.instances.is_some() { "Scale set" } else { "VM" };
        let mut plan = Plan {
            nothing: self
                .kept()
                .map(|_| format!("{word} '{name}' exists already; nothing was changed.")),
            resume: Some(resume::waiting_command(app)),
            steps: self.steps(),
            ..Plan::titled(format!("The {noun} '{name}' in resource group '{group}':"))
        };
        let known: Vec<String> = plan.steps.iter().map(|step| step.id.clone()).collect();
        let strange = self.foreseen.besides(&known);
        plan.warnings.extend(strange.iter().map(|line| format!("Azure's what-if also has {line}")));
        plan
    }

    fn steps(&self) -> Vec<Step> {
        let mut steps = vec![self.machine_step()];
        if self.kept().is_some() {
            return steps;
        }
        let scope = self.machine.scope().to_string();
        for (id, kind) in companion_ids(&self.machine) {
            let change = self.foreseen.change_of(&id.to_string());
            let what = format!("{} '{}'", template::spoken(kind), id.name());
            let step = Step::new(change, WriteKind::NetworkResource, &id.to_string(), what);
            steps.push(step.at(&scope));
        }
        if let Some(pair) = &self.machine.wanted.login.fresh_key {
            let path = pair.path.display().to_string();
            let what = format!("SSH key pair {path}");
            steps.push(Step::new(ChangeKind::Create, WriteKind::File, &path, what));
        }
        steps
    }

    fn machine_step(&self) -> Step {
        let machine = &self.machine;
        let id = machine.id().to_string();
        let name = &machine.wanted.name;
        let at = machine.scope().to_string();
        if self.kept().is_some() {
            let what = format!("{} '{name}'", machine.wanted.noun());
            return Step::new(ChangeKind::Keep, WriteKind::VirtualMachine, &id, what).at(&at);
        }
        // What failed stands, and is gone over once more.
        let change = match self.standing {
            Some(_) => ChangeKind::Update,
            None => ChangeKind::Create,
        };
        let security = machine.security_type.as_deref().unwrap_or("Standard");
        let what = format!("{} '{name}' in {}", machine.wanted.noun(), machine.location);
        let after = serde_json::json!({
            "location": machine.location,
            "size": machine.size,
            "image": machine.reference,
            "securityType": security,
        });
        Step::new(change, WriteKind::VirtualMachine, &id, what)
            .at(&at)
            .between(serde_json::Value::Null, after)
            .detail(format!("size {}, security {security}", machine.size))
            .detail(format!("image {}", machine.reference))
    }

    /// The places of its steps in the plan of a run, which may be about other machines, too.
    fn own_steps(&self, run: &Run<'_>) -> Vec<usize> {
        let own: Vec<String> = self.steps().into_iter().map(|step| step.id).collect();
        let steps = run.plan().steps.iter().enumerate();
        steps.filter(|(_, step)| own.contains(&step.id)).map(|(at, _)| at).collect()
    }

    /// Makes the machine, and reads back what exists.
    ///
    /// # Errors
    /// If the deployment fails: the hints say what exists and how to go on.
    pub(crate) async fn carry_out(
        &self,
        site: &Site<'_>,
        run: &Run<'_>,
        wait: bool,
    ) -> Result<Machine> {
        if let Some(standing) = self.kept() {
            return keep(site, &self.machine, standing).await;
        }
        let plan = &self.machine;
        let mut reach = DeploymentReach::NotStarted;
        let own = self.own_steps(run);
        let deployed = run.perform_all(&own, deploy(site, plan, wait, &mut reach)).await;
        let deployment = match deployed {
            Ok(deployment) => deployment,
            Err(err) => return Err(explained(site, (run, &own), plan, (err, reach)).await),
        };
        if !wait {
            run.goes_on();
            let command = resume::waiting_command(site.app);
            site.reporter.note(&format!("Wait for it with `{command}`."));
            return Ok(machine(site.app, plan, None, "Running", Some(deployment)));
        }
        let made = site.client.virtual_machine(&plan.id()).await?;
        let address = match &made {
            Some(_) => private_address(site, plan).await?,
            None => None,
        };
        let state = made.map_or_else(String::new, |made| made.properties.provisioning_state);
        Ok(machine(site.app, plan, address, &state, Some(deployment)))
    }
}

/// Starts the deployment, and waits for its end if that is wanted.
async fn deploy(
    site: &Site<'_>,
    plan: &MachinePlan<'_>,
    wait: bool,
    reach: &mut DeploymentReach,
) -> Result<DeploymentView> {
    if let Some(pair) = &plan.wanted.login.fresh_key {
        pair.save()?;
    }
    let request = deployment_of(plan);
    let started = start_once(site, &request).await?;
    *reach = DeploymentReach::Started;
    if !wait {
        return Ok(started.view(&request));
    }
    wait_for_success(site, &request, started).await.map_err(|failure| {
        if failure.has_ended {
            *reach = DeploymentReach::Ended;
        }
        failure.error
    })
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

/// A machine that exists is kept if it was made from the image; Azure never changes a machine's image.
fn check_kept(plan: &MachinePlan<'_>, asked: &ImageId, standing: &VirtualMachine) -> Result<()> {
    let has = standing.image().unwrap_or_default();
    if is_of(asked, has) {
        return Ok(());
    }
    let (name, noun) = (&plan.wanted.name, plan.wanted.noun());
    let kind = if plan.wanted.instances.is_some() { "vmss" } else { "vm" };
    let what = if has.is_empty() { "something else" } else { has };
    Err(Error::usage(format!("{noun} '{name}' exists already and was made from {what}")).hint(
        format!(
            "Choose another --name, or remove it first: `az {kind} delete --ids {}`.",
            plan.id()
        ),
    ))
}

/// Nothing has to be written: the machine as it is.
async fn keep(
    site: &Site<'_>,
    plan: &MachinePlan<'_>,
    standing: &VirtualMachine,
) -> Result<Machine> {
    let address = private_address(site, plan).await?;
    let state = standing.properties.provisioning_state.clone();
    let mut view = machine(site.app, plan, address, &state, None);
    view.change = "keep";
    standing.image().unwrap_or_default().clone_into(&mut view.image);
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

/// The address of a machine that is alone: those of a scale set have their own.
async fn private_address(site: &Site<'_>, plan: &MachinePlan<'_>) -> Result<Option<String>> {
    if plan.wanted.instances.is_some() {
        return Ok(None);
    }
    let name = format!("{}-nic", plan.wanted.name);
    let id = ResourceId::new(plan.scope(), "Microsoft.Network", "networkInterfaces", &name);
    Ok(site.client.private_address(&id).await?)
}

/// What is made beside the machine, with its type.
fn companion_ids(plan: &MachinePlan<'_>) -> Vec<(ResourceId, &'static str)> {
    let id = |(kind, name): (&'static str, String)| {
        let (namespace, short) = kind.split_once('/').unwrap_or((kind, ""));
        (ResourceId::new(plan.scope(), namespace, short, &name), kind)
    };
    template::companions(plan).into_iter().map(id).collect()
}

/// Adds what exists now, and how to go on or to clean up.
async fn explained(
    site: &Site<'_>,
    (run, own): (&Run<'_>, &[usize]),
    plan: &MachinePlan<'_>,
    (error, reach): (Error, DeploymentReach),
) -> Error {
    let name = plan.deployment_name();
    match reach {
        DeploymentReach::NotStarted => return error,
        DeploymentReach::Started => {
            return error.hint(format!(
                "Deployment '{name}' was started: wait for it with `{}`.",
                resume::waiting_command(site.app)
            ));
        }
        DeploymentReach::Ended => {}
    }
    let mut left = Vec::new();
    for step in own.iter().copied() {
        let planned = &run.plan().steps[step];
        let Ok(id) = planned.id.parse::<ResourceId>() else { continue };
        if site.client.resource_exists(&id).await.unwrap_or(false) {
            left.push(planned.id.clone());
            // A machine that failed stands, too; it is not done for that.
            if planned.kind != WriteKind::VirtualMachine {
                run.was_done(step);
            }
        }
    }
    let error = error.of_kind(Kind::Failure).while_doing(format!(
        "{} '{}' was not made",
        plan.wanted.noun(),
        plan.wanted.name
    ));
    if left.is_empty() {
        error.hint("Nothing was left behind.")
    } else {
        error.hint(format!(
            "To remove what was made instead: `az resource delete --ids {}`.",
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
        instances: plan.wanted.instances,
        security_type: plan.security_type.clone().unwrap_or_else(|| "Standard".to_owned()),
        private_ip_address: address,
        provisioning_state: state.to_owned(),
        change: "create",
        deployment,
    }
}
