//! `share community show`

use super::super::gallery::GalleryArgs;
use crate::app::App;
use crate::error::Result;
use crate::ops::share::community;
use crate::output::Output;

/// Show what the public sees of a gallery, and the image id that strangers use
///
/// Works for every gallery; one that is not open says `enabled: false`.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share community show -g images-rg --gallery open
  az-imageshare share community show -g images-rg --gallery open --query enabled -o tsv

Permissions: Reader on the gallery.
API: https://learn.microsoft.com/rest/api/compute/galleries/get")]
pub(crate) struct CommunityShowArgs {
    #[command(flatten)]
    gallery: GalleryArgs,
}

pub(super) fn show_community(args: CommunityShowArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let (site, id) = args.gallery.open(app).await?;
        Ok(Output::of(&community::show(&site, &id).await?))
    })
}
