//! What holds for every resource that is kept: it has a parent, patches are merged into it, and it may not be there.

use serde_json::Value;

use super::target::Target;
use crate::core::Core;
use crate::error::ArmError;

/// Refuses what would be inside of something that does not exist.
pub(super) fn require_parent(core: &Core, target: &Target) -> Result<(), ArmError> {
    if target.types.len() < 2 {
        return Ok(());
    }
    let id = target.id();
    let parent: Vec<&str> = id.split('/').collect();
    let parent = parent[..parent.len() - 2].join("/");
    if core.state.resources.contains_key(&parent.to_ascii_lowercase()) {
        return Ok(());
    }
    Err(ArmError::missing(
        "ParentResourceNotFound",
        format!(
            "Failed to perform 'write' on resource(s) of type '{}', because the parent resource '{parent}' could not be \
             found.",
            target.types.join("/")
        ),
    ))
}

/// What Azure says of a resource that is not there.
pub(super) fn not_found(target: &Target) -> ArmError {
    ArmError::missing(
        "ResourceNotFound",
        format!(
            "The Resource '{}/{}' under resource group '{}' was not found. For more details please go to \
             https://aka.ms/ARMResourceNotFoundFix",
            target.full_type(),
            target.names.join("/"),
            target.group().unwrap_or("<null>")
        ),
    )
}

/// Merges a patch: objects by member, everything else by replacement.
pub(super) fn merge(into: &mut Value, patch: &Value) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (name, value) in patch {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, patch) => *into = patch.clone(),
    }
}
