//! `share direct list`

use super::super::gallery::GalleryArgs;
use crate::app::App;
use crate::error::Result;
use crate::ops::share::direct;
use crate::output::Output;

/// List the subscriptions and tenants a gallery is shared with directly
///
/// Each subscription is shown with the tenant it belongs to.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share direct list -g images-rg --gallery partners -o table
  az-imageshare share direct list -g images-rg --gallery partners --query \"[].id\" -o tsv

Permissions: Reader on the gallery.
API: https://learn.microsoft.com/rest/api/compute/galleries/get")]
pub(crate) struct DirectListArgs {
    #[command(flatten)]
    gallery: GalleryArgs,
}

pub(super) fn list_direct_shares(args: DirectListArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let (site, id) = args.gallery.open(app).await?;
        Ok(Output::rows(&direct::list(&site, &id).await?).if_empty(EMPTY))
    })
}

/// What is said where there is nothing to list.
const EMPTY: &str =
    "The gallery is not shared directly; see every method with `az-imageshare share list`.";
