//! The endpoint of a run: who may ask, and what is asked for.
//!
//! Three protocols on one port. `GET /TENANT` is App Service's for managed identities, which the SDKs of every
//! language speak (<https://learn.microsoft.com/azure/app-service/overview-managed-identity>); `POST /token` is azd's
//! for programs around it (<https://github.com/Azure/azure-dev/blob/main/cli/azd/docs/external-authentication.md>),
//! which the `az` shim speaks too; `GET /about` describes the run to the shim.
//!
//! A lasting refusal is always 403: for 404, 410, 429 and 5xx some of the SDKs ask again for minutes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, ORIGIN, REFERER};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::about::About;
use super::journal::RunJournal;
use super::loan::Loan;
use super::{external, managed_identity};
use crate::app::Reporter;
use crate::error::Error;
use crate::id::TenantId;
use crate::loopback::secret::{NONCE, PROOF, RunSecret, SCHEME, TagPurpose};
use crate::loopback::{LoopbackAnswer, Responder, bare_answer};
use crate::process::Clock;

/// Lends tokens to the one who shows the secret of the run.
pub(crate) struct Endpoint {
    pub port: u16,
    pub secret: RunSecret,
    pub loan: Loan,
    pub about: About,
    pub clock: Clock,
    pub journal: Option<RunJournal>,
    pub reporter: Arc<dyn Reporter>,
    /// Whose connection it is, as far as the system shows.
    pub user_of: fn(SocketAddr, u16) -> Option<u32>,
    pub warned: AtomicBool,
}

/// What a path and a method ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    ManagedIdentity(TenantId),
    External,
    About,
}

#[async_trait]
impl Responder for Endpoint {
    async fn refusal_of(&self, head: &Parts, peer: SocketAddr) -> Option<LoopbackAnswer> {
        let refused = |status| Some(bare_answer(status));
        if head.method != Method::GET && head.method != Method::POST {
            return refused(StatusCode::METHOD_NOT_ALLOWED);
        }
        if !self.is_our_host(&head.headers) || comes_from_a_page(&head.headers) {
            return refused(StatusCode::FORBIDDEN);
        }
        let door = match door(head) {
            Ok(door) => door,
            Err(status) => return refused(status),
        };
        if !self.knows_the_secret(door, head) {
            self.warn_once();
            // Slows down a program that tries, and shuts nobody out: 256 bits need no lock-out, and one
            // would let any user of the machine stop the run.
            tokio::time::sleep(WRONG_SECRET).await;
            return refused(StatusCode::FORBIDDEN);
        }
        if self.is_foreign(peer) {
            return refused(StatusCode::FORBIDDEN);
        }
        None
    }

    async fn respond(&self, head: Parts, body: Vec<u8>) -> LoopbackAnswer {
        match door(&head) {
            Ok(Door::ManagedIdentity(tenant)) => {
                managed_identity::answer(self, tenant, head.uri.query().unwrap_or_default()).await
            }
            Ok(Door::External) => {
                let answer = external::answer(self, &body).await;
                self.proven(&head.headers, json_answer(StatusCode::OK, &answer))
            }
            Ok(Door::About) => {
                let about = serde_json::to_value(&self.about).unwrap_or_default();
                self.proven(&head.headers, json_answer(StatusCode::OK, &about))
            }
            Err(status) => bare_answer(status),
        }
    }
}

impl Endpoint {
    /// Seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        crate::process::unix_seconds((self.clock)())
    }

    /// A name that leads to 127.0.0.1 is how a page reaches us (DNS rebinding): only the number will do.
    fn is_our_host(&self, headers: &HeaderMap) -> bool {
        let ours = format!("127.0.0.1:{}", self.port);
        the_only(headers, &HOST).is_some_and(|host| host.as_bytes() == ours.as_bytes())
    }

    fn knows_the_secret(&self, door: Door, head: &Parts) -> bool {
        let headers = &head.headers;
        if let Door::ManagedIdentity(_) = door {
            let shown = the_only(headers, &HeaderName::from_static("x-identity-header"));
            return shown.is_some_and(|shown| self.secret.is_shown(shown.as_bytes()));
        }
        let Some(shown) = the_only(headers, &AUTHORIZATION).and_then(|it| it.to_str().ok()) else {
            return false;
        };
        if let Some(tag) = shown.strip_prefix(SCHEME) {
            let nonce = nonce(headers).unwrap_or_default();
            return self.secret.proves(
                tag,
                TagPurpose::Question,
                nonce,
                head.uri.path().as_bytes(),
            );
        }
        let key = shown.strip_prefix("Bearer ");
        door == Door::External && key.is_some_and(|key| self.secret.is_shown(key.as_bytes()))
    }

    /// Another user of the machine, even one who learned the secret. Where the system does not say, no one is
    /// refused: the secret is what counts.
    fn is_foreign(&self, peer: SocketAddr) -> bool {
        let user = (self.user_of)(peer, self.port);
        user.is_some_and(|user| user != 0 && !is_own_user(user))
    }

    fn warn_once(&self) {
        if !self.warned.swap(true, Ordering::Relaxed) {
            self.reporter.warn(
                "a program asked for a token without the secret of this run, and was refused",
            );
        }
    }

    /// Shows who asked with a nonce that this endpoint, and no stranger on its port, gives the answer.
    fn proven(&self, headers: &HeaderMap, mut answer: LoopbackAnswer) -> LoopbackAnswer {
        if let Some(nonce) = nonce(headers) {
            let tag = self.secret.tag(TagPurpose::Answer, nonce, answer.body());
            if let Ok(tag) = HeaderValue::from_str(&tag) {
                answer.headers_mut().insert(PROOF, tag);
            }
        }
        answer
    }
}

/// An answer in JSON.
pub(crate) fn json_answer(status: StatusCode, body: &Value) -> LoopbackAnswer {
    let mut answer = LoopbackAnswer::new(Zeroizing::new(body.to_string().into_bytes()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

/// Message and hints of an error in one line; the causes, which may hold a service's words, stay here.
pub(crate) fn in_one_line(err: &Error) -> String {
    let mut line = err.to_string();
    for hint in err.hints() {
        line = format!("{line}. {hint}");
    }
    line
}

/// A refusal in the words of every client: each reads another of these fields.
pub(crate) fn refusal(err: &Error) -> LoopbackAnswer {
    let message = in_one_line(err);
    let body = json!({
        "statusCode": 403,
        "message": message,
        "error": "access_denied",
        "error_description": message,
        "correlationId": uuid::Uuid::new_v4().to_string(),
    });
    json_answer(StatusCode::FORBIDDEN, &body)
}

/// Paths are compared as they come: nothing is decoded, and nothing resolved.
fn door(head: &Parts) -> Result<Door, StatusCode> {
    let path = head.uri.path();
    let tenant = path.strip_prefix('/').filter(|id| id.len() == 36).and_then(|id| id.parse().ok());
    let (door, method) = match (path, tenant) {
        (_, Some(tenant)) => (Door::ManagedIdentity(tenant), Method::GET),
        ("/token", _) => (Door::External, Method::POST),
        ("/about", _) => (Door::About, Method::GET),
        _ => return Err(StatusCode::FORBIDDEN),
    };
    if head.method == method { Ok(door) } else { Err(StatusCode::METHOD_NOT_ALLOWED) }
}

/// Browsers say where a request comes from, and no tool does.
fn comes_from_a_page(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN)
        || headers.contains_key(REFERER)
        || headers.keys().any(|name| name.as_str().starts_with("sec-fetch-"))
}

fn the_only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut all = headers.get_all(name).iter();
    all.next().filter(|_| all.next().is_none())
}

fn nonce(headers: &HeaderMap) -> Option<&str> {
    the_only(headers, &HeaderName::from_static(NONCE))?.to_str().ok()
}

#[cfg(unix)]
fn is_own_user(user: u32) -> bool {
    user == crate::secrets::folder::effective_user()
}

#[cfg(not(unix))]
fn is_own_user(_: u32) -> bool {
    true
}

const WRONG_SECRET: Duration = Duration::from_millis(100);
