//! Who sent a request: the bearer token, and up to three tokens of other tenants beside it.
//!
//! Source of the rules for `x-ms-authorization-auxiliary`:
//! <https://learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant>

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::rbac;
use crate::caller::{Caller, claims};
use crate::core::Core;
use crate::error::ArmError;
use crate::message::Request;

/// The header with tokens of other tenants.
const AUXILIARY: &str = "x-ms-authorization-auxiliary";
/// How many of them one request may carry.
const MOST: usize = 3;

/// Reads the tokens, or says why not.
pub(super) fn caller(core: &Core, request: &Request) -> Result<Caller, ArmError> {
    let header = request.header("authorization").unwrap_or_default();
    let token = header.strip_prefix("Bearer ").unwrap_or_default();
    let mut caller = read(core, token).map_err(|problem| problem.primary(core))?;
    if let Some(header) = request.header(AUXILIARY) {
        caller.auxiliary = auxiliary(core, header)?;
    }
    Ok(caller)
}

/// What is wrong with a token: the code and the words.
struct Problem {
    code: &'static str,
    message: String,
}

impl Problem {
    fn new(code: &'static str, message: impl Into<String>) -> Problem {
        Problem { code, message: message.into() }
    }

    /// As a refusal of the request's own token.
    fn primary(self, core: &Core) -> ArmError {
        refuse(core, self.code, &self.message)
    }
}

fn read(core: &Core, token: &str) -> Result<Caller, Problem> {
    let invalid = "InvalidAuthenticationToken";
    let caller = Caller::of(&core.keys, token)
        .ok_or_else(|| Problem::new(invalid, "The access token is invalid."))?;
    if caller.audience.trim_end_matches('/') != core.endpoints.management {
        let message = format!(
            "The access token has been obtained for wrong audience or resource '{}'. It should exactly match with one of \
             the allowed audiences '{}/'.",
            caller.audience, core.endpoints.management
        );
        return Err(Problem::new("InvalidAuthenticationTokenAudience", message));
    }
    if caller.expires_on <= core.now() {
        let message = "The access token expiry UTC time is earlier than current UTC time.";
        return Err(Problem::new("ExpiredAuthenticationToken", message));
    }
    Ok(caller)
}

/// Every token has to be good, also one that the request turns out not to need. They are separated by
/// commas; a semicolon is taken for a part of the token, which spoils it.
fn auxiliary(core: &Core, header: &str) -> Result<Vec<Caller>, ArmError> {
    let parts: Vec<&str> = header.split(',').map(str::trim).collect();
    if parts.len() > MOST {
        let message = format!(
            "The '{AUXILIARY}' header holds {} tokens; {MOST} are allowed. {}",
            parts.len(),
            whose(parts[MOST])
        );
        return Err(refuse(core, "InvalidAuthenticationToken", &message));
    }
    let callers = parts.into_iter().map(|part| {
        let token = part.strip_prefix("Bearer ").unwrap_or_default();
        read(core, token).map_err(|problem| {
            let message = format!(
                "A token in the '{AUXILIARY}' header cannot be used. {} {}",
                whose(part),
                problem.message
            );
            refuse(core, "InvalidAuthenticationToken", &message)
        })
    });
    callers.collect()
}

/// The client and the tenant that a token names, believed or not.
fn whose(part: &str) -> String {
    let token = part.split([' ', ';']).find(|word| word.contains('.'));
    let claims = token.and_then(claims).unwrap_or_default();
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or("unknown");
    format!("Client ID: '{}', tenant ID: '{}'.", text("appid"), text("tid"))
}

/// A person who changes something has to have shown a second factor. The challenge is that of
/// <https://learn.microsoft.com/entra/identity-platform/claims-challenge>, with the policy's context `p1`.
pub(super) fn require_strength(
    core: &Core,
    caller: &Caller,
    request: &Request,
) -> Result<(), ArmError> {
    let changes = matches!(request.method.as_str(), "PUT" | "PATCH" | "DELETE");
    if !core.knobs.mfa_for_changes || !changes || !caller.is_user || caller.is_strong {
        return Ok(());
    }
    let claims = BASE64.encode(r#"{"access_token":{"acrs":{"essential":true,"value":"p1"}}}"#);
    let message = "Resource was disallowed by policy: users must use MFA for Create operation.";
    let challenge = format!(
        "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", error=\"insufficient_claims\", claims=\"{claims}\"",
        core.endpoints.login
    );
    Err(ArmError::new(401, "InvalidAuthenticationToken", message).challenge(challenge))
}

fn refuse(core: &Core, code: &str, message: &str) -> ArmError {
    let challenge = rbac::challenge(core, "common", "invalid_token", message);
    ArmError::new(401, code, message).challenge(challenge)
}
