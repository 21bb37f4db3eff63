//! Where a copy goes: a gallery, an image in it, perhaps a version, by name or by full id.

use std::str::FromStr;

use super::advisory::told;
use crate::arm::ArmError;
use crate::arm::galleries::{Gallery, GalleryItem};
use crate::arm::resources::ResourceGroup;
use crate::error::{Error, Kind, Result};
use crate::id::{ArmId, ResourceId, Scope, SubscriptionId};
use crate::ops::change::resume::posix_word;
use crate::ops::provider::{COMPUTE, is_registered};
use crate::ops::site::Site;

/// Where a copy goes, as the user wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CopyDestination {
    /// The subscription and the resource group, if a full id was given.
    pub scope: Option<Scope>,
    pub gallery: ArmId,
    pub image: String,
    /// The version [default: that of the source].
    pub version: Option<String>,
}

impl FromStr for CopyDestination {
    type Err = String;

    fn from_str(text: &str) -> Result<CopyDestination, String> {
        let forms = "GALLERY/IMAGE, GALLERY/IMAGE/VERSION, or the full id of an image";
        let refused = || format!("'{text}' is not {forms}");
        let (scope, names) = if text.starts_with('/') {
            let id: ResourceId = text.parse().map_err(|_| refused())?;
            let is_image = id.is("Microsoft.Compute/galleries/images")
                || id.is("Microsoft.Compute/galleries/images/versions");
            if !is_image || id.resource_group().is_empty() {
                return Err(refused());
            }
            let names = id.segments.iter().map(|(_, name)| name.clone()).collect();
            (Some(id.scope), names)
        } else {
            (None, text.split('/').map(str::to_owned).collect::<Vec<_>>())
        };
        let (gallery, image, version) = match names.as_slice() {
            [gallery, image] => (gallery, image, None),
            [gallery, image, version] => (gallery, image, Some(version.clone())),
            _ => return Err(refused()),
        };
        if let Some(rule) = wrong_name(gallery, "_.").or_else(|| wrong_name(image, "_.-")) {
            return Err(format!("'{text}': {rule}"));
        }
        match &version {
            Some(version) if !is_version(version) => {
                Err(format!("'{text}': a version has three numbers, such as 1.0.0"))
            }
            _ => Ok(CopyDestination {
                scope,
                gallery: gallery.clone().into(),
                image: image.clone(),
                version,
            }),
        }
    }
}

/// Source: <https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftcompute>
fn wrong_name(name: &str, signs: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || signs.contains(c);
    let at_end = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
    let is_wrong = name.len() > 80
        || !name.chars().all(is_plain)
        || at_end(name.chars().next())
        || at_end(name.chars().next_back());
    is_wrong.then(|| {
        format!(
            "'{name}' may have 1 to 80 letters, digits and any of '{signs}', and begins and ends with a letter or digit"
        )
    })
}

fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| part.parse::<i32>().is_ok_and(|number| number >= 0))
}

/// Where a copy goes, and what is there.
#[derive(Clone, Debug)]
pub(super) struct CopyPlace {
    pub group: ResourceGroup,
    pub gallery_id: ResourceId,
    pub image_id: ResourceId,
    pub gallery: Option<Gallery>,
    pub image: Option<GalleryItem>,
    /// The versions that are there, with their tags.
    pub versions: Vec<GalleryItem>,
    /// The subscription has not registered the provider of galleries: nothing of it is there.
    pub must_register: bool,
}

impl CopyPlace {
    pub(super) fn subscription(&self) -> SubscriptionId {
        self.gallery_id.subscription()
    }

    /// Where a gallery is or will be.
    pub(super) fn location(&self) -> &str {
        self.gallery.as_ref().map_or(&self.group.location, |gallery| &gallery.location)
    }
}

/// Finds the gallery, and reads what is there.
pub(super) async fn read(
    site: &Site<'_>,
    wanted: &CopyDestination,
    group: Option<&str>,
) -> Result<CopyPlace> {
    let scope = match &wanted.scope {
        Some(scope) => scope.clone(),
        None => named_scope(site, &wanted.gallery, group).await?,
    };
    let gallery_id = ResourceId::new(scope, "Microsoft.Compute", "galleries", &wanted.gallery);
    let image_id = gallery_id.child("images", &wanted.image);
    let subscription = gallery_id.subscription();
    let (group, gallery, image, provider) = tokio::join!(
        site.client.resource_group(subscription, gallery_id.resource_group()),
        site.client.gallery(&gallery_id),
        site.client.gallery_item(&image_id),
        site.client.provider_state(subscription, COMPUTE),
    );
    let group = group?.ok_or_else(|| no_group(&gallery_id))?;
    let (gallery, image) = (if_registered(gallery)?, if_registered(image)?);
    // Whoever may not read that only has rights within a group, and cannot register anything either.
    let must_register = told(provider)?.is_some_and(|state| !is_registered(&state));
    let versions = match &image {
        Some(_) => site.client.gallery_items(&image_id.to_string(), "versions").await?,
        None => Vec::new(),
    };
    Ok(CopyPlace { group, gallery_id, image_id, gallery, image, versions, must_register })
}

/// Nothing is there of a provider that is not registered, whatever Azure says.
fn if_registered<T>(read: Result<Option<T>, ArmError>) -> Result<Option<T>> {
    match read {
        Err(err) if err.code() == "MissingSubscriptionRegistration" => Ok(None),
        other => Ok(other?),
    }
}

/// A gallery's name is unique in its subscription, so its group need not be named where it exists.
async fn named_scope(site: &Site<'_>, gallery: &str, group: Option<&str>) -> Result<Scope> {
    let target = site.subscription().await?;
    let known = site.client.resources_of_type(target.id, "Microsoft.Compute/galleries").await?;
    let found = known.iter().find(|known| known.name.eq_ignore_ascii_case(gallery));
    let standing: Option<ResourceId> = found.and_then(|found| found.id.parse().ok());
    match (standing, group) {
        (Some(id), Some(group)) if !id.resource_group().eq_ignore_ascii_case(group) => {
            Err(Error::usage(format!(
                "gallery '{gallery}' is in resource group '{}', not in '{group}', and its name is unique in subscription '{}'",
                id.resource_group(),
                target.name
            ))
            .hint("Leave --resource-group out, or choose another name for the gallery."))
        }
        (Some(id), _) => Ok(id.scope),
        (None, Some(group)) => Ok(Scope::resource_group(target.id, group)),
        (None, None) => match &site.app.settings.group {
            Some(group) => Ok(Scope::resource_group(target.id, group)),
            None => Err(Error::usage(format!(
                "there is no gallery '{gallery}' in subscription '{}'",
                target.name
            ))
            .hint("To create it, say where: `--resource-group NAME`.")),
        },
    }
}

fn no_group(gallery: &ResourceId) -> Error {
    let (group, subscription) = (gallery.resource_group(), gallery.subscription());
    Error::new(
        Kind::NotFound,
        format!("there is no resource group '{group}' in subscription {subscription}"),
    )
    .hint(format!(
        "Create it with `az group create -n {} -l REGION --subscription {subscription}`.",
        posix_word(group)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_names_or_a_full_id() {
        let short: CopyDestination = "copies/ubuntu".parse().unwrap();
        assert_eq!((short.gallery.as_str(), short.image.as_str()), ("copies", "ubuntu"));
        let id = "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/g/providers/Microsoft.Compute/galleries/copies/images/ubuntu/versions/1.2.3";
        let long: CopyDestination = id.parse().unwrap();
        assert_eq!(long.version.as_deref(), Some("1.2.3"));
        assert_eq!(long.scope.unwrap().resource_group.as_deref(), Some("g"));
        for bad in [
            "copies",
            "co-pies/ubuntu",
            "copies/ubuntu/1.2",
            "copies/ubuntu/latest",
            "_a/b",
            "a/b/1.0.0/c",
            "",
            "/",
            "a//1.0.0",
            "/subscriptions/x",
            "a/b/1.0.-1",
        ] {
            assert!(bad.parse::<CopyDestination>().is_err(), "{bad}");
        }
    }
}
