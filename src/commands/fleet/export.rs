//! `fleet export`: what a manifest wants of delegations, for other tools.

use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;
use serde_json::json;

use super::manifest_file::{ManifestArgs, PastDays};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ops::change::findings::Findings;
use crate::ops::export::{ExportFile, ExportForm, ExportedOffer, exported, write_files};
use crate::ops::fleet::exporting::exported_offer;
use crate::ops::fleet::item::{ItemChange, ItemPlan};
use crate::ops::fleet::planner::{FleetRequest, plan_fleet};
use crate::ops::fleet::policy::exporting::files as policies;
use crate::output::Output;

/// Write what a manifest wants of delegations for other tools
///
/// Writes Bicep, Terraform, ARM templates or policies. The files name the same GUIDs as `fleet apply`. So both make the same delegations, and neither
/// makes one twice. Names are written as data: nothing in them is evaluated. Items that are blocked,
/// and grants by other methods than delegation, are left out and named.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare fleet export -f fleet.yaml --to bicep --output-dir bicep
  az-imageshare fleet export -f fleet.yaml --to terraform --with-import --output-dir tf
  az-imageshare fleet export -f fleet.yaml --to policy --output-dir policy

Permissions: Reader of the subscriptions and of the management groups that the manifest names.
See: https://developer.hashicorp.com/terraform/language/import")]
pub(crate) struct FleetExportArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
    /// Language to write
    #[arg(long, value_enum, value_name = "FORM")]
    to: FleetExportForm,
    /// Folder to write the files into
    #[arg(long, value_name = "FOLDER")]
    output_dir: PathBuf,
    /// Also write what makes Terraform import the delegations that exist
    #[arg(long)]
    with_import: bool,
    /// Replace files that differ
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FleetExportForm {
    /// Bicep modules and JSON files
    Bicep,
    /// Terraform with azurerm
    Terraform,
    /// Terraform with azapi
    Azapi,
    /// An ARM template and a parameter file for each subscription
    Arm,
    /// Policies of the routes policy and both, for az
    Policy,
}

impl FleetExportForm {
    /// The form of delegations; none for policies.
    fn of_delegations(self) -> Option<ExportForm> {
        match self {
            FleetExportForm::Bicep => Some(ExportForm::Bicep),
            FleetExportForm::Terraform => Some(ExportForm::Terraform),
            FleetExportForm::Azapi => Some(ExportForm::Azapi),
            FleetExportForm::Arm => Some(ExportForm::Arm),
            FleetExportForm::Policy => None,
        }
    }
}

pub(super) fn export_fleet(args: &FleetExportArgs, app: &App) -> Result<Output> {
    let form = args.to.of_delegations();
    form.unwrap_or(ExportForm::Arm).check_imports(args.with_import)?;
    let manifest = args.manifest.read(app, PastDays::Refused)?;
    let planned = app.block_on(plan_fleet(
        app,
        &manifest,
        &FleetRequest { whole: true, ..FleetRequest::default() },
    ))?;
    let mut findings = Findings::default();
    for objection in &planned.objections {
        findings.azure(&objection.place, &objection.rule, &objection.fix);
    }
    findings.settle(app.reporter.as_ref(), "nothing was written")?;
    let Some(form) = form else {
        return export_policies(args, &planned.items);
    };
    let mut left_out = 0;
    let mut offers: Vec<ExportedOffer> = Vec::new();
    for item in &planned.items {
        match (item.change, exported_offer(item)) {
            (ItemChange::Create | ItemChange::Update | ItemChange::Keep, Some(offer)) => {
                offers.push(offer);
            }
            (ItemChange::Orphan | ItemChange::Foreign, _) => {}
            _ if item.policy_part().is_some() => {}
            _ => left_out += 1,
        }
    }
    if left_out > 0 {
        app.reporter.warn(&format!(
            "{left_out} items are left out: they are blocked, or shared otherwise than by delegation"
        ));
    }
    let files = exported(form, &offers, args.with_import)?;
    let rows = written(args, &files)?;
    Ok(Output::value(json!({"files": rows, "delegations": offers.len(), "leftOut": left_out})))
}

fn export_policies(args: &FleetExportArgs, items: &[ItemPlan]) -> Result<Output> {
    let files = policies(items);
    if files.is_empty() {
        return Err(Error::usage("no grant of the manifest uses Azure Policy")
            .hint("Say route: policy or route: both in a grant; docs/fleet.md explains it."));
    }
    let count = files.iter().filter(|file| file.name.ends_with(".rules.json")).count();
    let rows = written(args, &files)?;
    Ok(Output::value(json!({"files": rows, "policies": count})))
}

fn written(args: &FleetExportArgs, files: &[ExportFile]) -> Result<Vec<impl Serialize>> {
    let paths = write_files(&args.output_dir, files, args.force)?;
    let row = |(path, file): (&PathBuf, &ExportFile)| json!({"name": file.name, "path": path.display().to_string()});
    Ok(paths.iter().zip(files).map(row).collect())
}
