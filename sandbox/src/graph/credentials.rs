//! What an application proves itself with: client secrets and federated credentials. Sources:
//! <https://learn.microsoft.com/graph/api/application-addpassword>,
//! <https://learn.microsoft.com/graph/api/application-post-federatedidentitycredentials>

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::bodies::new_id;
use super::place::Place;
use super::{bodies, properties, refusal};
use crate::core::Core;
use crate::directory::FederatedCredential;
use crate::error::ArmError;
use crate::message::{Reply, Request};
use crate::state::ClientSecret;

/// Answers a request below an application.
pub(super) fn answer(
    core: &mut Core,
    request: &Request,
    client: &str,
    place: &Place,
) -> Result<Reply, ArmError> {
    match (request.method.as_str(), place.tail().as_slice()) {
        ("POST", ["addPassword"]) => add_password(core, request, client),
        ("POST", ["removePassword"]) => remove_password(core, request, client),
        ("GET", [FEDERATED]) => {
            let rest = core.state.directory.registration(client);
            let value: Vec<Value> = rest.federated.iter().map(bodies::federated).collect();
            Ok(Reply::json(200, &json!({ "value": value })))
        }
        ("POST", [FEDERATED]) => add_federated(core, request, client),
        (method @ ("GET" | "DELETE"), [FEDERATED, wanted]) => {
            let federated = &mut core.state.directory.registration_mut(client).federated;
            let at = federated
                .iter()
                .position(|known| known.id == *wanted || known.name == *wanted)
                .ok_or_else(|| refusal::missing(wanted))?;
            if method == "GET" {
                return Ok(Reply::json(200, &bodies::federated(&federated[at])));
            }
            federated.remove(at);
            Ok(Reply::empty(204))
        }
        _ => Err(refusal::unknown_segment(&request.path)),
    }
}

fn add_password(core: &mut Core, request: &Request, client: &str) -> Result<Reply, ArmError> {
    let body = properties::read(request, &["passwordCredential"])?;
    let empty = Map::new();
    let wanted = body.get("passwordCredential").and_then(Value::as_object).unwrap_or(&empty);
    let tenant = core.state.application(client).map(|known| known.tenant.clone());
    let forbidden = &core.state.directory.secrets_forbidden;
    if tenant.is_some_and(|tenant| forbidden.contains(&tenant)) {
        return Err(ArmError::bad(
            "CredentialTypeNotAllowedAsPerAppPolicy",
            "Credential type not allowed as per assigned policy 'DefaultAppManagementPolicy'.",
        ));
    }
    let now = core.now();
    let begin = moment(wanted.get("startDateTime"))?.unwrap_or(now);
    let end = moment(wanted.get("endDateTime"))?.unwrap_or(begin + 2 * YEAR);
    if end <= begin {
        return Err(refusal::bad(
            "Key credential end date is invalid. It must be later than the start date.",
        ));
    }
    let longest = core.state.directory.longest_certificate_days;
    if longest.is_some_and(|days| end - begin > days * 24 * 3600) {
        return Err(ArmError::bad(
            "CredentialInvalidLifetimeAsPerAppPolicy",
            "Credential lifetime exceeds the max value allowed as per assigned policy 'DefaultAppManagementPolicy'.",
        ));
    }
    let name = wanted.get("displayName").and_then(Value::as_str).map(str::to_owned);
    let secret = ClientSecret {
        id: new_id(),
        // As Entra's: what begins it differs from secret to secret, and Graph shows it as the hint.
        value: format!("{:.3}8Q~{}", new_id(), uuid::Uuid::new_v4().simple()),
        expires_on: end,
    };
    let rest = core.state.directory.registration_mut(client);
    rest.passwords.insert(secret.id.clone(), (name, begin));
    let application = core.state.application_mut(client).ok_or_else(|| refusal::missing(client))?;
    application.secrets.push(secret.clone());
    let application = application.clone();
    let mut shown = bodies::password(core, &application, &secret);
    shown["secretText"] = json!(secret.value);
    Ok(Reply::json(200, &shown))
}

fn remove_password(core: &mut Core, request: &Request, client: &str) -> Result<Reply, ArmError> {
    let body = properties::read(request, &["keyId"])?;
    let key = properties::required(&body, "keyId", "Application")?;
    let application = core.state.application_mut(client).ok_or_else(|| refusal::missing(client))?;
    let before = application.secrets.len();
    application.secrets.retain(|known| known.id != key);
    if application.secrets.len() == before {
        return Err(refusal::bad("No password credential found with keyId specified."));
    }
    core.state.directory.registration_mut(client).passwords.remove(&key);
    Ok(Reply::empty(204))
}

fn add_federated(core: &mut Core, request: &Request, client: &str) -> Result<Reply, ArmError> {
    let known = ["name", "issuer", "subject", "audiences", "description"];
    let body = properties::read(request, &known)?;
    let resource = "FederatedIdentityCredential";
    let name = properties::required(&body, "name", resource)?;
    let issuer = properties::required(&body, "issuer", resource)?;
    let subject = properties::required(&body, "subject", resource)?;
    let audiences = properties::texts(body.get("audiences"));
    let [audience] = audiences.as_slice() else {
        return Err(refusal::bad("Property audiences must contain exactly one value."));
    };
    let harmless = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if name.len() > 120 || !name.chars().all(harmless) {
        return Err(refusal::bad(
            "Property name is invalid: it must be a URL friendly string of at most 120 characters.",
        ));
    }
    let rest = core.state.directory.registration_mut(client);
    if rest.federated.len() >= 20 {
        return Err(ArmError::bad(
            "Directory_QuotaExceeded",
            "The directory object quota limit for the Principal has been exceeded: at most 20 federated identity credentials.",
        ));
    }
    let same = |known: &&FederatedCredential| {
        known.name == name || (known.issuer == issuer && known.subject == subject)
    };
    if rest.federated.iter().any(|known| same(&known)) {
        return Err(ArmError::conflict(
            "Request_MultipleObjectsWithSameKeyValue",
            "FederatedIdentityCredential with name or issuer and subject already exists.",
        ));
    }
    let credential = FederatedCredential {
        id: new_id(),
        name,
        issuer,
        subject,
        audience: audience.clone(),
        description: body.get("description").and_then(Value::as_str).map(str::to_owned),
    };
    let reply = Reply::json(201, &bodies::federated(&credential));
    rest.federated.push(credential);
    Ok(reply)
}

fn moment(value: Option<&Value>) -> Result<Option<i64>, ArmError> {
    let Some(text) = value.and_then(Value::as_str) else {
        return Ok(None);
    };
    // az sends seconds with a Z, SDKs fractions of them.
    text.parse::<Timestamp>()
        .map(|time| Some(time.as_second()))
        .map_err(|_| refusal::bad("Cannot convert a value to target type 'Edm.DateTimeOffset'."))
}

const FEDERATED: &str = "federatedIdentityCredentials";
const YEAR: i64 = 365 * 24 * 3600;
