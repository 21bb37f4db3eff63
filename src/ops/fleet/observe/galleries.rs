//! Galleries over all subscriptions of a publisher, and whom each is shared with.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::PublisherSite;
use super::rows::by_subscription;
use crate::arm::Client;
use crate::arm::galleries::Gallery;
use crate::arm::resource_graph::ResourceQuery;
use crate::error::Result;
use crate::id::{ResourceId, Scope, SubscriptionId};
use crate::ops::change::fan_out::fan_out;
use crate::ops::change::observe::Observed;
use crate::ops::fleet::glob::fits_pattern;
use crate::ops::fleet::manifest::{GallerySelector, gallery_parts};
use crate::ops::fleet::select::{SINGLY_AT_ONCE, may_ask_singly};

/// The galleries of all subscriptions.
#[derive(Clone, Debug, Default)]
pub(crate) struct GalleryIndex {
    pub by_subscription: BTreeMap<SubscriptionId, Vec<Gallery>>,
    /// The regions of each image's newest version, by the gallery's id in lower case: image, version, regions.
    pub newest: BTreeMap<String, Vec<NewestVersion>>,
    pub gaps: Vec<String>,
}

/// The newest version of an image, and where it can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewestVersion {
    pub image: String,
    pub version: String,
    /// In lower case, without spaces.
    pub regions: Vec<String>,
    /// Its end of life.
    pub ends: Option<jiff::civil::Date>,
}

#[derive(Deserialize)]
struct VersionRow {
    #[serde(default)]
    id: String,
    #[serde(default)]
    properties: Value,
}

const GALLERIES: &str = "resources | where type =~ 'microsoft.compute/galleries' \
    | project id, name, resourceGroup, subscriptionId, tenantId, location, tags, properties";
const VERSIONS: &str = "resources | where type =~ 'microsoft.compute/galleries/images/versions' \
    | project id, subscriptionId, location, properties";

/// Reads the galleries of these subscriptions; `with_versions` also where their images are.
pub(crate) async fn read_galleries(
    site: &PublisherSite,
    subscriptions: &[SubscriptionId],
    with_versions: bool,
) -> Result<GalleryIndex> {
    let mut index = GalleryIndex::default();
    if subscriptions.is_empty() {
        return Ok(index);
    }
    let ask = ResourceQuery::new(GALLERIES).in_subscriptions(subscriptions);
    index.by_subscription = match site.client.query_resources::<Gallery>(&ask).await {
        Ok(found) => by_subscription(found.rows, |row| &row.id),
        Err(err) if may_ask_singly(&err) => {
            if !err.is_unknown_table() {
                index.gaps.push(format!("Resource Graph did not answer in full: {err}"));
            }
            singly(&site.client, subscriptions, &mut index.gaps).await?
        }
        Err(err) => return Err(err.into()),
    };
    if with_versions {
        let ask = ResourceQuery::new(VERSIONS).in_subscriptions(subscriptions);
        let found = site.client.query_resources::<VersionRow>(&ask).await?;
        index.newest = newest(found.rows);
    }
    Ok(index)
}

async fn singly(
    client: &Client,
    subscriptions: &[SubscriptionId],
    gaps: &mut Vec<String>,
) -> Result<BTreeMap<SubscriptionId, Vec<Gallery>>> {
    let scopes: Vec<Scope> = subscriptions.iter().map(|id| Scope::subscription(*id)).collect();
    let reads = scopes.iter().map(|scope| client.galleries_with_profile(scope));
    let mut all = BTreeMap::new();
    for (id, read) in subscriptions.iter().zip(fan_out(SINGLY_AT_ONCE, reads).await) {
        match Observed::visible(read)? {
            Observed::Told(found) => {
                all.insert(*id, found);
            }
            Observed::Untold(why) => {
                gaps.push(format!("the galleries of subscription {id} cannot be read: {why}"));
            }
        }
    }
    Ok(all)
}

/// Reads galleries with whom they are shared: the index does not have that.
pub(crate) async fn read_shares(
    client: &Client,
    ids: &[String],
) -> Result<BTreeMap<String, Gallery>> {
    let parsed: Vec<ResourceId> = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let reads = parsed.iter().map(|id| client.gallery(id));
    let mut all = BTreeMap::new();
    for (id, read) in parsed.iter().zip(fan_out(SINGLY_AT_ONCE, reads).await) {
        if let Some(gallery) = Observed::permitted(read)?.told().flatten() {
            all.insert(id.to_string().to_lowercase(), gallery);
        }
    }
    Ok(all)
}

/// True if a selector means a gallery.
pub(crate) fn selects_gallery(selector: &GallerySelector, gallery: &Gallery) -> bool {
    if selector.ids.iter().any(|id| id.value.eq_ignore_ascii_case(&gallery.id)) {
        return true;
    }
    let Some((_, group, name)) = gallery_parts(&gallery.id) else { return false };
    let has_filter = !selector.names.is_empty()
        || !selector.resource_groups.is_empty()
        || !selector.tags.is_empty();
    let any = |patterns: &[crate::ops::fleet::manifest::Positioned<String>], text: &str| {
        patterns.is_empty() || patterns.iter().any(|pattern| fits_pattern(&pattern.value, text))
    };
    let tags = gallery.tags.clone().unwrap_or_default();
    let has_tags = selector.tags.iter().all(|(key, wanted)| {
        let found = tags.iter().find(|(known, _)| known.eq_ignore_ascii_case(key));
        found.is_some_and(|(_, value)| fits_pattern(&wanted.value, value))
    });
    has_filter && any(&selector.names, name) && any(&selector.resource_groups, group) && has_tags
}

/// The newest version of each image, by gallery.
fn newest(rows: Vec<VersionRow>) -> BTreeMap<String, Vec<NewestVersion>> {
    let mut best: BTreeMap<(String, String), (Vec<u64>, NewestVersion)> = BTreeMap::new();
    for row in rows {
        let parts: Vec<&str> = row.id.split('/').collect();
        let (Some(image), Some(version)) = (parts.get(10), parts.get(12)) else { continue };
        let profile = &row.properties["publishingProfile"];
        if profile["excludeFromLatest"] == true {
            continue;
        }
        let gallery = parts[..9].join("/").to_lowercase();
        let order: Vec<u64> = version.split('.').map(|part| part.parse().unwrap_or(0)).collect();
        let regions = profile["targetRegions"].as_array().into_iter().flatten();
        let plain = |name: &str| name.replace(' ', "").to_lowercase();
        let found = NewestVersion {
            image: (*image).to_owned(),
            version: (*version).to_owned(),
            ends: profile["endOfLifeDate"]
                .as_str()
                .and_then(|moment| moment.get(..10)?.parse().ok()),
            regions: regions.filter_map(|region| region["name"].as_str().map(plain)).collect(),
        };
        let entry = best.entry((gallery, image.to_lowercase()));
        let known = entry.or_insert_with(|| (order.clone(), found.clone()));
        if order > known.0 {
            *known = (order, found);
        }
    }
    let mut sorted: BTreeMap<String, Vec<NewestVersion>> = BTreeMap::new();
    for ((gallery, _), (_, found)) in best {
        sorted.entry(gallery).or_default().push(found);
    }
    sorted
}
