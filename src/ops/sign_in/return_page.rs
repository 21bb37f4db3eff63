//! Where the browser comes back to: a form that is posted to 127.0.0.1, once, with this program's `state`.
//!
//! Everything else is turned away, and waiting goes on: other methods (405), other paths (404), another Host or a
//! script of some page (403), another content type (415), another user of this computer (403), a form with another
//! `state` (400). No CORS header is ever sent. Source: <https://www.rfc-editor.org/rfc/rfc8252#section-8>

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use http::header::{ALLOW, CONTENT_TYPE, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::loopback::secret::RunSecret;
use crate::loopback::{LoopbackAnswer, LoopbackPort, Responder, bare_answer, user_of};
use crate::rest::plain_line;
use crate::secrets::Secret;

/// A port that waits for a browser.
pub(super) struct ReturnPort {
    socket: LoopbackPort,
}

/// What the browser brought back.
#[derive(Debug)]
pub(super) enum BrowserAnswer {
    /// A code that is worth tokens to the one who has the verifier.
    Code(Secret),
    /// Entra, or the person, said no.
    Refused {
        /// The code, such as `access_denied`.
        error: String,
        description: String,
    },
}

impl ReturnPort {
    /// Opens a port on loopback.
    pub(super) async fn open() -> Result<ReturnPort> {
        let socket = LoopbackPort::open().await.map_err(|err| {
            Error::new(Kind::Failure, format!("cannot listen on 127.0.0.1: {err}"))
                .hint("Sign in by a code in its place: `--sign-in device-code`.")
        })?;
        Ok(ReturnPort { socket })
    }

    pub(super) fn number(&self) -> u16 {
        self.socket.number
    }

    /// Waits for a browser that brings `state` back.
    pub(super) async fn answer(self, state: RunSecret) -> Result<BrowserAnswer> {
        let (sender, mut answers) = mpsc::unbounded_channel();
        let page = SignInPage {
            host: format!("localhost:{}", self.number()),
            port: self.number(),
            state,
            answers: sender,
        };
        let answer = self.socket.serve_until(Arc::new(page), answers.recv()).await;
        answer.ok_or_else(|| Error::new(Kind::Failure, "waiting on 127.0.0.1 failed"))
    }
}

/// The page that the browser comes back to.
struct SignInPage {
    host: String,
    port: u16,
    state: RunSecret,
    answers: mpsc::UnboundedSender<BrowserAnswer>,
}

#[async_trait]
impl Responder for SignInPage {
    async fn refusal_of(&self, head: &Parts, peer: SocketAddr) -> Option<LoopbackAnswer> {
        let status = head_refusal(head, &self.host).or_else(|| {
            // The kernel of Linux says whose browser it is. An address is no secret on a computer with other users.
            let user = user_of(peer, self.port);
            user.is_some_and(is_stranger).then_some(StatusCode::FORBIDDEN)
        })?;
        let mut answer = bare_answer(status);
        if status == StatusCode::METHOD_NOT_ALLOWED {
            answer.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        }
        Some(answer)
    }

    async fn respond(&self, _: Parts, body: Vec<u8>) -> LoopbackAnswer {
        let body = Zeroizing::new(body);
        let (status, text) = match read_form(&body, &self.state) {
            None => (400, "This is not the answer to the sign-in that az-imageshare waits for."),
            Some(answer) => {
                let refused = matches!(answer, BrowserAnswer::Refused { .. });
                // Whoever waited may have given up meanwhile.
                let _ = self.answers.send(answer);
                if refused { (200, DECLINED) } else { (200, CAME) }
            }
        };
        answer_page(status, text)
    }
}

/// True for another user of this computer; root may read everything anyway.
#[cfg(unix)]
fn is_stranger(user: u32) -> bool {
    user != 0 && user != crate::secrets::folder::effective_user()
}

#[cfg(not(unix))]
fn is_stranger(_: u32) -> bool {
    false
}

/// What is wrong with a request by its head alone.
fn head_refusal(head: &Parts, host: &str) -> Option<StatusCode> {
    let one = |name: HeaderName| only_value(&head.headers, name);
    if head.method != Method::POST {
        return Some(StatusCode::METHOD_NOT_ALLOWED);
    }
    if head.uri.path() != "/" || head.uri.query().is_some() {
        return Some(StatusCode::NOT_FOUND);
    }
    if one(HOST) != Some(host) {
        return Some(StatusCode::FORBIDDEN);
    }
    // A form that a page posts is a navigation of the whole window. What a script sends is none.
    let fetched = |name: &'static str, wanted: &str| {
        let name = HeaderName::from_static(name);
        head.headers.contains_key(&name) && only_value(&head.headers, name) != Some(wanted)
    };
    if fetched("sec-fetch-mode", "navigate") || fetched("sec-fetch-dest", "document") {
        return Some(StatusCode::FORBIDDEN);
    }
    if one(CONTENT_TYPE) != Some("application/x-www-form-urlencoded") {
        return Some(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    None
}

/// The value of a header that is there once.
fn only_value(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(first)
}

/// Reads the form, if it is the answer to this program's question: one state, and one code or one error.
fn read_form(body: &[u8], state: &RunSecret) -> Option<BrowserAnswer> {
    let value = |name: &str| {
        let mut all = url::form_urlencoded::parse(body).filter(|(key, _)| key == name);
        let first = all.next().map(|(_, value)| value.into_owned());
        (first, all.next().is_some())
    };
    let (brought, twice) = value("state");
    if twice || !state.is_shown(brought?.as_bytes()) {
        return None;
    }
    match (value("code"), value("error")) {
        ((Some(code), false), (None, _)) if !code.is_empty() => {
            Some(BrowserAnswer::Code(Secret::new(code)))
        }
        ((None, _), (Some(error), false)) => Some(BrowserAnswer::Refused {
            error: plain_line(&error),
            description: plain_line(&value("error_description").0.unwrap_or_default()),
        }),
        _ => None,
    }
}

fn answer_page(status: u16, text: &str) -> LoopbackAnswer {
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>az-imageshare</title><p>{text}</p></html>"
    );
    Response::builder()
        .status(status)
        .header("content-type", "text/html; charset=utf-8")
        .header("cache-control", "no-store")
        .header("referrer-policy", "no-referrer")
        .header("content-security-policy", "default-src 'none'; frame-ancestors 'none'")
        .body(Zeroizing::new(body.into_bytes()))
        .expect("the status and the headers are fixed")
}

const CAME: &str =
    "Thank you. You can close this page; the terminal says whether the sign-in is complete.";
const DECLINED: &str = "You are not signed in. You can close this page; the terminal says more.";

#[cfg(test)]
mod tests {
    use super::*;

    fn head(method: &str, target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
    const OURS: (&str, &str) = ("host", "localhost:5");

    #[test]
    fn only_a_form_that_a_browser_posts_is_read() {
        let judge = |method, target, headers: &[(&str, &str)]| {
            head_refusal(&head(method, target, headers), "localhost:5")
                .map(|status| status.as_u16())
        };
        let navigation =
            [OURS, FORM, ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        assert_eq!(judge("POST", "/", &navigation), None);
        assert_eq!(judge("POST", "/", &[OURS, FORM]), None, "an old browser");
        for method in ["GET", "HEAD", "PUT", "OPTIONS", "DELETE"] {
            assert_eq!(judge(method, "/", &[OURS, FORM]), Some(405), "{method}");
        }
        for target in ["/x", "//", "/?code=1", "/%2f"] {
            assert_eq!(judge("POST", target, &[OURS, FORM]), Some(404), "{target}");
        }
        for host in ["127.0.0.1:5", "localhost", "localhost:6", "LOCALHOST:5", "evil.example"] {
            assert_eq!(judge("POST", "/", &[("host", host), FORM]), Some(403), "{host}");
        }
        assert_eq!(judge("POST", "/", &[OURS, OURS, FORM]), Some(403), "two hosts");
        assert_eq!(judge("POST", "/", &[OURS, FORM, ("sec-fetch-mode", "no-cors")]), Some(403));
        assert_eq!(judge("POST", "/", &[OURS, FORM, ("sec-fetch-dest", "iframe")]), Some(403));
        for kind in ["text/plain", "application/json", "multipart/form-data; boundary=x"] {
            assert_eq!(judge("POST", "/", &[OURS, ("content-type", kind)]), Some(415), "{kind}");
        }
    }

    #[test]
    fn only_one_answer_to_our_question_counts() {
        let state = RunSecret::of_text("s3".to_owned());
        let read = |body: &str| read_form(body.as_bytes(), &state);
        let Some(BrowserAnswer::Code(code)) = read("code=a%2Bb&state=s3&session_state=x") else {
            panic!("it is ours");
        };
        assert_eq!(code.expose(), "a+b");
        for other in [
            "",
            "code=a",
            "code=a&state=s4",
            "code=a&state=",
            "code=a&state=s3&state=s3",
            "code=a&code=b&state=s3",
            "code=&state=s3",
            "state=s3",
            "code=a&error=b&state=s3",
        ] {
            assert!(read(other).is_none(), "{other}");
        }
        let said = read("error=access_denied&error_description=no%1b%5b2J&state=s3");
        let Some(BrowserAnswer::Refused { error, description }) = said else {
            panic!("it is a refusal");
        };
        assert_eq!((error.as_str(), description.as_str()), ("access_denied", "no [2J"));
    }
}
