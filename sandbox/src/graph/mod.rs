//! Microsoft Graph: who is who in a tenant, applications and their secrets, service principals, guests.
//!
//! Source: <https://learn.microsoft.com/graph/api/overview>, version 1.0.

mod applications;
mod bodies;
mod credentials;
mod filter;
mod invitations;
mod key_credentials;
mod objects;
mod place;
mod properties;
mod refusal;
mod rights;
mod service_principals;

use serde_json::{Value, json};

use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::journal::Call;
use crate::message::{Reply, Request};
use place::Place;

pub(crate) use service_principals::install;

/// Answers a request to Microsoft Graph.
pub(crate) fn answer(core: &mut Core, request: &Request, call: &mut Call) -> Reply {
    let caller = match authenticate(core, request) {
        Ok(caller) => caller,
        Err(error) => return error.into(),
    };
    call.tenant = Some(caller.tenant.clone());
    call.principal = Some(caller.object_id.clone());
    let result = match Place::parse(&request.path) {
        Some(place) => route(core, request, &caller, &place),
        None => Err(refusal::unknown_segment(&request.path)),
    };
    result.unwrap_or_else(|error| refused(core, &error))
}

fn authenticate(core: &Core, request: &Request) -> Result<Caller, ArmError> {
    let token = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let caller = token.and_then(|token| Caller::of(&core.keys, token)).filter(|caller| {
        caller.audience.trim_end_matches('/') == core.endpoints.graph
            && caller.expires_on > core.now()
    });
    caller.ok_or_else(|| {
        let error = ArmError::new(
            401,
            "InvalidAuthenticationToken",
            "Access token is empty, expired or for another audience.",
        );
        error.challenge("Bearer")
    })
}

fn route(
    core: &mut Core,
    request: &Request,
    caller: &Caller,
    place: &Place,
) -> Result<Reply, ArmError> {
    match place.collection.to_ascii_lowercase().as_str() {
        "applications" => applications::answer(core, request, caller, place),
        "serviceprincipals" => service_principals::answer(core, request, caller, place),
        "invitations" if request.method == "POST" && place.key.is_none() => {
            invitations::create(core, request, caller)
        }
        "organization" if request.method == "GET" => {
            Ok(Reply::json(200, &organization(core, caller)))
        }
        "tenantrelationships" if request.method == "GET" => tenant_information(core, place),
        _ => objects::answer(core, request, caller, place),
    }
}

/// Graph's error body: ARM's, with what support asks for.
fn refused(core: &Core, error: &ArmError) -> Reply {
    let mut body = error.body();
    let id = uuid::Uuid::new_v4().to_string();
    let date = core.timestamp();
    body["error"]["innerError"] = json!({"date": date.trim_end_matches(".0000000Z"),
        "request-id": id, "client-request-id": id});
    Reply::json(error.status, &body)
}

fn organization(core: &Core, caller: &Caller) -> Value {
    let tenant = core.state.tenant(&caller.tenant);
    json!({"value": tenant.map(|tenant| json!({"id": tenant.id, "displayName": tenant.name,
        "verifiedDomains": [{"name": tenant.domain, "isDefault": true, "isInitial": true}]})).into_iter().collect::<Vec<_>>()})
}

fn tenant_information(core: &Core, place: &Place) -> Result<Reply, ArmError> {
    let call = place.key.as_ref().map_or("", |key| key.value.as_str());
    let wanted = call.split('\'').nth(1).unwrap_or_default();
    let tenant = core.state.tenant(wanted).ok_or_else(|| refusal::missing(call))?;
    Ok(Reply::json(
        200,
        &json!({"tenantId": tenant.id, "displayName": tenant.name, "defaultDomainName": tenant.domain,
        "federationBrandName": null}),
    ))
}
