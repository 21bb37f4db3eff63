//! `deployment create`

use std::path::Path;

use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::commands::file_argument::{FileArgument, expanded_path};
use crate::commands::site::open_site;
use crate::error::{Error, Result};
use crate::id::TenantRef;
use crate::ops::deployment::create::{DeploymentReport, TemplateRequest, plan_template, prepare};
use crate::ops::deployment::files::ParameterInput;
use crate::output::{Output, View};

/// Deploy any ARM template with tokens of up to three other tenants
///
/// For what is made from an image of another tenant: scale sets, session hosts, machines of your own
/// template. The other tenants are those of the subscriptions that the template or its parameters
/// name, and those of --aux-tenant; a token of each goes with the deployment and with nothing else.
/// Asks Azure first what would change, then deploys once (mode Incremental) and waits. The same
/// command continues an interrupted run.
#[derive(clap::Args, Debug)]
#[command(
    mut_arg("dry_run", |arg| arg.visible_alias("what-if")),
    group = clap::ArgGroup::new("deployment_scope").args(["resource_group", "subscription_scope"]),
    after_help = "\
Examples:
  az-imageshare deployment create -g apps-rg --template-file main.json --what-if
  az-imageshare deployment create -g apps-rg --template-file main.json \\
      --parameters main.parameters.json name=nsg-02
  az-imageshare deployment create --subscription-scope -l westeurope --template-file sub.json \\
      --aux-tenant contoso.onmicrosoft.com

Permissions: Contributor where the template deploys, and Compute Gallery Image Reader on the images
that it names, in their own tenant.
API: https://learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant"
)]
pub(crate) struct DeploymentCreateArgs {
    /// Resource group to deploy to [default: az's `defaults.group`]
    #[arg(long, short = 'g', value_name = "NAME")]
    resource_group: Option<String>,
    /// Deploy to the whole subscription
    #[arg(long)]
    subscription_scope: bool,
    /// Template as JSON
    #[arg(long, short = 'f', value_name = "FILE")]
    template_file: FileArgument,
    /// Parameter files, or values: KEY=VALUE, KEY=@FILE
    #[arg(long, short, value_name = "FILE|KEY=VALUE", num_args = 1..)]
    parameters: Vec<String>,
    /// Send a token of this tenant too; at most three in all
    #[arg(long, value_name = "GUID|DOMAIN", num_args = 1..)]
    aux_tenant: Vec<TenantRef>,
    /// Name of the deployment [default: that of the template file]
    #[arg(long, short, value_name = "NAME")]
    name: Option<String>,
    /// Where a subscription's deployment is kept [default: az's `defaults.location`]
    #[arg(long, short, value_name = "REGION")]
    location: Option<String>,
    /// Return as soon as Azure has taken the deployment
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

impl View for DeploymentReport {
    const TABLE: &'static str = "{Name:name, State:provisioningState, Resources:length(resources), AuxiliaryTenants:join(', ', auxiliaryTenants)}";
}

pub(super) fn create_deployment(args: DeploymentCreateArgs, app: &App) -> Result<Output> {
    let group = match args.resource_group {
        None if !args.subscription_scope => Some(app.settings.group.clone().ok_or_else(|| {
            Error::usage("it is not said where to deploy")
                .hint("Add `--resource-group NAME`, or `--subscription-scope`.")
        })?),
        given => given,
    };
    let wanted = TemplateRequest {
        group,
        location: args.location,
        name: args.name,
        template: args.template_file.text(app),
        parameters: args.parameters.iter().map(|given| input(given, app)).collect(),
        auxiliary_tenants: args.aux_tenant,
        asks_only: args.change.dry_run().is_some(),
        waits: !args.no_wait,
    };
    let prepared = prepare(app, &wanted)?;
    app.block_on(async {
        let site = open_site(app).await?;
        let deployment = plan_template(&site, &wanted, prepared).await?;
        args.change
            .carry_out(app, deployment.plan(), async |run| {
                Ok(Output::of(&deployment.carry_out(&site, run).await?))
            })
            .await
    })
}

/// A file, or a value; what exists as a file is one, whatever its name.
fn input(given: &str, app: &App) -> ParameterInput {
    let path = expanded_path(given, app);
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    match given.split_once('=') {
        Some((name, value))
            if !name.is_empty() && name.chars().all(is_word) && !Path::new(&path).is_file() =>
        {
            match value.strip_prefix('@') {
                Some(_) => ParameterInput::ValueFile(name.to_owned(), expanded_path(value, app)),
                None => ParameterInput::Value(name.to_owned(), value.to_owned()),
            }
        }
        _ => ParameterInput::File(path),
    }
}
