//! `delegation show`: one delegation.

use super::selector::DelegationSelector;
use crate::app::App;
use crate::commands::site::open_site;
use crate::error::Result;
use crate::ops::delegation::{inventory, lookup};
use crate::output::Output;

/// Show one delegation with its scopes, roles and state
///
/// Finds it by the offer's name in every subscription the signed-in identity sees, or in the one
/// named by --subscription, whether it was given or received. Ends with exit code 3 if there is none.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare delegation show -n \"Contoso images\"
  az-imageshare delegation show -n \"Contoso images\" --query authorizations -o table \\
      --consumer-tenant 8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002

Permissions: Reader of the subscription.
API: https://learn.microsoft.com/rest/api/managedservices/registration-definitions/get")]
pub(crate) struct DelegationShowArgs {
    #[command(flatten)]
    wanted: DelegationSelector,
}

pub(crate) fn show_delegation(args: DelegationShowArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let site = open_site(app).await?;
        let wanted = args.wanted.resolve(app).await?;
        let found = inventory::survey(&site, &inventory::BOTH).await?;
        let known = lookup::find(found, &wanted)?;
        Ok(Output::of(&known.view(&app.settings.cloud.portal)))
    })
}
