//! `delegation list`: what was given and what was received.

use clap::ValueEnum;

use crate::app::App;
use crate::commands::site::open_site;
use crate::error::Result;
use crate::ops::delegation::Delegation;
use crate::ops::delegation::inventory::{self, Side};
use crate::output::Output;

/// List delegations that your subscriptions have given or that you have received
///
/// Looks into every subscription the signed-in identity sees, or into the one named by
/// --subscription. A subscription that cannot be read is named in a warning. An offer without
/// scopes is an orphan: a definition whose assignments are gone.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare delegation list -o table
  az-imageshare delegation list --direction received
  az-imageshare delegation list --query '[?length(scopes) == `0`].definitionId' -o tsv

Permissions: Reader of the subscriptions.
API: https://learn.microsoft.com/rest/api/managedservices/registration-assignments/list")]
pub(crate) struct DelegationListArgs {
    /// Only delegations your tenant gave, or only those it received
    #[arg(long, value_enum, default_value_t = Direction::Both, ignore_case = true)]
    direction: Direction,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Direction {
    Given,
    Received,
    Both,
}

impl Direction {
    fn sides(self) -> &'static [Side] {
        match self {
            Direction::Given => &[Side::Given],
            Direction::Received => &[Side::Received],
            Direction::Both => &inventory::BOTH,
        }
    }
}

pub(crate) fn list_delegations(args: DelegationListArgs, app: &App) -> Result<Output> {
    let found = app.block_on(async {
        let site = open_site(app).await?;
        inventory::survey(&site, args.direction.sides()).await
    })?;
    let portal = &app.settings.cloud.portal;
    let views: Vec<Delegation> = found.entries.iter().map(|entry| entry.view(portal)).collect();
    Ok(Output::rows(&views))
}
