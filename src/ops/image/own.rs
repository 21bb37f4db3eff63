//! Images that are readable as resources: by a role, or by a delegation. Resource Graph is asked
//! first; what it does not know (yet) is asked of the provider itself.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::describe::{Image, newest, target_regions};
use super::identities::Identity;
use crate::app::App;
use crate::arm::galleries::GalleryItem;
use crate::arm::resource_graph::ResourceQuery;
use crate::arm::{ArmError, Client};
use crate::error::Result;
use crate::id::{ArmId, SubscriptionId, TenantId};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::observe::Observed;
use crate::ops::portal;

const QUERY: &str = "resources | where type in~ ('microsoft.compute/galleries/images', 'microsoft.compute/galleries/images/versions') | project id, name, type, location, tenantId, properties";

/// An image or a version, and the tenant it belongs to.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: ArmId,
    #[serde(default)]
    name: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    tenant_id: Option<TenantId>,
    #[serde(default)]
    properties: Value,
}

/// Lists the images that an identity can read, each with its newest version.
pub(super) async fn images(app: &App, identity: &Identity) -> Result<Vec<Image>> {
    let rows = match identity.client.query_resources(&ResourceQuery::new(QUERY)).await {
        Ok(found) => found.rows,
        Err(err @ (ArmError::Auth(_) | ArmError::Transport(..))) => return Err(err.into()),
        Err(err) => {
            app.reporter.warn(&format!(
                "Resource Graph does not answer ({err}): every subscription is asked"
            ));
            by_provider(&identity.client).await?
        }
    };
    let (images, versions): (Vec<Row>, Vec<Row>) = rows
        .into_iter()
        .partition(|row| row.kind.eq_ignore_ascii_case("microsoft.compute/galleries/images"));
    let mut known: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for version in versions {
        known.entry(image_of(&version.id)).or_default().push(version);
    }
    // The index hears of new versions later than of their image.
    let unknown: Vec<&Row> =
        images.iter().filter(|image| !known.contains_key(&image.id.to_lowercase())).collect();
    let work = unknown.iter().map(|image| identity.client.gallery_items(&image.id, "versions"));
    let found = fan_out(AT_ONCE, work).await;
    let late: Vec<(String, Vec<Row>)> = unknown
        .iter()
        .zip(found)
        .filter_map(|(image, versions)| {
            Some((image.id.to_lowercase(), rows_of(versions.ok()?, image.tenant_id)))
        })
        .collect();
    known.extend(late);
    let mut all: Vec<Image> = Vec::new();
    for image in &images {
        let versions = known.remove(&image.id.to_lowercase());
        all.push(described(app, identity, image, versions.as_ref()));
    }
    // What is left has no definition for us: single versions were shared.
    let alone = known.values().filter_map(|versions| Some((definition_of(versions)?, versions)));
    all.extend(alone.map(|(image, versions)| described(app, identity, &image, Some(versions))));
    Ok(all)
}

/// What a version shows of its image, whose definition cannot be read.
fn definition_of(versions: &[Row]) -> Option<Row> {
    let first = versions.first()?;
    let end = first.id.to_lowercase().rfind("/versions/")?;
    let id = first.id[..end].to_owned();
    let name = id.rsplit('/').next()?.to_owned();
    Some(Row {
        id: id.into(),
        name,
        kind: String::new(),
        tenant_id: first.tenant_id,
        properties: Value::Null,
    })
}

fn image_of(version: &str) -> String {
    let lower = version.to_lowercase();
    lower.rsplit_once("/versions/").map_or(lower.clone(), |(image, _)| image.to_owned())
}

fn rows_of(items: Vec<GalleryItem>, tenant_id: Option<TenantId>) -> Vec<Row> {
    let row = |item: GalleryItem| Row {
        id: item.id,
        name: item.name,
        kind: String::new(),
        tenant_id,
        properties: item.properties,
    };
    items.into_iter().map(row).collect()
}

fn described(app: &App, identity: &Identity, image: &Row, versions: Option<&Vec<Row>>) -> Image {
    let newest = versions.and_then(|all| newest(all, |row| &row.properties, |row| &row.name));
    let id = newest.map_or(&image.id, |version| &version.id);
    let publisher = image.tenant_id;
    Image {
        id: id.clone(),
        name: image.name.clone(),
        version: newest.map(|version| version.name.clone()),
        via: match publisher {
            Some(publisher) if publisher != identity.tenant => "delegation",
            _ => "rbac",
        },
        publisher_tenant_id: publisher,
        regions: newest.map(|version| target_regions(&version.properties)).unwrap_or_default(),
        credential: identity.name.clone(),
        tenant_id: Some(identity.tenant),
        portal_url: portal::url(&app.settings.cloud.portal, Some(identity.tenant), id),
        ..Image::default()
    }
    .with_definition(&image.properties)
}

/// The same without Resource Graph: subscriptions, galleries, images and versions, one list after the other.
async fn by_provider(client: &Client) -> Result<Vec<Row>> {
    let subscriptions = client.subscriptions().await?;
    let places: Vec<(SubscriptionId, Option<TenantId>)> = subscriptions
        .iter()
        .filter_map(|known| {
            let tenant = known.tenant_id.as_deref().and_then(|tenant| tenant.parse().ok());
            Some((known.subscription_id.parse().ok()?, tenant))
        })
        .collect();
    let work =
        places.iter().map(|(id, _)| client.resources_of_type(*id, "Microsoft.Compute/galleries"));
    let mut galleries = Vec::new();
    for ((_, tenant), found) in places.iter().zip(fan_out(AT_ONCE, work).await) {
        galleries.extend(found?.into_iter().map(|gallery| (gallery.id, *tenant)));
    }
    let images = below(client, &galleries, "images", "microsoft.compute/galleries/images").await?;
    let parents: Vec<(ArmId, Option<TenantId>)> =
        images.iter().map(|image| (image.id.clone(), image.tenant_id)).collect();
    let versions =
        below(client, &parents, "versions", "microsoft.compute/galleries/images/versions").await?;
    Ok(images.into_iter().chain(versions).collect())
}

async fn below(
    client: &Client,
    parents: &[(ArmId, Option<TenantId>)],
    collection: &str,
    kind: &str,
) -> Result<Vec<Row>> {
    let work = parents.iter().map(|(id, _)| client.gallery_items(id, collection));
    let mut rows = Vec::new();
    for ((_, tenant), found) in parents.iter().zip(fan_out(AT_ONCE, work).await) {
        // A gallery may be seen without what is in it.
        let items = Observed::permitted(found)?.items();
        rows.extend(
            rows_of(items, *tenant).into_iter().map(|row| Row { kind: kind.to_owned(), ..row }),
        );
    }
    Ok(rows)
}
