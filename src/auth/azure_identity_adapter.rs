//! Lets `azure_identity` speak through this program's transport, to the pinned authority and nowhere else.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request, StatusCode};
use http::{HeaderMap, Response};
use serde_json::{Value, json};
use url::Url;
use zeroize::Zeroizing;

use super::error::AuthError;
use super::refusal::{entra_refusal, redirect_refusal};
use crate::process::{Clock, unix_seconds};
use crate::transport::{Transport, retry};

/// Carries one token request, and remembers what came back.
pub(super) struct PinnedClient {
    authority: Url,
    transport: Arc<dyn Transport>,
    clock: Clock,
    exchange: Mutex<TokenExchange>,
}

/// What one answer said.
#[derive(Debug, Default)]
pub(super) struct TokenExchange {
    /// Why there is no token.
    pub(super) failure: Option<AuthError>,
    /// How many seconds the token lives.
    pub(super) expires_in: i64,
    /// How long to wait before asking again.
    pub(super) retry_after: Option<Duration>,
    /// How many seconds this computer's clock is behind the service's.
    pub(super) skew: i64,
}

impl std::fmt::Debug for PinnedClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PinnedClient").finish_non_exhaustive()
    }
}

impl PinnedClient {
    pub(super) fn new(authority: Url, transport: Arc<dyn Transport>, clock: Clock) -> PinnedClient {
        PinnedClient { authority, transport, clock, exchange: Mutex::default() }
    }

    /// What came back; nothing is left behind.
    pub(super) fn take_exchange(&self) -> TokenExchange {
        std::mem::take(&mut self.exchange.lock().unwrap_or_else(PoisonError::into_inner))
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
    fn read_answer(&self, answer: Response<Vec<u8>>, sent: &[u8]) -> Result<Value, AuthError> {
        let (parts, body) = answer.into_parts();
        let body = Zeroizing::new(body);
        let mut exchange = self.exchange.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        exchange.skew = clock_skew(&parts.headers, unix_seconds(now));
        exchange.retry_after = retry::retry_after(&parts.headers, now);
        if parts.status.is_redirection() {
            return Err(redirect_refusal(&parts.headers, &self.authority));
        }
        let status = parts.status.as_u16();
        let said: Value = match serde_json::from_slice(&body) {
            Ok(said @ Value::Object(_))
                if parts.status.is_success() || said["error"].is_string() =>
            {
                said
            }
            _ if parts.status.is_success() => {
                return Err(AuthError::Malformed("something that is not JSON".into()));
            }
            _ => json!({"error": format!("HTTP {status}, without a reason that could be read")}),
        };
        if !parts.status.is_success() {
            return Err(entra_refusal(status, &said, sent));
        }
        let token = said["access_token"].as_str().unwrap_or_default();
        let lives = lenient_number(&said["expires_in"]).unwrap_or_default().min(LONGEST_LIFE);
        if token.is_empty() || lives <= 0 {
            return Err(AuthError::Malformed("no access token".into()));
        }
        exchange.expires_in = lives;
        Ok(json!({"token_type": "Bearer", "expires_in": lives, "access_token": token}))
    }
}

#[async_trait]
impl HttpClient for PinnedClient {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let outcome = match self.prepare(request) {
            Ok(prepared) => {
                let sent = Zeroizing::new(prepared.body().clone());
                match self.transport.send(prepared).await {
                    Ok(answer) => self.read_answer(answer, &sent),
                    Err(lost) => Err(lost.into()),
                }
            }
            Err(err) => Err(err),
        };
        let (status, body) = match outcome {
            Ok(body) => (StatusCode::Ok, body.to_string()),
            Err(failure) => {
                let mut exchange = self.exchange.lock().unwrap_or_else(PoisonError::into_inner);
                exchange.failure = Some(failure);
                (StatusCode::BadRequest, "{}".to_owned())
            }
        };
        Ok(AsyncRawResponse::from_bytes(status, Headers::new(), body))
    }
}

/// A token that claims to live longer is renewed all the same: no number of a service is taken as it is.
const LONGEST_LIFE: i64 = 24 * 3600;

/// Some authorities write numbers as texts.
fn lenient_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn clock_skew(headers: &HeaderMap, now: i64) -> i64 {
    headers
        .get("date")
        .and_then(|value| httpdate::parse_http_date(value.to_str().ok()?).ok())
        .map_or(0, |date| unix_seconds(date) - now)
}
