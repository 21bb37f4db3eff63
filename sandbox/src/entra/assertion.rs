//! Client assertions: a token signed with a registered certificate, or issued by the sandbox's own federation.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::pipeline;
use super::refusal::Refusal;
use crate::core::Core;
use crate::keys;

impl Core {
    /// Registers a certificate with an application.
    pub(crate) fn register_certificate(
        &mut self,
        client_id: &str,
        pem: &str,
    ) -> Result<(), String> {
        let (_, pem) =
            x509_parser::pem::parse_x509_pem(pem.as_bytes()).map_err(|error| error.to_string())?;
        X509Certificate::from_der(&pem.contents).map_err(|error| error.to_string())?;
        let application =
            self.state.application_mut(client_id).ok_or("the application is unknown")?;
        application.certificates.push(pem.contents);
        Ok(())
    }
}

/// Checks an assertion of a client.
pub(crate) fn check(
    core: &mut Core,
    client_id: &str,
    tenant: &str,
    token: &str,
) -> Result<(), Refusal> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else {
        return Err(malformed());
    };
    let header = keys::decode(header).ok_or_else(malformed)?;
    let claims = keys::decode(claims).ok_or_else(malformed)?;
    let signature =
        URL_SAFE_NO_PAD.decode(signature.trim_end_matches('=')).map_err(|_| malformed())?;
    if pipeline::is_issuer(&claims["iss"]) {
        return check_federated(core, client_id, token, &claims);
    }
    let message = &token[..token.rfind('.').unwrap_or_default()];
    check_signature(core, client_id, &header, message.as_bytes(), &signature)?;
    check_claims(core, client_id, tenant, &claims)
}

impl Core {
    /// True if a token proves possession of a certificate of the application, as `addKey` wants it: signed by one
    /// that is valid, issued by the application's object id, for Entra's own resource, for ten minutes at most.
    /// Source: <https://learn.microsoft.com/graph/application-rollkey-prooftoken>
    pub(crate) fn is_key_proof(&self, client_id: &str, object_id: &str, token: &str) -> bool {
        let parts: Vec<&str> = token.split('.').collect();
        let [header, claims, signature] = parts[..] else {
            return false;
        };
        let (Some(header), Some(claims)) = (keys::decode(header), keys::decode(claims)) else {
            return false;
        };
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else {
            return false;
        };
        let message = &token[..token.rfind('.').unwrap_or_default()];
        let at = |name: &str| claims[name].as_i64().unwrap_or_default();
        let now = self.now();
        let in_time =
            at("nbf") <= now + 300 && at("exp") > now - 300 && at("exp") - at("nbf") <= 600;
        claims["aud"] == PROOF_AUDIENCE
            && claims["iss"] == object_id
            && in_time
            && check_signature(self, client_id, &header, message.as_bytes(), &signature).is_ok()
    }
}

const PROOF_AUDIENCE: &str = "00000002-0000-0000-c000-000000000000";

fn check_federated(
    core: &Core,
    client_id: &str,
    token: &str,
    claims: &Value,
) -> Result<(), Refusal> {
    let fixed = core.state.application(client_id).is_some_and(|application| {
        application.federated && pipeline::is_own_subject(claims, client_id)
    });
    let registration = core.state.directory.registration(client_id);
    let registered = registration.federated.iter().any(|known| {
        claims["iss"] == known.issuer.as_str()
            && claims["sub"] == known.subject.as_str()
            && claims["aud"] == known.audience.as_str()
    });
    if !(fixed || registered) || core.keys.verify(token).is_none() {
        return Err(Refusal::new(
            "invalid_client",
            70021,
            format!(
                "No matching federated identity record found for presented assertion. Assertion Issuer: \
                 '{}'. Assertion Subject: '{}'. Assertion Audience: '{}'.",
                claims["iss"].as_str().unwrap_or_default(),
                claims["sub"].as_str().unwrap_or_default(),
                claims["aud"].as_str().unwrap_or_default()
            ),
        ));
    }
    check_window(core, claims)
}

fn check_signature(
    core: &Core,
    client_id: &str,
    header: &Value,
    message: &[u8],
    signature: &[u8],
) -> Result<(), Refusal> {
    let certificates =
        core.state.application(client_id).map(|app| app.certificates.clone()).unwrap_or_default();
    // MSAL for Python pads its thumbprints, everyone else does not.
    let thumbprint = |name: &str| header[name].as_str().unwrap_or_default().trim_end_matches('=');
    let named = certificates.iter().find(|der| {
        thumbprint("x5t#S256") == URL_SAFE_NO_PAD.encode(Sha256::digest(der))
            || thumbprint("x5t") == URL_SAFE_NO_PAD.encode(Sha1::digest(der))
    });
    let Some(der) = named else {
        return Err(Refusal::new(
            "invalid_client",
            700_027,
            format!(
                "The certificate with identifier used to sign the client assertion is not registered on application. \
                 [Reason - The key was not found., Please visit the Azure Portal and check the registered keys of \
                 application '{client_id}'.]"
            ),
        ));
    };
    let verification: &dyn ring::signature::VerificationAlgorithm = match header["alg"].as_str() {
        Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
        Some("PS256") => &RSA_PSS_2048_8192_SHA256,
        _ => return Err(malformed()),
    };
    let (_, certificate) = X509Certificate::from_der(der).map_err(|_| malformed())?;
    let key = &certificate.public_key().subject_public_key.data;
    UnparsedPublicKey::new(verification, key).verify(message, signature).map_err(|_| {
        Refusal::new(
            "invalid_client",
            700_027,
            "Client assertion failed signature validation. [Reason - The provided signature value did not match the \
             expected signature value.]",
        )
    })
}

fn check_claims(
    core: &mut Core,
    client_id: &str,
    tenant: &str,
    claims: &Value,
) -> Result<(), Refusal> {
    if claims["iss"] != client_id || claims["sub"] != client_id {
        return Err(Refusal::new(
            "invalid_client",
            700_021,
            "Client assertion application identifier doesn't match 'client_id' parameter.",
        ));
    }
    let login = &core.endpoints.login;
    let domain = core.state.tenant(tenant).map(|tenant| tenant.domain.clone()).unwrap_or_default();
    let audience = claims["aud"].as_str().unwrap_or_default();
    let accepted = [tenant, domain.as_str()].iter().any(|tenant| {
        audience == format!("{login}/{tenant}/oauth2/v2.0/token")
            || audience == format!("{login}/{tenant}/v2.0")
            || audience == format!("{login}/{tenant}/oauth2/token")
    });
    if !accepted {
        return Err(Refusal::new(
            "invalid_client",
            700_023,
            format!(
                "Client assertion audience claim does not match Realm issuer. Audience was '{audience}'."
            ),
        ));
    }
    check_window(core, claims)?;
    let id = claims["jti"].as_str().unwrap_or_default().to_owned();
    if !id.is_empty() && core.state.used_assertions.contains(&id) {
        return Err(Refusal::new(
            "invalid_client",
            7_000_214,
            "The client assertion was already used: its jti was seen before.",
        ));
    }
    core.state.used_assertions.push(id);
    Ok(())
}

/// Entra allows five minutes of skew on both ends.
fn check_window(core: &Core, claims: &Value) -> Result<(), Refusal> {
    let now = core.now();
    // MSAL for Python sends fractions of a second.
    let seconds = |name: &str| claims[name].as_f64().unwrap_or(0.0).floor() as i64;
    let (from, until) = (seconds("nbf"), seconds("exp"));
    if from - SKEW <= now && now < until + SKEW {
        return Ok(());
    }
    Err(Refusal::new(
        "invalid_client",
        700_024,
        format!(
            "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {from}, \
             expiry time of assertion {until}."
        ),
    ))
}

fn malformed() -> Refusal {
    Refusal::new("invalid_request", 50027, "JWT token is invalid or malformed.")
}

const SKEW: i64 = 300;
