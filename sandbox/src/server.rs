//! The listeners: TLS, HTTP/1.1, and the faults that only show on the wire.

use std::convert::Infallible;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::core::{Core, http_date};
use crate::fault::{Fault, FaultKind};
use crate::message::{Listener, Reply, Request};
use crate::router::{self, Outcome};
use crate::wire::{Script, Step, Wire};

type Response = hyper::Response<Script>;

/// Serves one listener until the runtime ends.
pub(crate) async fn serve(
    listener: TcpListener,
    which: Listener,
    tls: TlsAcceptor,
    core: Arc<Mutex<Core>>,
) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let (tls, core) = (tls.clone(), Arc::clone(&core));
        tokio::spawn(async move {
            let reset = Arc::new(AtomicBool::new(false));
            let _ = stream.set_nodelay(true);
            let Ok(stream) = tls.accept(Wire::new(stream, Arc::clone(&reset))).await else {
                return;
            };
            let service = service_fn(|request| {
                let (core, reset) = (Arc::clone(&core), Arc::clone(&reset));
                async move { answer(request, which, &core, &reset).await }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service);
            // A broken connection is the client's matter, or the fault that was asked for.
            let _ = connection.await;
        });
    }
}

async fn answer(
    request: hyper::Request<Incoming>,
    which: Listener,
    core: &Mutex<Core>,
    reset: &AtomicBool,
) -> io::Result<Response> {
    let request = read(request, which).await?;
    let (outcome, elsewhere, now) = {
        let mut core = core.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = router::answer(&mut core, &request);
        (outcome, core.endpoints.elsewhere.clone(), core.now())
    };
    let Outcome { reply, fault } = outcome;
    match fault {
        None => Ok(plain(reply, &request)),
        Some(fault) => spoil(&fault, reply, &request, &elsewhere, now, reset).await,
    }
}

async fn read(request: hyper::Request<Incoming>, listener: Listener) -> io::Result<Request> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    Ok(of_parts(listener, &parts, body))
}

/// A request as the services see it, however it came in.
pub(crate) fn of_parts(listener: Listener, parts: &http::request::Parts, body: Bytes) -> Request {
    let query = parts.uri.query().unwrap_or_default();
    Request {
        listener,
        method: parts.method.as_str().to_owned(),
        path: decode(parts.uri.path()),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect(),
        body,
    }
}

/// Percent-decodes a path.
pub(crate) fn decode(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let digits = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits
            .filter(|_| first == b'%')
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
        {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn plain(reply: Reply, request: &Request) -> Response {
    let body = if request.method == "HEAD" { Bytes::new() } else { reply.body.clone() };
    respond(reply, Script::whole(body))
}

fn respond(reply: Reply, script: Script) -> Response {
    let mut response = hyper::Response::new(script);
    *response.status_mut() =
        hyper::StatusCode::from_u16(reply.status).unwrap_or(hyper::StatusCode::IM_A_TEAPOT);
    for (name, value) in reply.headers {
        let name = hyper::header::HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, hyper::header::HeaderValue::from_str(&value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// Lays a fault over an answer.
async fn spoil(
    fault: &Fault,
    reply: Reply,
    request: &Request,
    elsewhere: &str,
    now: i64,
    reset: &AtomicBool,
) -> io::Result<Response> {
    match &fault.kind {
        FaultKind::Reset => {
            reset.store(true, Ordering::SeqCst);
            Err(io::ErrorKind::ConnectionReset.into())
        }
        FaultKind::Close => Err(io::ErrorKind::ConnectionAborted.into()),
        FaultKind::Hang => {
            std::future::pending::<Infallible>().await;
            Err(io::ErrorKind::TimedOut.into())
        }
        kind => Ok(match replacement(kind, elsewhere, now, request) {
            Some(other) => plain(replaced(reply, other), request),
            None => distort(kind, reply, request, elsewhere),
        }),
    }
}

/// The answer that a client without a wire gets; `None` where the wire breaks.
pub(crate) fn spoiled_value(
    kind: &FaultKind,
    reply: Reply,
    request: &Request,
    now: i64,
) -> Option<Reply> {
    let is_of_wire = matches!(kind, FaultKind::Reset | FaultKind::Close | FaultKind::Hang);
    let other = (!is_of_wire).then(|| replacement(kind, "", now, request))??;
    Some(replaced(reply, other))
}

fn replaced(mut reply: Reply, (status, content_type, body, added): Replacement) -> Reply {
    reply.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
    reply.headers.extend(added);
    reply.status = status;
    reply.body = Bytes::from(body);
    reply.header("Content-Type", content_type)
}

/// Status, content type, body and added headers.
type Replacement = (u16, &'static str, String, Option<(String, String)>);

/// Faults that put another answer in the place of Azure's.
fn replacement(
    kind: &FaultKind,
    elsewhere: &str,
    now: i64,
    request: &Request,
) -> Option<Replacement> {
    const JSON: &str = "application/json; charset=utf-8";
    let error = |code: &str| {
        json!({"error": {"code": code, "message": "This failure was asked for."}}).to_string()
    };
    let retry_after = |value: String| Some(("Retry-After".to_owned(), value));
    Some(match kind {
        FaultKind::Status { status, retry_after: after, code } => {
            let code = code.as_deref().unwrap_or_else(|| error_code(*status));
            (*status, JSON, error(code), after.clone().and_then(retry_after))
        }
        FaultKind::RetryAfterDate { status, seconds } => {
            (*status, JSON, error(error_code(*status)), retry_after(http_date(now + seconds)))
        }
        FaultKind::Html { status } => (
            *status,
            "text/html",
            "<html><body>Sign in to the network</body></html>".to_owned(),
            None,
        ),
        FaultKind::EmptyObject => (200, JSON, "{}".to_owned(), None),
        FaultKind::InvalidJson => (200, JSON, r#"{"access_token": "abc"#.to_owned(), None),
        FaultKind::Empty => (200, JSON, String::new(), None),
        FaultKind::RedirectElsewhere { status } => {
            let location = format!("{elsewhere}{}", request.path);
            (*status, "text/plain", String::new(), Some(("Location".to_owned(), location)))
        }
        _ => return None,
    })
}

/// Faults that keep the answer's status and change its body or headers.
fn distort(kind: &FaultKind, mut reply: Reply, request: &Request, elsewhere: &str) -> Response {
    match kind {
        FaultKind::Truncate | FaultKind::ChunkTruncate => {
            let half = reply.body.slice(..reply.body.len() / 2);
            let half = if half.is_empty() { Bytes::from_static(b"{") } else { half };
            if matches!(kind, FaultKind::Truncate) {
                let promised = (reply.body.len() + 100).to_string();
                reply = reply.header("Content-Length", promised);
            }
            respond(reply, Script::steps(vec![Step::Data(half), Step::Pause(SETTLE), Step::Break]))
        }
        FaultKind::Slow { every_ms } => {
            let length = reply.body.len();
            let pause = Duration::from_millis(*every_ms);
            let steps = (0..length)
                .flat_map(|at| [Step::Data(reply.body.slice(at..=at)), Step::Pause(pause)])
                .collect();
            respond(reply.header("Content-Length", length.to_string()), Script::steps(steps))
        }
        FaultKind::Huge => {
            respond(reply, Script::steps(vec![Step::Endless(Bytes::from(vec![b'x'; 65536]))]))
        }
        FaultKind::NextLinkElsewhere => {
            if let Ok(Value::Object(mut body)) = serde_json::from_slice(&reply.body) {
                body.insert(
                    "nextLink".to_owned(),
                    json!(format!("{elsewhere}{}?page=2", request.path)),
                );
                reply.body = Bytes::from(Value::Object(body).to_string());
            }
            plain(reply, request)
        }
        FaultKind::LocationElsewhere => {
            for (name, value) in &mut reply.headers {
                let is_link = name.eq_ignore_ascii_case("location")
                    || name.eq_ignore_ascii_case("azure-asyncoperation");
                if let (true, Ok(link)) = (is_link, url::Url::parse(value)) {
                    *value =
                        format!("{elsewhere}{}?{}", link.path(), link.query().unwrap_or_default());
                }
            }
            plain(reply, request)
        }
        _ => plain(reply, request),
    }
}

fn error_code(status: u16) -> &'static str {
    match status {
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        502 => "BadGateway",
        504 => "GatewayTimeout",
        _ => "InternalServerError",
    }
}

const SETTLE: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_and_odd_percent_signs_kept() {
        assert_eq!(decode("/a%20b/100%"), "/a b/100%");
        assert_eq!(decode("/%zz"), "/%zz");
    }
}
