//! `fleet plan`: what a manifest would change, over all its subscriptions. Reads only.

use serde::Serialize;

use super::manifest_file::{ManifestArgs, PastDays};
use super::planned_report::plan_report;
use super::report_args::FleetReportArgs;
use crate::app::App;
use crate::commands::file_argument::FileArgument;
use crate::error::Result;
use crate::ops::change::findings::Findings;
use crate::ops::fleet::item::{ItemChange, ItemPlan};
use crate::ops::fleet::manifest::Manifest;
use crate::ops::fleet::planner::{FleetRequest, PlannedFleet, plan_fleet};
use crate::ops::fleet::shapes::{PlanShape, shapes_of, with_commas};
use crate::ops::fleet::waves::FleetShard;
use crate::output::{Format, Output, View};

/// Show what a manifest would change
///
/// Compares the manifest with Azure over all its subscriptions in a few requests, and changes
/// nothing. With --out the plan is kept in a file whose hash can be approved. Removals need
/// --remove, complete reads and `limits.removals`; only what this fleet made is ever removed.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare fleet plan -f fleet.yaml
  az-imageshare fleet plan -f fleet.yaml --offline
  az-imageshare fleet plan -f fleet.yaml --out fleet.plan -o table
  az-imageshare fleet plan -f fleet.yaml --select 'readers/*' --detailed-exitcode

Permissions: Reader of the subscriptions and of the management groups that the manifest names.
API: https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources")]
pub(crate) struct FleetPlanArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
    /// Keep the plan in this file
    #[arg(long, value_name = "FILE", conflicts_with = "offline")]
    out: Option<FileArgument>,
    /// Remove what left the manifest
    #[arg(long, conflicts_with = "offline")]
    remove: bool,
    /// Only items whose key fits, such as 'readers/*'; repeatable
    #[arg(long, value_name = "GLOB")]
    select: Vec<String>,
    /// Only one of several parts, such as 2/8
    #[arg(long, value_name = "I/N")]
    shard: Option<FleetShard>,
    /// Also read permissions and the resource provider of each subscription (slow)
    #[arg(long, conflicts_with = "offline")]
    full: bool,
    /// Check the manifest only, and call nothing
    #[arg(long)]
    offline: bool,
    /// End with exit code 8 if something would change, or is wanted and cannot be done
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    report: FleetReportArgs,
}

/// An item as it is printed.
#[derive(Serialize)]
struct ItemRow<'a> {
    key: &'a str,
    #[serde(rename = "do")]
    change: ItemChange,
    via: &'static str,
    route: crate::ops::fleet::item::ItemRoute,
    publisher: &'a str,
    subscription: String,
    consumer: &'a str,
    id: &'a str,
    why: &'a [String],
    wave: usize,
}

impl View for ItemRow<'_> {
    const TABLE: &'static str = "{Key:key, Do:do, Via:via, Wave:wave}";
}

impl View for PlanShape {
    const TABLE: &'static str = "{Count:count, Do:do, Grant:grant, Consumer:consumer, What:what}";
}

/// A manifest that was checked, and nothing else.
#[derive(Serialize)]
struct CheckedManifest {
    fleet: String,
    publishers: usize,
    consumers: usize,
    grants: usize,
    sha256: String,
}

impl View for CheckedManifest {
    const TABLE: &'static str =
        "{Fleet:fleet, Publishers:publishers, Consumers:consumers, Grants:grants}";
}

pub(super) fn plan_from_manifest(args: &FleetPlanArgs, app: &App) -> Result<Output> {
    let manifest = args.manifest.read(app, PastDays::Refused)?;
    if args.offline {
        args.report.refuse_beside("--offline")?;
        return Ok(checked(&manifest));
    }
    let request = FleetRequest {
        removes: args.remove,
        select: args.select.clone(),
        shard: args.shard,
        teardown: None,
        whole: false,
        full: args.full,
        probes: true,
    };
    args.report.check()?;
    let planned = app.block_on(plan_fleet(app, &manifest, &request))?;
    args.report.write(app, &plan_report(&planned))?;
    let output = planned_output(app, &planned, args.out.as_ref())?;
    // A fleet that lacks what the manifest wants is not as it should be, though nothing would be written.
    let differs = planned.plan.items.iter().any(|item| item.change.is_unmet());
    Ok(if args.detailed_exitcode && differs { output.failed(8) } else { output })
}

/// Prints a plan, and keeps it in a file if one is named.
pub(super) fn planned_output(
    app: &App,
    planned: &PlannedFleet,
    out: Option<&FileArgument>,
) -> Result<Output> {
    let mut findings = Findings::default();
    for objection in &planned.objections {
        findings.azure(&objection.place, &objection.rule, &objection.fix);
    }
    findings.settle(app.reporter.as_ref(), "nothing was changed")?;
    planned.remarks.iter().for_each(|remark| app.reporter.warn(remark));
    for problem in &planned.plan.head.probe {
        app.reporter.warn(&format!("the look at the first items found: {problem}"));
    }
    if let Some(out) = out {
        planned.plan.write(&out.path(app))?;
    }
    let lines = plan_lines(planned, out.map(|out| out.text(app)).as_deref());
    if !app.prints_text() {
        lines.iter().for_each(|line| app.reporter.plan_line(line));
    }
    if app.settings.output == Format::Table && app.settings.query.is_none() {
        return Ok(Output::rows(&shapes_of(&planned.items)));
    }
    let rows: Vec<ItemRow<'_>> = planned.items.iter().map(row).collect();
    Ok(Output::rows(&rows).for_people(lines))
}

fn row(item: &ItemPlan) -> ItemRow<'_> {
    ItemRow {
        key: item.key.as_str(),
        change: item.change,
        via: item.via.word(),
        route: item.route,
        publisher: &item.publisher,
        subscription: item.subscription.to_string(),
        consumer: &item.consumer,
        id: &item.id,
        why: &item.why,
        wave: item.wave,
    }
}

fn plan_lines(planned: &PlannedFleet, out: Option<&str>) -> Vec<String> {
    let head = &planned.plan.head;
    let mut lines =
        vec![format!("Fleet {}: {} subscriptions", head.fleet, with_commas(planned.subscriptions))];
    lines.extend(shapes_of(&planned.items).iter().map(PlanShape::line));
    lines.push(totals(planned));
    if let Some(out) = out {
        lines.push(format!(
            "Plan {} is in {out}, good until {}.",
            planned.plan.approval(),
            head.until
        ));
    }
    lines
}

fn totals(planned: &PlannedFleet) -> String {
    let count = |change| with_commas(planned.plan.count(change));
    format!(
        "{} to create, {} to change, {} to remove.",
        count(ItemChange::Create),
        count(ItemChange::Update),
        count(ItemChange::Remove)
    )
}

fn checked(manifest: &Manifest) -> Output {
    let view = CheckedManifest {
        fleet: manifest.fleet.clone(),
        publishers: manifest.publishers.len(),
        consumers: manifest.consumers.len(),
        grants: manifest.grants.len(),
        sha256: manifest.sha256.clone(),
    };
    let line = format!("{}: nothing is wrong with it.", manifest.path);
    Output::of(&view).for_people(vec![line])
}
