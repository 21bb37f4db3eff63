//! `image list`

use crate::app::App;
use crate::error::{Error, Result};
use crate::ops::image::describe::Image;
use crate::ops::image::list::{ImageFilter, list};
use crate::output::{Output, View};

/// List the images you can use: by role, by delegation, shared directly and, if asked, of the community
///
/// Queries with every identity you have: each credential in each of its tenants, the environment
/// and the az login. Every image is listed with its newest version. Without --location direct
/// shares are looked for in every region, which takes two requests for each. Community images are
/// listed for one region.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare image list -o table
  az-imageshare image list --location westeurope --query \"[?osType == 'Linux'].id\" -o tsv
  az-imageshare image list --location westeurope --community -o table

Permissions: those the images were shared with; to see direct shares, Reader on a subscription of
yours.
API: https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources")]
pub(crate) struct ImageListArgs {
    /// Only images from which VMs can be created in this region
    #[arg(long, short, value_name = "REGION")]
    location: Option<String>,
    /// Community images too: of this public gallery, or of all in the region
    #[arg(long, value_name = "PUBLIC-NAME", num_args = 0..=1)]
    community: Option<Option<String>>,
}

impl View for Image {
    const TABLE: &'static str = "{Name:name, Version:version, Via:via, Publisher:publisherTenantId, OsType:osType, OsState:osState, Security:securityType, Regions:join(', ', regions)}";
}

pub(super) fn list_images(args: ImageListArgs, app: &App) -> Result<Output> {
    if args.community.is_some() && args.location.is_none() {
        return Err(Error::usage("community images are listed for one region")
            .hint("Add `--location REGION`."));
    }
    let wanted = ImageFilter { location: args.location, community: args.community };
    let images = app.block_on(list(app, &wanted))?;
    Ok(Output::rows(&images))
}
