//! The arguments that name a gallery.

use crate::app::App;
use crate::error::{Error, Result};
use crate::id::ResourceId;
use crate::ops::share::gallery::{self, Named};
use crate::ops::site::Site;

/// A gallery, which has to be named.
#[derive(clap::Args, Clone, Debug)]
#[group(id = "which_gallery")]
#[command(group(
    clap::ArgGroup::new("one_gallery").args(["gallery_id", "gallery"]).required(true).multiple(true)
))]
pub(super) struct GalleryArgs {
    #[command(flatten)]
    named: AnyGalleryArgs,
}

/// A gallery by its full id, or by its name in a resource group; none if neither is given. What a resource group alone
/// means is for the command to say.
#[derive(clap::Args, Clone, Debug)]
#[group(id = "any_gallery")]
pub(super) struct AnyGalleryArgs {
    /// Full resource ID of the gallery
    #[arg(
        long,
        value_name = "ID",
        value_parser = gallery_id,
        conflicts_with_all = ["gallery", "resource_group"]
    )]
    gallery_id: Option<ResourceId>,
    /// Resource group of the gallery [default: az's `defaults.group`, else any]
    #[arg(long, short = 'g', value_name = "NAME")]
    resource_group: Option<String>,
    /// Name of the gallery, instead of its ID
    #[arg(long, value_name = "NAME")]
    gallery: Option<String>,
}

impl GalleryArgs {
    /// Signs in to the tenant of the gallery's subscription, and gives the gallery's full id.
    pub(super) async fn open<'a>(&self, app: &'a App) -> Result<(Site<'a>, ResourceId)> {
        match self.named.open(app).await? {
            Some(found) => Ok(found),
            None => {
                Err(Error::usage("no gallery is named").hint("Give --gallery or --gallery-id."))
            }
        }
    }
}

impl AnyGalleryArgs {
    /// As [`GalleryArgs::open`], if a gallery is named.
    pub(super) async fn open<'a>(&self, app: &'a App) -> Result<Option<(Site<'a>, ResourceId)>> {
        match self.named(app) {
            Some(named) => {
                let subscription = app.settings.subscription.as_deref();
                gallery::open(app, &named, subscription).await.map(Some)
            }
            None => Ok(None),
        }
    }

    /// The resource group that is named without a gallery.
    pub(super) fn group_alone(&self) -> Option<&str> {
        self.resource_group.as_deref().filter(|_| self.gallery.is_none())
    }

    /// The group may be the one of az's configuration, and is looked for if there is none.
    fn named(&self, app: &App) -> Option<Named> {
        if let Some(id) = &self.gallery_id {
            return Some(Named::Id(id.clone()));
        }
        let gallery = self.gallery.clone()?;
        Some(match self.resource_group.clone().or_else(|| app.settings.group.clone()) {
            Some(group) => Named::InGroup { group, gallery },
            None => Named::ByName(gallery),
        })
    }
}

/// Reads the id of a gallery; that of something in it is a mistake worth naming.
pub(super) fn gallery_id(text: &str) -> Result<ResourceId, String> {
    let id: ResourceId = text.parse().map_err(|err: crate::id::IdError| err.to_string())?;
    if id.is("Microsoft.Compute/galleries") {
        return Ok(id);
    }
    Err(format!("'{text}' is the id of a {}, not of a gallery", id.full_type()))
}
