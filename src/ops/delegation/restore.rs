//! Single writes of offers and their assignments, as putting back an earlier state needs them.

use super::inventory::Side;
use super::provisioned;
use super::teardown;
use crate::arm::managed_services::RegistrationDefinitionProperties;
use crate::error::{Error, Kind, Result};
use crate::ops::change::wait::Deadline;
use crate::ops::site::Site;
use crate::rest::poll::LONGEST;

/// Writes an offer under its own id, and waits until it can be assigned.
///
/// # Errors
/// If Azure refuses, does not answer, or the offer ends as failed.
pub(crate) async fn put_definition(
    site: &Site<'_>,
    id: &str,
    mut properties: RegistrationDefinitionProperties,
) -> Result<()> {
    // Azure adds these to its answers, and takes none of them.
    properties.provisioning_state = None;
    properties.managed_by_tenant_name = None;
    properties.managee_tenant_id = None;
    properties.managee_tenant_name = None;
    let mut found = Some(site.client.put_definition(id, &properties).await?);
    let mut deadline = Deadline::new(site.app, LONGEST);
    loop {
        let state = found.and_then(|found| found.properties.provisioning_state);
        match state.as_deref() {
            None | Some("Succeeded") => return Ok(()),
            Some("Failed") => {
                return Err(Error::new(Kind::Failure, format!("offer {id} ended as Failed")));
            }
            Some(_) => deadline.pause().await?,
        }
        found = site.client.definition(id).await?;
    }
}

/// Deletes an offer.
///
/// # Errors
/// If Azure refuses, because it is still assigned, or does not answer.
pub(crate) async fn delete_definition(site: &Site<'_>, id: &str) -> Result<()> {
    Ok(teardown::delete_definition(&site.client, site.reporter, id).await?)
}

/// Assigns an offer under the assignment's own id, and waits until that is provisioned.
///
/// # Errors
/// If Azure refuses or does not answer.
pub(crate) async fn put_assignment(site: &Site<'_>, id: &str, definition: &str) -> Result<()> {
    let reply = site.client.put_assignment(id, definition).await?;
    let progress = |state: &str| site.reporter.step(&format!("  {state}"));
    site.client.wait(reply, LONGEST, &progress).await?;
    let mut deadline = Deadline::new(site.app, LONGEST);
    provisioned::wait_for_assignments(site, &[id.to_owned()], &mut deadline).await?;
    Ok(())
}

/// Ends an assignment, and waits until it is gone.
///
/// # Errors
/// If Azure refuses or does not answer.
pub(crate) async fn delete_assignment(site: &Site<'_>, id: &str) -> Result<()> {
    let side = Side::Given;
    Ok(teardown::remove_assignment(&site.client, site.reporter, side, id).await?)
}
