//! Finds an image by the names of its gallery and its own: one question to Resource Graph for each stored identity.
//! Only where that does not know the image, because it hears of new ones late or does not answer, are the galleries
//! of that name asked themselves.

use serde::Deserialize;

use super::id::{ImageId, PublicId};
use super::identities::{Identity, all};
use super::nearby::seen_by;
use crate::app::App;
use crate::arm::resource_graph::ResourceQuery;
use crate::arm::shared_galleries::SharingDoor;
use crate::arm::{ArmError, Client};
use crate::error::{Error, Result};
use crate::id::{ResourceId, SubscriptionId, resource_name};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::observe::Observed;
use crate::ops::gaps::Gaps;

/// What was found by a name.
pub(super) struct NamedImages {
    pub definitions: Vec<ImageId>,
    /// If there are none: what else is known, for "did you mean".
    pub others: Vec<ImageId>,
}

/// The definitions of this name, of all that can be read.
///
/// # Errors
/// If none of this program's identities can ask.
pub(super) async fn find_definitions(app: &App, gallery: &str, image: &str) -> Result<NamedImages> {
    // No gallery of our own may have a hyphen; the unique name of a shared one is all of its id.
    if PublicId::publisher_subscription(gallery).is_some() {
        let (gallery, image) = (gallery.to_owned(), image.to_owned());
        let door = SharingDoor::Shared;
        let shared = ImageId::Public(PublicId { door, gallery, image, version: None });
        return Ok(NamedImages { definitions: vec![shared], others: Vec::new() });
    }
    let identities = all(app).await?;
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    let (mut gaps, mut failures) = (Gaps::default(), Vec::new());
    let mut fail = |identity: &Identity, err: Error| {
        let what = format!("'{}' in tenant {}", identity.name, identity.tenant);
        identity.note_refusal(&mut gaps, what, &err);
        failures.push(err);
    };
    let work = identities.iter().map(|identity| in_index(&identity.client, gallery, image));
    for (identity, answer) in identities.iter().zip(fan_out(AT_ONCE, work).await) {
        match answer {
            Ok(ids) if !ids.is_empty() => found.extend(ids),
            Err(err @ (ArmError::Auth(_) | ArmError::Transport(..))) => fail(identity, err.into()),
            Ok(_) | Err(_) => unknown.push(identity),
        }
    }
    if found.is_empty() {
        let work = unknown.iter().map(|identity| in_galleries(&identity.client, gallery, image));
        for (identity, answer) in unknown.iter().zip(fan_out(AT_ONCE, work).await) {
            match answer {
                Ok(ids) => found.extend(ids),
                Err(err) => fail(identity, err.into()),
            }
        }
    }
    if failures.len() == identities.len() {
        return Err(failures.swap_remove(0));
    }
    gaps.report(app.reporter.as_ref());
    let definitions: Vec<ImageId> = found.iter().filter_map(|id| id.parse().ok()).collect();
    let is_unknown = definitions.is_empty();
    let others = if is_unknown { seen_by(app, &identities) } else { Vec::new() };
    Ok(NamedImages { definitions, others })
}

#[derive(Deserialize)]
struct DefinitionRow {
    id: String,
}

async fn in_index(client: &Client, gallery: &str, image: &str) -> Result<Vec<String>, ArmError> {
    // The names have letters, digits and `-_.` alone. A child's name may be told with its parent's.
    let query = format!(
        "resources | where type =~ 'microsoft.compute/galleries/images' and name in~ ('{image}', '{gallery}/{image}') | project id"
    );
    let found = client.query_resources::<DefinitionRow>(&ResourceQuery::new(&query)).await?;
    let is_in_gallery = |id: &String| {
        let parsed: Option<ResourceId> = id.parse().ok();
        let of = parsed.as_ref().and_then(|id| id.name_of("galleries"));
        of.is_some_and(|name| name.eq_ignore_ascii_case(gallery))
    };
    Ok(found.rows.into_iter().map(|row| row.id).filter(is_in_gallery).collect())
}

async fn in_galleries(
    client: &Client,
    gallery: &str,
    image: &str,
) -> Result<Vec<String>, ArmError> {
    let subscriptions = client.subscriptions().await?;
    let places: Vec<SubscriptionId> =
        subscriptions.iter().filter_map(|known| known.subscription_id.parse().ok()).collect();
    let work = places.iter().map(|id| client.resources_of_type(*id, "Microsoft.Compute/galleries"));
    let mut definitions: Vec<ResourceId> = Vec::new();
    for listed in fan_out(AT_ONCE, work).await {
        let named = listed?
            .into_iter()
            .filter(|one| resource_name(&one.id).eq_ignore_ascii_case(gallery))
            .filter_map(|one| one.id.parse().ok());
        definitions.extend(named.map(|id: ResourceId| id.child("images", image)));
    }
    let work = definitions.iter().map(|id| client.gallery_item(id));
    let mut ids = Vec::new();
    for found in fan_out(AT_ONCE, work).await {
        // A gallery may be seen without what is in it.
        ids.extend(Observed::permitted(found)?.told().flatten().map(|item| item.id.to_string()));
    }
    Ok(ids)
}
