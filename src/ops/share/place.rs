//! Where a share holds: a whole gallery, one image definition, or one version of it.

use crate::arm::Client;
use crate::error::{Error, Kind, Result};
use crate::id::{ResourceId, TenantId};
use crate::ops::change::resume::posix_word;

use super::gallery;

/// A gallery, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The full id, without anything below it.
    pub id: ResourceId,
}

/// How much of a gallery a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// All of it.
    Gallery,
    /// One image definition with its versions.
    Definition,
    /// One version.
    Version,
}

impl Place {
    /// A gallery, one of its image definitions, or one of that one's versions.
    ///
    /// # Errors
    /// If `id` is none of these, or names a part already while another is asked for.
    pub(crate) fn new(id: ResourceId, image: Option<&str>, version: Option<&str>) -> Result<Place> {
        let place = Place { id };
        let level = place.known_level().ok_or_else(|| {
            Error::usage(format!(
                "'{}' is not a gallery, image definition or image version",
                place.id
            ))
            .hint("Give the full id, or name the gallery with --resource-group and --gallery.")
        })?;
        let Some(image) = image else {
            return Ok(place);
        };
        if level != Level::Gallery {
            return Err(Error::usage(format!("'{}' names an image definition already", place.id))
                .hint("Leave --image-definition out, or give the id of the gallery."));
        }
        let id = place.id.child("images", image);
        Ok(Place {
            id: match version {
                Some(version) => id.child("versions", version),
                None => id,
            },
        })
    }

    /// How much of the gallery it is.
    pub(crate) fn level(&self) -> Level {
        self.known_level().unwrap_or(Level::Gallery)
    }

    fn known_level(&self) -> Option<Level> {
        [
            ("Microsoft.Compute/galleries", Level::Gallery),
            ("Microsoft.Compute/galleries/images", Level::Definition),
            ("Microsoft.Compute/galleries/images/versions", Level::Version),
        ]
        .into_iter()
        .find(|(kind, _)| self.id.is(kind))
        .map(|(_, level)| level)
    }

    /// The gallery that it is, or is in.
    pub(crate) fn gallery(&self) -> ResourceId {
        let mut id = self.id.clone();
        id.segments.truncate(1);
        id
    }

    /// The full id as text.
    pub(crate) fn scope(&self) -> String {
        self.id.to_string()
    }

    /// Makes sure that it exists.
    ///
    /// # Errors
    /// [`Kind::NotFound`] if it does not; if Azure refuses or does not answer.
    pub(crate) async fn require(&self, client: &Client) -> Result<()> {
        if client.gallery_item(&self.id).await?.is_some() {
            return Ok(());
        }
        let (what, hint) = match self.level() {
            Level::Gallery => return Err(gallery::missing(&self.id)),
            Level::Definition => ("image definition", definitions(&self.gallery())),
            Level::Version => ("image version", versions(self)),
        };
        Err(Error::new(Kind::NotFound, format!("{what} '{}' does not exist", self.id)).hint(hint))
    }

    /// The tenant that owns the subscription it is in.
    pub(crate) async fn tenant(&self, client: &Client) -> Result<Option<TenantId>> {
        let found = client.subscription(self.id.subscription()).await?;
        Ok(found.and_then(|found| found.tenant_id).and_then(|tenant| tenant.parse().ok()))
    }
}

fn definitions(gallery: &ResourceId) -> String {
    format!(
        "See the definitions with `az-imageshare share card --gallery-id {} --query 'images[].name'`.",
        posix_word(&gallery.to_string())
    )
}

fn versions(place: &Place) -> String {
    let definition =
        place.gallery().child("images", place.id.name_of("images").unwrap_or_default());
    format!(
        "See the versions with `az-imageshare image show --id {} -o table`.",
        posix_word(&definition.to_string())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const GALLERY: &str = "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/g/providers/Microsoft.Compute/galleries/x";

    #[test]
    fn the_level_follows_from_what_is_named() {
        let gallery: ResourceId = GALLERY.parse().unwrap();
        let level = |image, version| Place::new(gallery.clone(), image, version).unwrap().level();
        assert_eq!(level(None, None), Level::Gallery);
        assert_eq!(level(Some("i"), None), Level::Definition);
        assert_eq!(level(Some("i"), Some("1.0.0")), Level::Version);
        let deep = gallery.child("images", "i");
        let place = Place::new(deep.clone(), None, None).unwrap();
        assert_eq!(place.level(), Level::Definition);
        assert_eq!(place.gallery(), gallery);
        assert!(Place::new(deep, Some("j"), None).is_err());
        let other = format!("{GALLERY}/applications/a");
        assert!(Place::new(other.parse().unwrap(), None, None).is_err());
    }
}
