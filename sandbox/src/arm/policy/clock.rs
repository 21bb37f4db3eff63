//! The clock of Azure Policy, Azure's moved ahead by reads of compliance; and what is looked at anew after a change.

use super::assignments;
use crate::core::Core;
use crate::state::PolicyAssignment;

/// Until a new or changed assignment applies, and what is there was looked at.
const FIRST_LOOK: i64 = 15 * 60;
/// The engine's clock, in seconds since 1970.
pub(super) fn now(core: &Core) -> i64 {
    core.now() + core.state.policies.ahead
}

/// Whether the engine has something to do.
pub(crate) fn is_due(core: &Core) -> bool {
    !core.state.policies.assignments.is_empty() && core.state.policies.next_due <= now(core)
}

/// Plans the first look at an assignment that was just made or changed.
pub(super) fn assigned(
    core: &mut Core,
    assignment: &mut PolicyAssignment,
    known: Option<PolicyAssignment>,
) {
    if let Some(known) = known {
        let is_same = known.properties["policyDefinitionId"]
            == assignment.properties["policyDefinitionId"]
            && known.properties["parameters"] == assignment.properties["parameters"]
            && known.properties["notScopes"] == assignment.properties["notScopes"];
        assignment.is_known = known.is_known;
        assignment.seen = known.seen;
        assignment.arrivals = known.arrivals;
        assignment.compliance = known.compliance;
        assignment.look_at = if is_same { known.look_at } else { now(core) + FIRST_LOOK };
    } else {
        assignment.look_at = now(core) + FIRST_LOOK;
    }
    core.state.policies.next_due = 0;
}

/// A definition has changed: what is in force by it is looked at again.
pub(super) fn definition_changed(core: &mut Core, key: &str) {
    let at = now(core) + FIRST_LOOK;
    for known in core.state.policies.assignments.values_mut() {
        if assignments::definition_id(known).eq_ignore_ascii_case(key) {
            known.look_at = at;
        }
    }
    core.state.policies.next_due = 0;
}
