//! `gallery list`: galleries with their sharing, regions and newest versions.

use crate::app::App;
use crate::commands::{nothing, partial};
use crate::error::{Error, Result};
use crate::ops::estate::galleries::{self, GalleryView};
use crate::ops::estate::sights::{all_sights, own_sight};
use crate::ops::gaps::Gaps;
use crate::output::{Output, View};

/// List galleries with their sharing, images, newest versions and regions
///
/// Looks into every subscription that the signed-in identity sees, or into that of --subscription.
/// With --all it looks as every identity you have: each credential in each of its tenants, the
/// environment and the az login. Azure Resource Graph is asked first, and is seconds behind.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare gallery list -o table
  az-imageshare gallery list --all --query '[?sharing != `Private`].id' -o tsv
  az-imageshare gallery list --query '[].images[?!newest].name' -o tsv

Permissions: Reader of the galleries.
API: https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources")]
pub(crate) struct GalleryListArgs {
    /// As every identity you have
    #[arg(long)]
    all: bool,
}

impl View for GalleryView {
    const TABLE: &'static str = "{Gallery:name, Tenant:tenantId, Subscription:subscriptionName, ResourceGroup:resourceGroup, Sharing:sharing, Images:length(images), Regions:join(', ', regions)}";
}

pub(super) fn list_galleries(args: &GalleryListArgs, app: &App) -> Result<Output> {
    app.block_on(async {
        let mut gaps = Gaps::default();
        let sights = if args.all {
            all_sights(app, &mut gaps).await?
        } else {
            own_sight(app, &mut gaps).await?
        };
        let only = only_subscription(app, &sights)?;
        let found = galleries::list(app, &sights, only, &mut gaps).await?;
        if found.is_empty() {
            nothing::tell_nothing(
                app,
                "gallery",
                &sights,
                args.all,
                "Make one with `az sig create --help`.",
            );
        }
        Ok(partial::with_gaps(app, Output::rows(&found), &gaps))
    })
}

/// The subscription of --subscription, which may be named by its name.
fn only_subscription(
    app: &App,
    sights: &[crate::ops::estate::sights::Sight],
) -> Result<Option<crate::id::SubscriptionId>> {
    let Some(named) = &app.settings.subscription else { return Ok(None) };
    if let Ok(id) = named.parse() {
        return Ok(Some(id));
    }
    let mut all = sights.iter().flat_map(|sight| &sight.subscriptions);
    let found = all.find(|known| known.display_name.eq_ignore_ascii_case(named));
    match found.and_then(|known| known.subscription_id.parse().ok()) {
        Some(id) => Ok(Some(id)),
        None => Err(Error::new(
            crate::error::Kind::NotFound,
            format!("no identity sees a subscription '{named}'"),
        )
        .hint("See the galleries of all with `az-imageshare gallery list --all -o table`.")),
    }
}
