//! `history undo`

use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::ops::history;
use crate::ops::undo;
use crate::output::Output;

/// Put back what a run changed
///
/// Checks each write of the run, the last one first. What was created is removed; what was changed
/// or removed is written again as it was. What was changed since the run is named and left alone.
/// Deleted secrets, machines and consents cannot be put back. They are named before the question,
/// and the exit code is then 7. It is 9 if everything was changed since and nothing was written.
/// An undo is a run of its own and can be undone.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare history undo latest --dry-run
  az-imageshare history undo latest --yes

Permissions: those of the run's own command, and Reader where it wrote.
See: https://learn.microsoft.com/azure/azure-monitor/platform/activity-log")]
pub(crate) struct HistoryUndoArgs {
    /// Run to undo, from `history list`; `latest` for the newest
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn undo_run(args: HistoryUndoArgs, app: &App) -> Result<Output> {
    let run = history::recorded_run(app, &args.run)?;
    app.block_on(async {
        let reversal = undo::plan_reversal(app, &run).await?;
        if args.change.dry_run().is_none() {
            reversal.require_unmoved()?;
        }
        args.change
            .carry_out(app, reversal.plan.clone(), async |run| {
                reversal.carry_out(run).await;
                Ok(Output::none())
            })
            .await
    })
}
