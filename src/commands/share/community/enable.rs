//! `share community enable`

use super::super::gallery::GalleryArgs;
use crate::app::App;
use crate::arm::galleries::CommunityInfo;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::ops::expiry::{self, Expiry};
use crate::ops::share::community;
use crate::output::Output;

/// Let everyone in Azure use the images of a gallery
///
/// Checks first what Azure asks for (publisher, contact, license and name; your permission to
/// share; no encrypted images) and refuses a URL that contains a key or signature. Returns the
/// public name, and the image ID that others use. Sends nothing if the gallery is public already.
/// On a terminal, asks you to type the name of the gallery before it opens. With --expires the last
/// day is kept in the gallery's tag `az-imageshare-expires-community`. `share prune` closes the
/// gallery after it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share community enable -g images-rg --gallery open --location westeurope \\
      --public-name-prefix contoso --publisher-uri https://contoso.com \\
      --publisher-contact images@contoso.com --eula https://contoso.com/eula --yes
  az-imageshare share community enable -g images-rg --gallery open --yes --query publicName -o tsv

Permissions: Owner, or Contributor with Compute Gallery Sharing Admin
(Microsoft.Compute/galleries/share/action).
API: https://learn.microsoft.com/rest/api/compute/gallery-sharing-profile/update")]
pub(crate) struct CommunityEnableArgs {
    #[command(flatten)]
    gallery: GalleryArgs,
    /// Web page of the publisher, public
    #[arg(long, value_name = "URI")]
    publisher_uri: Option<String>,
    /// Contact address, public
    #[arg(long, value_name = "MAIL|URI", visible_alias = "publisher-email")]
    publisher_contact: Option<String>,
    /// License, as text or URL, public
    #[arg(long, value_name = "TEXT|URI")]
    eula: Option<String>,
    /// What the public name begins with; Azure adds a GUID
    #[arg(long, value_name = "WORD")]
    public_name_prefix: Option<String>,
    /// Create the gallery there, as a community gallery, if it does not exist
    #[arg(long, short, value_name = "REGION")]
    location: Option<String>,
    /// Last day on which the gallery is open, in UTC
    #[arg(long, value_name = "DATE")]
    expires: Option<Expiry>,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn enable_community(args: CommunityEnableArgs, app: &App) -> Result<Output> {
    let expires = args.expires.map(|expiry| expiry.last_day(expiry::today(app)));
    expiry::check(app, "--expires", expires)?;
    let info = CommunityInfo {
        publisher_uri: args.publisher_uri,
        publisher_contact: args.publisher_contact,
        eula: args.eula,
        public_name_prefix: args.public_name_prefix,
        ..CommunityInfo::default()
    };
    app.block_on(async {
        let (site, id) = args.gallery.open(app).await?;
        let (location, last_day) = (args.location.as_deref(), expires);
        let opening = community::plan_opening(&site, &id, &info, location, last_day).await?;
        args.change
            .carry_out(app, opening.plan.clone(), async |run| {
                Ok(Output::of(&opening.carry_out(&site, run).await?))
            })
            .await
    })
}
