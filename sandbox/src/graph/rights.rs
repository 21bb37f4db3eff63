//! Who may change what in a directory. Source: the permission tables of
//! <https://learn.microsoft.com/graph/permissions-reference> and
//! <https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference>

use super::refusal;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;

/// Refuses a caller that may not create applications. Members of a tenant may, unless it is set otherwise.
pub(super) fn may_create_application(core: &Core, caller: &Caller) -> Result<(), ArmError> {
    let own = core.state.directory.permits(&caller.object_id, &["Application.ReadWrite.OwnedBy"]);
    let is_guest = core.state.directory.guest(&caller.object_id).is_some();
    let member = caller.is_user && !is_guest;
    judge(own || member || is_administrator(core, caller))
}

/// Refuses a caller that neither administers applications nor owns this one.
pub(super) fn may_change_application(
    core: &Core,
    caller: &Caller,
    client_id: &str,
) -> Result<(), ArmError> {
    // An application needs the permission besides.
    let permitted = caller.is_user
        || core.state.directory.permits(&caller.object_id, &["Application.ReadWrite.OwnedBy"]);
    judge((permitted && owns(core, caller, client_id)) || is_administrator(core, caller))
}

/// Refuses a caller that may not create a service principal of an application.
pub(super) fn may_create_service_principal(
    core: &Core,
    caller: &Caller,
    client_id: &str,
) -> Result<(), ArmError> {
    let home = core
        .state
        .application(client_id)
        .is_some_and(|application| application.tenant == caller.tenant);
    let only_own =
        core.state.directory.permits(&caller.object_id, &["Application.ReadWrite.OwnedBy"]);
    if is_administrator(core, caller) || (home && owns(core, caller, client_id)) {
        return Ok(());
    }
    if only_own && !home {
        return Err(ArmError::new(
            403,
            "Authorization_RequestDenied",
            "When using this permission, the backing application of the service principal being created must in the local tenant",
        ));
    }
    Err(refusal::denied())
}

/// Refuses a caller that may not remove a service principal.
pub(super) fn may_remove_service_principal(
    core: &Core,
    caller: &Caller,
    client_id: &str,
) -> Result<(), ArmError> {
    may_change_application(core, caller, client_id)
}

/// Refuses a caller that may not invite guests.
pub(super) fn may_invite(core: &Core, caller: &Caller) -> Result<(), ArmError> {
    let names = ["User.Invite.All", "Guest Inviter", "User Administrator", "Global Administrator"];
    judge(core.state.directory.permits(&caller.object_id, &names))
}

/// Refuses a caller that may not delete users.
pub(super) fn may_delete_user(core: &Core, caller: &Caller) -> Result<(), ArmError> {
    let names = [
        "User.ReadWrite.All",
        "User.DeleteRestore.All",
        "User Administrator",
        "Global Administrator",
    ];
    judge(core.state.directory.permits(&caller.object_id, &names))
}

/// True for those who may consent for a whole tenant and change every application in it.
pub(super) fn is_administrator(core: &Core, caller: &Caller) -> bool {
    administers(core, &caller.object_id)
}

/// True if an object may change every application of its tenant.
pub(super) fn administers(core: &Core, object_id: &str) -> bool {
    core.state.directory.permits(object_id, &ADMINISTRATORS)
}

fn owns(core: &Core, caller: &Caller, client_id: &str) -> bool {
    let owners = core.state.directory.registration(client_id).owners;
    owners.iter().any(|owner| owner.eq_ignore_ascii_case(&caller.object_id))
}

fn judge(allowed: bool) -> Result<(), ArmError> {
    if allowed { Ok(()) } else { Err(refusal::denied()) }
}

const ADMINISTRATORS: [&str; 4] = [
    "Application.ReadWrite.All",
    "Application Administrator",
    "Cloud Application Administrator",
    "Global Administrator",
];
