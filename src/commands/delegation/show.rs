//! `delegation show`: one delegation.

use serde::Serialize;

use super::selector::DelegationSelector;
use crate::app::App;
use crate::commands::site::open_site;
use crate::error::Result;
use crate::ops::delegation::{Delegation, inventory, lookup};
use crate::output::{Output, View};

/// Show one delegation with its scopes, roles and state
///
/// Finds it by the offer's name, whether it was given or received. Looks in every subscription the
/// signed-in identity sees, or in the one named by --subscription. Ends with exit code 3 if there is
/// none.
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

/// One delegation, whose table says who has which role.
#[derive(Serialize)]
#[serde(transparent)]
struct ShownDelegation(Delegation);

impl View for ShownDelegation {
    const TABLE: &'static str = "[authorizations[].{Principal:principalIdDisplayName || principalId, Role:roleDefinitionId, Use:'permanent', PrincipalId:principalId}, eligibleAuthorizations[].{Principal:principalIdDisplayName || principalId, Role:roleDefinitionId, Use:'eligible', PrincipalId:principalId}][]";
}

impl ShownDelegation {
    /// Where it holds, in lines below the table.
    fn places(&self) -> Vec<String> {
        let state = self.0.provisioning_state.as_deref().unwrap_or("unknown");
        let head =
            format!("Offer '{}' to tenant {}: {state}", self.0.name, self.0.consumer_tenant_id);
        std::iter::once(head)
            .chain(self.0.scopes.iter().map(|scope| format!("at {scope}")))
            .collect()
    }
}

pub(crate) fn show_delegation(args: DelegationShowArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let site = open_site(app).await?;
        let wanted = args.wanted.resolve(app).await?;
        let found = inventory::survey(&site, &inventory::BOTH).await?;
        let known = lookup::find(found, &wanted)?;
        let shown = ShownDelegation(known.view(&app.settings.cloud.portal));
        let places = shown.places();
        Ok(Output::of(&shown).remarks(places))
    })
}
