//! Scopes of policies: whose they are, and which is above which.

use crate::arm::target;
use crate::core::Core;
use crate::error::ArmError;

/// The tenant of a scope: a management group or anything in a subscription.
pub(crate) fn tenant_of(core: &Core, scope: &str) -> String {
    if let Some(group) = crate::state::group_name(scope) {
        let known = core.state.management_group(group);
        return known.map(|group| group.tenant.clone()).unwrap_or_default();
    }
    let subscription = target::subscription(scope);
    let known = subscription.and_then(|id| core.state.subscription(id));
    known.map(|known| known.tenant.clone()).unwrap_or_default()
}

/// Whether a scope, a management group too, is another one or above it.
pub(crate) fn is_above(core: &Core, outer: &str, inner: &str) -> bool {
    target::contains(outer, inner)
        || crate::state::group_name(outer).is_some_and(|group| core.state.is_in_group(inner, group))
}

pub(crate) fn invalid(message: impl Into<String>) -> ArmError {
    ArmError::bad("InvalidRequestContent", message)
}
