//! `fleet destroy`: the plan that removes what a fleet shared. Reads only.

use super::manifest_file::{ManifestArgs, PastDays};
use super::plan::planned_output;
use crate::app::App;
use crate::commands::file_argument::FileArgument;
use crate::error::{Error, Result};
use crate::ops::fleet::manifest::Manifest;
use crate::ops::fleet::planner::{FleetRequest, FleetTeardown, plan_fleet};
use crate::output::Output;

/// Plan the removal of what a fleet shared
///
/// Plans to remove everything that the manifest shares and everything that carries the fleet's
/// mark; with --consumer or --grant only that. Nothing is removed by this command: it makes a plan.
/// Where a read was incomplete, the plan removes nothing.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare fleet destroy -f fleet.yaml --consumer northwind --out northwind.plan
  az-imageshare fleet destroy -f fleet.yaml --grant golden-images -o table

Permissions: Reader of the subscriptions and of the management groups that the manifest names.
API: https://learn.microsoft.com/rest/api/managedservices/registration-assignments/delete")]
pub(crate) struct FleetDestroyArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
    /// Only what this consumer of the manifest has
    #[arg(long, value_name = "NAME")]
    consumer: Option<String>,
    /// Only what this grant of the manifest gives
    #[arg(long, value_name = "NAME")]
    grant: Option<String>,
    /// Keep the plan in this file
    #[arg(long, value_name = "FILE")]
    out: Option<FileArgument>,
}

pub(super) fn plan_teardown(args: &FleetDestroyArgs, app: &App) -> Result<Output> {
    let manifest = args.manifest.read(app, PastDays::Allowed)?;
    check_names(&manifest, args)?;
    let teardown = FleetTeardown { consumer: args.consumer.clone(), grant: args.grant.clone() };
    let request = FleetRequest { teardown: Some(teardown), ..FleetRequest::default() };
    let planned = app.block_on(plan_fleet(app, &manifest, &request))?;
    planned_output(app, &planned, args.out.as_ref())
}

fn check_names(manifest: &Manifest, args: &FleetDestroyArgs) -> Result<()> {
    if let Some(name) = &args.consumer
        && !manifest.consumers.contains_key(name)
    {
        let known: Vec<&str> = manifest.consumers.keys().map(String::as_str).collect();
        return Err(Error::usage(format!("the manifest has no consumer '{name}'"))
            .hint(format!("Use one of: {}.", known.join(", "))));
    }
    if let Some(name) = &args.grant
        && !manifest.grants.iter().any(|grant| grant.name.value == *name)
    {
        let known: Vec<&str> =
            manifest.grants.iter().map(|grant| grant.name.value.as_str()).collect();
        return Err(Error::usage(format!("the manifest has no grant '{name}'"))
            .hint(format!("Use one of: {}.", known.join(", "))));
    }
    Ok(())
}
