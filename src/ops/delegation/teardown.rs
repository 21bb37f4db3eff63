//! Takes a delegation away: assignments until they are really gone, then the definitions.
//!
//! Every step may be repeated, so a run that was interrupted is taken up by running it again.
//! Source: <https://learn.microsoft.com/azure/lighthouse/how-to/remove-delegation>

use std::time::Duration;

use tokio::time::Instant;

pub(in crate::ops) use super::inventory::Side;
use super::removal::OfferRemoval;
use crate::app::Reporter;
use crate::arm::{ArmError, Client, ProvisioningState};
use crate::error::Error;
use crate::id::resource_name;
use crate::ops::change::Run;
use crate::ops::change::fan_out::fan_out;

impl OfferRemoval {
    /// Carries it out; its steps begin at `first` in the plan of `run`. What cannot go does not keep the rest from
    /// going; only a definition waits for all of its assignments.
    pub(crate) async fn carry_out(
        &self,
        client: &Client,
        reporter: &dyn Reporter,
        run: &Run<'_>,
        first: usize,
    ) {
        let work = self.assignments.iter().enumerate().map(|(place, found)| {
            run.attempt(first + place, async move {
                remove_assignment(client, reporter, self.side, &found.id)
                    .await
                    .map_err(|err| explained(err, self.side, &found.id))
            })
        });
        let gone = fan_out(ASSIGNMENTS_AT_ONCE, work).await;
        if gone.contains(&None) {
            return;
        }
        let first = first + self.assignments.len();
        for (place, found) in self.definitions.iter().enumerate() {
            reporter.step(&format!("Deleting definition {}…", found.id));
            run.attempt(first + place, async {
                delete_definition(client, reporter, &found.id).await.map_err(|err| {
                    Error::from(err)
                        .while_doing(format!("definition {} could not be deleted", found.id))
                })
            })
            .await;
        }
    }
}

fn explained(err: ArmError, side: Side, id: &str) -> Error {
    let forbidden = err.is_forbidden();
    let err = Error::from(err).while_doing(format!("assignment {id} could not be removed"));
    match (side, forbidden) {
        (Side::Received, true) => err.hint("The delegation does not give you the role to leave it (Managed Services Registration assignment Delete Role): ask the publisher to run `az-imageshare delegation delete`."),
        _ => err,
    }
}

/// Takes an assignment away and waits until it is gone; one that is gone already is not a failure.
pub(in crate::ops) async fn remove_assignment(
    client: &Client,
    reporter: &dyn Reporter,
    side: Side,
    id: &str,
) -> Result<(), ArmError> {
    reporter.step(&format!("Removing assignment {id}…"));
    match client.delete_assignment(id).await {
        Ok(None) => return Ok(()),
        Ok(Some(reply)) => {
            let progress =
                |state: &str| reporter.step(&format!("  {}: {state}", resource_name(id)));
            match client.wait(reply, LONGEST, &progress).await {
                Ok(_) => {}
                // The status may be out of our sight (the Delete role at a resource group) or
                // forgotten already: what counts is whether the assignment is still there.
                Err(err) if is_out_of_sight(&err) => {}
                Err(err) => return Err(err),
            }
        }
        Err(err) => must_be_going(client, id, err).await?,
    }
    until_gone(client, side, id).await?;
    reporter.step(&format!("Removed assignment {id}."));
    Ok(())
}

fn is_out_of_sight(err: &ArmError) -> bool {
    matches!(err.status(), Some(401 | 403 | 404))
}

/// A refused or unanswered DELETE is not a failure if the assignment is being removed all the same.
async fn must_be_going(client: &Client, id: &str, err: ArmError) -> Result<(), ArmError> {
    match client.assignment(id).await {
        Ok(None) => Ok(()),
        Ok(Some(found)) if is_going(found.properties.provisioning_state.as_deref()) => Ok(()),
        _ => Err(err),
    }
}

fn is_going(state: Option<&str>) -> bool {
    state.is_some_and(|state| ProvisioningState::from(state).is_going())
}

/// The operation ends some time before the assignment does. Source: the wait for 404 in Terraform's
/// `azurerm_lighthouse_assignment`.
async fn until_gone(client: &Client, side: Side, id: &str) -> Result<(), ArmError> {
    let started = Instant::now();
    for round in 0.. {
        match client.assignment(id).await {
            Ok(None) => return Ok(()),
            // Nothing seems to come of it: the request may have been lost on its way.
            Ok(Some(_)) if round % ASK_AGAIN == ASK_AGAIN - 1 => {
                client.delete_assignment(id).await?;
            }
            Ok(Some(_)) => {}
            // With the assignment went our own right to look.
            Err(err) if side == Side::Received && is_out_of_sight(&err) => return Ok(()),
            Err(err) => return Err(err),
        }
        let pause = client.pace(round);
        if started.elapsed() + pause > LONGEST {
            break;
        }
        tokio::time::sleep(pause).await;
    }
    Err(ArmError::StillRunning { seconds: started.elapsed().as_secs() })
}

/// Deletes a definition. Azure takes it for assigned until some seconds after its last assignment is gone.
pub(in crate::ops) async fn delete_definition(
    client: &Client,
    reporter: &dyn Reporter,
    id: &str,
) -> Result<(), ArmError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match client.delete_definition(id).await {
            Ok(_) => {
                reporter.step(&format!("Deleted definition {id}."));
                return Ok(());
            }
            Err(err) if err.code() == STILL_ASSIGNED && tries < MOST_TRIES => {
                reporter.step("  Waiting for Azure to release it…");
                tokio::time::sleep(client.pace(tries)).await;
            }
            // The answer may be lost although the deletion took effect.
            Err(err @ ArmError::Transport(..)) => {
                return match client.definition(id).await {
                    Ok(None) => Ok(()),
                    _ => Err(err),
                };
            }
            Err(err) => return Err(err),
        }
    }
}

const STILL_ASSIGNED: &str = "InvalidRegistrationDefinitionDeleteRequest";
const MOST_TRIES: u32 = 12;
const ASSIGNMENTS_AT_ONCE: usize = 4;
/// After so many looks at an assignment that stays, its deletion is asked for again.
const ASK_AGAIN: u32 = 8;
const LONGEST: Duration = Duration::from_secs(15 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_on_the_way_out() {
        assert!(is_going(Some("deleting")));
        assert!(!is_going(Some("Succeeded")));
        assert!(!is_going(None));
    }
}
