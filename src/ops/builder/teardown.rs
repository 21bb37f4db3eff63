//! Takes an identity's permissions away, then the roles, then itself: every step may be repeated.

use std::time::Duration;

use super::removal::BuilderRemoval;
use crate::arm::ArmError;
use crate::arm::authorization::RoleDefinition;
use crate::error::Result;
use crate::ops::access::assignment;
use crate::ops::change::Run;
use crate::ops::change::wait::Deadline;
use crate::ops::site::Site;

/// Carries out a removal. While an assignment exists no role can go, and while a role exists the identity must not:
/// without it, the owner of the rest would be unknown.
pub(crate) async fn carry_out(site: &Site<'_>, run: &Run<'_>, removal: &BuilderRemoval) {
    let first = removal.assignments.len();
    if !assignment::take_back(&site.client, run, 0..first).await {
        return;
    }
    for (place, (scope, role)) in (first..).zip(&removal.roles) {
        site.reporter.step(&format!("Removing role '{}'…", role.properties.role_name));
        if run.attempt(place, delete_role(site, scope, role)).await.is_none() {
            return;
        }
    }
    if removal.with_identity {
        site.reporter.step(&format!("Removing identity {}…", removal.identity));
        let id = removal.identity.to_string();
        let work = async { Ok(site.client.delete_identity(&id).await.map(|_| ())?) };
        run.attempt(first + removal.roles.len(), work).await;
    }
}

/// Azure takes a role for assigned until some time after its last assignment is gone.
async fn delete_role(site: &Site<'_>, scope: &str, role: &RoleDefinition) -> Result<()> {
    let Some(id) = role.guid() else {
        return Ok(());
    };
    let mut deadline = Deadline::new(site.app, CONSISTENCY);
    loop {
        match site.client.delete_role(scope, id).await {
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
const CONSISTENCY: Duration = Duration::from_secs(5 * 60);
