//! `delegation plan`: what `create` would do. Reads only.

use super::offer::OfferArgs;
use serde::Serialize;

use crate::app::App;
use crate::commands::site::open_site;
use crate::error::Result;
use crate::ops::change::plan::PlanReport;
use crate::ops::delegation::Delegation;
use crate::ops::delegation::plan::{OfferPlan, plan};
use crate::ops::deployment::what_if;
use crate::ops::site::Site;
use crate::output::{Output, View};

/// Show what `create` would change, without changing it
///
/// Takes the arguments of `delegation create`, and checks them in the same way. Shows on standard
/// error how each role and scope differs from the current state in Azure, with Azure's own what-if.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare delegation plan -n \"Contoso images\" --request fabrikam.json -g images-rg
  az-imageshare delegation plan --parameters rg.parameters.json --query change -o tsv

Permissions: Reader of the subscription; Azure's what-if also needs
Microsoft.Resources/deployments/whatIf/action. What `create` needs is checked as well.
API: https://learn.microsoft.com/rest/api/resources/deployments/what-if-at-subscription-scope")]
pub(crate) struct DelegationPlanArgs {
    #[command(flatten)]
    offer: OfferArgs,
    /// End with exit code 8 if something would change
    #[arg(long)]
    detailed_exitcode: bool,
}

/// The delegation as it would be, with the steps that lead there.
#[derive(Serialize)]
struct PlannedDelegation<'a> {
    #[serde(flatten)]
    delegation: Delegation,
    #[serde(flatten)]
    report: PlanReport<'a>,
}

impl View for PlannedDelegation<'_> {
    const TABLE: &'static str = <Delegation as View>::TABLE;
}

pub(crate) fn plan_delegation(args: DelegationPlanArgs, app: &App) -> Result<Output> {
    let offer = args.offer.judged(app)?;
    app.block_on(async {
        let site = open_site(app).await?;
        let plan = plan(&site, &offer).await?;
        show_plan(&site, &plan, args.detailed_exitcode).await
    })
}

/// Shows a plan with Azure's own what-if; `create --dry-run` does the same.
pub(super) async fn show_plan(site: &Site<'_>, plan: &OfferPlan, detailed: bool) -> Result<Output> {
    let steps = plan.change_plan();
    let what_if = what_if::ask(site, &plan.request()).await?.lines();
    let warnings = steps.warnings.iter().map(|line| format!("WARNING: {line}"));
    let nothing = steps.nothing.iter().filter(|_| steps.is_settled()).cloned();
    let lines: Vec<String> = warnings.chain(steps.lines()).chain(nothing).chain(what_if).collect();
    if !site.app.prints_text() {
        lines.iter().for_each(|line| site.reporter.plan_line(line));
    }
    let delegation = plan.view(&site.cloud.portal);
    let planned = PlannedDelegation { delegation, report: steps.report() };
    let output = Output::of(&planned).for_people(lines);
    Ok(if detailed && !steps.is_settled() { output.failed(8) } else { output })
}
