//! `history`: what earlier runs changed, and how to put it back.

use clap::Subcommand;
use serde::Serialize;

use crate::app::App;
use crate::error::Result;
use crate::ops::history::{self, RecordedRun};
use crate::output::{Output, View};

mod undo;

/// See what earlier runs changed, and put it back
///
/// Each run that changes something records its writes and what came of them. The records are in the
/// folder `imageshare/history` of az's configuration. They hold no secret, and nothing depends on
/// them: delete them, or set AZ_IMAGESHARE_HISTORY=off.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    List(HistoryListArgs),
    Show(HistoryShowArgs),
    Undo(undo::HistoryUndoArgs),
}

/// List the runs that changed something, the newest first
///
/// A run that another process carries out is shown as running. One that was killed is shown as
/// interrupted, and as settled once a later run found nothing left to do. Records are kept for 90
/// days, 500 at most.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare history list -o table
  az-imageshare history list --query '[?outcome == `partly`].run' -o tsv

Permissions: none, nothing is called.
See: https://learn.microsoft.com/azure/azure-monitor/platform/activity-log")]
pub(crate) struct HistoryListArgs {}

/// Show what a run wrote
///
/// Each write is shown with what was there before and what came of it. An unknown outcome means that
/// the run is under way, was killed, or lost the answer: look at the resource. The
/// correlation ID finds the write in Azure's activity log.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare history show latest
  az-imageshare history show latest -o table

Permissions: none, nothing is called.
See: https://learn.microsoft.com/azure/azure-monitor/platform/activity-log")]
pub(crate) struct HistoryShowArgs {
    /// Run to show, from `history list`; `latest` for the newest
    #[arg(value_name = "RUN")]
    run: String,
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::List(HistoryListArgs {}) => {
                let runs = history::recorded_runs(app)?;
                let rows: Vec<RunSummary> = runs.into_iter().map(RunSummary::of).collect();
                Ok(Output::rows(&rows).if_empty(EMPTY))
            }
            Command::Show(args) => Ok(Output::of(&history::recorded_run(app, &args.run)?)),
            Command::Undo(args) => undo::undo_run(args, app),
        }
    }
}

/// What is said where there is nothing to list.
const EMPTY: &str = "No run is recorded here: each command that changes something leaves one for 90 days. See what there is with `az-imageshare status`.";

/// A run in one line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunSummary {
    run: String,
    at: String,
    who: Option<String>,
    what: String,
    writes: String,
    outcome: String,
}

impl RunSummary {
    fn of(run: RecordedRun) -> RunSummary {
        RunSummary {
            writes: run.writes(),
            what: run.verb(),
            who: run.who.label(),
            run: run.run,
            at: run.at,
            outcome: run.outcome,
        }
    }
}

impl View for RunSummary {
    const TABLE: &'static str = "{Run:run, Who:who, What:what, Writes:writes, Outcome:outcome}";
}

impl View for RecordedRun {
    const TABLE: &'static str = "steps[].{Do:do, Kind:kind, What:what[0], Outcome:outcome}";
}
