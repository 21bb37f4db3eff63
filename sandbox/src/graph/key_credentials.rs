//! Certificates of an application: `addKey` and `removeKey`, which ask for a proof and for no permission. Sources:
//! <https://learn.microsoft.com/graph/api/application-addkey>,
//! <https://learn.microsoft.com/graph/api/application-removekey>,
//! <https://learn.microsoft.com/graph/application-rollkey-prooftoken>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{properties, refusal};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};

/// Answers `addKey` and `removeKey`; `None` for everything else below an application.
pub(super) fn answer(
    core: &mut Core,
    request: &Request,
    caller: &Caller,
    (client, tail): (&str, &[&str]),
) -> Option<Result<Reply, ArmError>> {
    match (request.method.as_str(), tail) {
        ("POST", ["addKey"]) => Some(add_key(core, request, caller, client)),
        ("POST", ["removeKey"]) => Some(remove_key(core, request, caller, client)),
        _ => None,
    }
}

fn add_key(
    core: &mut Core,
    request: &Request,
    caller: &Caller,
    client: &str,
) -> Result<Reply, ArmError> {
    let body = properties::read(request, &["keyCredential", "passwordCredential", "proof"])?;
    check_proof(core, caller, client, &body)?;
    let key = body.get("keyCredential").cloned().unwrap_or_default();
    let der = certificate_of(&key)?;
    let (begin, end) = life(&der);
    if end <= core.now() {
        return Err(refusal::bad("Key credential end date is invalid."));
    }
    let longest = core.state.directory.longest_certificate_days;
    if longest.is_some_and(|days| end - begin > days * DAY) {
        return Err(ArmError::bad(
            "CredentialInvalidLifetimeAsPerAppPolicy",
            "Credential lifetime exceeds the max value allowed as per assigned policy 'DefaultAppManagementPolicy'.",
        ));
    }
    let application = core.state.application_mut(client).ok_or_else(|| refusal::missing(client))?;
    application.certificates.push(der.clone());
    Ok(Reply::json(200, &key_body(&der)))
}

/// The certificates of a PATCH, which replaces those there are.
pub(super) fn read(keys: &Value) -> Result<Vec<Vec<u8>>, ArmError> {
    keys.as_array().into_iter().flatten().map(certificate_of).collect()
}

fn certificate_of(key: &Value) -> Result<Vec<u8>, ArmError> {
    for (name, only) in [("type", "AsymmetricX509Cert"), ("usage", "Verify")] {
        if key[name] != only {
            return Err(refusal::bad(format!(
                "Invalid value specified for property '{name}' of resource 'KeyCredential'."
            )));
        }
    }
    let der = key["key"].as_str().and_then(|text| STANDARD.decode(text).ok());
    let der =
        der.filter(|der| X509Certificate::from_der(der).is_ok_and(|(rest, _)| rest.is_empty()));
    der.ok_or_else(|| refusal::bad("Key credential is invalid: 'key' is no certificate."))
}

fn remove_key(
    core: &mut Core,
    request: &Request,
    caller: &Caller,
    client: &str,
) -> Result<Reply, ArmError> {
    let body = properties::read(request, &["keyId", "proof"])?;
    check_proof(core, caller, client, &body)?;
    let wanted = properties::required(&body, "keyId", "Application")?;
    let application = core.state.application_mut(client).ok_or_else(|| refusal::missing(client))?;
    let before = application.certificates.len();
    application.certificates.retain(|der| key_id(der) != wanted);
    if application.certificates.len() == before {
        return Err(refusal::bad("No key credential found with keyId specified."));
    }
    Ok(Reply::empty(204))
}

/// The application itself, with a token signed by one of its certificates.
fn check_proof(
    core: &Core,
    caller: &Caller,
    client: &str,
    body: &serde_json::Map<String, Value>,
) -> Result<(), ArmError> {
    let object = core.state.application(client).map(|known| known.object_id.clone());
    let proof = body.get("proof").and_then(Value::as_str).unwrap_or_default();
    let is_itself = !caller.is_user && caller.name == client;
    let proves = object.is_some_and(|object| core.is_key_proof(client, &object, proof));
    if is_itself && proves { Ok(()) } else { Err(refusal::denied()) }
}

/// A certificate as Graph shows it: never the key itself.
pub(super) fn key_body(der: &[u8]) -> Value {
    let (begin, end) = life(der);
    let time =
        |seconds| Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_string();
    json!({"keyId": key_id(der), "customKeyIdentifier": STANDARD.encode(Sha1::digest(der)),
        "displayName": subject(der), "type": "AsymmetricX509Cert", "usage": "Verify", "key": null,
        "startDateTime": time(begin), "endDateTime": time(end)})
}

/// Graph's name of a certificate that was given none.
fn subject(der: &[u8]) -> Option<String> {
    X509Certificate::from_der(der).ok().map(|(_, read)| read.subject().to_string())
}

/// The same certificate always has the same id.
fn key_id(der: &[u8]) -> String {
    uuid::Uuid::from_slice(&Sha1::digest(der)[..16]).unwrap_or_default().to_string()
}

fn life(der: &[u8]) -> (i64, i64) {
    X509Certificate::from_der(der).map_or((0, 0), |(_, read)| {
        let validity = read.validity();
        (validity.not_before.timestamp(), validity.not_after.timestamp())
    })
}

const DAY: i64 = 24 * 3600;
