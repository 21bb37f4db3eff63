//! Takes a delegation away: assignments until they are really gone, then the definitions.
//!
//! Every step may be repeated, so a run that was interrupted is taken up by running it again.
//! Source: <https://learn.microsoft.com/azure/lighthouse/how-to/remove-delegation>

use std::time::{Duration, Instant};

use super::inventory::Side;
use super::removal::Removal;
use crate::app::Reporter;
use crate::arm::{ArmError, Client};
use crate::error::{Error, Kind, Result};
use crate::id::resource_name;
use crate::ops::change::fan_out::fan_out;

/// Carries out a removal.
///
/// # Errors
/// Azure's refusal if nothing was removed; [`Kind::Partial`], with what still stands, if something was.
pub(crate) async fn carry_out(
    client: &Client,
    reporter: &dyn Reporter,
    removal: &Removal,
) -> Result<()> {
    reporter.resume_with(Some(removal.again.clone()));
    let mut outcome = Outcome::default();
    remove_assignments(client, reporter, removal, &mut outcome).await;
    if outcome.failure.is_none() {
        delete_definitions(client, reporter, removal, &mut outcome).await;
    }
    reporter.resume_with(None);
    outcome.judge(removal)
}

/// What was done and what was not.
#[derive(Debug, Default)]
struct Outcome {
    removed: usize,
    standing: Vec<String>,
    failure: Option<Error>,
}

impl Outcome {
    fn add(&mut self, id: &str, result: Result<(), Error>) {
        match result {
            Ok(()) => self.removed += 1,
            Err(err) => {
                self.standing.push(id.to_owned());
                self.failure.get_or_insert(err);
            }
        }
    }

    fn judge(self, removal: &Removal) -> Result<()> {
        let Some(failure) = self.failure else {
            return Ok(());
        };
        if self.removed == 0 {
            return Err(failure);
        }
        let named = |id: &String| self.standing.contains(id);
        let untouched = removal.definitions.iter().filter(|id| !named(id));
        let standing: Vec<&str> =
            self.standing.iter().chain(untouched).map(String::as_str).collect();
        let message = format!(
            "delegation '{}' is only partly deleted; still there: {}",
            removal.name,
            standing.join(", ")
        );
        Err(failure
            .while_doing(message)
            .of_kind(Kind::Partial)
            .hint(format!("Run `{}` to go on.", removal.again)))
    }
}

async fn remove_assignments(
    client: &Client,
    reporter: &dyn Reporter,
    removal: &Removal,
    outcome: &mut Outcome,
) {
    let work =
        removal.assignments.iter().map(|id| remove_assignment(client, reporter, removal.side, id));
    let results = fan_out(ASSIGNMENTS_AT_ONCE, work).await;
    for (id, result) in removal.assignments.iter().zip(results) {
        let result = result.map_err(|err| explained(err, removal.side, id));
        outcome.add(id, result);
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

async fn remove_assignment(
    client: &Client,
    reporter: &dyn Reporter,
    side: Side,
    id: &str,
) -> Result<(), ArmError> {
    reporter.step(&format!("Removing assignment {id} …"));
    match client.delete_assignment(id).await {
        Ok(reply) => {
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
        Err(err) if err.is_not_found() => return Ok(()),
        Err(err) => must_be_going(client, id, err).await?,
    }
    until_gone(client, side, id).await?;
    reporter.step(&format!("Removed assignment {id}."));
    Ok(())
}

fn is_out_of_sight(err: &ArmError) -> bool {
    matches!(err.status(), Some(401 | 403 | 404))
}

/// A refused or unanswered DELETE is no failure if the assignment is on its way out all the same.
async fn must_be_going(client: &Client, id: &str, err: ArmError) -> Result<(), ArmError> {
    match client.assignment(id).await {
        Ok(None) => Ok(()),
        Ok(Some(found)) if is_going(found.properties.provisioning_state.as_deref()) => Ok(()),
        _ => Err(err),
    }
}

fn is_going(state: Option<&str>) -> bool {
    state.is_some_and(|state| {
        ["Deleting", "Deleted"].iter().any(|end| end.eq_ignore_ascii_case(state))
    })
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

async fn delete_definitions(
    client: &Client,
    reporter: &dyn Reporter,
    removal: &Removal,
    outcome: &mut Outcome,
) {
    for id in &removal.definitions {
        reporter.step(&format!("Deleting definition {id} …"));
        let result = delete_definition(client, reporter, id).await;
        let result = result.map_err(|err| {
            Error::from(err).while_doing(format!("definition {id} could not be deleted"))
        });
        outcome.add(id, result);
    }
    for (id, why) in &removal.staying {
        reporter.warn(&format!("{id}: {}", why.reason()));
    }
}

/// Azure takes a definition for assigned until some seconds after its last assignment is gone.
async fn delete_definition(
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
            Err(err) if err.is_not_found() => return Ok(()),
            Err(err) if err.code() == STILL_ASSIGNED && tries < MOST_TRIES => {
                reporter.step("  Azure still takes it for assigned …");
                tokio::time::sleep(client.pace(tries)).await;
            }
            // The answer may be lost although the deletion took effect.
            Err(err @ ArmError::Transport(_)) => {
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

    fn removal() -> Removal {
        Removal {
            name: "images".into(),
            consumer: "t".into(),
            side: Side::Given,
            again: "again".into(),
            assignments: vec!["/a1".into(), "/a2".into()],
            definitions: vec!["/d".into()],
            staying: Vec::new(),
            losers: Vec::new(),
            overlaps: Vec::new(),
        }
    }

    #[test]
    fn half_done_is_told_with_what_stands() {
        let mut outcome = Outcome::default();
        outcome.add("/a1", Ok(()));
        outcome.add("/a2", Err(Error::new(Kind::Network, "lost")));
        let err = outcome.judge(&removal()).unwrap_err();
        assert_eq!(err.kind(), Kind::Partial);
        assert!(err.to_string().ends_with("still there: /a2, /d"), "{err}");
        assert_eq!(err.hints(), ["Run `again` to go on."]);
    }

    #[test]
    fn nothing_done_is_azures_own_refusal() {
        let mut outcome = Outcome::default();
        outcome.add("/a1", Err(Error::new(Kind::Network, "lost")));
        let err = outcome.judge(&removal()).unwrap_err();
        assert_eq!(err.kind(), Kind::Network);
    }

    #[test]
    fn states_on_the_way_out() {
        assert!(is_going(Some("deleting")));
        assert!(!is_going(Some("Succeeded")));
        assert!(!is_going(None));
    }
}
