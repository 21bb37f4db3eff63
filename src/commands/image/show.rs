//! `image show`

use crate::app::App;
use crate::commands::image_args::ImageArgs;
use crate::error::Result;
use crate::ops::image::details::Details;
use crate::ops::image::show::show;
use crate::output::{Output, View};

/// Show an image with its versions, where they are replicated, and what a VM created from it needs
///
/// Takes every form of id: of the publisher's gallery, of a direct share, of the community; of the
/// image or of one version. The publisher's tenant is found automatically, and the image is read
/// with the first of your credentials that has access.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare image show --id /subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/\\
resourceGroups/images-rg/providers/Microsoft.Compute/galleries/sharedGallery/images/ubuntu-hardened
  az-imageshare image show --image sharedGallery/ubuntu-hardened -o table
  az-imageshare image show --query vm --id /subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/\\
resourceGroups/images-rg/providers/Microsoft.Compute/galleries/sharedGallery/\\
images/ubuntu-hardened/versions/1.0.0

Permissions: Compute Gallery Image Reader on the image; for direct shares Reader on a subscription
of yours.
API: https://learn.microsoft.com/rest/api/compute/gallery-image-versions/get")]
pub(crate) struct ImageShowArgs {
    #[command(flatten)]
    image: ImageArgs,
    /// Look for a direct share or community image in this region only
    #[arg(long, short, value_name = "REGION")]
    location: Option<String>,
}

impl View for Details {
    const TABLE: &'static str = "versions[].{Version:name, Published:publishedDate, State:provisioningState, Replication:replicationState, Regions:join(', ', regions[].region), Latest:latest}";
}

pub(super) fn show_image(args: ImageShowArgs, app: &App) -> Result<Output> {
    let details = app.block_on(async {
        let id = args.image.find(app).await?;
        show(app, &id, args.location.as_deref()).await
    })?;
    Ok(Output::of(&details))
}
