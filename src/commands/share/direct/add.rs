//! `share direct add`

use super::super::gallery::GalleryArgs;
use super::consumer::ConsumerArgs;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::ops::expiry::{self, Expiry};
use crate::ops::share::direct;
use crate::output::Output;

/// Share a gallery with subscriptions and tenants, and wait until it is so in every region
///
/// Checks first what Azure asks for and what it would not notice. The gallery was created for direct
/// sharing, and those named exist in this cloud. The limits are kept: 30 subscriptions and 5
/// tenants. You have the permission to share, and no image is one that cannot be shared. Sends nothing if all of
/// them have the gallery. The consumer needs nothing and finds the images with `image list`. With
/// --expires the last day is kept in the gallery's tags, as `az-imageshare-expires-ID` =
/// `2027-01-31`, and `share prune` enforces it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share direct add -g images-rg --gallery partners --location westeurope \\
      --consumer-tenant fabrikam.onmicrosoft.com
  az-imageshare share direct add -g images-rg --gallery partners \\
      --consumer-subscription 7c2f9e50-4163-4dac-a028-9f3e5d712201 --expires 2099-01-31

Permissions: Compute Gallery Sharing Admin or Owner (Microsoft.Compute/galleries/share/action;
Contributor does not have it), and Reader on the gallery; for --expires also Tag Contributor.
API: https://learn.microsoft.com/rest/api/compute/gallery-sharing-profile/update")]
pub(crate) struct DirectAddArgs {
    #[command(flatten)]
    gallery: GalleryArgs,
    #[command(flatten)]
    whom: ConsumerArgs,
    /// Create the gallery there, open to direct sharing, if it does not exist
    #[arg(long, short, value_name = "REGION")]
    location: Option<String>,
    /// Last day of the share, in UTC
    #[arg(long, value_name = "DATE")]
    expires: Option<Expiry>,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn add_direct_share(args: DirectAddArgs, app: &App) -> Result<Output> {
    let expires = args.expires.map(|expiry| expiry.last_day(expiry::today(app)));
    expiry::check(app, "--expires", expires)?;
    app.block_on(async {
        let (site, id) = args.gallery.open(app).await?;
        let whom = args.whom.whom(app).await?;
        let (location, last_day) = (args.location.as_deref(), expires);
        let addition = direct::plan_addition(&site, &id, &whom, location, last_day).await?;
        args.change
            .carry_out(app, addition.plan.clone(), async |run| {
                Ok(Output::of(&addition.carry_out(&site, run).await?))
            })
            .await
    })
}
