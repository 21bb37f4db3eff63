//! A role of someone, as it is printed after it was given.

use serde::Serialize;

use crate::ops::change::ChangeKind;
use crate::ops::share::access::Access;
use crate::output::View;

/// A role that was given, or was there.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoleShareView {
    #[serde(flatten)]
    access: Access,
    change: ChangeKind,
}

impl RoleShareView {
    pub(crate) fn new(access: Access, change: ChangeKind) -> RoleShareView {
        RoleShareView { access, change }
    }
}

impl View for RoleShareView {
    const TABLE: &'static str = "{Principal:principalName || principalId, Type:principalType, Role:role, Scope:scope, ExpiresOn:expiresOn, Change:change}";
}
