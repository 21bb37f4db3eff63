//! App registrations. Source: <https://learn.microsoft.com/graph/api/resources/application>

use serde_json::{Map, Value};

use super::place::Place;
use super::{bodies, credentials, key_credentials, objects, properties, refusal, rights};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{Application, Principal, PrincipalKind};

/// Answers a request to an application, or to what it proves itself with.
pub(super) fn answer(
    core: &mut Core,
    request: &Request,
    caller: &Caller,
    place: &Place,
) -> Result<Reply, ArmError> {
    let Some(key) = &place.key else {
        return match request.method.as_str() {
            "POST" => create(core, request, caller, None),
            _ => objects::answer(core, request, caller, place),
        };
    };
    if request.method == "PATCH" && key.name == "uniqueName" && place.rest.is_empty() {
        return upsert(core, request, caller, place);
    }
    if request.method == "GET" && place.rest.is_empty() {
        return objects::answer(core, request, caller, place);
    }
    let client = objects::require(core, caller, "applications", key)?.login;
    // These two ask for a proof in the place of a right.
    let proven = key_credentials::answer(core, request, caller, (&client, &place.tail()));
    if let Some(answered) = proven {
        return answered;
    }
    if request.method != "GET" {
        rights::may_change_application(core, caller, &client)?;
    }
    match (request.method.as_str(), place.tail().as_slice()) {
        ("PATCH", []) => {
            let body = properties::read(request, &KNOWN)?;
            change(core, &client, &body)?;
            Ok(Reply::empty(204))
        }
        ("DELETE", []) => {
            remove(core, &client);
            Ok(Reply::empty(204))
        }
        _ => credentials::answer(core, request, &client, place),
    }
}

/// `PATCH /applications(uniqueName='…')`: changes it, or creates it if the caller prefers that. Source:
/// <https://learn.microsoft.com/graph/api/application-upsert>
fn upsert(
    core: &mut Core,
    request: &Request,
    caller: &Caller,
    place: &Place,
) -> Result<Reply, ArmError> {
    let key = place.key.as_ref().ok_or_else(|| refusal::missing(""))?;
    if let Some(found) = objects::find(core, caller, "applications", key) {
        rights::may_change_application(core, caller, &found.login)?;
        let body = properties::read(request, &KNOWN)?;
        change(core, &found.login, &body)?;
        return Ok(Reply::empty(204));
    }
    let prefers = request.header("prefer").unwrap_or_default();
    if !prefers.contains("create-if-missing") {
        return Err(refusal::missing(&key.value));
    }
    create(core, request, caller, Some(key.value.clone()))
}

fn create(
    core: &mut Core,
    request: &Request,
    caller: &Caller,
    unique_name: Option<String>,
) -> Result<Reply, ArmError> {
    rights::may_create_application(core, caller)?;
    let body = properties::read(request, &KNOWN)?;
    let name = properties::required(&body, "displayName", "Application")?;
    let (client_id, object_id) = (bodies::new_id(), bodies::new_id());
    core.state.principals.push(Principal {
        id: object_id.clone(),
        tenant: caller.tenant.clone(),
        kind: PrincipalKind::Application,
        name: name.clone(),
        login: client_id.clone(),
        members: Vec::new(),
    });
    core.state.applications.push(Application {
        client_id: client_id.clone(),
        object_id: object_id.clone(),
        tenant: caller.tenant.clone(),
        name,
        secrets: Vec::new(),
        certificates: Vec::new(),
        federated: false,
        // Graph's own default; the portal's is the caller's tenant only.
        multi_tenant: true,
        redirect_uris: Vec::new(),
    });
    let rest = core.state.directory.registration_mut(&client_id);
    rest.unique_name = unique_name;
    rest.owners.push(caller.object_id.clone());
    if let Err(error) = change(core, &client_id, &body) {
        remove(core, &client_id);
        return Err(error);
    }
    objects::created(core, &object_id);
    let made = core.state.application(&client_id).expect("it was pushed above");
    Ok(Reply::json(201, &bodies::application(core, made)))
}

fn change(core: &mut Core, client: &str, body: &Map<String, Value>) -> Result<(), ArmError> {
    if body.contains_key("passwordCredentials") {
        return Err(refusal::bad(
            "New password credentials must be generated with service actions.",
        ));
    }
    let certificates = body.get("keyCredentials").map(key_credentials::read).transpose()?;
    let audience = match body.get("signInAudience").and_then(Value::as_str) {
        None => None,
        Some("AzureADMyOrg") => Some(false),
        Some(
            "AzureADMultipleOrgs"
            | "AzureADandPersonalMicrosoftAccount"
            | "PersonalMicrosoftAccount",
        ) => Some(true),
        Some(_) => {
            return Err(refusal::bad(
                "Invalid value specified for property 'signInAudience' of resource 'Application'.",
            ));
        }
    };
    let redirects = body.get("web").map(|web| properties::texts(web.get("redirectUris")));
    check_redirects(redirects.as_deref().unwrap_or_default())?;
    let name = body.get("displayName").and_then(Value::as_str);
    let application = core.state.application_mut(client).ok_or_else(|| refusal::missing(client))?;
    application.multi_tenant = audience.unwrap_or(application.multi_tenant);
    if let Some(name) = name {
        name.clone_into(&mut application.name);
    }
    if let Some(redirects) = redirects {
        application.redirect_uris = redirects;
    }
    if let Some(certificates) = certificates {
        application.certificates = certificates;
    }
    let rest = core.state.directory.registration_mut(client);
    if body.contains_key("tags") {
        rest.tags = properties::texts(body.get("tags"));
    }
    if body.contains_key("identifierUris") {
        rest.identifier_uris = properties::texts(body.get("identifierUris"));
    }
    if let Some(name) = name {
        let shown = core.state.principals.iter_mut().filter(|principal| {
            principal.kind == PrincipalKind::Application && principal.login == client
        });
        shown.for_each(|principal| name.clone_into(&mut principal.name));
    }
    Ok(())
}

/// Only loopback may do without TLS. Source:
/// <https://learn.microsoft.com/entra/identity-platform/reply-url>
fn check_redirects(uris: &[String]) -> Result<(), ArmError> {
    let is_bad = |uri: &&String| {
        let url = url::Url::parse(uri).ok();
        !url.is_some_and(|url| {
            url.scheme() == "https"
                || (url.scheme() == "http" && url.host_str() == Some("localhost"))
        })
    };
    match uris.iter().find(is_bad) {
        Some(uri) => Err(refusal::bad(format!(
            "Reply URL '{uri}' must use https unless it is for localhost."
        ))),
        None => Ok(()),
    }
}

/// The registration goes, and with it its service principal at home; those elsewhere stay.
fn remove(core: &mut Core, client: &str) {
    let home = core.state.application(client).map(|known| known.tenant.clone());
    core.state.applications.retain(|known| known.client_id != client);
    let goes = |principal: &Principal| {
        principal.login == client
            && (principal.kind == PrincipalKind::Application
                || (principal.kind == PrincipalKind::ServicePrincipal
                    && Some(&principal.tenant) == home.as_ref()))
    };
    core.state.principals.retain(|principal| !goes(principal));
    core.state.directory.registrations.remove(client);
}

const KNOWN: [&str; 18] = [
    "api",
    "appRoles",
    "description",
    "displayName",
    "groupMembershipClaims",
    "identifierUris",
    "info",
    "isFallbackPublicClient",
    "keyCredentials",
    "notes",
    "optionalClaims",
    "passwordCredentials",
    "publicClient",
    "requiredResourceAccess",
    "signInAudience",
    "spa",
    "tags",
    "web",
];
