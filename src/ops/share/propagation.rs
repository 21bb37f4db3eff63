//! Changes whom a gallery is shared with, and waits until it is so in every region.

use std::time::Duration;

use crate::app::App;
use crate::arm::Client;
use crate::arm::galleries::{Gallery, SharingGroup};
use crate::error::{Error, Kind, Result};
use crate::id::ResourceId;
use crate::ops::change::wait::Deadline;

use super::gallery;

/// How long sharing may take to spread.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// Sends one change and waits for its end.
pub(super) async fn share(
    app: &App,
    client: &Client,
    id: &ResourceId,
    operation: &str,
    groups: &[SharingGroup],
) -> Result<Gallery> {
    let reply = client.share_gallery(id, operation, groups).await?;
    let progress = |state: &str| app.reporter.step(&format!("  {operation}: {state}"));
    client.wait(reply, LONGEST, &progress).await?;
    spread(app, client, id).await
}

/// Waits until the sharing status is `Succeeded`: before that a share has no effect in a region.
pub(super) async fn spread(app: &App, client: &Client, id: &ResourceId) -> Result<Gallery> {
    let mut deadline = Deadline::new(app, LONGEST);
    loop {
        let found = gallery::read(client, id).await?;
        let state = found.properties.sharing_status.as_ref();
        match state.map(|status| status.aggregated_state.as_str()) {
            None | Some("Succeeded" | "") => return Ok(found),
            Some("Failed") => return Err(failed(&found)),
            Some(state) => app.reporter.step(&format!("  sharing: {state}")),
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
