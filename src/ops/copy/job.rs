//! What becomes of one version: made, brought to more regions, or kept.

use serde_json::Value;

use super::bodies::{self, VersionPlaces};
use super::destination::CopyPlace;
use super::disk::{self, PassingDisk};
use super::mark::CopyMark;
use super::request::CopyRequest;
use super::source::CopySource;
use crate::arm::ProvisioningState;
use crate::arm::galleries::GalleryItem;
use crate::arm::shared_galleries::SharingDoor;
use crate::id::ResourceId;
use crate::ops::change::ChangeKind;
use crate::ops::change::findings::Findings;
use crate::ops::image::details::Version;
use crate::ops::image::id::ImageId;
use crate::ops::region::{folded_region, same_region};

/// One version on its way.
#[derive(Clone, Debug)]
pub(super) struct VersionJob {
    pub from: Version,
    pub id: ResourceId,
    pub change: ChangeKind,
    /// All its regions in the end.
    pub regions: Vec<String>,
    /// What is sent; null for a version that is kept.
    pub body: Value,
    /// The version as it is.
    pub standing: Option<GalleryItem>,
    /// The disks that a directly shared version is copied by.
    pub disks: Vec<PassingDisk>,
}

/// Decides what becomes of a version; `None` if something speaks against it.
pub(super) fn decide(
    source: &CopySource,
    place: &CopyPlace,
    wanted: &CopyRequest,
    from: &Version,
    findings: &mut Findings,
) -> Option<VersionJob> {
    let standing = standing_of(source, place, wanted, from, findings)?;
    let name = match (&standing, &wanted.destination.version) {
        (Some(found), _) => found.name.clone(),
        (None, Some(named)) => named.clone(),
        (None, None) => from.name.clone(),
    };
    let regions = wanted_regions(wanted, place);
    let known = standing.as_ref().map(known_regions).unwrap_or_default();
    let is_missing = |name: &&String| !known.iter().any(|known| same_region(known, name));
    let missing = regions.iter().filter(is_missing).count();
    let change = match &standing {
        None => ChangeKind::Create,
        Some(found) if missing > 0 || has_failed(found) => ChangeKind::Update,
        Some(_) => ChangeKind::Keep,
    };
    let id = place.image_id.child("versions", &name);
    let all = known.iter().map(|name| folded_region(name)).chain(regions.iter().cloned());
    let mut job = VersionJob {
        from: from.clone(),
        id,
        change,
        regions: without_twins(all),
        body: Value::Null,
        standing,
        disks: Vec::new(),
    };
    let home = match (&job.standing, change) {
        (Some(found), _) => Some(folded_region(&found.location)),
        (None, _) => home_of(from, &regions, place.location()),
    };
    let must_have_source = job.standing.as_ref().is_none_or(has_failed);
    let Some(home) = home.filter(|home| !must_have_source || has_replica(from, home)) else {
        findings.azure(format!("version {}", from.name), nowhere(from, &regions), elsewhere(from));
        return None;
    };
    let places = VersionPlaces { home, regions };
    let is_widened = change == ChangeKind::Update && job.standing.as_ref().is_some_and(is_sound);
    job.body = match (&job.standing, change) {
        (_, ChangeKind::Keep) => Value::Null,
        (Some(found), _) if is_widened => bodies::widened(found, &places.regions, wanted),
        (found, _) => bodies::version(source, from, &places, wanted, found.as_ref()),
    };
    if is_direct(source) && !is_widened {
        job.disks = disk::disks_of(source, from, &job.id, &places.home);
    }
    Some(job)
}

/// True for a source that only disks can be made from.
pub(super) fn is_direct(source: &CopySource) -> bool {
    matches!(&source.image, ImageId::Public(id) if id.door == SharingDoor::Shared)
}

/// The copy of a version that is there already. A version of the same name that is none is in the way.
#[expect(clippy::option_option, reason = "the outer one says whether to go on")]
fn standing_of(
    source: &CopySource,
    place: &CopyPlace,
    wanted: &CopyRequest,
    from: &Version,
    findings: &mut Findings,
) -> Option<Option<GalleryItem>> {
    let mark = source.mark(from);
    let is_copy = |found: &&GalleryItem| {
        CopyMark::of(found.tags.as_ref()).is_some_and(|known| known.is(&mark))
    };
    let named = wanted.destination.version.as_ref();
    let is_named =
        |found: &&GalleryItem| named.is_none_or(|named| found.name.eq_ignore_ascii_case(named));
    let copies = || place.versions.iter().filter(is_copy);
    if let Some(found) = copies().find(is_named) {
        return Some(Some(found.clone()));
    }
    let name = named.unwrap_or(&from.name);
    let in_the_way = place.versions.iter().find(|found| found.name.eq_ignore_ascii_case(name));
    let Some(found) = in_the_way else { return Some(None) };
    let what = match CopyMark::of(found.tags.as_ref()) {
        Some(known) => format!("is a copy of version {} of {}", known.version, known.source),
        None => "was not made by `image copy`".to_owned(),
    };
    findings.input(
        "--to",
        format!("version {name} of image '{}' exists already and {what}", place.image_id.name()),
        format!(
            "Name another version for the copy, such as `--to {}/{}/{}`.",
            place.gallery_id.name(),
            place.image_id.name(),
            next_patch(name)
        ),
    );
    None
}

/// The version after this one.
fn next_patch(name: &str) -> String {
    let Some((head, patch)) = name.rsplit_once('.') else { return "1.0.0".to_owned() };
    let patch: u64 = patch.parse().unwrap_or_default();
    format!("{head}.{}", patch + 1)
}

/// The regions that were asked for, else the gallery's own.
pub(super) fn wanted_regions(wanted: &CopyRequest, place: &CopyPlace) -> Vec<String> {
    if wanted.regions.is_empty() {
        return vec![folded_region(place.location())];
    }
    without_twins(wanted.regions.iter().map(|name| folded_region(name)))
}

fn without_twins(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for name in names {
        if !once.contains(&name) {
            once.push(name);
        }
    }
    once
}

fn known_regions(found: &GalleryItem) -> Vec<String> {
    let targets = found.properties["publishingProfile"]["targetRegions"].as_array();
    let names = targets.into_iter().flatten().filter_map(|one| one["name"].as_str());
    names.map(folded_region).collect()
}

fn is_sound(found: &GalleryItem) -> bool {
    !has_failed(found)
}

fn has_failed(found: &GalleryItem) -> bool {
    let state = found.properties["provisioningState"].as_str().unwrap_or_default();
    ProvisioningState::from(state).has_failed()
}

/// A version is made in a region that has its source, and that is one of its own.
fn home_of(from: &Version, regions: &[String], gallery: &str) -> Option<String> {
    let gallery = folded_region(gallery);
    let first = regions.iter().filter(|name| **name == gallery);
    first.chain(regions).find(|name| has_replica(from, name)).cloned()
}

fn has_replica(from: &Version, region: &str) -> bool {
    from.regions.iter().any(|known| {
        let is_there =
            known.state.as_deref().is_none_or(|state| state.eq_ignore_ascii_case("Completed"));
        same_region(&known.region, region) && is_there
    })
}

fn nowhere(from: &Version, regions: &[String]) -> String {
    let known: Vec<&str> = from.regions.iter().map(|known| known.region.as_str()).collect();
    format!(
        "a copy is made in a region that has the source, and the source is in {}, not in {}",
        if known.is_empty() { "no region".to_owned() } else { known.join(", ") },
        regions.join(", ")
    )
}

fn elsewhere(from: &Version) -> String {
    match from.regions.first() {
        Some(known) => format!(
            "Add a region of the source with `--regions {} …`, or have its owner replicate it: `az sig image-version update --target-regions …`.",
            known.region
        ),
        None => "Have the owner of the source replicate it: `az sig image-version update --target-regions …`.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::image::details::Regional;

    fn version(regions: &[(&str, Option<&str>)]) -> Version {
        let regional = |(region, state): &(&str, Option<&str>)| Regional {
            region: (*region).to_owned(),
            state: state.map(str::to_owned),
            ..Regional::default()
        };
        Version { regions: regions.iter().map(regional).collect(), ..Version::default() }
    }

    #[test]
    fn a_copy_is_made_where_its_source_is() {
        let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let known = version(&[("West Europe", Some("Completed")), ("eastus", Some("Replicating"))]);
        let home = |regions: &[&str], gallery: &str| home_of(&known, &names(regions), gallery);
        assert_eq!(home(&["westeurope"], "westeurope").as_deref(), Some("westeurope"));
        assert_eq!(home(&["westus", "westeurope"], "West US").as_deref(), Some("westeurope"));
        assert_eq!(home(&["eastus"], "eastus"), None, "a replica on its way is none");
        // Where no state is told, there is one.
        let untold = version(&[("westus", None)]);
        assert_eq!(home_of(&untold, &names(&["westus"]), "x").as_deref(), Some("westus"));
    }

    #[test]
    fn the_version_after_this_one() {
        assert_eq!(next_patch("1.2.9"), "1.2.10");
        assert_eq!(next_patch("x"), "1.0.0");
    }
}
