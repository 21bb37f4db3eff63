//! The journal: every request that reached a listener, with secrets replaced by a fingerprint of them.
//!
//! A test asserts with it what was sent, how often, by whom, and that no token reached a host it must not reach.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::message::{Listener, Request};

/// One request and the status it was answered with.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// Milliseconds since the sandbox started.
    pub at_ms: u64,
    /// The listener it reached.
    pub listener: Listener,
    /// The method, in capitals.
    pub method: String,
    /// The decoded path.
    pub path: String,
    /// The decoded query.
    pub query: Vec<(String, String)>,
    /// The headers; bearer tokens as `Bearer sha256:…`.
    pub headers: Vec<(String, String)>,
    /// The body: JSON, form fields as an object, text, or null.
    pub body: Value,
    /// The status answered; 0 if the connection was broken instead.
    pub status: u16,
    /// The tenant of the token, if it was valid.
    pub tenant: Option<String>,
    /// The object id of the token's principal, if it was valid.
    pub principal: Option<String>,
    /// The bucket that was counted in: place, principal and kind.
    pub bucket: Option<String>,
    /// Whether it came before the wait was over that an earlier 429 asked for.
    pub is_early: bool,
}

impl Call {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn of(request: &Request, at_ms: u64) -> Call {
        Call {
            at_ms,
            listener: request.listener,
            method: request.method.clone(),
            path: request.path.clone(),
            query: request.query.clone(),
            headers: request
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), safe_header(name, value)))
                .collect(),
            body: safe_body(request),
            status: 0,
            tenant: None,
            principal: None,
            bucket: None,
            is_early: false,
        }
    }
}

/// The fingerprint that stands for a secret in the journal: `sha256:` and 22 characters.
pub fn fingerprint(secret: &str) -> String {
    let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(secret.as_bytes()));
    format!("sha256:{}", &digest[..22])
}

fn safe_header(name: &str, value: &str) -> String {
    const SECRET: [&str; 2] = ["authorization", "x-ms-authorization-auxiliary"];
    if !SECRET.contains(&name.to_ascii_lowercase().as_str()) {
        return value.to_owned();
    }
    value
        .split(';')
        .map(|part| match part.trim().split_once(' ') {
            Some((scheme, token)) => format!("{scheme} {}", fingerprint(token.trim())),
            None => fingerprint(part),
        })
        .collect::<Vec<_>>()
        .join("; ")
}

fn safe_body(request: &Request) -> Value {
    if request.body.is_empty() {
        return Value::Null;
    }
    let content_type = request.header("content-type").unwrap_or_default();
    if content_type.starts_with("application/x-www-form-urlencoded") {
        let fields = request.form().into_iter().map(|(name, value)| {
            let value =
                if SECRET_FIELDS.contains(&name.as_str()) { fingerprint(&value) } else { value };
            (name, Value::String(value))
        });
        return Value::Object(fields.collect::<Map<_, _>>());
    }
    serde_json::from_slice(&request.body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&request.body).into_owned()))
}

const SECRET_FIELDS: [&str; 6] =
    ["client_secret", "client_assertion", "refresh_token", "password", "code", "device_code"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_replaced_in_both_headers() {
        let shown = safe_header("Authorization", "Bearer abc");
        assert_eq!(shown, format!("Bearer {}", fingerprint("abc")));
        let shown = safe_header("x-ms-authorization-auxiliary", "Bearer abc; Bearer def");
        assert!(!shown.contains("abc") && !shown.contains("def"), "{shown}");
        assert_eq!(safe_header("User-Agent", "abc"), "abc");
    }
}
