//! HTTP on 127.0.0.1 while one piece of work lasts: the page a browser returns to after a consent, and the
//! endpoint that lends tokens to one command.
//!
//! hyper speaks HTTP. What is decided here is how much a visitor may take: one request per connection, 8 KiB
//! of head, 16 KiB of body, five seconds to send them, and a place among 64. When all are taken, others wait at
//! the door, and one who has shown no good request for a while has to leave. Sources: <https://www.rfc-editor.org/rfc/rfc8252#section-7.3>,
//! <https://www.rfc-editor.org/rfc/rfc9112>.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use http::request::Parts;
use http::{Request, Response, StatusCode, Version};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};
use zeroize::Zeroizing;

pub(crate) mod caller;
#[cfg(target_os = "linux")]
mod peer;
pub(crate) mod secret;

#[cfg(target_os = "linux")]
pub(crate) use peer::user_of;

/// The kernel of other systems does not say who is at the other end of a TCP connection.
#[cfg(not(target_os = "linux"))]
pub(crate) fn user_of(_peer: SocketAddr, _port: u16) -> Option<u32> {
    None
}

/// An answer; its body may hold a token and is wiped once it is written.
pub(crate) type LoopbackAnswer = Response<Zeroizing<Vec<u8>>>;

/// Answers what comes in.
#[async_trait]
pub(crate) trait Responder: Send + Sync + 'static {
    /// Judges a request by its head, before anything else of it is read: the answer to one that is refused.
    /// Until a request passes, its connection is the first to go when others want in.
    async fn refusal_of(&self, head: &Parts, peer: SocketAddr) -> Option<LoopbackAnswer>;

    /// Answers a request that passed.
    async fn respond(&self, head: Parts, body: Vec<u8>) -> LoopbackAnswer;
}

/// A port on loopback.
pub(crate) struct LoopbackPort {
    socket: TcpListener,
    pub number: u16,
}

/// One connection.
struct Visitor {
    task: AbortHandle,
    since: Instant,
    /// Its request passed, and is being answered.
    admitted: Arc<AtomicBool>,
}

impl LoopbackPort {
    /// Opens a port that the system chooses.
    pub(crate) async fn open() -> std::io::Result<LoopbackPort> {
        let socket = TcpListener::bind(("127.0.0.1", 0)).await?;
        let number = socket.local_addr()?.port();
        Ok(LoopbackPort { socket, number })
    }

    /// Serves until `done` is, lets the answers that are on their way arrive, and closes the port.
    pub(crate) async fn serve_until<T>(
        self,
        responder: Arc<impl Responder>,
        done: impl Future<Output = T>,
    ) -> T {
        let mut tasks = JoinSet::new();
        let mut visitors: VecDeque<Visitor> = VecDeque::new();
        tokio::pin!(done);
        let outcome = loop {
            let has_room = make_room(&mut visitors);
            tokio::select! {
                outcome = &mut done => break outcome,
                Some(_) = tasks.join_next() => {}
                () = tokio::time::sleep(GRACE), if !has_room => {}
                accepted = self.socket.accept(), if has_room => match accepted {
                    Ok((stream, peer)) => {
                        let admitted = Arc::new(AtomicBool::new(false));
                        let serving = serve(stream, peer, responder.clone(), admitted.clone());
                        let task = tasks.spawn(serving);
                        visitors.push_back(Visitor { task, since: Instant::now(), admitted });
                    }
                    // Out of file descriptors, most likely: some will be free again in a moment.
                    Err(_) => tokio::time::sleep(SHORT_OF_FILES).await,
                },
            }
        };
        drop(self.socket);
        for visitor in visitors.iter().filter(|one| !one.admitted.load(Ordering::Relaxed)) {
            visitor.task.abort();
        }
        let last_answers = async { while tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_ANSWERS, last_answers).await;
        outcome
    }
}

/// Makes room for one more, if there can be any. A connection that has shown no good request for a while, such as
/// those of a slow attacker, gives way, so that the work is never shut out.
fn make_room(visitors: &mut VecDeque<Visitor>) -> bool {
    visitors.retain(|one| !one.task.is_finished());
    if visitors.len() < MOST_VISITORS {
        return true;
    }
    let is_idle =
        |one: &Visitor| !one.admitted.load(Ordering::Relaxed) && one.since.elapsed() >= GRACE;
    let idle = visitors.iter().position(is_idle);
    let leaves = idle.and_then(|at| visitors.remove(at));
    leaves.is_some_and(|visitor| {
        visitor.task.abort();
        true
    })
}

async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    responder: Arc<impl Responder>,
    admitted: Arc<AtomicBool>,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        let (responder, admitted) = (responder.clone(), admitted.clone());
        async move {
            let answer = answer(request, peer, &*responder, &admitted).await;
            let body = |bytes| Full::new(Bytes::from_owner(bytes));
            Ok::<_, Infallible>(answer.map(body))
        }
    });
    // What is wrong with a visitor's HTTP is the visitor's matter; hyper has answered 400 or 431 by then.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(SLOWEST)
        .max_buf_size(LONGEST_HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    responder: &impl Responder,
    admitted: &AtomicBool,
) -> LoopbackAnswer {
    let (head, body) = request.into_parts();
    // A proxy, and nobody else, sends the whole address; HTTP/1.0 has no Host that could be checked.
    if head.version != Version::HTTP_11 || head.uri.authority().is_some() {
        return bare_answer(StatusCode::BAD_REQUEST);
    }
    if let Some(refused) = responder.refusal_of(&head, peer).await {
        return refused;
    }
    admitted.store(true, Ordering::Relaxed);
    let body = Limited::new(body, LONGEST_BODY).collect();
    match tokio::time::timeout(SLOWEST, body).await {
        Ok(Ok(body)) => responder.respond(head, body.to_bytes().to_vec()).await,
        Ok(Err(_)) => bare_answer(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => bare_answer(StatusCode::REQUEST_TIMEOUT),
    }
}

/// An answer with a status and nothing else.
pub(crate) fn bare_answer(status: StatusCode) -> LoopbackAnswer {
    let mut answer = LoopbackAnswer::new(Zeroizing::default());
    *answer.status_mut() = status;
    answer
}

const MOST_VISITORS: usize = 64;
const LONGEST_HEAD: usize = 8 * 1024;
const LONGEST_BODY: usize = 16 * 1024;
const SLOWEST: Duration = Duration::from_secs(5);
/// Who has the secret sends a request within microseconds of connecting.
const GRACE: Duration = Duration::from_millis(250);
const LAST_ANSWERS: Duration = Duration::from_secs(1);
const SHORT_OF_FILES: Duration = Duration::from_millis(50);
