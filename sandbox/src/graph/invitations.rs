//! Guests. Source: <https://learn.microsoft.com/graph/api/invitation-post>

use serde_json::{Value, json};

use super::bodies::new_id;
use super::{objects, properties, refusal, rights};
use crate::caller::Caller;
use crate::core::Core;
use crate::directory::{Invitation, Person};
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{Principal, PrincipalKind};

/// Invites somebody by mail; the guest is there at once and may be given roles.
pub(super) fn create(
    core: &mut Core,
    request: &Request,
    caller: &Caller,
) -> Result<Reply, ArmError> {
    let body = properties::read(request, &KNOWN)?;
    let mail = properties::required(&body, "invitedUserEmailAddress", "Invitation")?;
    let redirect = properties::required(&body, "inviteRedirectUrl", "Invitation")?;
    rights::may_invite(core, caller)?;
    let Some((local, domain)) = mail.split_once('@').filter(|(_, domain)| domain.contains('.'))
    else {
        return Err(refusal::bad("Invalid invited user email address."));
    };
    let home =
        core.state.tenant(&caller.tenant).map(|tenant| tenant.domain.clone()).unwrap_or_default();
    if domain.eq_ignore_ascii_case(&home) {
        return Err(refusal::bad("The invited user already exists in the directory as object."));
    }
    let login = format!("{local}_{domain}#EXT#@{home}");
    let guest = guest(core, caller, &login, &mail);
    let id = new_id();
    let invitation = Invitation { guest: guest.clone(), redirect: redirect.clone() };
    let invitations = &mut core.state.directory.invitations;
    invitations.insert(id.clone(), invitation);
    let sent = body.get("sendInvitationMessage").and_then(Value::as_bool).unwrap_or_default();
    Ok(Reply::json(
        201,
        &json!({"id": id, "invitedUserEmailAddress": mail, "invitedUserDisplayName": null,
            "inviteRedirectUrl": redirect, "invitedUserType": "Guest", "sendInvitationMessage": sent,
            "inviteRedeemUrl": format!("{}/redeem?rd={id}", core.endpoints.login),
            "status": "PendingAcceptance", "invitedUser": {"id": guest}}),
    ))
}

/// The guest's object id: one who was invited before is the same guest.
fn guest(core: &mut Core, caller: &Caller, login: &str, mail: &str) -> String {
    let known = core.state.principals.iter().find(|principal| {
        principal.tenant == caller.tenant && principal.login.eq_ignore_ascii_case(login)
    });
    if let Some(known) = known {
        return known.id.clone();
    }
    let id = new_id();
    core.state.principals.push(Principal {
        id: id.clone(),
        tenant: caller.tenant.clone(),
        kind: PrincipalKind::User,
        name: mail.split('@').next().unwrap_or(mail).to_owned(),
        login: login.to_owned(),
        members: Vec::new(),
    });
    let person =
        Person { mail: Some(mail.to_owned()), guest: true, pending: true, ..Person::default() };
    let people = &mut core.state.directory.people;
    people.insert(id.to_ascii_lowercase(), person);
    core.principal_created(&id);
    objects::created(core, &id);
    id
}

const KNOWN: [&str; 7] = [
    "invitedUser",
    "invitedUserDisplayName",
    "invitedUserEmailAddress",
    "invitedUserMessageInfo",
    "invitedUserType",
    "inviteRedirectUrl",
    "sendInvitationMessage",
];
