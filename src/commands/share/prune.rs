//! `share prune`: end what has run out.

use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::commands::site::open_site;
use crate::error::Result;
use crate::ops::share::prune::{self, Expired};
use crate::output::{Output, View};

/// End every share whose last day has passed, and remove expired secrets of applications that
/// `share app create` registered
///
/// Looks in all your subscriptions, or in the one named by --subscription, for the last day that
/// --expires recorded: in descriptions of role assignments and of delegations, and in tags of
/// galleries that are shared directly or with everyone; and at the applications that `share app
/// create` registered. Prints what was removed. With --yes it asks nothing, so a scheduler can run
/// it every day; never touches resources it did not create. Exit code 7
/// means that a part was left: it could not be removed, or could not be read.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share prune
  az-imageshare share prune --yes -o table

Permissions: Role Based Access Control Administrator where roles were given, Compute Gallery Sharing
Admin and Tag Contributor for galleries, Owner for delegations; owner of the applications or Cloud
Application Administrator.
API: https://learn.microsoft.com/rest/api/authorization/role-assignments/delete")]
pub(crate) struct SharePruneArgs {
    #[command(flatten)]
    change: ChangeArgs,
}

impl View for Expired {
    const TABLE: &'static str =
        "{Via:via, Principal:principalId, Role:role, Scope:scope, ExpiresOn:expiresOn}";
}

pub(super) fn prune_shares(args: &SharePruneArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let site = open_site(app).await?;
        let expired = prune::expired(&site).await?;
        args.change
            .carry_out(app, prune::plan(&expired), async |run| {
                prune::remove(&site, run, &expired.found).await?;
                Ok(Output::rows(&expired.found).if_empty(EMPTY))
            })
            .await
    })
}

/// What is said where there is nothing to list.
const EMPTY: &str = "Nothing has expired among the shares, applications and delegations that this identity sees. What ends soon: `az-imageshare share list --all --expiring 30d`.";
