//! What a lock protects from deletion: its scope and everything below. Source:
//! <https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources>

use super::target;
use crate::core::Core;
use crate::error::ArmError;

const LOCKS: &str = "/providers/microsoft.authorization/locks/";

/// Refuses to delete what a lock protects; a lock itself can always be removed.
pub(super) fn require_unlocked(core: &Core, id: &str) -> Result<(), ArmError> {
    if id.to_ascii_lowercase().contains(LOCKS) {
        return Ok(());
    }
    let scopes = core.state.resources.keys().filter_map(|key| key.split_once(LOCKS));
    let Some((scope, _)) = scopes.into_iter().find(|(scope, _)| target::contains(scope, id)) else {
        return Ok(());
    };
    Err(ArmError::conflict(
        "ScopeLocked",
        format!(
            "The scope '{id}' cannot perform delete operation because following scope(s) are locked: '{scope}'. Please \
             remove the lock and try again."
        ),
    ))
}
