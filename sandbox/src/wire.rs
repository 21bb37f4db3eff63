//! The TCP stream below TLS, which can be told to end in a reset, and bodies that misbehave.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

/// A stream that is reset instead of closed once its flag is up.
pub(crate) struct Wire {
    stream: TcpStream,
    reset: Arc<AtomicBool>,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, reset: Arc<AtomicBool>) -> Wire {
        Wire { stream, reset }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.get_mut();
        if wire.reset.load(Ordering::SeqCst) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut wire.stream).poll_shutdown(cx)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.reset.load(Ordering::SeqCst) {
            // A linger time of zero makes the kernel send RST; a failure only turns it into FIN.
            let _ = self.stream.set_zero_linger();
        }
    }
}

/// One step of a body.
pub(crate) enum Step {
    /// Bytes to send.
    Data(Bytes),
    /// A pause, long enough for what went before to leave the machine.
    Pause(Duration),
    /// The connection breaks.
    Break,
    /// The same bytes for ever.
    Endless(Bytes),
}

/// A body that follows a script.
pub(crate) struct Script {
    steps: VecDeque<Step>,
    sleep: Option<Pin<Box<Sleep>>>,
    length: Option<u64>,
}

impl Script {
    /// A well-behaved body.
    pub(crate) fn whole(body: Bytes) -> Script {
        let length = u64::try_from(body.len()).expect("bodies fit in memory");
        let steps =
            if body.is_empty() { VecDeque::new() } else { VecDeque::from([Step::Data(body)]) };
        Script { steps, sleep: None, length: Some(length) }
    }

    /// A body of steps whose length is not told.
    pub(crate) fn steps(steps: Vec<Step>) -> Script {
        Script { steps: steps.into(), sleep: None, length: None }
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let script = self.get_mut();
        loop {
            if let Some(sleep) = script.sleep.as_mut() {
                if sleep.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
                script.sleep = None;
            }
            return match script.steps.pop_front() {
                None => Poll::Ready(None),
                Some(Step::Data(data)) => Poll::Ready(Some(Ok(Frame::data(data)))),
                Some(Step::Break) => {
                    Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
                }
                Some(Step::Endless(data)) => {
                    script.steps.push_front(Step::Endless(data.clone()));
                    Poll::Ready(Some(Ok(Frame::data(data))))
                }
                Some(Step::Pause(pause)) => {
                    script.sleep = Some(Box::pin(tokio::time::sleep(pause)));
                    continue;
                }
            };
        }
    }

    fn is_end_stream(&self) -> bool {
        self.steps.is_empty() && self.sleep.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
