//! `delegation create`: put an offer into effect.

use super::offer::OfferArgs;
use super::plan::show_plan;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::commands::site::open_site;
use crate::error::Result;
use crate::ops::delegation::apply::apply;
use crate::ops::delegation::plan::plan;
use crate::output::Output;

/// Give another tenant access to images
///
/// Checks the offer by every rule of Azure Lighthouse before anything is written. Then deploys one
/// definition and its assignments in one subscription deployment, waits, and returns the resulting
/// delegation. Creating the same offer twice writes nothing the second time; other roles under the
/// same name and consumer replace the old ones. With --expires the last day is stored in the
/// offer's description, as `az-imageshare expires=2027-01-31`. `share prune` ends the delegation
/// after it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare delegation create -n \"Contoso images\" --consumer-tenant fabrikam.onmicrosoft.com \\
      -g images-rg --principal-id 186b73ee-74ac-4572-92c3-85d496402501 --principal-name image-users
  az-imageshare delegation create -n \"Contoso images\" --request fabrikam.json -g images-rg
  az-imageshare delegation create --parameters rg.parameters.json
  az-imageshare delegation create -n Operations --whole-subscription \\
      --consumer-tenant 8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002 \\
      --authorization principal=186b73ee-74ac-4572-92c3-85d496402501 role=Reader \\
      --eligible-authorization principal=186b73ee-74ac-4572-92c3-85d496402501 role=Contributor \\
          max-duration=PT4H mfa=Azure

Permissions: Owner of the subscription, also for a single resource group
(Microsoft.Authorization/roleAssignments/*, Microsoft.ManagedServices/*/write,
Microsoft.Resources/deployments/*).
API: https://learn.microsoft.com/rest/api/managedservices/registration-definitions/create-or-update")]
pub(crate) struct DelegationCreateArgs {
    #[command(flatten)]
    offer: OfferArgs,
    /// Return as soon as Azure has taken the deployment; see `delegation wait`
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn create_delegation(args: DelegationCreateArgs, app: &App) -> Result<Output> {
    let wait = !args.no_wait;
    let offer = args.offer.judged(app)?;
    app.block_on(async {
        let site = open_site(app).await?;
        let plan = plan(&site, &offer).await?;
        if let Some(detailed) = args.change.dry_run() {
            return show_plan(&site, &plan, detailed).await;
        }
        args.change
            .carry_out(app, plan.change_plan(), async |run| {
                Ok(Output::of(&apply(&site, run, &plan, wait).await?))
            })
            .await
    })
}
