//! Images of galleries that are open to a subscription: shared directly, or with the community.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::describe::{Image, newest};
use super::id::PublicId;
use super::identities::Identity;
use super::share_questions::{ShareQuestion, ShareQuestions, share_questions};
use crate::app::App;
use crate::arm::ArmError;
use crate::arm::resource_graph::{ResourceQuery, ResourceRows};
use crate::arm::shared_galleries::{SharedItem, SharedPlace, SharingDoor};
use crate::error::{Error, Kind, Result};
use crate::id::{SubscriptionId, TenantId};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::observe::Observed;
use crate::ops::change::resume;
use crate::ops::gaps::Gaps;
use crate::ops::portal;
use crate::ops::region::folded_region;

/// A gallery in one region, seen from one subscription.
#[derive(Clone, Debug)]
struct Found {
    subscription: SubscriptionId,
    region: String,
    gallery: String,
}

/// The subscriptions that belong to an identity's own tenant: what is shared reaches those.
pub(super) async fn subscriptions(identity: &Identity) -> Result<Vec<SubscriptionId>> {
    let all = identity.client.subscriptions().await?;
    let home = identity.tenant.to_string();
    let own = all.iter().filter(|known| {
        known.tenant_id.as_deref().is_none_or(|tenant| tenant.eq_ignore_ascii_case(&home))
    });
    Ok(own.filter_map(|known| known.subscription_id.parse().ok()).collect())
}

/// The regions to ask in: the one that was named, else all there are.
pub(super) async fn regions(
    identity: &Identity,
    subscription: SubscriptionId,
    only: Option<&str>,
) -> Result<Vec<String>, ArmError> {
    match only {
        Some(name) => Ok(vec![folded_region(name)]),
        None => identity.client.locations(subscription).await,
    }
}

/// Lists the images that were shared directly with the subscriptions of an identity, or with its tenant.
pub(super) async fn shared(
    app: &App,
    identity: &Identity,
    only: Option<&str>,
) -> Result<(Vec<Image>, Gaps)> {
    let mut gaps = Gaps::default();
    if app.settings.cloud.is_national() {
        return Ok((Vec::new(), gaps));
    }
    let subscriptions = subscriptions(identity).await?;
    let Some(first) = subscriptions.first() else {
        return Ok((Vec::new(), gaps));
    };
    let Some(regions) = Observed::permitted(regions(identity, *first, only).await)?.told() else {
        gaps.note_limit(unlisted(identity, *first), &unreadable());
        return Ok((Vec::new(), gaps));
    };
    let ShareQuestions { questions, others } =
        share_questions(identity, &subscriptions, &regions).await;
    let mut shares = DirectShares::default();
    shares.ask(identity, &questions).await?;
    // What was found may be in other regions as well, and a row names all of them.
    let is_of_found = |one: &ShareQuestion| shares.has_any_of(one.subscription);
    let (more, others): (Vec<_>, Vec<_>) = others.into_iter().partition(is_of_found);
    shares.ask(identity, &more).await?;
    if let Some(one) = others.first() {
        gaps.note_limit(outside_groups(identity), &asked_in_one(app, &one.region));
    }
    for id in shares.closed {
        gaps.note_limit(unlisted(identity, id), &unreadable());
    }
    let found = shares.galleries.into_values().collect();
    Ok((images(app, identity, SharingDoor::Shared, found).await?, gaps))
}

/// The galleries that are shared directly, by name and region, and the subscriptions that may not be asked.
#[derive(Default)]
struct DirectShares {
    galleries: BTreeMap<(String, String), Found>,
    closed: BTreeSet<SubscriptionId>,
}

impl DirectShares {
    async fn ask(&mut self, identity: &Identity, questions: &[ShareQuestion]) -> Result<()> {
        let work = questions.iter().map(|one| async move {
            let (subscription, location) = (one.subscription, &*one.region);
            let place = SharedPlace { subscription, location, door: SharingDoor::Shared };
            identity.client.shared_galleries(&place, one.with_tenant).await
        });
        for (one, answer) in questions.iter().zip(fan_out(AT_ONCE, work).await) {
            let (subscription, region) = (one.subscription, &one.region);
            let Some(found) = Observed::permitted(answer)?.told() else {
                self.closed.insert(subscription);
                continue;
            };
            for gallery in found {
                let found = Found { subscription, region: region.clone(), gallery: gallery.name };
                let place = (found.gallery.to_lowercase(), region.clone());
                self.galleries.entry(place).or_insert(found);
            }
        }
        Ok(())
    }

    fn has_any_of(&self, subscription: SubscriptionId) -> bool {
        self.galleries.values().any(|one| one.subscription == subscription)
    }
}

fn unlisted(identity: &Identity, subscription: SubscriptionId) -> String {
    format!("what is shared directly with subscription {subscription}, as '{}'", identity.name)
}

fn outside_groups(identity: &Identity) -> String {
    let name = &identity.name;
    format!(
        "direct shares with single subscriptions in regions where they have no resource group, as '{name}'"
    )
}

/// To ask every subscription in every region takes hundreds of requests.
fn asked_in_one(app: &App, region: &str) -> Error {
    let list = resume::other_command(app, &["image", "list", "--location", region]);
    Error::new(Kind::Failure, format!("`{list}` asks every subscription in that region"))
}

/// A role on a resource group is not enough to list direct shares.
fn unreadable() -> Error {
    Error::new(Kind::SignIn, "it needs Reader there")
}

/// A row of Resource Graph's table of community galleries.
#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    name: String,
}

/// Lists the images of community galleries in one region: of the one that is named, else of all.
pub(super) async fn community(
    app: &App,
    identity: &Identity,
    location: &str,
    only: Option<&str>,
) -> Result<Vec<Image>> {
    let subscriptions = subscriptions(identity).await?;
    let Some(subscription) = subscriptions.first() else {
        return Ok(Vec::new());
    };
    let region = folded_region(location);
    let names = match only {
        Some(name) => {
            require(identity, *subscription, &region, name).await?;
            vec![name.to_owned()]
        }
        None => {
            let query = format!(
                "communitygalleryresources | where type == 'microsoft.compute/locations/communitygalleries' | where location == '{region}' | project id, name"
            );
            let query = ResourceQuery::new(&query);
            let found: ResourceRows<Row> = identity.client.query_resources(&query).await?;
            found.rows.into_iter().map(|row| row.name).collect()
        }
    };
    let found = |gallery| Found { subscription: *subscription, region: region.clone(), gallery };
    images(app, identity, SharingDoor::Community, names.into_iter().map(found).collect()).await
}

/// Makes sure that a community gallery that someone named is there.
async fn require(
    identity: &Identity,
    subscription: SubscriptionId,
    region: &str,
    name: &str,
) -> Result<()> {
    let place = SharedPlace { subscription, location: region, door: SharingDoor::Community };
    match identity.client.public_item(&place, &[name]).await? {
        Some(_) => Ok(()),
        None => Err(Error::new(
            Kind::NotFound,
            format!("there is no community gallery '{name}' in {region}"),
        )
        .hint(format!("See those that are there with `az-imageshare image list --community --location {region}`."))),
    }
}

/// The images of galleries, the same image in several regions as one.
async fn images(
    app: &App,
    identity: &Identity,
    door: SharingDoor,
    galleries: Vec<Found>,
) -> Result<Vec<Image>> {
    let work = galleries.iter().map(|found| async move {
        let place = SharedPlace { subscription: found.subscription, location: &found.region, door };
        identity.client.public_items(&place, &[&found.gallery]).await
    });
    let mut known: Vec<(&Found, SharedItem)> = Vec::new();
    for (found, answer) in galleries.iter().zip(fan_out(AT_ONCE, work).await) {
        match answer {
            // Closed since it was listed: indexes lag behind. By hand: a 403 is a failure here.
            Err(err) if err.is_not_found() => {}
            answer => known.extend(answer?.into_iter().map(|image| (found, image))),
        }
    }
    let work = known.iter().map(|(found, image)| async move {
        let place = SharedPlace { subscription: found.subscription, location: &found.region, door };
        identity.client.public_items(&place, &[&found.gallery, &image.name]).await
    });
    let versions = fan_out(AT_ONCE, work).await;
    let publishers = publishers(app, &galleries).await;
    let mut images: BTreeMap<String, Image> = BTreeMap::new();
    for ((found, image), versions) in known.iter().zip(versions) {
        let versions = versions?;
        let id = PublicId {
            door,
            gallery: found.gallery.clone(),
            image: image.name.clone(),
            version: None,
        };
        let publisher = publishers.get(&found.gallery).copied();
        let told = described(app, identity, &id, image, &versions, publisher);
        let entry = images.entry(id.to_string()).or_insert(told);
        // A region without a version is none where a machine can be made.
        if !versions.is_empty() && !entry.regions.contains(&found.region) {
            entry.regions.push(found.region.clone());
        }
    }
    Ok(images.into_values().collect())
}

fn described(
    app: &App,
    identity: &Identity,
    id: &PublicId,
    image: &SharedItem,
    versions: &[SharedItem],
    publisher: Option<TenantId>,
) -> Image {
    let newest = newest(versions, |version| &version.properties, |version| &version.name);
    let version = newest.map(|version| version.name.clone());
    Image {
        id: id.with_version(version.as_deref()).into(),
        name: image.name.clone(),
        version,
        via: match id.door {
            SharingDoor::Shared => "direct",
            SharingDoor::Community => "community",
        },
        publisher_tenant_id: publisher,
        credential: identity.name.clone(),
        tenant_id: Some(identity.tenant),
        portal_url: portal::galleries(&app.settings.cloud.portal, identity.tenant),
        ..Image::default()
    }
    .with_definition(&image.properties)
}

/// The tenant behind each unique name: it begins with the publisher's subscription.
async fn publishers(app: &App, galleries: &[Found]) -> BTreeMap<String, TenantId> {
    let mut names: Vec<&String> = galleries.iter().map(|found| &found.gallery).collect();
    names.sort();
    names.dedup();
    let work = names.iter().map(|name| async move {
        let subscription = PublicId::publisher_subscription(name)?;
        app.tenant_of_subscription(subscription).await.ok()?
    });
    let found = fan_out(AT_ONCE, work).await;
    names.iter().zip(found).filter_map(|(name, tenant)| Some(((*name).clone(), tenant?))).collect()
}
