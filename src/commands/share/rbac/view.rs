//! A role of somebody, as it is printed after it was given.

use serde::Serialize;

use crate::ops::share::access::Access;
use crate::ops::share::rbac::Change;
use crate::output::View;

/// A role that was given, or was there.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoleShareView {
    #[serde(flatten)]
    access: Access,
    change: &'static str,
}

impl RoleShareView {
    pub(crate) fn new(access: Access, change: &Change) -> RoleShareView {
        let change = change.name();
        RoleShareView { access, change }
    }
}

impl View for RoleShareView {
    const TABLE: &'static str = "{Principal:principalName || principalId, Type:principalType, Role:role, Scope:scope, ExpiresOn:expiresOn, Change:change}";
}
