//! Changes whom a gallery is shared with, and waits until it is so in every region.

use std::time::Duration;

use crate::arm::galleries::{Gallery, SharingGroup};
use crate::error::{Error, Kind, Result};
use crate::id::ResourceId;
use crate::ops::change::wait::Deadline;
use crate::ops::site::Site;

use super::gallery;

/// How long sharing may take to spread.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// Sends one change and waits for its end.
pub(crate) async fn share(
    site: &Site<'_>,
    id: &ResourceId,
    operation: &str,
    groups: &[SharingGroup],
) -> Result<Gallery> {
    let reply = site.client.share_gallery(id, operation, groups).await?;
    let progress = |state: &str| site.reporter.step(&format!("  {operation}: {state}"));
    site.client.wait(reply, LONGEST, &progress).await?;
    spread(site, id).await
}

/// Waits until the sharing status is `Succeeded`: before that a share has no effect in a region.
pub(super) async fn spread(site: &Site<'_>, id: &ResourceId) -> Result<Gallery> {
    let mut deadline = Deadline::new(site.app, LONGEST);
    loop {
        let found = gallery::read(&site.client, id).await?;
        let state = found.properties.sharing_status.as_ref();
        match state.map(|status| status.aggregated_state.as_str()) {
            None | Some("Succeeded" | "") => return Ok(found),
            Some("Failed") => return Err(failed(&found)),
            Some(state) => site.reporter.step(&format!("  sharing: {state}")),
        }
        deadline.pause().await?;
    }
}

fn failed(gallery: &Gallery) -> Error {
    let status = gallery.properties.sharing_status.iter();
    let regions: Vec<String> = status
        .flat_map(|status| &status.summary)
        .filter(|region| !region.state.eq_ignore_ascii_case("Succeeded"))
        .map(|region| {
            format!(
                "{} ({})",
                region.region,
                region.details.as_deref().unwrap_or("no reason given")
            )
        })
        .collect();
    Error::new(
        Kind::Partial,
        format!("the change was accepted, but did not take effect in {}", regions.join(", ")),
    )
    .hint("Run the command again; what is shared already stays, and is not sent twice.")
}
