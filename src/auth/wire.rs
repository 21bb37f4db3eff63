//! The wire between `azure_identity` and our transport.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request, StatusCode};
use http::{HeaderMap, Response};
use serde_json::{Value, json};
use url::Url;
use zeroize::Zeroizing;

use super::AuthError;
use crate::process::{Clock, unix_seconds};
use crate::transport::{Transport, retry};

/// Carries one token request, and remembers what came back.
pub(super) struct Wire {
    authority: Url,
    transport: Arc<dyn Transport>,
    clock: Clock,
    heard: Mutex<Heard>,
}

/// What one answer said.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Why there is no token.
    pub(super) failure: Option<AuthError>,
    /// How many seconds the token lives.
    pub(super) expires_in: i64,
    /// How long to wait before asking again.
    pub(super) retry_after: Option<Duration>,
    /// How many seconds our clock is behind the service's.
    pub(super) skew: i64,
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl Wire {
    pub(super) fn new(authority: Url, transport: Arc<dyn Transport>, clock: Clock) -> Wire {
        Wire { authority, transport, clock, heard: Mutex::default() }
    }

    /// What came back; nothing is left behind.
    pub(super) fn heard(&self) -> Heard {
        std::mem::take(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same request, at the pinned authority and nowhere else. `azure_identity` drops the path that
    /// some authorities have.
    fn prepare(&self, request: &Request) -> Result<http::Request<Vec<u8>>, AuthError> {
        if request.url().origin() != self.authority.origin() {
            return Err(AuthError::UntrustedOrigin {
                what: "a token request".to_owned(),
                found: request.url().origin().ascii_serialization(),
                expected: self.authority.origin().ascii_serialization(),
            });
        }
        let base = self.authority.as_str().trim_end_matches('/');
        let mut prepared = http::Request::builder()
            .method(request.method().as_ref())
            .uri(format!("{base}{}", request.url().path()));
        for (name, value) in request.headers().iter() {
            prepared = prepared.header(name.as_str(), value.as_str());
        }
        let body = match request.body() {
            Body::Bytes(bytes) => bytes.to_vec(),
            Body::SeekableStream(_) => Vec::new(),
        };
        prepared.body(body).map_err(|err| AuthError::Malformed(format!("no usable request: {err}")))
    }

    /// Reads an answer; gives the body that `azure_identity` can read without tripping.
    fn listen(&self, answer: Response<Vec<u8>>, sent: &[u8]) -> Result<Value, AuthError> {
        let (parts, body) = answer.into_parts();
        let body = Zeroizing::new(body);
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        heard.skew = skew(&parts.headers, unix_seconds(now));
        heard.retry_after = retry::retry_after(&parts.headers, now);
        if parts.status.is_redirection() {
            return Err(redirect(&parts.headers, &self.authority));
        }
        let status = parts.status.as_u16();
        let said: Value = match serde_json::from_slice(&body) {
            Ok(said @ Value::Object(_))
                if parts.status.is_success() || said["error"].is_string() =>
            {
                said
            }
            _ if parts.status.is_success() => {
                return Err(AuthError::Malformed("something that is no JSON".into()));
            }
            _ => json!({"error": format!("HTTP {status}, without a reason that could be read")}),
        };
        if !parts.status.is_success() {
            return Err(refusal(status, &said, sent));
        }
        let token = said["access_token"].as_str().unwrap_or_default();
        let lives = number(&said["expires_in"]).unwrap_or_default();
        if token.is_empty() || lives <= 0 {
            return Err(AuthError::Malformed("no access token".into()));
        }
        heard.expires_in = lives;
        Ok(json!({"token_type": "Bearer", "expires_in": lives, "access_token": token}))
    }
}

#[async_trait]
impl HttpClient for Wire {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let outcome = match self.prepare(request) {
            Ok(prepared) => {
                let sent = Zeroizing::new(prepared.body().clone());
                match self.transport.send(prepared).await {
                    Ok(answer) => self.listen(answer, &sent),
                    Err(lost) => Err(lost.into()),
                }
            }
            Err(err) => Err(err),
        };
        let (status, body) = match outcome {
            Ok(body) => (StatusCode::Ok, body.to_string()),
            Err(failure) => {
                let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
                heard.failure = Some(failure);
                (StatusCode::BadRequest, "{}".to_owned())
            }
        };
        Ok(AsyncRawResponse::from_bytes(status, Headers::new(), body))
    }
}

/// Entra's words, with what we sent cut out of them.
pub(super) fn refusal(status: u16, said: &Value, sent: &[u8]) -> AuthError {
    let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    let mut description = first_line(&text("error_description"));
    // Entra repeats its ids and the time in the sentence; the one that support asks for has a field.
    if let Some(end) = description.find(" Trace ID:") {
        description.truncate(end);
    }
    for (name, value) in url::form_urlencoded::parse(sent) {
        if matches!(&*name, "client_secret" | "client_assertion") && !value.is_empty() {
            description = description.replace(&*value, "***");
        }
    }
    AuthError::Refused {
        status,
        error: first_line(&text("error")),
        codes: said["error_codes"]
            .as_array()
            .map(|codes| codes.iter().filter_map(Value::as_i64).collect())
            .unwrap_or_default(),
        description,
        correlation_id: first_line(&text("correlation_id")),
    }
}

/// A redirect is never followed: it would carry the secret to somebody else.
pub(super) fn redirect(headers: &HeaderMap, authority: &Url) -> AuthError {
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
    text.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(600).collect()
}

/// Some authorities write numbers as texts.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn skew(headers: &HeaderMap, now: i64) -> i64 {
    headers
        .get("date")
        .and_then(|value| httpdate::parse_http_date(value.to_str().ok()?).ok())
        .map_or(0, |date| unix_seconds(date) - now)
}
