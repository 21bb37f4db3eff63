//! Takes an identity's rights away, then the roles, then itself: every step may be repeated.

use std::time::Duration;

use super::removal::Removal;
use crate::arm::ArmError;
use crate::error::{Error, Kind, Result};
use crate::id::RoleId;
use crate::ops::change::fan_out::fan_out;
use crate::ops::change::wait::Deadline;
use crate::ops::site::Site;

/// Carries out a removal.
///
/// # Errors
/// Azure's refusal if nothing was removed; [`Kind::Partial`], with what still stands, if something was.
pub(crate) async fn carry_out(site: &Site<'_>, removal: &Removal) -> Result<()> {
    site.reporter.resume_with(Some(removal.again.clone()));
    let mut outcome = Outcome::default();
    steps(site, removal, &mut outcome).await;
    site.reporter.resume_with(None);
    outcome.judge(removal)
}

#[derive(Default)]
struct Outcome {
    removed: usize,
    standing: Vec<String>,
    failure: Option<Error>,
}

impl Outcome {
    fn add(&mut self, what: &str, result: Result<(), Error>) {
        match result {
            Ok(()) => self.removed += 1,
            Err(err) => {
                self.standing.push(what.to_owned());
                self.failure.get_or_insert(err.while_doing(format!("{what} could not be removed")));
            }
        }
    }

    fn judge(self, removal: &Removal) -> Result<()> {
        let Some(failure) = self.failure else {
            return Ok(());
        };
        if self.removed == 0 || failure.kind() == Kind::Interrupted {
            return Err(failure);
        }
        let message = format!(
            "identity '{}' is only partly removed; still there: {}",
            removal.identity.name(),
            self.standing.join(", ")
        );
        Err(failure
            .while_doing(message)
            .of_kind(Kind::Partial)
            .hint(format!("Run `{}` to go on.", removal.again)))
    }
}

async fn steps(site: &Site<'_>, removal: &Removal, outcome: &mut Outcome) {
    let work = removal.assignments.iter().map(|(id, what)| {
        site.reporter.step(&format!("Taking back {what}…"));
        site.client.delete_role_assignment(id)
    });
    let results = fan_out(ASSIGNMENTS_AT_ONCE, work).await;
    for ((_, what), result) in removal.assignments.iter().zip(results) {
        outcome.add(what, result.map(|_| ()).map_err(Error::from));
    }
    for (scope, role, name) in &removal.roles {
        let what = format!("role '{name}'");
        if outcome.failure.is_some() {
            outcome.standing.push(what);
            continue;
        }
        site.reporter.step(&format!("Removing {what}…"));
        outcome.add(&what, delete_role(site, scope, *role).await);
    }
    if removal.with_identity {
        let what = format!("identity {}", removal.identity);
        // Without it nobody could tell any more whose the rest is.
        if outcome.failure.is_some() {
            return outcome.standing.push(what);
        }
        site.reporter.step(&format!("Removing {what}…"));
        let result = site.client.delete_identity(&removal.identity.to_string()).await;
        outcome.add(&what, result.map(|_| ()).map_err(Error::from));
    }
}

/// Azure takes a role for assigned until some time after its last assignment is gone.
async fn delete_role(site: &Site<'_>, scope: &str, role: RoleId) -> Result<()> {
    let mut deadline = Deadline::new(site.app, CONSISTENCY);
    loop {
        match site.client.delete_role(scope, role).await {
            Ok(_) => return Ok(()),
            Err(ArmError::Refused(refusal)) if refusal.code == STILL_ASSIGNED => {
                site.reporter.step("  Waiting for Azure to release it…");
                // Its own refusal says more than "still running".
                if deadline.pause().await.is_err() {
                    return Err(ArmError::Refused(refusal).into());
                }
            }
            Err(err) => return Err(err.into()),
        }
    }
}

const STILL_ASSIGNED: &str = "RoleDefinitionHasAssignments";
const ASSIGNMENTS_AT_ONCE: usize = 4;
const CONSISTENCY: Duration = Duration::from_secs(5 * 60);
