//! Galleries with their sharing, their images' newest versions, and where these are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::sights::{IDENTITIES_AT_ONCE, Sight, add_name};
use crate::app::App;
use crate::arm::galleries::{Gallery, GalleryItem};
use crate::arm::resource_graph::ResourceQuery;
use crate::arm::{ArmError, Client};
use crate::error::{Error, Result};
use crate::id::{ArmId, ResourceId, Scope, SubscriptionId};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::observe::Observed;
use crate::ops::gaps::Gaps;
use crate::ops::image::describe::{newest, target_regions};
use crate::ops::portal;

/// A gallery: the shape that scripts rely on.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GalleryView {
    pub id: ArmId,
    pub name: String,
    pub resource_group: String,
    pub location: String,
    /// `Private`, `Groups` (directly) or `Community`.
    pub sharing: String,
    pub images: Vec<GalleryImage>,
    /// Where machines can be made from one of its newest versions.
    pub regions: Vec<String>,
    pub subscription_id: ArmId,
    pub subscription_name: Option<String>,
    /// The tenant that owns it.
    pub tenant_id: Option<ArmId>,
    /// This program's identities that see it.
    pub seen_by: Vec<String>,
    pub portal_url: String,
}

/// An image definition of a gallery.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GalleryImage {
    pub name: String,
    /// The newest version that counts as latest; none if there is none.
    pub newest: Option<String>,
    #[serde(skip)]
    regions: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GalleryRow {
    #[serde(default)]
    id: ArmId,
    #[serde(default)]
    name: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    location: String,
    #[serde(default)]
    properties: Value,
}

const QUERY: &str = "resources | where type in~ ('microsoft.compute/galleries', 'microsoft.compute/galleries/images', 'microsoft.compute/galleries/images/versions') | project id, name, type, location, properties";

/// Lists the galleries that these identities see, only in one subscription if it is named.
pub(crate) async fn list(
    app: &App,
    sights: &[Sight],
    only: Option<SubscriptionId>,
    gaps: &mut Gaps,
) -> Result<Vec<GalleryView>> {
    let work = sights.iter().map(|sight| async move {
        let ids =
            sight.ids(|known| only.is_none_or(|only| known.subscription_id == only.to_string()));
        if ids.is_empty() { Ok(Vec::new()) } else { rows(&sight.identity.client, &ids, only).await }
    });
    let mut galleries: BTreeMap<String, GalleryView> = BTreeMap::new();
    let mut first = None;
    let mut answered = 0;
    for (sight, found) in sights.iter().zip(fan_out(IDENTITIES_AT_ONCE, work).await) {
        match found {
            Ok(rows) => {
                answered += 1;
                merge(app, sight, rows, &mut galleries);
            }
            Err(err) => {
                let err = Error::from(err);
                gaps.note(format!("the galleries that '{}' sees", sight.identity.name), &err);
                first.get_or_insert(err);
            }
        }
    }
    match first {
        Some(err) if answered == 0 => return Err(err),
        _ => {}
    }
    let mut all: Vec<GalleryView> = galleries.into_values().collect();
    all.sort_by_key(|gallery| {
        (gallery.tenant_id.clone(), gallery.name.to_lowercase(), gallery.id.to_lowercase())
    });
    Ok(all)
}

fn merge(app: &App, sight: &Sight, rows: Vec<GalleryRow>, all: &mut BTreeMap<String, GalleryView>) {
    let mut galleries = Vec::new();
    let mut parts: BTreeMap<String, Vec<GalleryRow>> = BTreeMap::new();
    for row in rows {
        if row.kind.eq_ignore_ascii_case("microsoft.compute/galleries") {
            galleries.push(row);
        } else {
            parts.entry(parent_of(&row.id)).or_default().push(row);
        }
    }
    for row in galleries {
        let entry = all.entry(row.id.to_lowercase()).or_insert_with(|| view(app, sight, &row));
        add_name(&mut entry.seen_by, &sight.identity.name);
        let images = images_of(&row.id, &parts);
        // Who sees more of it tells more of it.
        if images.len() > entry.images.len() {
            entry.regions = images.iter().flat_map(|image| image.regions.clone()).collect();
            entry.regions.sort();
            entry.regions.dedup();
            entry.images = images;
        }
    }
}

/// The id of what a resource is inside of, in small letters.
fn parent_of(id: &str) -> String {
    let lower = id.to_lowercase();
    let parent = lower.rsplit_once('/').and_then(|(rest, _)| rest.rsplit_once('/'));
    parent.map_or_else(String::new, |(parent, _)| parent.to_owned())
}

fn images_of(gallery: &str, parts: &BTreeMap<String, Vec<GalleryRow>>) -> Vec<GalleryImage> {
    let images = parts.get(&gallery.to_lowercase()).into_iter().flatten();
    let image = |row: &GalleryRow| {
        let versions = parts.get(&row.id.to_lowercase()).map_or(&[][..], Vec::as_slice);
        let newest = newest(versions, |version| &version.properties, |version| &version.name);
        GalleryImage {
            name: row.name.clone(),
            newest: newest.map(|version| version.name.clone()),
            regions: newest.map(|version| target_regions(&version.properties)).unwrap_or_default(),
        }
    };
    images.map(image).collect()
}

fn view(app: &App, sight: &Sight, row: &GalleryRow) -> GalleryView {
    let scope: Option<ResourceId> = row.id.parse().ok();
    let subscription_id =
        scope.as_ref().map(|id| id.subscription().to_string()).unwrap_or_default();
    let known = sight.subscriptions.iter().find(|known| known.subscription_id == subscription_id);
    let permissions = &row.properties["sharingProfile"]["permissions"];
    GalleryView {
        id: row.id.clone(),
        name: row.name.clone(),
        resource_group: scope.map(|id| id.resource_group().to_owned()).unwrap_or_default(),
        location: row.location.clone(),
        sharing: permissions.as_str().unwrap_or("Private").to_owned(),
        images: Vec::new(),
        regions: Vec::new(),
        subscription_name: known.map(|known| known.display_name.clone()),
        tenant_id: known.and_then(|known| known.tenant_id.clone()),
        subscription_id: subscription_id.into(),
        seen_by: Vec::new(),
        portal_url: portal::url(&app.settings.cloud.portal, Some(sight.identity.tenant), &row.id),
    }
}

/// In one question; where Resource Graph does not answer it, one list after the other.
async fn rows(
    client: &Client,
    subscriptions: &[SubscriptionId],
    only: Option<SubscriptionId>,
) -> Result<Vec<GalleryRow>, ArmError> {
    let named: Vec<SubscriptionId> = only.into_iter().collect();
    let query = ResourceQuery::new(QUERY).in_subscriptions(&named).in_full();
    match client.query_resources(&query).await {
        Ok(found) if !found.is_cut => return Ok(found.rows),
        Ok(_) => {
            let query = ResourceQuery::new(QUERY).in_subscriptions(subscriptions);
            return Ok(client.query_resources(&query).await?.rows);
        }
        Err(err @ (ArmError::Auth(_) | ArmError::Transport(..))) => return Err(err),
        Err(_) => {}
    }
    let found = galleries_of(client, subscriptions).await?;
    let mut all: Vec<GalleryRow> = found.galleries.iter().map(of_gallery).collect();
    for collection in ["images", "versions"] {
        let level = if collection == "images" { "galleries" } else { "images" };
        let parents: Vec<ArmId> =
            all.iter().filter(|row| row.kind.ends_with(level)).map(|row| row.id.clone()).collect();
        let work = parents.iter().map(|id| client.gallery_items(id, collection));
        for found in fan_out(AT_ONCE, work).await {
            // A gallery may be seen without what is in it.
            let items = Observed::permitted(found)?.items();
            all.extend(items.into_iter().map(|item| of_item(item, collection)));
        }
    }
    Ok(all)
}

/// The galleries of subscriptions as the provider lists them.
#[derive(Default)]
pub(super) struct ListedGalleries {
    pub galleries: Vec<Gallery>,
    /// Where they may not be listed, and why.
    pub closed: Vec<(SubscriptionId, ArmError)>,
}

/// The galleries of subscriptions, from the provider.
pub(super) async fn galleries_of(
    client: &Client,
    subscriptions: &[SubscriptionId],
) -> Result<ListedGalleries, ArmError> {
    let scopes: Vec<Scope> = subscriptions.iter().map(|id| Scope::subscription(*id)).collect();
    let work = scopes.iter().map(|scope| client.galleries_with_profile(scope));
    let mut all = ListedGalleries::default();
    for (id, found) in subscriptions.iter().zip(fan_out(AT_ONCE, work).await) {
        match found {
            // By hand: the caller reports the refusal with its code and hints.
            Err(err) if err.is_forbidden() => all.closed.push((*id, err)),
            other => all.galleries.extend(Observed::list(other)?.items()),
        }
    }
    Ok(all)
}

fn of_gallery(gallery: &Gallery) -> GalleryRow {
    GalleryRow {
        id: gallery.id.clone(),
        name: gallery.name.clone(),
        kind: "microsoft.compute/galleries".to_owned(),
        location: gallery.location.clone(),
        properties: serde_json::json!({"sharingProfile": {"permissions": gallery.permissions()}}),
    }
}

fn of_item(item: GalleryItem, collection: &str) -> GalleryRow {
    let kind = format!("microsoft.compute/galleries/{collection}");
    GalleryRow {
        id: item.id,
        name: item.name,
        kind,
        location: item.location,
        properties: item.properties,
    }
}
