//! Service principals: what an application is in a tenant. Source:
//! <https://learn.microsoft.com/graph/api/serviceprincipal-post-serviceprincipals>

use super::bodies::new_id;
use super::place::Place;
use super::{bodies, objects, properties, refusal, rights};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{Principal, PrincipalKind};

/// Answers a request to a service principal.
pub(super) fn answer(
    core: &mut Core,
    request: &Request,
    caller: &Caller,
    place: &Place,
) -> Result<Reply, ArmError> {
    match (request.method.as_str(), &place.key) {
        ("POST", None) => create(core, request, caller),
        ("GET", _) => objects::answer(core, request, caller, place),
        (method @ ("PATCH" | "DELETE"), Some(key)) if place.rest.is_empty() => {
            let found = objects::require(core, caller, "servicePrincipals", key)?;
            rights::may_remove_service_principal(core, caller, &found.login)?;
            if method == "PATCH" {
                properties::read(request, &KNOWN)?;
                return Ok(Reply::empty(204));
            }
            // Its role assignments stay behind: "Identity not found" in the portal.
            core.state.principals.retain(|principal| principal.id != found.id);
            Ok(Reply::empty(204))
        }
        _ => Err(refusal::unknown_segment(&request.path)),
    }
}

fn create(core: &mut Core, request: &Request, caller: &Caller) -> Result<Reply, ArmError> {
    let body = properties::read(request, &KNOWN)?;
    let client = properties::required(&body, "appId", "ServicePrincipal")?;
    if !is_usable(core, &client, &caller.tenant) {
        return Err(ArmError::bad(
            "Request_BadRequest",
            format!(
                "The appId '{client}' of the service principal does not reference a valid application object."
            ),
        ));
    }
    rights::may_create_service_principal(core, caller, &client)?;
    if of(core, &caller.tenant, &client).is_some() {
        return Err(ArmError::conflict(
            "Request_MultipleObjectsWithSameKeyValue",
            format!(
                "The service principal cannot be created, updated, or restored because the service principal name {client} is already in use."
            ),
        ));
    }
    let made = install(core, &caller.tenant, &client)
        .ok_or_else(|| refusal::bad("The application does not exist."))?;
    Ok(Reply::json(201, &bodies::object(core, &made)))
}

/// Whether an application exists for a tenant, and the directories have heard of it.
fn is_usable(core: &Core, client: &str, tenant: &str) -> bool {
    let Some(application) = core.state.application(client) else {
        return false;
    };
    let id = application.object_id.to_ascii_lowercase();
    let replicated = core.state.directory.unseen.get(&id).is_none_or(|left| *left == 0);
    replicated && (application.tenant == tenant || application.multi_tenant)
}

fn of<'a>(core: &'a Core, tenant: &str, client: &str) -> Option<&'a Principal> {
    core.state.principals.iter().find(|principal| {
        principal.kind == PrincipalKind::ServicePrincipal
            && principal.tenant == tenant
            && principal.login.eq_ignore_ascii_case(client)
    })
}

/// Makes an application known in a tenant, as consent and a direct call both do.
pub(crate) fn install(core: &mut Core, tenant: &str, client: &str) -> Option<Principal> {
    if let Some(known) = of(core, tenant, client) {
        return Some(known.clone());
    }
    let application = core.state.application(client)?;
    let made = Principal {
        id: new_id(),
        tenant: tenant.to_owned(),
        kind: PrincipalKind::ServicePrincipal,
        name: application.name.clone(),
        login: application.client_id.clone(),
        members: Vec::new(),
    };
    core.state.principals.push(made.clone());
    core.principal_created(&made.id);
    objects::created(core, &made.id);
    Some(made)
}

const KNOWN: [&str; 8] = [
    "accountEnabled",
    "appId",
    "appRoleAssignmentRequired",
    "description",
    "displayName",
    "notes",
    "servicePrincipalType",
    "tags",
];
