//! Microsoft.ManagedIdentity: user-assigned identities, each with a service principal in the tenant.
//!
//! Source: <https://learn.microsoft.com/rest/api/managedidentity/user-assigned-identities>

use serde_json::{Value, json};

use super::identities::{TYPE, ids_of};
use super::target::Target;
use super::{identities, providers, resources};
use crate::arm::reply;
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::{Principal, PrincipalKind};

/// Whether this module has rules for a target; federated credentials are plain resources.
pub(crate) fn serves(target: &Target) -> bool {
    target.is(TYPE)
}

/// Answers a request to identities.
pub(crate) fn answer(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    match (request.method.as_str(), target.is_collection()) {
        ("PUT", false) => {
            providers::require_registered(core, target)?;
            let body = request.json()?;
            crate::schema::check(TYPE, request.api_version(), &body)
                .map_err(|errors| reply::invalid_content(&errors))?;
            put(core, target, &body)
        }
        ("DELETE", false) => {
            identities::forget_below(core, &target.id());
            resources::answer(core, caller, request, target)
        }
        _ => resources::answer(core, caller, request, target),
    }
}

/// Creates an identity, or keeps it: its principal never changes.
pub(crate) fn put(core: &mut Core, target: &Target, sent: &Value) -> Result<Reply, ArmError> {
    let name = target.name();
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if !starts_well || !is_plain || !(3..=128).contains(&name.len()) {
        return Err(ArmError::bad(
            "InvalidResourceName",
            format!(
                "Resource name '{name}' is invalid: 3 to 128 letters, digits, '-' and '_', starting with a letter or digit."
            ),
        ));
    }
    let key = target.id().to_ascii_lowercase();
    let known = core.state.body(&key);
    let ids = known
        .as_ref()
        .map_or_else(|| create_principal(core, target), |known| ids_of(known).unwrap_or_default());
    let mut body = sent.clone();
    if !body["properties"].is_object() {
        body["properties"] = json!({});
    }
    let tenant = tenant(core, target);
    body["properties"]["tenantId"] = json!(tenant);
    body["properties"]["principalId"] = json!(ids.0);
    body["properties"]["clientId"] = json!(ids.1);
    core.state.put_resource(&target.id(), TYPE, body);
    let stored = core.state.body(&key);
    let status = if known.is_some() { 200 } else { 201 };
    Ok(Reply::json(status, &stored.unwrap_or_default()))
}

fn tenant(core: &Core, target: &Target) -> String {
    let subscription = target.subscription().and_then(|id| core.state.subscription(id));
    subscription.map(|known| known.tenant.clone()).unwrap_or_default()
}

fn create_principal(core: &mut Core, target: &Target) -> (String, String) {
    let (id, client) = (uuid::Uuid::new_v4().to_string(), uuid::Uuid::new_v4().to_string());
    let tenant = tenant(core, target);
    core.state.principals.push(Principal {
        id: id.clone(),
        tenant,
        kind: PrincipalKind::ServicePrincipal,
        name: target.name().to_owned(),
        login: client.clone(),
        members: Vec::new(),
    });
    core.principal_created(&id);
    (id, client)
}
