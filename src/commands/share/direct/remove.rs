//! `share direct remove`

use super::super::gallery::GalleryArgs;
use super::consumer::ConsumerArgs;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::ops::share::direct;
use crate::output::Output;

/// Stop sharing a gallery with subscriptions and tenants
///
/// Sends nothing if none of them has it. Existing VMs keep running; scale sets made from the
/// gallery's images can no longer grow.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share direct remove -g images-rg --gallery partners \\
      --consumer-tenant fabrikam.onmicrosoft.com
  az-imageshare share direct remove -g images-rg --gallery partners --yes \\
      --consumer-subscription 7c2f9e50-4163-4dac-a028-9f3e5d712201

Permissions: Compute Gallery Sharing Admin or Owner, and Reader on the gallery.
API: https://learn.microsoft.com/rest/api/compute/gallery-sharing-profile/update")]
pub(crate) struct DirectRemoveArgs {
    #[command(flatten)]
    gallery: GalleryArgs,
    #[command(flatten)]
    whom: ConsumerArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn remove_direct_share(args: DirectRemoveArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let (site, id) = args.gallery.open(app).await?;
        let whom = args.whom.whom(app).await?;
        let removal = direct::plan_removal(&site, &id, &whom).await?;
        args.change
            .carry_out(app, removal.plan.clone(), async |run| {
                removal.carry_out(&site, run).await?;
                Ok(Output::none())
            })
            .await
    })
}
