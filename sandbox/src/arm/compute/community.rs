//! Galleries that are open to everybody, by their public names.

use serde_json::{Value, json};

use super::super::target::Target;
use super::place::region;
use super::profile;
use super::shared::{Place, galleries, is_unsettled, missing, regions};
use crate::arm::reply;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::Resource;

/// Answers `…/locations/{location}/communityGalleries/{public name}[/images[/{image}[/versions[/{version}]]]]`.
pub(super) fn answer(core: &Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    let location = region(&target.names[0]);
    let Some(name) = target.names.get(1) else {
        return Err(reply::method_not_allowed(request));
    };
    let mut open = open_galleries(core);
    let (gallery, public) = open
        .find(|(gallery, public)| {
            public.eq_ignore_ascii_case(name) && regions(core, gallery).contains(&location)
        })
        .ok_or_else(|| missing(target))?;
    if target.types.len() == 2 {
        return Ok(Reply::json(200, &body(gallery, &public, &location)));
    }
    let place = Place {
        core,
        gallery,
        location: &location,
        public: format!("/CommunityGalleries/{public}"),
    };
    place.answer(request, target)
}

/// The rows of Resource Graph's table: one for each gallery and location.
pub(crate) fn communities(core: &Core, subscription: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    for (gallery, public) in open_galleries(core) {
        let mut places = regions(core, gallery);
        places.sort();
        places.dedup();
        for location in places {
            let mut row = body(gallery, &public, &location);
            row["id"] = json!(format!(
                "/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/communityGalleries/{public}"
            ));
            row["type"] = json!("microsoft.compute/locations/communitygalleries");
            row["properties"]["identifier"] = row["identifier"].clone();
            rows.push(row);
        }
    }
    rows
}

fn open_galleries(core: &Core) -> impl Iterator<Item = (&Resource, String)> {
    galleries(core).filter_map(|gallery| {
        let info = &gallery.body["properties"]["sharingProfile"]["communityGalleryInfo"];
        let is_open = profile::permissions(&gallery.body) == "Community"
            && info["communityGalleryEnabled"] == true
            && !is_unsettled(core, gallery);
        let public = info["publicNames"][0].as_str()?.to_owned();
        is_open.then_some((gallery, public))
    })
}

fn body(gallery: &Resource, public: &str, location: &str) -> Value {
    let info = &gallery.body["properties"]["sharingProfile"]["communityGalleryInfo"];
    json!({"name": public, "location": location, "type": "Microsoft.Compute/Locations/CommunityGalleries",
        "identifier": {"uniqueId": format!("/CommunityGalleries/{public}")},
        "properties": {"disclaimer": "", "artifactTags": {}, "communityMetadata": {
            "publisherUri": info["publisherUri"], "publisherContact": info["publisherContact"],
            "eula": info["eula"], "publicNames": [public]}}})
}
