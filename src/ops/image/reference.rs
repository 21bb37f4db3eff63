//! An image as people name it: by its id, or as `GALLERY/IMAGE` with or without a version.

use std::str::FromStr;

use super::id::ImageId;
use super::named::find_definitions;
use super::nearby;
use crate::app::App;
use crate::error::{Error, Kind, Result};

/// What was typed where an image is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ImageName {
    /// Its whole id.
    Id(ImageId),
    /// Its names: `GALLERY/IMAGE/VERSION`, or fewer of them.
    Short(Vec<String>),
}

impl FromStr for ImageName {
    type Err = String;

    fn from_str(text: &str) -> Result<ImageName, String> {
        if text.starts_with('/') {
            return text.parse().map(ImageName::Id);
        }
        let names: Vec<String> = text.split('/').map(str::to_owned).collect();
        let plain = |name: &String| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        };
        if names.len() > 3 || !names.iter().all(plain) {
            return Err(format!(
                "'{text}' is not an image: GALLERY/IMAGE, GALLERY/IMAGE/VERSION, or the id of an image"
            ));
        }
        Ok(ImageName::Short(names))
    }
}

/// The id of what was named; short names are looked for on the card if there is one (the ids of its images), else
/// among all images that can be read.
///
/// # Errors
/// If no image is called so, or several are.
pub(crate) async fn find_image(
    app: &App,
    named: &ImageName,
    card: Option<&[String]>,
) -> Result<ImageId> {
    let names = match named {
        ImageName::Id(id) => return Ok(id.clone()),
        ImageName::Short(names) => names,
    };
    let known: Vec<ImageId> = match (card, names.as_slice()) {
        (Some(ids), _) => ids.iter().filter_map(|id| id.parse().ok()).collect(),
        (None, [gallery, image, ..]) => {
            let found = find_definitions(app, gallery, image).await?;
            if found.definitions.is_empty() {
                return Err(nearby::with_nearest(app, unknown(names), names, &found.others));
            }
            found.definitions
        }
        (None, few) => {
            let name = few.concat();
            return Err(Error::usage(format!("image '{name}' is named without its gallery"))
                .hint("Name it as GALLERY/IMAGE; see `az-imageshare image list -o table`."));
        }
    };
    match pick(names, &known, card.is_some()) {
        Err(err) if err.kind() == Kind::NotFound => {
            Err(nearby::with_nearest(app, err, names, &known))
        }
        picked => picked,
    }
}

fn unknown(names: &[String]) -> Error {
    let message = format!("no image '{}' is among those you can use", names.join("/"));
    Error::new(Kind::NotFound, message)
        .hint("See them with `az-imageshare image list -o table`, or give the image's id.")
}

/// The one of the known images that the names fit.
fn pick(names: &[String], known: &[ImageId], on_card: bool) -> Result<ImageId> {
    let mut found: Vec<ImageId> = Vec::new();
    for id in known {
        let definition = id.definition();
        let reference = definition.reference();
        let (gallery, image) = reference.split_once('/').unwrap_or_default();
        let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let version = match names {
            [typed] if on_card && same(typed, image) => None,
            [typed, version] if on_card && same(typed, image) => Some(version),
            [typed, name] if same(typed, gallery) && same(name, image) => None,
            [typed, name, version] if same(typed, gallery) && same(name, image) => Some(version),
            _ => continue,
        };
        let version = version.filter(|version| !version.eq_ignore_ascii_case("latest"));
        let whole = version.map_or(definition.clone(), |version| definition.at_version(version));
        if !found.contains(&whole) {
            found.push(whole);
        }
    }
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(unknown(names)),
        several => {
            let shown = names.join("/");
            let ids = several.iter().map(ImageId::to_string);
            Err(Error::of_list(Kind::Usage, &format!("several images are called '{shown}':"), ids)
                .hint("Give the id of the one that is meant."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/g/providers/Microsoft.Compute/galleries/Gal/images/ubuntu/versions/1.0.0";

    fn picked(text: &str, known: &[&str], on_card: bool) -> Result<String> {
        let Ok(ImageName::Short(names)) = text.parse() else { panic!("{text}") };
        let known: Vec<ImageId> = known.iter().map(|id| id.parse().unwrap()).collect();
        pick(&names, &known, on_card).map(|id| id.to_string())
    }

    #[test]
    fn short_names_find_the_definition_or_a_version() {
        let definition = OWN.replace("/versions/1.0.0", "");
        assert_eq!(picked("gal/Ubuntu", &[OWN], false).unwrap(), definition);
        assert_eq!(picked("gal/ubuntu/latest", &[OWN], false).unwrap(), definition);
        let older = picked("gal/ubuntu/0.9.0", &[OWN], false).unwrap();
        assert_eq!(older, format!("{definition}/versions/0.9.0"));
        assert_eq!(picked("ubuntu", &[OWN], true).unwrap(), definition);
        assert_eq!(picked("ubuntu/1.0.0", &[OWN], true).unwrap(), OWN);
        let public = "/CommunityGalleries/contoso-1/Images/ubuntu";
        assert_eq!(picked("contoso-1/ubuntu", &[OWN, public], false).unwrap(), public);
        let other = OWN.replace("resourceGroups/g/", "resourceGroups/h/");
        let several = picked("gal/ubuntu", &[OWN, &other], false).unwrap_err();
        assert!(several.to_string().contains(&other.replace("/versions/1.0.0", "")), "{several}");
        assert_eq!(picked("gal/debian", &[OWN], false).unwrap_err().kind(), Kind::NotFound);
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "a/b/c/d", "a b", "a//b", "/subscriptions/x"] {
            assert!(text.parse::<ImageName>().is_err(), "{text}");
        }
        assert!(matches!(OWN.parse(), Ok(ImageName::Id(_))));
    }
}
