//! Images that are called nearly as what was typed: from earlier answers of Azure, without asking anybody.

use super::id::{ImageId, PublicId};
use super::identities::Identity;
use crate::app::App;
use crate::app::names::KnownNames;
use crate::error::Error;
use crate::id::TenantId;
use crate::ops::access::similar::distance;
use crate::ops::change::plan::joined_with_and;
use crate::ops::change::resume::command_with;

/// As many as a person reads as one answer.
const MOST: usize = 3;

/// The images that these identities have seen.
pub(super) fn seen_by(app: &App, identities: &[Identity]) -> Vec<ImageId> {
    let tenants: Vec<TenantId> = identities.iter().map(|identity| identity.tenant).collect();
    // Without a tenant the index gives what anybody has seen.
    if tenants.is_empty() {
        return Vec::new();
    }
    let seen = KnownNames::open(app).images(&tenants);
    seen.iter().filter_map(|id| id.parse().ok()).collect()
}

/// `error`, and each of the known images that `names` are most likely a slip of, as a command to paste.
pub(super) fn with_nearest(app: &App, error: Error, names: &[String], known: &[ImageId]) -> Error {
    with_names(app, error, &nearest(names, known, false))
}

/// The same where a whole id was typed: one at the same place, by its id.
pub(super) fn with_nearest_ids(
    app: &App,
    error: Error,
    typed: &ImageId,
    known: &[ImageId],
) -> Error {
    let reference = typed.reference();
    let names: Vec<String> = reference.split('/').map(str::to_owned).collect();
    let same_place: Vec<ImageId> =
        known.iter().filter(|one| place(one) == place(typed)).cloned().collect();
    with_names(app, error, &nearest(&names, &same_place, true))
}

fn with_names(app: &App, error: Error, found: &[String]) -> Error {
    let verb = match found {
        [] => return error,
        [_] => "is",
        _ => "are",
    };
    let quoted: Vec<String> = found.iter().map(|name| format!("'{name}'")).collect();
    let error = error.with_more(&format!("the nearest {verb} {}", joined_with_and(&quoted)));
    found.iter().rev().fold(error, |error, name| {
        let command = command_with(app, &FLAGS, name).unwrap_or_else(|| format!("--image {name}"));
        error.first_hint(format!("Did you mean `{command}`?"))
    })
}

/// How a command takes an image.
const FLAGS: [&str; 2] = ["--image", "--id"];

/// What an id has in front of its gallery.
fn place(id: &ImageId) -> String {
    match id {
        ImageId::Own(id) => id.scope.to_string().to_lowercase(),
        ImageId::Public(PublicId { door, .. }) => format!("{door:?}"),
    }
}

/// The nearest ones, as they can be typed: by their names if only one is called so and ids are not wanted.
fn nearest(names: &[String], known: &[ImageId], by_id: bool) -> Vec<String> {
    let (typed_gallery, typed_image, version) = match names {
        [image] => (None, image, None),
        [gallery, image] => (Some(gallery), image, None),
        [gallery, image, version] => (Some(gallery), image, Some(version)),
        _ => return Vec::new(),
    };
    let mut near: Vec<(usize, ImageId)> = Vec::new();
    for id in known.iter().map(ImageId::definition) {
        let reference = id.reference();
        let (gallery, image) = reference.split_once('/').unwrap_or_default();
        let of_gallery = typed_gallery.map_or(Some(0), |typed| distance(typed, gallery));
        let same =
            |(_, one): &(usize, ImageId)| one.to_string().eq_ignore_ascii_case(&id.to_string());
        if let (Some(of_gallery), Some(of_image)) = (of_gallery, distance(typed_image, image))
            && !near.iter().any(same)
        {
            near.push((of_gallery + of_image, id));
        }
    }
    near.sort_by_key(|(distance, _)| *distance);
    // One that is called exactly so exists: its name is not what is wrong.
    let least = near.first().map_or(0, |(distance, _)| *distance);
    if least == 0 {
        return Vec::new();
    }
    near.retain(|(distance, _)| *distance == least);
    let is_alone = |id: &ImageId| {
        let same = |one: &ImageId| one.reference().eq_ignore_ascii_case(&id.reference());
        near.iter().filter(|(_, one)| same(one)).count() == 1
    };
    let spoken = |id: &ImageId| {
        let whole = version.map_or(id.clone(), |version| id.at_version(version));
        match id {
            _ if typed_gallery.is_none() => last_name(id),
            ImageId::Own(_) if !by_id && is_alone(id) => whole.reference(),
            _ => whole.to_string(),
        }
    };
    near.iter().take(MOST).map(|(_, id)| spoken(id)).collect()
}

/// What an image on a card is called there.
fn last_name(definition: &ImageId) -> String {
    definition.reference().rsplit('/').next().unwrap_or_default().to_owned()
}
