//! One image with all its versions, where they are, and what a machine made from it needs.

use super::describe::{Image, newest, target_regions, text};
use super::details::{Details, Regional, Version, data_disks, details};
use super::id::{ImageId, PublicId};
use super::identities::{Identity, all, az_guest, beside};
use super::nearby::{seen_by, with_nearest_ids};
use super::own_version::own_version;
use super::public;
use super::version_only::show_version;
use crate::app::App;
use crate::arm::ArmError;
use crate::arm::galleries::GalleryItem;
use crate::arm::shared_galleries::{SharedItem, SharedPlace, SharingDoor};
use crate::auth::AuthError;
use crate::error::{Error, Kind, Result};
use crate::id::{ResourceId, TenantId};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::portal;

/// Shows an image as the first of this program's identities that can read it.
///
/// # Errors
/// If no one can, or there is no such image; the publisher's tenant is named.
pub(crate) async fn show(app: &App, id: &ImageId, location: Option<&str>) -> Result<Details> {
    show_among(app, &all(app).await?, id, location).await
}

/// As [`show`]; where `--credential` names one that cannot read the image, the other stored ones are asked.
///
/// # Errors
/// As [`show`], in the words of the credential that was named.
pub(crate) async fn show_to_any(
    app: &App,
    id: &ImageId,
    location: Option<&str>,
) -> Result<Details> {
    match show(app, id, location).await {
        Err(refused) if refused.kind() != Kind::Network => {
            let others = beside(app)?;
            if others.is_empty() {
                return Err(refused);
            }
            show_among(app, &others, id, location).await.map_err(|_| refused)
        }
        answer => answer,
    }
}

async fn show_among(
    app: &App,
    identities: &[Identity],
    id: &ImageId,
    location: Option<&str>,
) -> Result<Details> {
    let shown = match id {
        ImageId::Own(id) => own(app, identities, id).await,
        ImageId::Public(id) => of_public(app, identities, id, location).await,
    };
    shown.map_err(|err| match err.kind() {
        Kind::NotFound => with_nearest_ids(app, err, id, &seen_by(app, identities)),
        _ => err,
    })
}

async fn own(app: &App, identities: &[Identity], id: &ResourceId) -> Result<Details> {
    let publisher = app.tenant_of_subscription(id.subscription()).await?.ok_or_else(|| {
        Error::new(
            Kind::NotFound,
            format!(
                "there is no subscription {} in {}",
                id.subscription(),
                app.settings.cloud.name
            ),
        )
        .hint("Check the id; `az-imageshare doctor` shows the cloud in use.")
    })?;
    let image = match id.segments.len() {
        3 => id.parent().unwrap_or_else(|| id.clone()),
        _ => id.clone(),
    };
    // Who is at home in the publisher's tenant has the shorter way.
    let at_home = identities.iter().filter(|identity| identity.tenant == publisher);
    let others = identities.iter().filter(|identity| identity.tenant != publisher);
    let guest = az_guest(app, identities, publisher)?;
    let mut refusal: Option<ArmError> = None;
    for identity in at_home.chain(others).chain(&guest) {
        match identity.client.gallery_item(&image).await {
            Ok(Some(found)) => return whole(app, identity, publisher, id, &found).await,
            Ok(None) => return Err(missing(&image.to_string())),
            Err(err @ ArmError::Transport(..)) => return Err(err.into()),
            // It says more than what Azure said to the same login in its own tenant.
            Err(err @ ArmError::Auth(AuthError::OneTenant { .. })) => refusal = Some(err),
            Err(err) => refusal = refusal.or(Some(err)),
        }
    }
    if id.segments.len() == 3 {
        let others = identities.iter().filter(|identity| identity.tenant != publisher);
        let at_home = identities.iter().filter(|identity| identity.tenant == publisher);
        let all = at_home.chain(others).chain(&guest);
        if let Some(details) = show_version(app, all, publisher, id).await? {
            return Ok(details);
        }
    }
    let refusal = refusal.map_or_else(|| missing(&image.to_string()), Error::from);
    let refusal = match both(app, identities, publisher)? {
        Some(name) => refusal.first_hint(format!(
            "Credential '{name}' signs in to that tenant as well: `--credential {name}`."
        )),
        None => refusal,
    };
    Err(refusal
        .while_doing(format!("image '{}' belongs to tenant {publisher}, and none of your identities can read it", image.name()))
        .hint(format!("Ask its owner for a role (`az-imageshare share rbac add`), or let a credential sign in there: `az-imageshare credential add … --also-tenant {publisher}`; as a guest there, `az login` again.")))
}

/// A stored credential beside those that were asked, which signs in to the publisher's tenant and to one of theirs.
fn both(app: &App, asked: &[Identity], publisher: TenantId) -> Result<Option<String>> {
    let others = beside(app)?;
    let is_home = |other: &Identity, name: &str| {
        other.name == name && asked.iter().any(|known| known.tenant == other.tenant)
    };
    let there = others.iter().filter(|other| other.tenant == publisher);
    let mut both = there.filter(|one| others.iter().any(|other| is_home(other, &one.name)));
    Ok(both.next().map(|one| one.name.clone()))
}

fn missing(id: &str) -> Error {
    Error::new(Kind::NotFound, format!("there is no image {id}"))
        .hint("See what you can use with `az-imageshare image list -o table`.")
}

async fn whole(
    app: &App,
    identity: &Identity,
    publisher: TenantId,
    asked: &ResourceId,
    found: &GalleryItem,
) -> Result<Details> {
    let versions = versions_of(identity, found).await?;
    let wanted = match asked.segments.len() {
        3 => Some(
            versions
                .iter()
                .find(|version| version.name.eq_ignore_ascii_case(asked.name()))
                .ok_or_else(|| missing(&asked.to_string()))?,
        ),
        _ => newest(&versions, |version| &version.properties, |version| &version.name),
    };
    let portal = &app.settings.cloud.portal;
    let id = wanted.map_or(&found.id, |version| &version.id);
    let is_foreign = publisher != identity.tenant;
    let image = Image {
        id: id.clone(),
        name: found.name.clone(),
        version: wanted.map(|version| version.name.clone()),
        via: if is_foreign { "delegation" } else { "rbac" },
        publisher_tenant_id: Some(publisher),
        regions: wanted.map(|version| target_regions(&version.properties)).unwrap_or_default(),
        credential: identity.name.clone(),
        tenant_id: Some(identity.tenant),
        portal_url: portal::url(portal, Some(identity.tenant), id),
        ..Image::default()
    };
    let auxiliary = if is_foreign { Vec::new() } else { vec![publisher] };
    let link = |version: &GalleryItem| portal::url(portal, Some(identity.tenant), &version.id);
    let told = versions.iter().map(|version| own_version(version, link(version))).collect();
    Ok(details(image.with_definition(&found.properties), &found.properties, told, auxiliary))
}

/// The versions one by one: lists do not show how far they are replicated.
async fn versions_of(identity: &Identity, image: &GalleryItem) -> Result<Vec<GalleryItem>> {
    let listed = identity.client.gallery_items(&image.id, "versions").await?;
    let ids: Vec<ResourceId> =
        listed.iter().filter_map(|version| version.id.parse().ok()).collect();
    let work = ids.iter().map(|id| identity.client.gallery_item(id));
    let mut versions = Vec::new();
    for version in fan_out(AT_ONCE, work).await {
        versions.extend(version?);
    }
    Ok(versions)
}

async fn of_public(
    app: &App,
    identities: &[Identity],
    id: &PublicId,
    location: Option<&str>,
) -> Result<Details> {
    let mut refusal: Option<Error> = None;
    for identity in identities {
        match public_in(app, identity, id, location).await {
            Ok(Some(details)) => return Ok(details),
            Ok(None) => {}
            Err(err) if err.kind() == Kind::Network => return Err(err),
            Err(err) => refusal = refusal.or(Some(err)),
        }
    }
    Err(refusal.unwrap_or_else(|| missing(&id.to_string())))
}

/// Looks in every region, as each has its own versions; from the first subscription that sees the image.
async fn public_in(
    app: &App,
    identity: &Identity,
    id: &PublicId,
    location: Option<&str>,
) -> Result<Option<Details>> {
    for subscription in public::subscriptions(identity).await? {
        let regions = public::regions(identity, subscription, location).await?;
        let work = regions.iter().map(|region| async move {
            let place = SharedPlace { subscription, location: region, door: id.door };
            let found = identity.client.public_item(&place, &[&id.gallery, &id.image]).await?;
            let Some(image) = found else { return Ok(None) };
            let versions = identity.client.public_items(&place, &[&id.gallery, &id.image]).await?;
            Ok::<_, ArmError>(Some((image, versions)))
        });
        let mut seen: Vec<(String, SharedItem, Vec<SharedItem>)> = Vec::new();
        for (region, answer) in regions.iter().zip(fan_out(AT_ONCE, work).await) {
            seen.extend(answer?.map(|(image, versions)| (region.clone(), image, versions)));
        }
        if !seen.is_empty() {
            return merged(app, identity, id, &seen).await.map(Some);
        }
    }
    Ok(None)
}

async fn merged(
    app: &App,
    identity: &Identity,
    id: &PublicId,
    seen: &[(String, SharedItem, Vec<SharedItem>)],
) -> Result<Details> {
    let properties = seen.first().map(|(_, image, _)| image.properties.clone()).unwrap_or_default();
    let portal_url = portal::galleries(&app.settings.cloud.portal, identity.tenant);
    let (all, versions) = over_regions(id, seen, &portal_url);
    let latest = newest(&all, |version| &version.properties, |version| &version.name)
        .map(|version| version.name.clone());
    let wanted = id.version.clone().or(latest);
    let chosen =
        wanted.as_ref().and_then(|name| versions.iter().find(|version| version.name == *name));
    if id.version.is_some() && chosen.is_none() {
        return Err(missing(&id.to_string()));
    }
    let publisher = match PublicId::publisher_subscription(&id.gallery) {
        Some(subscription) => app.tenant_of_subscription(subscription).await?,
        None => None,
    };
    let image = Image {
        id: id.with_version(wanted.as_deref()).into(),
        name: id.image.clone(),
        version: wanted.clone(),
        via: if id.door == SharingDoor::Shared { "direct" } else { "community" },
        publisher_tenant_id: publisher,
        regions: chosen
            .map(|version| version.regions.iter().map(|one| one.region.clone()).collect())
            .unwrap_or_default(),
        credential: identity.name.clone(),
        tenant_id: Some(identity.tenant),
        portal_url,
        ..Image::default()
    };
    Ok(details(image.with_definition(&properties), &properties, versions, Vec::new()))
}

/// The versions of all regions, each once, with the regions it is in.
fn over_regions<'a>(
    id: &PublicId,
    seen: &'a [(String, SharedItem, Vec<SharedItem>)],
    portal_url: &str,
) -> (Vec<&'a SharedItem>, Vec<Version>) {
    let mut all: Vec<&SharedItem> = Vec::new();
    let mut versions: Vec<Version> = Vec::new();
    for (region, version) in
        seen.iter().flat_map(|(region, _, found)| found.iter().map(move |one| (region, one)))
    {
        let here = Regional { region: region.clone(), ..Regional::default() };
        if let Some(known) = versions.iter_mut().find(|known| known.name == version.name) {
            known.regions.push(here);
            continue;
        }
        all.push(version);
        versions.push(Version {
            regions: vec![here],
            portal_url: portal_url.to_owned(),
            ..public_version(id, version)
        });
    }
    (all, versions)
}

fn public_version(id: &PublicId, version: &SharedItem) -> Version {
    Version {
        id: id.with_version(Some(&version.name)).into(),
        name: version.name.clone(),
        published_date: text(&version.properties, "publishedDate"),
        exclude_from_latest: version.properties["excludeFromLatest"] == true,
        end_of_life_date: text(&version.properties, "endOfLifeDate"),
        os_disk_size_gb: version.properties["storageProfile"]["osDiskImage"]["diskSizeGB"].as_u64(),
        data_disks: data_disks(&version.properties),
        ..Version::default()
    }
}
