//! `delegation delete`: end a delegation, or leave one that was received.

use super::selector::DelegationSelector;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::commands::site::open_site;
use crate::error::Result;
use crate::ops::change::Plan;
use crate::ops::delegation::removal::OfferRemoval;
use crate::ops::delegation::{inventory, lookup};
use crate::output::Output;

/// End a delegation: remove its assignments, wait until they are gone, then delete the definition
///
/// Finds the delegation by the offer's name. It can be from this tool, the portal, the official
/// samples or Terraform. Asks before it removes anything. From the consumer's side it
/// leaves the delegation; the definition then stays with the publisher. Run it again after an
/// interruption: it goes on where it stopped. Exit code 7 means that only a part was removed.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare delegation delete -n \"Contoso images\"
  az-imageshare delegation delete -n \"Contoso images\" -g images-rg
  az-imageshare delegation delete -n \"Contoso images\" --yes --keep-definition
  az-imageshare delegation delete -n \"Contoso images\" --credential consumer

Permissions: Owner of the subscription
(Microsoft.Authorization/roleAssignments/{read,write,delete}); from the consumer's side the
delegated role Managed Services Registration assignment Delete Role.
API: https://learn.microsoft.com/rest/api/managedservices/registration-assignments/delete")]
pub(crate) struct DelegationDeleteArgs {
    #[command(flatten)]
    wanted: DelegationSelector,
    /// Resource groups to end the delegation of [default: all that the offer delegates]
    #[arg(long, short = 'g', value_name = "RG", num_args = 1.., action = clap::ArgAction::Append)]
    resource_group: Vec<String>,
    /// Remove the assignments only
    #[arg(long)]
    keep_definition: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn delete_delegation(args: DelegationDeleteArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let site = open_site(app).await?;
        let wanted = args.wanted.resolve(app).await?;
        let found = inventory::survey(&site, &inventory::BOTH).await?;
        let Some(known) = lookup::find_if_there(found, &wanted)? else {
            let nothing = format!("There is no delegation '{}': nothing to delete.", wanted.name);
            let plan = Plan { nothing: Some(nothing), ..Plan::titled("") };
            return args.change.carry_out(app, plan, async |_| Ok(Output::none())).await;
        };
        let mut removal = OfferRemoval::of(&known, args.keep_definition);
        if !args.resource_group.is_empty() {
            removal = removal.limited_to(&args.resource_group);
        }
        args.change
            .carry_out(app, removal.plan(), async |run| {
                removal.carry_out(&site.client, app.reporter.as_ref(), run, 0).await;
                Ok(Output::none())
            })
            .await
    })
}
