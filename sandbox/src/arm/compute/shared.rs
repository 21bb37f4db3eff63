//! What a consumer sees of galleries that were shared with its subscription or its tenant, in one location.

use serde_json::{Value, json};

use super::super::target::{self, Target};
use super::place::{invalid, region, target_regions};
use super::profile;
use crate::arm::reply;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::Resource;

const VERSIONS: &str = "Microsoft.Compute/galleries/images/versions";

/// Answers `…/locations/{location}/sharedGalleries[/{unique name}[/images[/{image}[/versions[/{version}]]]]]`.
pub(super) fn answer(core: &Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    let location = region(&target.names[0]);
    let audience = audience(core, request, target)?;
    let seen = |gallery: &&Resource| {
        is_open_to(core, gallery, &audience) && regions(core, gallery).contains(&location)
    };
    let galleries = galleries(core).filter(seen);
    let Some(name) = target.names.get(1) else {
        let value = galleries.map(|gallery| gallery_body(gallery, &location)).collect();
        return Ok(reply::page(core, request, value));
    };
    let mut galleries = galleries;
    let gallery = galleries
        .find(|gallery| unique_name(gallery).eq_ignore_ascii_case(name))
        .ok_or_else(|| missing(target))?;
    let place = Place {
        core,
        gallery,
        location: &location,
        public: format!("/SharedGalleries/{}", unique_name(gallery)),
    };
    if target.types.len() == 2 {
        return Ok(Reply::json(200, &gallery_body(gallery, &location)));
    }
    place.answer(request, target)
}

/// To whom a gallery may have been opened.
struct Audience {
    subscription: Option<String>,
    tenant: Option<String>,
}

/// Without `sharedTo` what is shared with the subscription, with `tenant` what is shared with its tenant;
/// one gallery is shown to either.
fn audience(core: &Core, request: &Request, target: &Target) -> Result<Audience, ArmError> {
    let id = target.subscription().unwrap_or_default().to_ascii_lowercase();
    let tenant = core.state.subscription(&id).map(|known| known.tenant.to_ascii_lowercase());
    let is_list = target.types.len() == 2 && target.is_collection();
    match (request.query("sharedTo"), is_list) {
        (None, true) => Ok(Audience { subscription: Some(id), tenant: None }),
        (Some(to), true) if to.eq_ignore_ascii_case("tenant") => {
            Ok(Audience { subscription: None, tenant })
        }
        (Some(to), true) => Err(invalid(
            "sharedTo",
            format!("The value '{to}' of parameter 'sharedTo' is invalid."),
        )),
        _ => Ok(Audience { subscription: Some(id), tenant }),
    }
}

pub(super) fn galleries(core: &Core) -> impl Iterator<Item = &Resource> {
    let kind = "Microsoft.Compute/galleries";
    core.state.resources.values().filter(move |resource| resource.type_.eq_ignore_ascii_case(kind))
}

fn is_open_to(core: &Core, gallery: &Resource, audience: &Audience) -> bool {
    if profile::permissions(&gallery.body) != "Groups" || is_unsettled(core, gallery) {
        return false;
    }
    let groups = gallery.body["properties"]["sharingProfile"]["groups"].as_array();
    groups.into_iter().flatten().any(|group| {
        let wanted = match group["type"].as_str() {
            Some("Subscriptions") => &audience.subscription,
            _ => &audience.tenant,
        };
        let ids = group["ids"].as_array().into_iter().flatten();
        wanted.as_ref().is_some_and(|wanted| ids.into_iter().any(|id| id == wanted))
    })
}

/// A share has no effect in a region before it has spread there.
pub(super) fn is_unsettled(core: &Core, gallery: &Resource) -> bool {
    let left = core.state.unsettled_shares.get(&gallery.id.to_ascii_lowercase());
    left.is_some_and(|left| *left > 0)
}

fn unique_name(gallery: &Resource) -> &str {
    gallery.body["properties"]["identifier"]["uniqueName"].as_str().unwrap_or_default()
}

/// The regions in which a gallery has something to show.
pub(super) fn regions(core: &Core, gallery: &Resource) -> Vec<String> {
    let mut found = vec![region(gallery.body["location"].as_str().unwrap_or_default())];
    for version in below(core, &gallery.id, VERSIONS) {
        found.extend(target_regions(&version.body));
    }
    found
}

fn below<'a>(core: &'a Core, parent: &'a str, kind: &'a str) -> impl Iterator<Item = &'a Resource> {
    core.state.resources.values().filter(move |resource| {
        resource.type_.eq_ignore_ascii_case(kind) && target::contains(parent, &resource.id)
    })
}

fn gallery_body(gallery: &Resource, location: &str) -> Value {
    let name = unique_name(gallery);
    json!({"name": name, "location": location, "identifier": {"uniqueId": format!("/SharedGalleries/{name}")},
        "properties": {"artifactTags": {}}})
}

/// One gallery as strangers see it in one location.
pub(super) struct Place<'a> {
    pub(super) core: &'a Core,
    pub(super) gallery: &'a Resource,
    pub(super) location: &'a str,
    /// Its id for strangers.
    pub(super) public: String,
}

impl Place<'_> {
    /// Answers what is below the gallery.
    pub(super) fn answer(&self, request: &Request, target: &Target) -> Result<Reply, ArmError> {
        let images = below(self.core, &self.gallery.id, "Microsoft.Compute/galleries/images");
        let Some(name) = target.names.get(2) else {
            let value = images.map(|image| self.image(image)).collect();
            return Ok(reply::page(self.core, request, value));
        };
        let mut images = images;
        let image = images.find(|image| is_named(image, name)).ok_or_else(|| missing(target))?;
        if target.types.len() == 3 {
            return Ok(Reply::json(200, &self.image(image)));
        }
        let here = |version: &&Resource| {
            target_regions(&version.body).iter().any(|found| found == self.location)
        };
        let mut versions = below(self.core, &image.id, VERSIONS).filter(here);
        let public = format!("{}/Images/{}", self.public, last(&image.id));
        let Some(name) = target.names.get(3) else {
            let value = versions.map(|version| self.version(version, &public)).collect();
            return Ok(reply::page(self.core, request, value));
        };
        let found =
            versions.find(|version| is_named(version, name)).ok_or_else(|| missing(target))?;
        Ok(Reply::json(200, &self.version(found, &public)))
    }

    fn image(&self, image: &Resource) -> Value {
        let name = last(&image.id);
        let mut properties = image.body["properties"].clone();
        if let Some(members) = properties.as_object_mut() {
            members.remove("provisioningState");
            members.remove("description");
            members.insert("artifactTags".to_owned(), json!({}));
        }
        json!({"name": name, "location": self.location, "properties": properties,
            "identifier": {"uniqueId": format!("{}/Images/{name}", self.public)}})
    }

    fn version(&self, version: &Resource, image: &str) -> Value {
        let name = last(&version.id);
        let profile = &version.body["properties"]["publishingProfile"];
        json!({"name": name, "location": self.location, "identifier": {"uniqueId": format!("{image}/Versions/{name}")},
            "properties": {"publishedDate": profile["publishedDate"], "endOfLifeDate": profile["endOfLifeDate"],
                "excludeFromLatest": profile["excludeFromLatest"], "artifactTags": {},
                "storageProfile": version.body["properties"]["storageProfile"]}})
    }
}

fn is_named(resource: &Resource, name: &str) -> bool {
    last(&resource.id).eq_ignore_ascii_case(name)
}

fn last(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or_default()
}

pub(super) fn missing(target: &Target) -> ArmError {
    ArmError::missing(
        "ResourceNotFound",
        format!(
            "The resource '{}' cannot be found in location '{}'.",
            target.names[1..].join("/"),
            target.names[0]
        ),
    )
}
