//! What the sign-in service says when it gives no token: Entra's words, and redirects.

use http::HeaderMap;
use serde_json::{Map, Value};
use url::Url;

use super::error::AuthError;
use crate::secrets::redact::redact_secrets;

/// Entra's words, with what was sent cut out of them.
pub(super) fn entra_refusal(status: u16, said: &Value, sent: &[u8]) -> AuthError {
    let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    let mut description = first_line(&text("error_description"));
    // Entra repeats its ids and the time in the sentence; the one that support asks for has a field.
    if let Some(end) = description.find(" Trace ID:") {
        description.truncate(end);
    }
    for (name, value) in url::form_urlencoded::parse(sent) {
        if SECRET_FIELDS.contains(&&*name) && !value.is_empty() {
            description = description.replace(&*value, "***");
        }
    }
    AuthError::Refused {
        status,
        error: first_line(&text("error")),
        codes: codes_in(said, &description),
        description,
        correlation_id: first_line(&text("correlation_id")),
        claims: claims_in(&text("claims")).map(String::into_boxed_str),
    }
}

/// The claims that the refusal asks for: a JSON object, as it goes into a command line that people paste.
fn claims_in(text: &str) -> Option<String> {
    let members: Option<Map<String, Value>> = serde_json::from_str(text).ok();
    members
        .filter(|_| text.len() <= LONGEST_CLAIMS)
        .map(|members| Value::Object(members).to_string())
}

const LONGEST_CLAIMS: usize = 4096;

/// The fields of a form whose values are secret.
const SECRET_FIELDS: [&str; 6] =
    ["client_secret", "client_assertion", "code", "code_verifier", "device_code", "refresh_token"];

/// A redirect is never followed: it would carry the secret to someone else.
pub(super) fn redirect_refusal(headers: &HeaderMap, authority: &Url) -> AuthError {
    let found = headers
        .get("location")
        .and_then(|value| authority.join(value.to_str().ok()?).ok())
        .map_or_else(|| "another address".to_owned(), |url| url.origin().ascii_serialization());
    AuthError::UntrustedOrigin {
        what: "a redirect of the sign-in service".to_owned(),
        found,
        expected: authority.origin().ascii_serialization(),
    }
}

fn first_line(text: &str) -> String {
    redact_secrets(text)
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(600)
        .collect()
}

/// The `AADSTS` numbers: of the list, or the one that the description begins with where there is no list.
fn codes_in(said: &Value, description: &str) -> Vec<i64> {
    let listed = said["error_codes"].as_array();
    let listed: Vec<i64> =
        listed.map(|codes| codes.iter().filter_map(Value::as_i64).collect()).unwrap_or_default();
    if !listed.is_empty() {
        return listed;
    }
    let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
    let first = description.strip_prefix("AADSTS").map(digits);
    first.and_then(|code| code.parse().ok()).into_iter().collect()
}
