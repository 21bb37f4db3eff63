//! `fleet show`: a plan that was kept, for people.

use serde::Serialize;

use crate::app::App;
use crate::commands::file_argument::FileArgument;
use crate::error::Result;
use crate::ops::fleet::item::ItemPlan;
use crate::ops::fleet::plan_file::{FleetPlan, PlanEnd, PlanHead};
use crate::ops::fleet::shapes::{PlanShape, shapes_of_plan};
use crate::output::{Format, Output, View};

/// Show a plan from a file
///
/// Similar items share a line; --all shows every item. A plan that was changed after it was
/// made is refused with exit code 9.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare fleet show fleet.plan
  az-imageshare fleet show fleet.plan --all --query 'items[?do==`update`].key' -o tsv

Permissions: none, nothing is called.
See: https://learn.microsoft.com/azure/lighthouse/concepts/architecture")]
pub(crate) struct FleetShowArgs {
    /// Plan of `fleet plan --out`
    #[arg(value_name = "FILE")]
    plan: FileArgument,
    /// Show every item with what it was and what it will be
    #[arg(long)]
    all: bool,
}

/// A plan as it is printed.
#[derive(Serialize)]
struct ShownPlan<'a> {
    approval: &'a str,
    #[serde(flatten)]
    head: &'a PlanHead,
    #[serde(flatten)]
    end: &'a PlanEnd,
    shapes: Vec<PlanShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<&'a [ItemPlan]>,
}

impl View for ShownPlan<'_> {
    const TABLE: &'static str =
        "shapes[].{Count:count, Do:do, Grant:grant, Consumer:consumer, What:what}";
}

pub(super) fn show_plan_file(args: &FleetShowArgs, app: &App) -> Result<Output> {
    let plan = FleetPlan::read(&args.plan.path(app))?;
    let shapes = shapes_of_plan(&plan);
    let mut lines = vec![format!("Fleet {}, made {}:", plan.head.fleet, plan.head.made)];
    if args.all {
        lines.extend(plan.items.iter().map(item_line));
    } else {
        lines.extend(shapes.iter().map(PlanShape::line));
    }
    lines.push(format!("Plan {}, good until {}.", plan.approval(), plan.head.until));
    if args.all && app.settings.output == Format::Table && app.settings.query.is_none() {
        let rows: Vec<ShownItem<'_>> = plan.items.iter().map(ShownItem).collect();
        return Ok(Output::rows(&rows));
    }
    let shown = ShownPlan {
        approval: plan.approval(),
        head: &plan.head,
        end: &plan.end,
        shapes,
        items: args.all.then_some(&plan.items),
    };
    Ok(Output::of(&shown).for_people(lines))
}

#[derive(Serialize)]
#[serde(transparent)]
struct ShownItem<'a>(&'a ItemPlan);

impl View for ShownItem<'_> {
    const TABLE: &'static str = "{Wave:wave, Do:do, Key:key, What:join('; ', why)}";
}

fn item_line(item: &ItemPlan) -> String {
    let why = item.why.join("; ");
    let why = if why.is_empty() { why } else { format!(": {why}") };
    format!("{} {}{why}", item.change.sign(), item.key)
}
