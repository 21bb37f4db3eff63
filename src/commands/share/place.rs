//! The arguments that name a gallery, and those that name a part of it.

use crate::app::App;
use crate::arm::Client;
use crate::error::{Error, Result};
use crate::id::{ResourceId, Scope};
use crate::ops::share::place::Place;
use crate::ops::subscription;

/// A gallery, by id or by name.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = "Gallery Arguments")]
pub(crate) struct GalleryArgs {
    /// Full resource id of the gallery
    #[arg(long, value_name = "ID", conflicts_with_all = ["gallery", "resource_group"])]
    gallery_id: Option<ResourceId>,
    /// Resource group of the gallery
    #[arg(long, short = 'g', value_name = "NAME", requires = "gallery")]
    resource_group: Option<String>,
    /// Name of the gallery
    #[arg(long, value_name = "NAME", requires = "resource_group")]
    gallery: Option<String>,
}

impl GalleryArgs {
    /// The gallery's id; a name is one of the subscription in use.
    pub(crate) async fn resolve(&self, app: &App, client: &Client) -> Result<ResourceId> {
        if let Some(id) = &self.gallery_id {
            return Ok(id.clone());
        }
        let (Some(group), Some(name)) = (&self.resource_group, &self.gallery) else {
            return Err(Error::usage("no gallery was given")
                .hint("Give `--gallery-id ID`, or `-g RG --gallery NAME`."));
        };
        let found = subscription::resolve(app, client).await?;
        let scope = Scope::resource_group(found.id, group);
        Ok(ResourceId::new(
            scope,
            "Microsoft.Compute",
            "galleries",
            name,
        ))
    }
}

/// A gallery or a part of it.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct PlaceArgs {
    #[command(flatten)]
    gallery: GalleryArgs,
    /// One image definition of the gallery in place of all
    #[arg(long, value_name = "NAME", help_heading = "Gallery Arguments")]
    image_definition: Option<String>,
    /// One version of the image definition
    #[arg(
        long,
        value_name = "VERSION",
        requires = "image_definition",
        help_heading = "Gallery Arguments"
    )]
    image_version: Option<String>,
}

impl PlaceArgs {
    /// What is meant, as an id.
    pub(crate) async fn resolve(&self, app: &App, client: &Client) -> Result<Place> {
        let gallery = self.gallery.resolve(app, client).await?;
        Place::new(
            gallery,
            self.image_definition.as_deref(),
            self.image_version.as_deref(),
        )
    }
}
