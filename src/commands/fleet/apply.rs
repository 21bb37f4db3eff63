//! `fleet apply`: carry out a plan that was saved.

use clap::ValueEnum;
use serde::Serialize;

use super::consent::{consent, rehearsed_change};
use super::manifest_file::{ManifestArgs, PastDays};
use super::plan::planned_output;
use super::report_args::{FleetEventArgs, FleetReportArgs};
use crate::app::App;
use crate::commands::change_args::{ChangeArgs, plan_output};
use crate::commands::file_argument::FileArgument;
use crate::error::Result;
use crate::ops::change::resume;
use crate::ops::fleet::apply::rehearsal::rehearse;
use crate::ops::fleet::apply::{ApplyOptions, MovedPolicy, RunOutcome, apply, check};
use crate::ops::fleet::outcome::{CauseGroup, ItemState};
use crate::ops::fleet::plan_file::FleetPlan;
use crate::ops::fleet::planner::{FleetRequest, plan_fleet};
use crate::ops::fleet::report::{FleetReport, ReportLevel, ReportRow};
use crate::ops::fleet::shapes::with_commas;
use crate::ops::fleet::waves::FleetShard;
use crate::output::{Output, View};

/// Carry out a saved plan, or take up its run where it stopped
///
/// Refuses a plan that was changed or is too old: exit code 9, and nothing is written. The same holds
/// for a plan that another identity made, or that does more than its limits allow. Each item is read
/// again right before it is written; one that is not as the plan saw it is skipped. Ends with 7 if an
/// item failed, moved or is blocked. Run the same command again to go on after an interruption.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare fleet apply fleet.plan --yes
  az-imageshare fleet apply fleet.plan --dry-run
  az-imageshare fleet apply fleet.plan --approve 3f1c9a0be2d4 --report junit=fleet.xml \\
      --events run.ndjson
  az-imageshare fleet apply fleet.plan --yes --wave canary --if-moved stop
  az-imageshare fleet apply -f fleet.yaml --yes

Permissions: Owner of each subscription for delegations; see `share` for the other methods.
API: https://learn.microsoft.com/rest/api/managedservices/registration-definitions/create-or-update")]
pub(crate) struct FleetApplyArgs {
    /// Plan that `fleet plan --out` wrote
    #[arg(value_name = "PLAN", required_unless_present = "file")]
    plan: Option<FileArgument>,
    /// Manifest to plan and carry out in one go, instead of a saved plan
    #[arg(long, short, value_name = "FILE", conflicts_with_all = ["plan", "approve"])]
    file: Option<FileArgument>,
    /// Hash of the plan that was approved; other plans are refused
    #[arg(long, value_name = "HASH")]
    approve: Option<String>,
    #[command(flatten)]
    change: ChangeArgs,
    /// Only this wave
    #[arg(long, value_name = "NAME")]
    wave: Option<String>,
    /// Items in flight together, instead of the plan's limit
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=512))]
    at_once: Option<u16>,
    /// Only this part of the subscriptions, such as 1/8
    #[arg(long, value_name = "I/N")]
    shard: Option<FleetShard>,
    /// What to do when an item is not as the plan saw it
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = MovedItems::Skip)]
    if_moved: MovedItems,
    /// Go on although the plan's probe found problems
    #[arg(long)]
    force_probe: bool,
    #[command(flatten)]
    report: FleetReportArgs,
    #[command(flatten)]
    events: FleetEventArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MovedItems {
    /// Pass it by
    Skip,
    /// Compare all first, and write nothing if one moved
    Stop,
}

pub(crate) fn apply_fleet_plan(args: FleetApplyArgs, app: &App) -> Result<Output> {
    let options = ApplyOptions {
        approve: args.approve.clone(),
        wave: args.wave.clone(),
        at_once: args.at_once.map(usize::from),
        shard: args.shard,
        if_moved: match args.if_moved {
            MovedItems::Skip => MovedPolicy::Skip,
            MovedItems::Stop => MovedPolicy::Stop,
        },
        force_probe: args.force_probe,
    };
    let plan = chosen_plan(&args, app)?;
    check(app, &plan, &options)?;
    if let Some(detailed) = args.change.dry_run() {
        let items = app.block_on(rehearse(app, &plan, &options))?;
        return Ok(plan_output(app, &rehearsed_change(&plan, &items), detailed));
    }
    args.report.check()?;
    let events = args.events.open(app)?;
    let outcome = app.outlast(async {
        consent(app, &plan, args.change.is_agreed() || args.approve.is_some()).await?;
        apply(app, &plan, &options, &events).await
    })?;
    args.report.write(app, &report_of(&plan, &outcome))?;
    concluded(app, &plan, outcome, args.events.take_stdout())
}

/// The plan that was saved, or one of the manifest as it is now.
fn chosen_plan(args: &FleetApplyArgs, app: &App) -> Result<FleetPlan> {
    let Some(file) = &args.file else {
        let plan = args.plan.as_ref().expect("clap demands one of them");
        return FleetPlan::read(&plan.path(app));
    };
    let manifest = ManifestArgs::of(file.clone()).read(app, PastDays::Refused)?;
    let request = FleetRequest { shard: args.shard, probes: true, ..FleetRequest::default() };
    let planned = app.block_on(plan_fleet(app, &manifest, &request))?;
    planned_output(app, &planned, None)?;
    Ok(planned.plan)
}

/// What a run came to: the shape that scripts rely on.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FleetApplied {
    run: String,
    plan: String,
    fleet: String,
    counts: std::collections::BTreeMap<&'static str, usize>,
    /// Why items are not as planned.
    causes: Vec<CauseGroup>,
}

impl View for FleetApplied {
    const TABLE: &'static str = "{Run:run, Plan:plan, Done:counts.done, Kept:counts.kept, Moved:counts.moved, Failed:counts.failed, Skipped:counts.skipped}";
}

fn concluded(app: &App, plan: &FleetPlan, outcome: RunOutcome, quiet: bool) -> Result<Output> {
    for group in &outcome.groups {
        let word = group.state.word();
        app.reporter.warn(&format!("{} {word}: {}", with_commas(group.count), group.message));
        app.reporter.note(&format!("  {}: {}", group.code, group.keys.join(", ")));
        if let Some(hint) = &group.hint {
            app.reporter.note(&format!("  Hint: {hint}"));
        }
    }
    let (done, kept) = (outcome.count(ItemState::Done), outcome.count(ItemState::Kept));
    let total = outcome.items.len();
    app.reporter.note(&match (done, kept) {
        (0, kept) if kept == total => "Everything is as planned; nothing was written.".to_owned(),
        _ => format!("{} of {} are as planned.", with_commas(done + kept), with_commas(total)),
    });
    if let Some(err) = outcome.ended_by {
        let again = resume::same_command(app, true);
        return Err(err.hint(format!("Go on with `{again}`.")));
    }
    let code = outcome.exit_code();
    if outcome.count(ItemState::Failed) > 0 {
        let again = resume::same_command(app, true);
        app.reporter.note(&format!("Fix the cause, then go on with `{again}`."));
    }
    let applied = FleetApplied {
        run: outcome.run,
        plan: plan.approval().to_owned(),
        fleet: plan.head.fleet.clone(),
        counts: outcome.counts,
        causes: outcome.groups,
    };
    let output = if quiet { Output::none() } else { Output::of(&applied) };
    Ok(if code == 0 { output } else { output.failed(code) })
}

/// The same for reports: every item with what became of it.
fn report_of(plan: &FleetPlan, outcome: &RunOutcome) -> FleetReport {
    let row = |ended: &crate::ops::fleet::outcome::ItemOutcome| {
        let item = &plan.items[ended.index];
        let fault = ended.fault.as_ref();
        ReportRow {
            level: match ended.state {
                ItemState::Done | ItemState::Kept => ReportLevel::Well,
                ItemState::Skipped => ReportLevel::Skipped,
                ItemState::Moved | ItemState::Blocked => ReportLevel::Warning,
                ItemState::Failed => ReportLevel::Error,
            },
            rule: ended.state.word().to_owned(),
            code: fault.map(|fault| fault.code.clone()).unwrap_or_default(),
            message: fault.map(|fault| fault.message.clone()).unwrap_or_default(),
            ms: ended.ms,
            ..ReportRow::of_item(item)
        }
    };
    FleetReport {
        title: format!("Fleet '{}', plan {}", plan.head.fleet, plan.approval()),
        manifest: plan.head.manifest.path.clone(),
        rows: outcome.items.iter().map(row).collect(),
    }
}
