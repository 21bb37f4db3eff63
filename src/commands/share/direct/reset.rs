//! `share direct reset`

use super::super::gallery::GalleryArgs;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::ops::share::direct;
use crate::output::Output;

/// Stop sharing a gallery with every subscription and tenant, as is needed before it can be deleted
///
/// Lists who will lose access and asks for confirmation. Does nothing if the gallery is not shared.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share direct reset -g images-rg --gallery partners
  az-imageshare share direct reset -g images-rg --gallery partners --yes

Permissions: Compute Gallery Sharing Admin or Owner, and Reader on the gallery.
API: https://learn.microsoft.com/rest/api/compute/gallery-sharing-profile/update")]
pub(crate) struct DirectResetArgs {
    #[command(flatten)]
    gallery: GalleryArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn reset_direct_shares(args: DirectResetArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let (site, id) = args.gallery.open(app).await?;
        let removal = direct::plan_reset(&site, &id).await?;
        args.change
            .carry_out(app, removal.plan.clone(), async |run| {
                removal.carry_out(&site, run).await?;
                Ok(Output::none())
            })
            .await
    })
}
