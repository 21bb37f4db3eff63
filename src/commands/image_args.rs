//! How an image is named where a machine is made from it, or is shown.

use crate::app::App;
use crate::commands::file_argument::FileArgument;
use crate::error::{Error, Result};
use crate::ops::image::id::ImageId;
use crate::ops::image::reference::{ImageName, find_image};
use crate::ops::share::card::Card;

#[derive(clap::Args, Debug, Default)]
pub(crate) struct ImageArgs {
    /// Image: GALLERY/IMAGE or GALLERY/IMAGE/VERSION from `image list`, or its ID
    #[arg(long, value_name = "IMAGE", visible_alias = "id", required_unless_present = "card")]
    image: Option<ImageName>,
    /// Card of the publisher: its images can be named without the gallery
    #[arg(long, value_name = "FILE")]
    card: Option<FileArgument>,
}

impl ImageArgs {
    /// The image that is meant.
    ///
    /// # Errors
    /// If there is no such image, several are called so, or the card cannot be read.
    pub(crate) async fn find(&self, app: &App) -> Result<ImageId> {
        let card = self.card.as_ref().map(|file| Card::read(app, &file.path(app))).transpose()?;
        let ids = card.as_ref().map(Card::image_ids);
        match (&self.image, &ids) {
            (Some(name), _) => find_image(app, name, ids.as_deref()).await,
            (None, Some(ids)) => only_image(ids),
            (None, None) => Err(Error::usage("no image was named").hint("Add --image.")),
        }
    }
}

/// The one image of a card.
fn only_image(ids: &[String]) -> Result<ImageId> {
    if let [only] = ids {
        return only.parse().map_err(Error::usage);
    }
    let names = ids.iter().filter_map(|id| id.rsplit('/').next());
    Err(Error::usage(format!("the card has {} images", ids.len()))
        .hint(format!("Add --image with one of {}.", names.collect::<Vec<_>>().join(", "))))
}
