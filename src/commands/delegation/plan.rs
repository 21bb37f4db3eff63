//! `delegation plan`: what `create` would do. Reads only.

use super::offer::OfferArgs;
use crate::app::App;
use crate::error::Result;
use crate::ops::delegation::plan::plan;
use crate::ops::deployment::what_if;
use crate::ops::subscription;
use crate::output::Output;

/// Show what `create` would change, without changing it
///
/// Takes the arguments of `delegation create`, checks them in the same way, and shows on standard
/// error how each right and scope differs from what stands in Azure, with Azure's own what-if.
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
}

pub(crate) fn plan_delegation(args: DelegationPlanArgs, app: &App) -> Result<Output> {
    let offer = args.offer.judged(app)?;
    app.block_on(async {
        let client = subscription::client(app).await?;
        let plan = plan(app, &client, &offer).await?;
        for line in plan.lines() {
            app.reporter.note(&line);
        }
        for line in what_if::ask(
            app,
            &client,
            plan.subscription.id,
            &plan.deployment.name,
            plan.deployment.body(),
        )
        .await?
        {
            app.reporter.note(&line);
        }
        Ok(Output::of(&plan.view(&app.settings.cloud.portal)))
    })
}
