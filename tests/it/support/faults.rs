//! Faults that many tests ask for.

use sandbox::{Fault, FaultKind};

/// Every such request is refused for want of rights, as Resource Manager does it.
pub(crate) fn forbidden(method: &str, path: &str) -> Fault {
    let code = Some("AuthorizationFailed".to_owned());
    let kind = FaultKind::Status { status: 403, retry_after: None, code };
    Fault::new(kind).method(method).path(path).always()
}
