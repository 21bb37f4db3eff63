//! Waiting until the assignments of a delegation are provisioned, by asking for them.

use crate::arm::ProvisioningState;
use crate::arm::managed_services::RegistrationAssignment;
use crate::error::{Error, Kind, Result};
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::wait::Deadline;
use crate::ops::site::Site;

/// Asks for assignments, each with its definition, until all are provisioned.
pub(crate) async fn wait_for_assignments(
    site: &Site<'_>,
    ids: &[String],
    deadline: &mut Deadline,
) -> Result<Vec<RegistrationAssignment>> {
    let mut absences = 0;
    loop {
        let told = fan_out(AT_ONCE, ids.iter().map(|id| site.client.assignment(id))).await;
        let mut found = Vec::new();
        for (id, told) in ids.iter().zip(told) {
            match told? {
                Some(assignment) => found.push(assignment),
                // Resource Manager's cache may be a moment behind the deployment.
                None if absences < PATIENCE => absences += 1,
                None => return Err(absent(id)),
            }
        }
        if found.len() == ids.len() && are_provisioned(&found)? {
            return Ok(found);
        }
        site.reporter.step("Waiting for the assignments…");
        deadline.pause().await?;
    }
}

fn absent(id: &str) -> Error {
    Error::new(
        Kind::Failure,
        format!("the deployment succeeded, but assignment {id} does not exist"),
    )
    .hint("Run the command again: it makes what is missing.")
}

/// True if every assignment is provisioned.
pub(crate) fn are_provisioned(found: &[RegistrationAssignment]) -> Result<bool> {
    let mut done = true;
    for assignment in found {
        let told = assignment.properties.provisioning_state.as_deref().unwrap_or("Succeeded");
        match ProvisioningState::from(told) {
            ProvisioningState::Succeeded => {}
            state if state.is_final() || state == ProvisioningState::Deleted => {
                return Err(Error::new(Kind::Failure, format!("assignment {} ended as {told}", assignment.id))
                    .hint("Check that every principal exists in the consumer's tenant (the consumer's `az-imageshare delegation request` checks it), then run the command again."));
            }
            _ => done = false,
        }
    }
    Ok(done)
}

/// How often an assignment may be absent after its deployment.
const PATIENCE: usize = 5;
