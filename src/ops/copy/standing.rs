//! The copies that there are, found by their tags.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

use super::mark::CopyMark;
use crate::arm::galleries::GalleryItem;
use crate::arm::resource_graph::ResourceQuery;
use crate::arm::{ArmError, Client};
use crate::error::Result;
use crate::id::{ArmId, ResourceId, SubscriptionId};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::observe::Observed;

/// One version that is a copy.
#[derive(Clone, Debug)]
pub(super) struct StandingCopy {
    pub id: ResourceId,
    pub mark: CopyMark,
    pub item: GalleryItem,
}

impl StandingCopy {
    fn of(item: GalleryItem) -> Option<StandingCopy> {
        let mark = CopyMark::of(item.tags.as_ref())?;
        let id: ResourceId = item.id.parse().ok()?;
        (id.segments.len() == 3).then_some(StandingCopy { id, mark, item })
    }

    /// The image definition that it is a version of.
    pub(super) fn image(&self) -> ResourceId {
        self.id.parent().unwrap_or_else(|| self.id.clone())
    }

    /// The day it was made, then its numbers: the newest is the greatest.
    pub(super) fn age(&self) -> (String, Vec<u64>) {
        let day = self.item.properties["publishingProfile"]["publishedDate"].as_str();
        let numbers = self.id.name().split('.').filter_map(|part| part.parse().ok()).collect();
        (day.unwrap_or_default().to_owned(), numbers)
    }
}

/// A row of Resource Graph.
#[derive(Deserialize)]
struct Indexed {
    id: ArmId,
    #[serde(default)]
    name: String,
    #[serde(default)]
    location: String,
    #[serde(default)]
    tags: Option<BTreeMap<String, String>>,
    #[serde(default)]
    properties: Value,
}

const QUERY: &str = "resources | where type =~ 'microsoft.compute/galleries/images/versions' | project id, name, location, tags, properties";

/// All that an identity sees. Resource Graph is asked; where it does not answer, every subscription is.
pub(super) async fn seen_by(client: &Client) -> Result<Vec<StandingCopy>> {
    let rows: Vec<Indexed> = match client.query_resources(&ResourceQuery::new(QUERY)).await {
        Ok(found) => found.rows,
        Err(err @ (ArmError::Auth(_) | ArmError::Transport(..))) => return Err(err.into()),
        Err(_) => return by_provider(client).await,
    };
    let item = |row: Indexed| GalleryItem {
        id: row.id,
        name: row.name,
        location: row.location,
        tags: row.tags,
        properties: row.properties,
    };
    Ok(rows.into_iter().map(item).filter_map(StandingCopy::of).collect())
}

async fn by_provider(client: &Client) -> Result<Vec<StandingCopy>> {
    let mut found = Vec::new();
    for subscription in client.subscriptions().await? {
        if let Ok(id) = subscription.subscription_id.parse() {
            found.extend(in_subscription(client, id).await?);
        }
    }
    Ok(found)
}

/// All in one subscription, as the provider itself has them: what was made a moment ago, too.
pub(super) async fn in_subscription(
    client: &Client,
    subscription: SubscriptionId,
) -> Result<Vec<StandingCopy>> {
    let galleries = client.resources_of_type(subscription, "Microsoft.Compute/galleries").await?;
    let work = galleries.iter().map(|gallery| client.gallery_items(&gallery.id, "images"));
    let mut images = Vec::new();
    for found in fan_out(AT_ONCE, work).await {
        // A gallery may be seen without what is in it.
        images.extend(Observed::visible(found)?.items().into_iter().map(|image| image.id));
    }
    let work = images.iter().map(|image| client.gallery_items(image, "versions"));
    let mut copies = Vec::new();
    for found in fan_out(AT_ONCE, work).await {
        copies.extend(Observed::visible(found)?.items().into_iter().filter_map(StandingCopy::of));
    }
    Ok(copies)
}

/// The copies among the versions of one image.
pub(super) async fn in_image(client: &Client, image: &ResourceId) -> Result<Vec<StandingCopy>> {
    let versions = client.gallery_items(&image.to_string(), "versions").await?;
    Ok(versions.into_iter().filter_map(StandingCopy::of).collect())
}
