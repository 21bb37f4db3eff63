//! The arguments that name a gallery or a part of it.

use super::gallery::GalleryArgs;
use crate::app::App;
use crate::error::Result;
use crate::ops::share::place::Place;
use crate::ops::site::Site;

/// A gallery or a part of it.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct SharedPlaceArgs {
    #[command(flatten)]
    gallery: GalleryArgs,
    /// One image definition of the gallery instead of all
    #[arg(long, value_name = "NAME")]
    image_definition: Option<String>,
    /// One version of the image definition
    #[arg(long, value_name = "VERSION", requires = "image_definition")]
    image_version: Option<String>,
}

impl SharedPlaceArgs {
    /// Signs in to the tenant of what is meant, and gives its id.
    pub(crate) async fn open<'a>(&self, app: &'a App) -> Result<(Site<'a>, Place)> {
        let (site, gallery) = self.gallery.open(app).await?;
        let image = self.image_definition.as_deref();
        let place = Place::new(gallery, image, self.image_version.as_deref())?;
        Ok((site, place))
    }
}
