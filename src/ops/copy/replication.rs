//! Waiting until a version is in all its regions, and saying how far each is.

use std::time::Duration;

use crate::arm::galleries::{GalleryItem, RegionalStatus};
use crate::arm::{ProvisioningState, Reply};
use crate::error::{Error, Kind, Result};
use crate::id::ResourceId;
use crate::ops::change::wait::Deadline;
use crate::ops::site::Site;

/// A large version takes hours to reach a far region.
const LONGEST: Duration = Duration::from_secs(6 * 3600);

/// How far the regions of a version are.
pub(super) fn regions(version: &GalleryItem) -> Vec<RegionalStatus> {
    let summary = version.properties["replicationStatus"]["summary"].clone();
    serde_json::from_value(summary).unwrap_or_default()
}

/// `Creating`, `Succeeded`, `Failed`.
pub(super) fn state(version: &GalleryItem) -> String {
    version.properties["provisioningState"].as_str().unwrap_or_default().to_owned()
}

/// Asks for a version until it is in all its regions, and leaves it in `seen` as it was last. `reply` is the
/// answer to its write, if there is one.
///
/// # Errors
/// If a region fails: all that failed, with Azure's reason; if it takes too long.
pub(super) async fn wait(
    site: &Site<'_>,
    id: &ResourceId,
    reply: Option<Reply>,
    seen: &mut Option<GalleryItem>,
) -> Result<()> {
    let mut deadline = Deadline::new(site.app, LONGEST);
    loop {
        *seen = site.client.gallery_item(id).await?;
        let Some(found) = seen else {
            return Err(Error::new(Kind::Failure, format!("version {} is gone", id.name()))
                .hint("It was removed meanwhile; run the command again to copy it anew."));
        };
        let made = ProvisioningState::from(state(found).as_str());
        let aggregated = found.properties["replicationStatus"]["aggregatedState"].as_str();
        let is_spread = aggregated.is_none_or(|word| word.eq_ignore_ascii_case("Completed"));
        if made == ProvisioningState::Succeeded && is_spread {
            return Ok(());
        }
        let has_failed = aggregated.is_some_and(|word| word.eq_ignore_ascii_case("Failed"));
        if made.has_failed() || has_failed {
            return Err(failed(site, id, found, reply).await);
        }
        site.reporter.step(&told(id, found));
        deadline.pause().await?;
    }
}

/// True for a version that Azure may still be making: it says so, or does not answer.
pub(super) async fn is_under_way(site: &Site<'_>, id: &ResourceId) -> bool {
    match site.client.gallery_item(id).await {
        Ok(Some(found)) => !ProvisioningState::from(state(&found).as_str()).is_final(),
        Ok(None) => false,
        Err(_) => true,
    }
}

/// `Version 1.1.0: West Europe 100 %, East US 40 %`.
fn told(id: &ResourceId, found: &GalleryItem) -> String {
    let one = |region: &RegionalStatus| match region.progress {
        Some(progress) => format!("{} {progress} %", region.region),
        None => format!("{} {}", region.region, region.state),
    };
    let parts: Vec<String> = regions(found).iter().map(one).collect();
    let how = if parts.is_empty() { state(found) } else { parts.join(", ") };
    format!("Version {}: {how}", id.name())
}

async fn failed(
    site: &Site<'_>,
    id: &ResourceId,
    found: &GalleryItem,
    reply: Option<Reply>,
) -> Error {
    let known = regions(found);
    let is_in = |region: &&RegionalStatus, state: &str| region.state.eq_ignore_ascii_case(state);
    let reasons: Vec<String> = known
        .iter()
        .filter(|region| is_in(region, "Failed"))
        .map(|region| match region.details.as_deref() {
            Some(why) if !why.is_empty() => format!("{} ({why})", region.region),
            _ => region.region.clone(),
        })
        .collect();
    let there: Vec<&str> = known
        .iter()
        .filter(|region| is_in(region, "Completed"))
        .map(|region| region.region.as_str())
        .collect();
    let name = id.name();
    if reasons.is_empty() {
        // The version says that it failed, and its operation why.
        let why = match reply {
            Some(reply) => site.client.wait(reply, Duration::from_secs(60), &|_| {}).await.err(),
            None => None,
        };
        let text = format!("version {name} was not made");
        return why.map_or_else(
            || Error::new(Kind::Failure, text.clone()),
            |err| Error::from(err).of_kind(Kind::Failure).while_doing(text.clone()),
        );
    }
    let stays = match there.as_slice() {
        [] => String::new(),
        there => format!("; it is in {}", there.join(", ")),
    };
    Error::new(
        Kind::Failure,
        format!("version {name} was not replicated to {}{stays}", reasons.join(", ")),
    )
    .hint("Run the command again: it tries the failed regions once more and leaves the others.")
}
