//! `image list`

use serde::Serialize;

use crate::app::App;
use crate::commands::partial;
use crate::error::{Error, Result};
use crate::ops::copy::{CopiedImage, copied_images};
use crate::ops::image::describe::Image;
use crate::ops::image::id::ImageId;
use crate::ops::image::list::{ImageFilter, list};
use crate::output::{Output, View};

/// List the images you can use: by role, by delegation, shared directly and, if asked, of the community
///
/// Queries with every identity you have: each credential in each of its tenants, the environment
/// and the az login. Every image is listed with its newest version. Without --location direct
/// shares are looked for in every region, which takes two requests for each; with many
/// subscriptions, each is asked where it has a resource group, and a line says so. Community images
/// are listed for one region. Exit code 7 means that one of them could not look.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare image list -o table
  az-imageshare image list --location westeurope --query \"[?osType == 'Linux'].id\" -o tsv
  az-imageshare image list --location westeurope --community -o table
  az-imageshare image list --copies -o table

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
    /// List the copies that `image copy` made instead, and how far behind their source they are
    #[arg(long, conflicts_with_all = ["location", "community"])]
    copies: bool,
}

impl View for CopiedImage {
    const TABLE: &'static str = "{Image:reference, From:sourceReference || source, Publisher:publisherTenantId, Newest:newest, SourceNewest:sourceNewest, State:state, Behind:behind, Versions:join(', ', versions)}";
}

/// An image as it is listed: what `vm create --image` takes is short enough to be typed.
#[derive(Serialize)]
struct ListedImage {
    #[serde(flatten)]
    image: Image,
    /// The gallery's name; of a direct or community share, the name by which it is shared.
    gallery: Option<String>,
    /// `GALLERY/IMAGE/VERSION`.
    reference: Option<String>,
}

impl ListedImage {
    fn of(image: Image) -> ListedImage {
        let id: Option<ImageId> = image.id.parse().ok();
        let (gallery, reference) = id.map(|id| (id.gallery().to_owned(), id.reference())).unzip();
        ListedImage { image, gallery, reference }
    }
}

impl View for ListedImage {
    const TABLE: &'static str = "{Image:reference || name, Via:via, Publisher:publisherTenantId, Os:osType, State:osState, Regions:join(', ', regions), Credential:credential}";
}

const NO_COPIES: &str = "None of your identities sees a copy that `image copy` made. Copy an image with `az-imageshare image copy`.";

pub(super) fn list_images(args: ImageListArgs, app: &App) -> Result<Output> {
    if args.copies {
        let (copies, gaps) = app.block_on(copied_images(app))?;
        return Ok(partial::with_gaps(app, Output::rows(&copies).if_empty(NO_COPIES), &gaps));
    }
    if args.community.is_some() && args.location.is_none() {
        return Err(Error::usage("community images are listed for one region")
            .hint("Add `--location REGION`."));
    }
    let wanted = ImageFilter { location: args.location, community: args.community };
    let (images, gaps) = app.block_on(list(app, &wanted))?;
    if images.is_empty() {
        let place =
            wanted.location.as_ref().map_or_else(String::new, |place| format!(" in {place}"));
        let next = match wanted.location {
            Some(_) => "Look in every region: `az-imageshare image list`.",
            None => {
                "See who signs in with `az-imageshare status --online`; a publisher shares with `az-imageshare share advise`."
            }
        };
        let who = match &app.settings.credential {
            Some(named) => format!("credential '{}'", named.value),
            None => "any of your identities".to_owned(),
        };
        app.reporter.note(&format!("No image can be used{place} by {who}. {next}"));
    }
    let rows: Vec<ListedImage> = images.into_iter().map(ListedImage::of).collect();
    let how = "Create a VM with `az-imageshare vm create --image IMAGE …`.".to_owned();
    let advice = if rows.is_empty() { Vec::new() } else { vec![how] };
    Ok(partial::with_gaps(app, Output::rows(&rows).remarks(advice), &gaps))
}
