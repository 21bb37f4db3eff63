//! `share rbac list`: who has a role on a gallery.

use crate::app::App;
use crate::commands::share::place::SharedPlaceArgs;
use crate::error::Result;
use crate::ops::share::rbac;
use crate::output::Output;

/// List the roles that reach a gallery, an image definition or a version
///
/// Also those that are inherited from the resource group, the subscription or above, and those given
/// on single images and versions. Delegations of Azure Lighthouse are not role assignments and do not
/// show here.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share rbac list -g images-rg --gallery sharedGallery -o table
  az-imageshare share rbac list -g images-rg --gallery sharedGallery \\
      --query '[?!inherited]' -o table

Permissions: Reader on the gallery; for names also the directory role Directory Readers.
API: https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-scope")]
pub(crate) struct RbacListArgs {
    #[command(flatten)]
    place: SharedPlaceArgs,
}

pub(super) fn list_role_shares(args: RbacListArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let (site, place) = args.place.open(app).await?;
        Ok(Output::rows(&rbac::list(&site, &place).await?).if_empty(EMPTY))
    })
}

/// What is said where there is nothing to list.
const EMPTY: &str = "No role is assigned there; see every method with `az-imageshare share list`.";
