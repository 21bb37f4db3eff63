//! What Microsoft Graph says when it says no.

use crate::error::ArmError;

/// A caller without the permission that a call wants.
pub(super) fn denied() -> ArmError {
    ArmError::new(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}

/// A request that makes no sense.
pub(super) fn bad(message: impl Into<String>) -> ArmError {
    ArmError::bad("Request_BadRequest", message)
}

/// An object that is not there, or not seen yet.
pub(super) fn missing(id: &str) -> ArmError {
    ArmError::missing(
        "Request_ResourceNotFound",
        format!(
            "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
        ),
    )
}

/// A filter that is not understood.
pub(super) fn bad_filter() -> ArmError {
    ArmError::bad(
        "Request_UnsupportedQuery",
        "Unsupported or invalid query filter clause specified for property of resource.",
    )
}

/// What Graph says of an address it does not have.
pub(super) fn unknown_segment(path: &str) -> ArmError {
    ArmError::bad("BadRequest", format!("Resource not found for the segment '{path}'."))
}
