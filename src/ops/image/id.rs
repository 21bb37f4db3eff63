//! The three forms of an image's id: of its owner, of a direct share, of the community.

use std::fmt;
use std::str::FromStr;

use crate::arm::shared_galleries::SharingDoor;
use crate::id::{ResourceId, SubscriptionId};

/// An image definition, or one version of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ImageId {
    /// `/subscriptions/…/galleries/…/images/…[/versions/…]`.
    Own(ResourceId),
    /// `/SharedGalleries/…` or `/CommunityGalleries/…`.
    Public(PublicId),
}

/// The id by which strangers name an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicId {
    /// The door it is open by.
    pub door: SharingDoor,
    /// The gallery's unique or public name.
    pub gallery: String,
    pub image: String,
    /// The version [default: the newest].
    pub version: Option<String>,
}

impl ImageId {
    /// The name of the gallery it is in.
    pub(crate) fn gallery(&self) -> &str {
        match self {
            ImageId::Own(id) => id.name_of("galleries").unwrap_or_default(),
            ImageId::Public(id) => &id.gallery,
        }
    }

    /// The image definition, of a version as well.
    pub(crate) fn definition(&self) -> ImageId {
        match self {
            ImageId::Own(id) if id.segments.len() == 3 => {
                ImageId::Own(id.parent().unwrap_or_else(|| id.clone()))
            }
            ImageId::Own(id) => ImageId::Own(id.clone()),
            ImageId::Public(id) => ImageId::Public(PublicId { version: None, ..id.clone() }),
        }
    }

    /// This version of the image definition.
    pub(crate) fn at_version(&self, version: &str) -> ImageId {
        match self {
            ImageId::Own(id) => ImageId::Own(id.child("versions", version)),
            ImageId::Public(id) => {
                ImageId::Public(PublicId { version: Some(version.to_owned()), ..id.clone() })
            }
        }
    }

    /// `GALLERY/IMAGE`, or `GALLERY/IMAGE/VERSION` of a version.
    pub(crate) fn reference(&self) -> String {
        match self {
            ImageId::Own(id) => {
                let names: Vec<&str> = id.segments.iter().map(|(_, name)| name.as_str()).collect();
                names.join("/")
            }
            ImageId::Public(id) => {
                let version = id.version.iter().map(String::as_str);
                let names = [&*id.gallery, &*id.image].into_iter().chain(version);
                names.collect::<Vec<_>>().join("/")
            }
        }
    }
}

impl PublicId {
    /// The subscription in the unique name of a directly shared gallery.
    pub(crate) fn publisher_subscription(gallery: &str) -> Option<SubscriptionId> {
        gallery.get(..36)?.parse().ok()
    }

    /// The id of the definition, or with a version of that.
    pub(crate) fn with_version(&self, version: Option<&str>) -> String {
        let id = PublicId { version: version.map(str::to_owned), ..self.clone() };
        id.to_string()
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ImageId::Own(id) => id.fmt(f),
            ImageId::Public(id) => id.fmt(f),
        }
    }
}

impl fmt::Display for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = match self.door {
            SharingDoor::Shared => "SharedGalleries",
            SharingDoor::Community => "CommunityGalleries",
        };
        write!(f, "/{root}/{}/Images/{}", self.gallery, self.image)?;
        match &self.version {
            Some(version) => write!(f, "/Versions/{version}"),
            None => Ok(()),
        }
    }
}

impl FromStr for ImageId {
    type Err = String;

    fn from_str(text: &str) -> Result<ImageId, String> {
        let refused = || {
            format!(
                "'{text}' is not the id of an image: /subscriptions/…/galleries/…/images/…, /SharedGalleries/…/Images/… or /CommunityGalleries/…/Images/…"
            )
        };
        let parts: Vec<&str> = text.trim_matches('/').split('/').collect();
        let door = match parts[0].to_lowercase().as_str() {
            "sharedgalleries" => SharingDoor::Shared,
            "communitygalleries" => SharingDoor::Community,
            _ => {
                let id: ResourceId = text.parse().map_err(|_| refused())?;
                let is_image = id.is("Microsoft.Compute/galleries/images")
                    || id.is("Microsoft.Compute/galleries/images/versions");
                return if is_image { Ok(ImageId::Own(id.newest())) } else { Err(refused()) };
            }
        };
        let (gallery, image, version) = match parts.as_slice() {
            [_, gallery, images, image] if images.eq_ignore_ascii_case("images") => {
                (gallery, image, None)
            }
            [_, gallery, images, image, versions, version]
                if images.eq_ignore_ascii_case("images")
                    && versions.eq_ignore_ascii_case("versions") =>
            {
                (gallery, image, Some(*version))
            }
            _ => return Err(refused()),
        };
        let plain = |name: &str| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        if ![*gallery, *image, version.unwrap_or("x")].into_iter().all(plain) {
            return Err(refused());
        }
        let version = version.filter(|version| !version.eq_ignore_ascii_case("latest"));
        Ok(ImageId::Public(PublicId {
            door,
            gallery: (*gallery).to_owned(),
            image: (*image).to_owned(),
            version: version.map(str::to_owned),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_forms_are_read() {
        for id in [
            "/SharedGalleries/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101-G/Images/ubuntu",
            "/CommunityGalleries/contoso-1/Images/ubuntu/Versions/1.0.0",
        ] {
            let Ok(ImageId::Public(read)) = id.parse() else { panic!("{id}") };
            assert_eq!(read.to_string(), id);
        }
        let own = "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/g/providers/Microsoft.Compute/galleries/a/images/b";
        assert!(matches!(own.parse(), Ok(ImageId::Own(_))));
        // Azure/azure-cli#25148: the newest version, as the documents write it.
        let latest = format!("{own}/versions/Latest");
        assert_eq!(latest.parse::<ImageId>(), own.parse());
        let gallery = own.replace("/images/b", "");
        for bad in [
            "",
            "ubuntu",
            gallery.as_str(),
            "/SharedGalleries/x",
            "/SharedGalleries/x/Images/../y",
            "/CommunityGalleries/x/Images/a?b",
        ] {
            assert!(bad.parse::<ImageId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_unique_name_tells_the_publishers_subscription() {
        let name = "5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101-GALLERY";
        assert!(PublicId::publisher_subscription(name).is_some());
        assert!(PublicId::publisher_subscription("contoso-x").is_none());
    }
}
