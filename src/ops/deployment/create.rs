//! Any template: its tenants found, asked what it would change, deployed once, waited for.

use serde::Serialize;
use serde_json::{Value, json};

use super::files::{self, DeploymentFiles, ParameterInput, TemplateScope};
use super::start::start_once;
use super::wait::wait_for_success;
use super::{DeploymentRequest, DeploymentView, tenants, what_if};
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::id::{Scope, TenantId, TenantRef};
use crate::ops::change::findings::Findings;
use crate::ops::change::resume::posix_word;
use crate::ops::change::{ChangeKind, Plan, Risk, Run, Step, WriteKind, resume};
use crate::ops::site::Site;

/// A deployment as it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct TemplateRequest {
    /// The resource group [default: the subscription].
    pub group: Option<String>,
    pub location: Option<String>,
    pub name: Option<String>,
    /// The file's path.
    pub template: String,
    pub parameters: Vec<ParameterInput>,
    pub auxiliary_tenants: Vec<TenantRef>,
    /// Whether it is only asked what would change.
    pub asks_only: bool,
    pub waits: bool,
}

/// A deployment that was planned.
pub(crate) struct TemplateDeployment {
    request: DeploymentRequest,
    plan: Plan,
    waits: bool,
}

/// A deployment as scripts see it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeploymentReport {
    #[serde(flatten)]
    pub deployment: DeploymentView,
    /// Tenants whose tokens went along.
    pub auxiliary_tenants: Vec<TenantId>,
    /// What the template gives out; without secure values.
    pub outputs: Value,
    /// The ids of what was deployed.
    pub resources: Vec<String>,
}

/// What is known before any call.
pub(crate) struct PreparedTemplate {
    files: DeploymentFiles,
    name: String,
    location: Option<String>,
}

impl TemplateRequest {
    fn scope(&self) -> TemplateScope {
        match self.group {
            Some(_) => TemplateScope::ResourceGroup,
            None => TemplateScope::Subscription,
        }
    }
}

/// Reads the files, and judges what can be judged without any call.
///
/// # Errors
/// If something is wrong with them: all of it together.
pub(crate) fn prepare(app: &App, wanted: &TemplateRequest) -> Result<PreparedTemplate> {
    let mut findings = Findings::default();
    let scope = wanted.scope();
    let files = files::read(&wanted.template, &wanted.parameters, scope, &mut findings);
    let name = name_of(wanted, &mut findings);
    let location = wanted.location.clone().or_else(|| app.settings.location.clone());
    if scope == TemplateScope::Subscription && location.is_none() {
        findings.input(
            "--location",
            "is missing: Azure keeps a subscription's deployments in a region",
            "Give one, such as `--location westeurope`.",
        );
    }
    findings.settle(app.reporter.as_ref(), NOTHING_CHANGED)?;
    Ok(PreparedTemplate { files, name, location })
}

/// Finds the tenants, and asks Azure what would change.
///
/// # Errors
/// If something speaks against it: all of it together, and nothing was written.
pub(crate) async fn plan_template(
    site: &Site<'_>,
    wanted: &TemplateRequest,
    prepared: PreparedTemplate,
) -> Result<TemplateDeployment> {
    let PreparedTemplate { files, name, location } = prepared;
    let (mut findings, scope) = (Findings::default(), wanted.scope());
    let target = site.subscription().await?.clone();
    let place = match &wanted.group {
        Some(group) => {
            let found = site.client.resource_group(target.id, group).await?;
            if found.is_none() {
                return Err(no_group(group, &target.id.to_string()));
            }
            Scope::resource_group(target.id, group)
        }
        None => Scope::subscription(target.id),
    };
    let mut named = Vec::new();
    for tenant in &wanted.auxiliary_tenants {
        named.push(site.app.tenant_id(tenant).await?);
    }
    let mentioned = tenants::subscriptions_in(&files.template, &files.parameters, target.id);
    let writer = site.client.tenant();
    let auxiliary =
        tenants::identities_for(site.app, writer, &named, &mentioned, &mut findings).await?;
    if scope == TemplateScope::Subscription && !auxiliary.is_empty() {
        findings.warn(UNSURE_FOR_SUBSCRIPTIONS);
    }
    findings.settle(site.reporter, NOTHING_CHANGED)?;
    let mut body = json!({"properties": {"mode": "Incremental", "template": files.template,
        "parameters": files.parameters}});
    if let (TemplateScope::Subscription, Some(location)) = (scope, location) {
        body["location"] = json!(location);
    }
    let request = DeploymentRequest {
        scope: place,
        name,
        body,
        auxiliary,
        has_telling_parameters: false,
        may_move: scope == TemplateScope::Subscription && wanted.location.is_none(),
    };
    let lines = what_if::ask(site, &request).await?.lines();
    let plan = plan(wanted, &files, &request, &lines);
    Ok(TemplateDeployment { request, plan, waits: wanted.waits })
}

const UNSURE_FOR_SUBSCRIPTIONS: &str = "Resource Manager may ignore tokens of other tenants in a deployment to a whole subscription (azure-cli issue 21417): deploy what names their resources to a resource group.";

/// The template's name where none was given, as `az` does it.
fn name_of(wanted: &TemplateRequest, findings: &mut Findings) -> String {
    let stem = std::path::Path::new(&wanted.template).file_stem();
    let stem = stem.map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let is_plain = |c: char| c.is_alphanumeric() || "-_.()".contains(c);
    match &wanted.name {
        Some(name) => {
            if name.is_empty() || name.chars().count() > 64 || !name.chars().all(is_plain) {
                findings.input(
                    format!("--name '{name}'"),
                    "may have 1 to 64 letters, digits, and any of '-_.()'",
                    "Choose another name.",
                );
            }
            name.clone()
        }
        None => stem.chars().map(|c| if is_plain(c) { c } else { '-' }).take(64).collect(),
    }
}

fn no_group(group: &str, subscription: &str) -> Error {
    let text = format!("there is no resource group '{group}' in subscription {subscription}");
    Error::new(Kind::NotFound, text).hint(format!(
        "Create it with `az group create -n {} -l REGION --subscription {subscription}`.",
        posix_word(group)
    ))
}

fn plan(
    wanted: &TemplateRequest,
    files: &DeploymentFiles,
    request: &DeploymentRequest,
    lines: &[String],
) -> Plan {
    let changes = lines.iter().any(|line| {
        line.strip_prefix("  ").is_some_and(|line| line.starts_with(['+', '!', '~', '-', '?']))
    });
    // Azure's what-if overlooks some changes, so whoever deploys is believed; whoever asks gets its answer.
    let change = if wanted.asks_only && !changes { ChangeKind::Keep } else { ChangeKind::Create };
    let id = request.view().id;
    let what = format!("deployment '{}' of {}", request.name, wanted.template);
    let names: Vec<&String> = files.parameters.keys().collect();
    let after = json!({"template": wanted.template, "parameters": names, "mode": "Incremental"});
    let mut step = Step::new(change, WriteKind::Deployment, &id, what)
        .at(&request.scope.to_string())
        .between(Value::Null, after);
    for line in lines {
        step = step.detail(line.trim_start().to_owned());
    }
    for other in &request.auxiliary {
        step = step.because(format!("a token of tenant {} goes along", other.tenant));
    }
    if let Some(role) = powerful_role(files) {
        step = step.risking(Risk::Opens(role.to_owned()));
        step = step.because(format!("the template names the role {role}, which can give roles"));
    }
    let mut plan = Plan {
        nothing: Some("Azure's what-if: no change.".to_owned()),
        ..Plan::titled(format!("Deployment to {}:", request.scope))
    };
    plan.push(step);
    plan
}

/// A role that can give roles, if the template or its parameters name one.
fn powerful_role(files: &DeploymentFiles) -> Option<&'static str> {
    let text = files.template.to_string() + &json!(files.parameters).to_string();
    let text = text.to_lowercase();
    let found = POWERFUL.iter().find(|(id, _)| text.contains(id));
    found.map(|(_, name)| *name)
}

/// Source: <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>
const POWERFUL: [(&str, &str); 3] = [
    ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Owner"),
    ("18d7d88d-d35e-4fb5-a5c3-7773c20a72d9", "User Access Administrator"),
    ("f58310d9-a9f6-439a-9e8d-f62e7b41a168", "Role Based Access Control Administrator"),
];

impl TemplateDeployment {
    /// One step, with what Azure says it would change.
    pub(crate) fn plan(&self) -> Plan {
        self.plan.clone()
    }

    /// Deploys it, and waits for its end.
    ///
    /// # Errors
    /// If Azure refuses it or it fails, with the reason of the resource that failed.
    pub(crate) async fn carry_out(
        &self,
        site: &Site<'_>,
        run: &Run<'_>,
    ) -> Result<DeploymentReport> {
        let deployment = run.perform(0, self.deploy(site)).await?;
        let mut report = DeploymentReport {
            deployment,
            auxiliary_tenants: self.request.auxiliary.iter().map(|other| other.tenant).collect(),
            outputs: json!({}),
            resources: Vec::new(),
        };
        if !self.waits {
            run.goes_on();
            let command = resume::waiting_command(site.app);
            site.reporter.note(&format!("Wait for it with `{command}`."));
            return Ok(report);
        }
        let (scope, name) = (self.request.scope.clone(), &self.request.name);
        if let Some(found) = site.client.deployment(scope, name).await? {
            let properties = found.properties;
            if properties.outputs.is_object() {
                report.outputs = properties.outputs;
            }
            let made = properties.output_resources.unwrap_or_default();
            report.resources = made.into_iter().map(|one| one.id.into()).collect();
        }
        Ok(report)
    }

    async fn deploy(&self, site: &Site<'_>) -> Result<DeploymentView> {
        let started = start_once(site, &self.request).await?;
        if !self.waits {
            return Ok(started.view(&self.request));
        }
        wait_for_success(site, &self.request, started).await.map_err(Error::from)
    }
}

const NOTHING_CHANGED: &str = "nothing was changed";
