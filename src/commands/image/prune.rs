//! `image prune`

use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::commands::site::open_site;
use crate::error::{Error, Result};
use crate::id::ResourceId;
use crate::ops::copy::{RemovedCopy, ThinningRule, plan_thinning};
use crate::ops::expiry::{self, Expiry};
use crate::ops::site::Site;
use crate::output::{Output, View};

/// Remove old versions that `image copy` made
///
/// Only versions with the tags of a copy are touched. Looks at the images that are named, else at
/// all of the subscription. In each image the newest ones stay, and all that are younger than --older-than. A
/// version that is protected until its end of life stays too.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare image prune --keep 3 --dry-run
  az-imageshare image prune --keep 2 --older-than 90d --yes

Permissions: Compute Gallery Artifacts Publisher on the gallery
(Microsoft.Compute/galleries/images/versions/delete).
API: https://learn.microsoft.com/rest/api/compute/gallery-image-versions/delete")]
pub(crate) struct ImagePruneArgs {
    /// How many of the newest copies stay in each image
    #[arg(long, value_name = "N")]
    keep: u16,
    /// Remove only copies older than this, such as 90d, or made before this day
    #[arg(long, value_name = "DATE|TIME")]
    older_than: Option<Expiry>,
    /// IDs of the images to look at [default: all in the subscription]
    #[arg(long, value_name = "ID", num_args = 1.., value_parser = image_id)]
    id: Vec<ResourceId>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl View for RemovedCopy {
    const TABLE: &'static str =
        "{Version:name, Published:publishedDate, SourceVersion:sourceVersion, Image:image}";
}

pub(super) fn prune_images(args: ImagePruneArgs, app: &App) -> Result<Output> {
    let today = expiry::today(app);
    let before = args.older_than.map(|age| match age {
        Expiry::On(day) => day,
        Expiry::After(span) => today.saturating_sub(span),
    });
    let rule = ThinningRule { keep: args.keep.into(), before };
    let mut owners: Vec<_> = args.id.iter().map(ResourceId::subscription).collect();
    owners.dedup();
    if owners.len() > 1 {
        return Err(Error::usage("the images are in several subscriptions")
            .hint("Run the command once for each subscription."));
    }
    app.block_on(async {
        let site = match owners.first() {
            Some(owner) => Site::open_at(app, *owner, app.settings.subscription.as_deref()).await?,
            None => open_site(app).await?,
        };
        let thinning = plan_thinning(&site, &args.id, rule).await?;
        args.change
            .carry_out(app, thinning.plan(), async |run| {
                Ok(Output::rows(&thinning.carry_out(&site, run).await?))
            })
            .await
    })
}

fn image_id(text: &str) -> Result<ResourceId, String> {
    let id: ResourceId = text.parse().map_err(|err: crate::id::IdError| err.to_string())?;
    if id.is("Microsoft.Compute/galleries/images") {
        return Ok(id);
    }
    Err(format!("'{text}' is the id of a {}, not of an image in a gallery", id.full_type()))
}
