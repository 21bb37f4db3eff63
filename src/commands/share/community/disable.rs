//! `share community disable`

use super::super::gallery::GalleryArgs;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::ops::share::community;
use crate::output::Output;

/// Close a gallery to the public, as is needed before it can be deleted
///
/// Asks first: the public name disappears for everyone, and scale sets made from its images can no
/// longer grow. Sends nothing if it is not open.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share community disable -g images-rg --gallery open
  az-imageshare share community disable -g images-rg --gallery open --yes

Permissions: Compute Gallery Sharing Admin or Owner, and Reader on the gallery.
API: https://learn.microsoft.com/rest/api/compute/gallery-sharing-profile/update")]
pub(crate) struct CommunityDisableArgs {
    #[command(flatten)]
    gallery: GalleryArgs,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn disable_community(args: CommunityDisableArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let (site, id) = args.gallery.open(app).await?;
        let plan = community::plan_closing(&site, &id).await?;
        args.change
            .carry_out(app, plan, async |run| {
                community::carry_out_closing(&site, run, &id).await?;
                Ok(Output::none())
            })
            .await
    })
}
