//! The other end of a consent: a page on 127.0.0.1 that the browser comes back to, once.
//!
//! A request without this run's `state` is refused, and waiting goes on. Source:
//! <https://www.rfc-editor.org/rfc/rfc8252#section-7.3>

use std::sync::Arc;

use async_trait::async_trait;
use http::request::Parts;
use http::{Method, Response, Uri};
use tokio::sync::mpsc;
use url::Url;
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::loopback::{LoopbackAnswer, LoopbackPort, Responder};
use crate::rest::plain_line;

/// A port that waits for a browser.
pub(crate) struct Listener {
    socket: LoopbackPort,
    pub port: u16,
}

/// What the browser brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It came without an error; that is not proof of consent.
    Came,
    /// Entra, or the person, said no.
    Refused {
        /// The code, such as `access_denied`.
        error: String,
        description: String,
    },
}

impl Listener {
    /// Opens a port on loopback.
    pub(crate) async fn open() -> Result<Listener> {
        let socket = LoopbackPort::open().await.map_err(|err| {
            Error::new(Kind::Failure, format!("cannot listen on 127.0.0.1: {err}"))
                .hint("Leave --listen out, and open the address that is printed.")
        })?;
        Ok(Listener { port: socket.number, socket })
    }

    /// Waits for a browser that brings `state` back.
    pub(crate) async fn answer(self, state: &str) -> Result<Answer> {
        let (sender, mut answers) = mpsc::unbounded_channel();
        let page = Arc::new(ReturnPage { state: state.to_owned(), answers: sender });
        let answer = self.socket.serve_until(page, answers.recv()).await;
        answer.ok_or_else(|| Error::new(Kind::Failure, "waiting on 127.0.0.1 failed"))
    }
}

/// The page that the browser comes back to.
struct ReturnPage {
    state: String,
    answers: mpsc::UnboundedSender<Answer>,
}

#[async_trait]
impl Responder for ReturnPage {
    /// The state is what counts, and it is in the address: there is nothing to judge before it is read.
    async fn refusal_of(&self, _: &Parts, _: std::net::SocketAddr) -> Option<LoopbackAnswer> {
        None
    }

    async fn respond(&self, head: Parts, _: Vec<u8>) -> LoopbackAnswer {
        let (answer, (status, text)) = judge(&head.method, &head.uri, &self.state);
        if let Some(answer) = answer {
            // Whoever waited may have given up meanwhile.
            let _ = self.answers.send(answer);
        }
        let body = format!(
            "<!doctype html><meta charset=\"utf-8\"><title>az-imageshare</title><p>{text}</p>"
        );
        Response::builder()
            .status(status)
            .header("content-type", "text/html; charset=utf-8")
            .header("cache-control", "no-store")
            .header("content-security-policy", "default-src 'none'")
            .body(Zeroizing::new(body.into_bytes()))
            .expect("the status and the headers are fixed")
    }
}

/// What a request means, and the status and text of the page that answers it.
fn judge(method: &Method, target: &Uri, state: &str) -> (Option<Answer>, (u16, &'static str)) {
    let url = Url::parse("http://localhost").and_then(|base| base.join(&target.to_string()));
    let Ok(url) = url else {
        return (None, (400, "That is not a valid URL."));
    };
    if method != Method::GET || url.path() != PATH {
        return (None, (404, "There is nothing here."));
    }
    let value = |name: &str| {
        let mut pairs = url.query_pairs();
        let found = pairs.find(|(key, _)| key == name);
        found.map(|(_, value)| plain_line(&value))
    };
    if value("state").as_deref() != Some(state) {
        return (
            None,
            (400, "This is not the answer to the address that az-imageshare printed last."),
        );
    }
    match value("error") {
        Some(error) => (
            Some(Answer::Refused {
                error,
                description: value("error_description").unwrap_or_default(),
            }),
            (200, "Consent was not given. You can close this page; the terminal says more."),
        ),
        None => (
            Some(Answer::Came),
            (
                200,
                "Thank you. You can close this page; the terminal says whether everything is in place.",
            ),
        ),
    }
}

const PATH: &str = "/az-imageshare";

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(target: &str) -> Option<Answer> {
        judge(&Method::GET, &target.parse().unwrap(), "s3").0
    }

    #[test]
    fn only_our_own_state_ends_the_wait() {
        assert_eq!(
            answer("/az-imageshare?admin_consent=True&tenant=t&state=s3"),
            Some(Answer::Came)
        );
        for other in [
            "/",
            "/favicon.ico",
            "/az-imageshare",
            "/az-imageshare?state=s4",
            "/az-imageshare?state=",
            "/other?state=s3",
        ] {
            assert_eq!(answer(other), None, "{other}");
        }
        let target = "/az-imageshare?state=s3".parse().unwrap();
        assert_eq!(judge(&Method::POST, &target, "s3").0, None);
    }

    #[test]
    fn a_refusal_is_told_without_control_characters() {
        let refused = answer(
            "/az-imageshare?error=access_denied&error_description=AADSTS65004%1b%5b2J%20no&state=s3",
        );
        assert_eq!(
            refused,
            Some(Answer::Refused {
                error: "access_denied".into(),
                description: "AADSTS65004 [2J no".into()
            })
        );
    }
}
