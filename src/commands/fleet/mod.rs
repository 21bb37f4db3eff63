//! `fleet`: sharing over thousands of subscriptions from one file.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod apply;
mod consent;
mod destroy;
mod drift;
mod export;
mod import;
mod manifest_file;
mod plan;
mod planned_report;
mod report_args;
mod show;

/// Share over thousands of subscriptions from one file
///
/// A manifest says who shares what with whom; docs/fleet.md explains it. There is no state file: ids
/// are computed, and what a fleet made carries its name in the description.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Plan(plan::FleetPlanArgs),
    Show(show::FleetShowArgs),
    Apply(apply::FleetApplyArgs),
    Drift(drift::FleetDriftArgs),
    Import(import::FleetImportArgs),
    Destroy(destroy::FleetDestroyArgs),
    Export(export::FleetExportArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Plan(args) => plan::plan_from_manifest(&args, app),
            Command::Show(args) => show::show_plan_file(&args, app),
            Command::Apply(args) => apply::apply_fleet_plan(args, app),
            Command::Drift(args) => drift::find_drift(&args, app),
            Command::Import(args) => import::import_fleet(&args, app),
            Command::Destroy(args) => destroy::plan_teardown(&args, app),
            Command::Export(args) => export::export_fleet(&args, app),
        }
    }
}
