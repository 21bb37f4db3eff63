//! The other end of a consent: a page on 127.0.0.1 that the browser comes back to, once.
//!
//! Speaks just enough HTTP for a browser. Whoever does not bring our `state` back is turned away, and
//! waiting goes on. Source: <https://www.rfc-editor.org/rfc/rfc8252#section-7.3>

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::error::{Error, Kind, Result};
use crate::rest::plain_line;

/// A port that waits for a browser.
pub(crate) struct Listener {
    socket: TcpListener,
    pub port: u16,
}

/// What the browser brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It came without an error; that is no proof of consent.
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
        let failed = |err: std::io::Error| {
            Error::new(Kind::Failure, format!("cannot listen on 127.0.0.1: {err}"))
                .hint("Leave --listen out, and open the address that is printed.")
        };
        let socket = TcpListener::bind(("127.0.0.1", 0)).await.map_err(failed)?;
        let port = socket.local_addr().map_err(failed)?.port();
        Ok(Listener { socket, port })
    }

    /// Waits for a browser that brings `state` back.
    pub(crate) async fn answer(self, state: &str) -> Result<Answer> {
        loop {
            let (stream, _) = self.socket.accept().await.map_err(|err| {
                Error::new(Kind::Failure, format!("waiting on 127.0.0.1 failed: {err}"))
            })?;
            // A browser opens connections that it does not use: none may hold up the others.
            let served = tokio::time::timeout(SLOWEST, serve(stream, state)).await;
            if let Ok(Some(answer)) = served {
                return Ok(answer);
            }
        }
    }
}

async fn serve(mut stream: TcpStream, state: &str) -> Option<Answer> {
    let head = head(&mut stream).await?;
    let (answer, page) = judge(&head, state);
    let (status, text) = page;
    let body =
        format!("<!doctype html><meta charset=\"utf-8\"><title>az-imageshare</title><p>{text}</p>");
    let reply = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nContent-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    // The answer counts, whether or not the browser stays to see the page.
    let _ = stream.write_all(reply.as_bytes()).await;
    let _ = stream.shutdown().await;
    answer
}

/// The head of a request, at most a few kilobytes of it.
async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut read = Vec::new();
    let mut some = [0; 1024];
    while !read.windows(4).any(|four| four == b"\r\n\r\n") {
        let count = stream.read(&mut some).await.ok()?;
        if count == 0 || read.len() > LONGEST {
            return None;
        }
        read.extend_from_slice(&some[..count]);
    }
    Some(String::from_utf8_lossy(&read).into_owned())
}

/// What a request means, and the status and text of the page that answers it.
fn judge(head: &str, state: &str) -> (Option<Answer>, (&'static str, &'static str)) {
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let (method, target) = (words.next(), words.next().unwrap_or_default());
    let url = Url::parse("http://localhost").and_then(|base| base.join(target));
    let Ok(url) = url else {
        return (None, ("400 Bad Request", "That is no address."));
    };
    if method != Some("GET") || url.path() != PATH {
        return (None, ("404 Not Found", "There is nothing here."));
    }
    let value = |name: &str| {
        let mut pairs = url.query_pairs();
        let found = pairs.find(|(key, _)| key == name);
        found.map(|(_, value)| plain_line(&value))
    };
    if value("state").as_deref() != Some(state) {
        return (
            None,
            (
                "400 Bad Request",
                "This is not the answer to the address that az-imageshare printed last.",
            ),
        );
    }
    match value("error") {
        Some(error) => (
            Some(Answer::Refused {
                error,
                description: value("error_description").unwrap_or_default(),
            }),
            ("200 OK", "Consent was not given. You can close this page; the terminal says more."),
        ),
        None => (
            Some(Answer::Came),
            (
                "200 OK",
                "Thank you. You can close this page; the terminal says whether everything is in place.",
            ),
        ),
    }
}

const PATH: &str = "/az-imageshare";
const LONGEST: usize = 16 * 1024;
const SLOWEST: std::time::Duration = std::time::Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(target: &str) -> Option<Answer> {
        judge(&format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"), "s3").0
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
        assert_eq!(judge("POST /az-imageshare?state=s3 HTTP/1.1", "s3").0, None);
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
