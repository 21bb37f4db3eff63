//! `share list`: who has access, by every method.

use super::gallery::{gallery_id, in_group};
use crate::app::App;
use crate::commands::site::open_site;
use crate::error::Result;
use crate::id::ResourceId;
use crate::ops::share::access::Access;
use crate::ops::share::gallery::{self, Named};
use crate::ops::share::survey::{Target, survey};
use crate::output::{Output, View};

/// List who has access to a gallery: by role, direct sharing, the community and delegations
///
/// Names are resolved, guests and foreign applications carry the tenant they come from, and the
/// last day that --expires recorded is shown. Without a gallery it looks at all galleries of the
/// subscription; a role at a scope above a gallery is listed once, with that scope. Warns about
/// anything you are not allowed to list.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share list -g images-rg --gallery sharedGallery -o table
  az-imageshare share list --subscription 5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101 \\
      --query \"[?tenantId == '8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002']\"

Permissions: Reader on the gallery and its subscription; names need Graph's Directory.Read.All.
API: https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-scope")]
pub(crate) struct ShareListArgs {
    /// Full resource ID of the gallery [default: all galleries of the subscription]
    #[arg(long, value_name = "ID", value_parser = gallery_id, conflicts_with_all = ["gallery", "resource_group"])]
    gallery_id: Option<ResourceId>,
    /// Resource group of the gallery [default: az's `defaults.group`]
    #[arg(long, short = 'g', value_name = "NAME", requires = "gallery")]
    resource_group: Option<String>,
    /// Name of the gallery, instead of its ID
    #[arg(long, value_name = "NAME")]
    gallery: Option<String>,
}

impl View for Access {
    const TABLE: &'static str = "{Via:via, Principal:principalName || principalId, Role:role, Scope:scope, Tenant:tenantId, ExpiresOn:expiresOn}";
}

pub(crate) fn list_shares(args: ShareListArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let named = match (args.gallery_id, args.resource_group, args.gallery) {
            (Some(id), ..) => Some(Named::Id(id)),
            (None, group, Some(gallery)) => Some(in_group(group, gallery, app)),
            _ => None,
        };
        let (site, target) = match named {
            Some(named) => {
                let (site, id) =
                    gallery::open(app, &named, app.settings.subscription.as_deref()).await?;
                (site, Target::Gallery(id))
            }
            None => {
                let site = open_site(app).await?;
                let id = site.subscription().await?.id;
                (site, Target::Subscription(id))
            }
        };
        Ok(Output::rows(&survey(&site, &target).await?))
    })
}
