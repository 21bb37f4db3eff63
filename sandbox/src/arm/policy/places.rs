//! Scopes of policies: whose they are, and which is above which.

use serde_json::Value;

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

/// Refuses properties with a member that their type does not have.
pub(crate) fn check_members_of(
    properties: &Value,
    known: &[&str],
    kind: &str,
) -> Result<(), ArmError> {
    let members = properties.as_object().ok_or_else(|| invalid("The properties are missing."))?;
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => {
            Err(invalid(format!("Could not find member '{name}' on object of type '{kind}'.")))
        }
        None => Ok(()),
    }
}

pub(crate) fn invalid(message: impl Into<String>) -> ArmError {
    ArmError::bad("InvalidRequestContent", message)
}
