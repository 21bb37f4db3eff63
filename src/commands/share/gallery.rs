//! The arguments that name a gallery.

use crate::app::App;
use crate::error::Result;
use crate::id::ResourceId;
use crate::ops::share::gallery::{self, Named};
use crate::ops::site::Site;

/// A gallery by its full id, or by its name in a resource group.
#[derive(clap::Args, Clone, Debug)]
#[group(id = "which_gallery")]
#[command(group(
    clap::ArgGroup::new("one_gallery").args(["gallery_id", "gallery"]).required(true).multiple(true)
))]
pub(super) struct GalleryArgs {
    /// Full resource id of the gallery
    #[arg(
        long,
        value_name = "ID",
        value_parser = gallery_id,
        conflicts_with_all = ["gallery", "resource_group"]
    )]
    gallery_id: Option<ResourceId>,
    /// Resource group of the gallery [default: az's `defaults.group`, else any]
    #[arg(long, short = 'g', value_name = "NAME", requires = "gallery")]
    resource_group: Option<String>,
    /// Name of the gallery, instead of its ID
    #[arg(long, value_name = "NAME")]
    gallery: Option<String>,
}

impl GalleryArgs {
    /// Signs in to the tenant of the gallery's subscription, and gives the gallery's full id.
    pub(super) async fn open<'a>(&self, app: &'a App) -> Result<(Site<'a>, ResourceId)> {
        gallery::open(app, &self.named(app)?, app.settings.subscription.as_deref()).await
    }

    fn named(&self, app: &App) -> Result<Named> {
        if let Some(id) = &self.gallery_id {
            return Ok(Named::Id(id.clone()));
        }
        let gallery = self.gallery.clone().unwrap_or_default();
        Ok(in_group(self.resource_group.clone(), gallery, app))
    }
}

/// A gallery by its name; its group may be the one of az's configuration, and is looked for if there is none.
pub(super) fn in_group(group: Option<String>, gallery: String, app: &App) -> Named {
    match group.or_else(|| app.settings.group.clone()) {
        Some(group) => Named::InGroup { group, gallery },
        None => Named::ByName(gallery),
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
