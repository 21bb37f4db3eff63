//! `share revoke`: everything a tenant has of a gallery.

use super::gallery::AnyGalleryArgs;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::id::{TenantId, TenantRef};
use crate::ops::estate::revoke::{self as estate, Guests};
use crate::ops::share::revoke;
use crate::output::Output;

/// Revoke all of a tenant's access to a gallery, or to everything
///
/// Finds what the tenant has by every method: roles of its guests and of its applications, direct
/// sharing with it or with its subscriptions, and delegations to it that hold the gallery. Shows
/// all of it, asks, and removes it. Roles and delegations that hold above the gallery go too, with
/// what else they open.
///
/// With --all it does so for every gallery of every tenant that one of your identities is at home in.
/// Every delegation to the tenant goes, also where there is no gallery. So do applications that were
/// made for it alone, with their credentials here. So do the accounts of its guests who reach a
/// gallery.
///
/// Run it again after an interruption; exit code 7 means that a part still exists or could not be
/// looked at, as with an identity that cannot sign in.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share revoke -g images-rg --gallery sharedGallery --tenant fabrikam.onmicrosoft.com
  az-imageshare share revoke --all --dry-run --tenant fabrikam.onmicrosoft.com
  az-imageshare share revoke --tenant 8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002 --yes \\
      --gallery-id /subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/\\
resourceGroups/images-rg/providers/Microsoft.Compute/galleries/sharedGallery

Permissions: Owner of the gallery's subscription, or User Access Administrator with Compute Gallery
Sharing Admin; home tenants are found with Graph's Directory.Read.All.
API: https://learn.microsoft.com/rest/api/authorization/role-assignments/delete-by-id")]
#[command(group(
    clap::ArgGroup::new("revoked").args(["gallery_id", "gallery", "all"]).required(true).multiple(true)
))]
pub(crate) struct ShareRevokeArgs {
    #[command(flatten)]
    gallery: AnyGalleryArgs,
    /// Everything that any of your identities is at home with
    #[arg(long, conflicts_with_all = ["gallery", "gallery_id", "resource_group"])]
    all: bool,
    /// Leave the accounts of guests; those who reach a gallery through a group keep it
    #[arg(long, requires = "all")]
    keep_guests: bool,
    /// Tenant to revoke, by ID or domain
    #[arg(long, value_name = "GUID|DOMAIN", visible_alias = "consumer-tenant")]
    tenant: TenantRef,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn revoke_access(args: ShareRevokeArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let tenant = app.tenant_id(&args.tenant).await?;
        let Some((site, id)) = args.gallery.open(app).await? else {
            return revoke_all(&args, tenant, app).await;
        };
        let what = revoke::plan(&site, &id, tenant).await?;
        args.change
            .carry_out(app, what.plan.clone(), async |run| {
                revoke::carry_out(&site, run, &what).await;
                Ok(Output::none())
            })
            .await
    })
}

async fn revoke_all(args: &ShareRevokeArgs, tenant: TenantId, app: &App) -> Result<Output> {
    let guests = if args.keep_guests { Guests::Keep } else { Guests::Remove };
    let what = estate::plan(app, tenant, guests).await?;
    args.change
        .carry_out(app, what.plan.clone(), async |run| {
            estate::carry_out(app, run, &what).await;
            Ok(Output::none())
        })
        .await
}
