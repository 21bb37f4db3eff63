//! `delegation list`: what was given and what was received.

use clap::ValueEnum;

use crate::app::App;
use crate::commands::site::open_site;
use crate::commands::{nothing, partial};
use crate::error::Result;
use crate::ops::delegation::Delegation;
use crate::ops::delegation::inventory::{self, Side};
use crate::ops::estate::delegations;
use crate::ops::estate::sights::all_sights;
use crate::ops::gaps::Gaps;
use crate::output::Output;

/// List delegations that your subscriptions have given or that you have received
///
/// Looks into every subscription the signed-in identity sees, or into the one named by
/// --subscription. A subscription that cannot be read is named in a warning. With --all it looks as
/// every identity you have, and each delegation has one row that names those who see it. Azure
/// Resource Graph is asked first, and is seconds behind. Exit code 7 means that one of them could
/// not look. An offer that is not assigned gives no access.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare delegation list -o table
  az-imageshare delegation list --all --direction received
  az-imageshare delegation list --query '[?length(scopes) == `0`].definitionId' -o tsv

Permissions: Reader of the subscriptions.
API: https://learn.microsoft.com/rest/api/managedservices/registration-assignments/list")]
pub(crate) struct DelegationListArgs {
    /// Only delegations your tenant gave, or only those it received
    #[arg(long, value_enum, default_value_t = Direction::Both, ignore_case = true)]
    direction: Direction,
    /// As every identity you have
    #[arg(long)]
    all: bool,
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
    if args.all {
        return list_all(&args, app);
    }
    let found = app.block_on(async {
        let site = open_site(app).await?;
        inventory::survey(&site, args.direction.sides()).await
    })?;
    let portal = &app.settings.cloud.portal;
    let views: Vec<Delegation> = found.entries.iter().map(|entry| entry.view(portal)).collect();
    if views.is_empty() {
        app.reporter.note("No delegation found in the subscriptions that this identity sees. Ask with all your identities: add `--all`.");
    }
    Ok(Output::rows(&views))
}

fn list_all(args: &DelegationListArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let mut gaps = Gaps::default();
        let sights = all_sights(app, &mut gaps).await?;
        let mut found = delegations::list(app, &sights, args.direction.sides(), &mut gaps).await?;
        if let Some(only) = &app.settings.subscription {
            let ids = sights.iter().flat_map(|sight| {
                sight.ids(|known| {
                    known.subscription_id == *only || known.display_name.eq_ignore_ascii_case(only)
                })
            });
            let ids: Vec<String> = ids.map(|id| id.to_string()).collect();
            found.retain(|one| ids.iter().any(|id| one.subscription_id == *id));
        }
        if found.is_empty() {
            let next = "Give one with `az-imageshare delegation create --help`.";
            nothing::tell_nothing(app, "delegation", &sights, true, next);
        }
        Ok(partial::with_gaps(app, Output::rows(&found), &gaps))
    })
}
