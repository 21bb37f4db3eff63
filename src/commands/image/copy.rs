//! `image copy`

use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::commands::site::open_site;
use crate::error::Result;
use crate::ops::copy::{CopyDestination, CopyReport, CopyRequest, VersionChoice, plan_copy};
use crate::ops::expiry::{self, Expiry};
use crate::ops::image::id::ImageId;
use crate::ops::site::Site;
use crate::output::{Output, View};

/// Copy an image of another tenant into a gallery of your own
///
/// The copy is yours: it works on when the share ends. Creates the gallery and the image definition
/// where they are missing; everything that must match is read from the source. Copies the versions
/// that are missing, eight at a time. What Azure would refuse is found before anything is written.
/// Where the source belongs to another tenant, a token of that tenant goes with the write. Waits
/// until each version is in all its regions. Tags on each version name what it is a copy of, so a
/// second run copies only what is new.
#[derive(clap::Args, Debug)]
#[command(
    mut_arg("dry_run", |arg| arg.visible_alias("plan")),
    after_help = "\
Examples:
  az-imageshare image copy --to copies/ubuntu -g apps-rg --dry-run \\
      --id /subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/\\
resourceGroups/images-rg/providers/Microsoft.Compute/galleries/sharedGallery/images/ubuntu-hardened
  az-imageshare image copy --to copies/golden -g apps-rg --latest 2 \\
      --id /CommunityGalleries/contoso-1/Images/windows-golden
  az-imageshare image copy --to copies/golden/1.0.0 -g apps-rg --end-of-life 1y \\
      --id /CommunityGalleries/contoso-1/Images/windows-golden

Permissions: Compute Gallery Artifacts Publisher on the gallery. To create the gallery, Contributor
on its resource group. On the image, Compute Gallery Image Reader in its own tenant; nothing for
direct and community shares. A directly shared image also takes disks/write and disks/delete.
A subscription without Microsoft.Compute also takes Microsoft.Compute/register/action.
API: https://learn.microsoft.com/rest/api/compute/gallery-image-versions/create-or-update"
)]
pub(crate) struct ImageCopyArgs {
    /// Id of the image, or of one version of it; the newest version if none is named
    #[arg(long, value_name = "ID")]
    id: ImageId,
    /// Where the copy goes: GALLERY/IMAGE, GALLERY/IMAGE/VERSION, or the full id of either
    #[arg(long, value_name = "GALLERY/IMAGE|ID")]
    to: CopyDestination,
    /// Resource group of the gallery; needed only where the gallery has to be created
    #[arg(long, short = 'g', value_name = "NAME")]
    resource_group: Option<String>,
    /// Regions in which the copy is kept [default: that of the gallery]
    #[arg(long, value_name = "REGION", num_args = 1..)]
    regions: Vec<String>,
    /// Replicas in each region
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    replicas: u32,
    /// What the replicas are stored on
    #[arg(long, value_name = "TYPE", default_value = "Standard_LRS",
        value_parser = ["Standard_LRS", "Standard_ZRS", "Premium_LRS"], ignore_case = true)]
    storage_account_type: String,
    /// Keep the copies out of what `latest` means
    #[arg(long)]
    exclude_from_latest: bool,
    /// Day after which the copies are not cared for
    #[arg(long, value_name = "DATE")]
    end_of_life: Option<Expiry>,
    /// Copy every version
    #[arg(long, conflicts_with = "latest")]
    all_versions: bool,
    /// Copy so many of the newest versions
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    latest: Option<u16>,
    /// Return as soon as Azure has taken the versions
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

impl View for CopyReport {
    const TABLE: &'static str = "versions[].{Version:name, From:sourceVersion, Change:change, State:provisioningState, Regions:join(', ', regions[].region)}";
}

pub(super) fn copy_image(args: ImageCopyArgs, app: &App) -> Result<Output> {
    let end_of_life = args.end_of_life.map(|day| day.last_day(expiry::today(app)));
    expiry::check(app, "--end-of-life", end_of_life)?;
    let wanted = CopyRequest {
        source: args.id,
        destination: args.to,
        resource_group: args.resource_group,
        regions: args.regions,
        replicas: args.replicas,
        storage_account_type: args.storage_account_type,
        exclude_from_latest: args.exclude_from_latest,
        end_of_life,
        versions: match (args.all_versions, args.latest) {
            (true, _) => VersionChoice::All,
            (_, Some(count)) => VersionChoice::Latest(count.into()),
            _ => VersionChoice::Named,
        },
        waits: !args.no_wait,
    };
    app.block_on(async {
        let site = match &wanted.destination.scope {
            Some(scope) => {
                Site::open_at(app, scope.subscription, app.settings.subscription.as_deref()).await?
            }
            None => open_site(app).await?,
        };
        let copy = plan_copy(&site, wanted).await?;
        args.change
            .carry_out(app, copy.plan(), async |run| {
                Ok(Output::of(&copy.carry_out(&site, run).await?).listing_outcomes())
            })
            .await
    })
}
