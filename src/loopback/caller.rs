//! The other end: asks the endpoint of a run, and believes no answer that does not prove its secret.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use super::secret::{NONCE, PROOF, RunSecret, SCHEME, TagPurpose};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// Nothing listens there any more, or it speaks another protocol.
    #[error("the endpoint of the run does not answer")]
    Gone,
    /// It refused.
    #[error("the endpoint of the run refused the request")]
    Refused,
    /// Someone else listens there.
    #[error("another program answers on the port of the run")]
    Stranger,
}

/// Asks `path` of the endpoint at `port`, and gives the body of the answer.
///
/// # Errors
/// If nothing answers in time, it refuses, or it does not know the secret.
pub(crate) async fn ask_endpoint(
    port: u16,
    secret: &RunSecret,
    (method, path): (Method, &str),
    body: Vec<u8>,
) -> Result<Zeroizing<Vec<u8>>, CallError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| CallError::Gone)?;
    let nonce = uuid::Uuid::from_bytes(random).simple().to_string();
    let tag = secret.tag(TagPurpose::Question, &nonce, path.as_bytes());
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, format!("127.0.0.1:{port}"))
        .header(CONTENT_TYPE, "application/json")
        .header(AUTHORIZATION, format!("{SCHEME}{tag}"))
        .header(NONCE, &nonce)
        .body(Full::new(Bytes::from(body)))
        .map_err(|_| CallError::Gone)?;
    let exchange = tokio::time::timeout(PATIENCE, exchange(port, request));
    let (proof, body) = exchange.await.map_err(|_| CallError::Gone)??;
    if !secret.proves(&proof, TagPurpose::Answer, &nonce, &body) {
        return Err(CallError::Stranger);
    }
    Ok(body)
}

async fn exchange(
    port: u16,
    request: Request<Full<Bytes>>,
) -> Result<(String, Zeroizing<Vec<u8>>), CallError> {
    let gone = |_| CallError::Gone;
    let place = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let stream = TcpStream::connect(place).await.map_err(|_| CallError::Gone)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(gone)?;
    let asked = async {
        let answer = sender.send_request(request).await.map_err(gone)?;
        let header = answer.headers().get(PROOF).and_then(|proof| proof.to_str().ok());
        let (proof, status) = (header.map(str::to_owned), answer.status());
        let body = Limited::new(answer.into_body(), LONGEST).collect().await;
        let body = body.map_err(|_| CallError::Gone)?.to_bytes();
        match proof {
            Some(proof) => Ok((proof, Zeroizing::new(body.to_vec()))),
            None if status.is_success() => Err(CallError::Stranger),
            None => Err(CallError::Refused),
        }
    };
    // The connection has to be driven for the answer to come; its own end is of no interest.
    let driven = async {
        let _ = connection.await;
        std::future::pending::<()>().await;
    };
    tokio::select! {
        answer = asked => answer,
        () = driven => Err(CallError::Gone),
    }
}

/// Entra may take its time for a first token; the tools that start `az` wait for ten seconds.
const PATIENCE: Duration = Duration::from_secs(60);
const LONGEST: usize = 256 * 1024;
