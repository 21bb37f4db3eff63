//! The page on which an invited guest accepts. Source: <https://learn.microsoft.com/entra/external-id/redemption-experience>
//!
//! The sandbox asks for no password: whoever has the address is taken for the invited person.

use super::consent::{HTML, escaped, trouble};
use crate::core::Core;
use crate::directory::Invitation;
use crate::message::{Reply, Request};

/// Shows the page.
pub(super) fn show(core: &Core, request: &Request) -> Reply {
    let Some((id, invitation)) = invitation(core, request) else {
        return trouble(UNKNOWN);
    };
    let guest = core.state.principals.iter().find(|user| user.id == invitation.guest);
    let tenant = guest.and_then(|guest| core.state.tenant(&guest.tenant));
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Review permissions</title>\
         <h1>Review permissions</h1><p>{} invites you as a guest</p>\
         <form method=\"post\" action=\"/redeem?rd={id}\">\
         <button id=\"accept\" name=\"decision\" value=\"accept\">Accept</button>\
         <button id=\"cancel\" name=\"decision\" value=\"cancel\">Cancel</button></form></html>",
        escaped(tenant.map_or("", |tenant| &tenant.name)),
    );
    Reply::text(200, HTML, page)
}

/// Does what the guest decided.
pub(super) fn decide(core: &mut Core, request: &Request) -> Reply {
    let Some((_, invitation)) = invitation(core, request) else {
        return trouble(UNKNOWN);
    };
    let accepted = [("decision".to_owned(), "accept".to_owned())];
    if !request.form().iter().any(|field| accepted.contains(field)) {
        return trouble("AADSTS65004: User declined to consent to access the app.");
    }
    let people = &mut core.state.directory.people;
    if let Some(guest) = people.get_mut(&invitation.guest.to_ascii_lowercase()) {
        guest.pending = false;
    }
    Reply::text(302, HTML, "").header("Location", &invitation.redirect)
}

fn invitation(core: &Core, request: &Request) -> Option<(String, Invitation)> {
    let id = request.query("rd")?;
    let found = core.state.directory.invitations.get(id)?;
    Some((id.to_owned(), found.clone()))
}

const UNKNOWN: &str =
    "AADSTS90072: The invitation cannot be redeemed: it does not exist, or has been withdrawn.";
