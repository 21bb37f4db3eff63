//! The pipe to the extension inside `az`: JSON lines, events out on standard output, answers in on standard input.
//! Questions carry a number, so that answers find their question.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use base64::Engine;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, oneshot};
use zeroize::Zeroizing;

use crate::auth::bridge::{LoginInHand, LoginRequest};
use crate::auth::{AccessToken, AuthError};
use crate::id::TenantId;
use crate::process::{Sink, Source};
use crate::secrets::Secret;

/// What the program says to the extension, besides its answer.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum BridgeEvent<'a> {
    /// Something has begun or moved on.
    Step { text: &'a str },
    /// Something the user asked for.
    Note { text: &'a str },
    /// Something is wrong, but not so wrong that the work ends.
    Warning { text: &'a str },
    /// A part of the work failed; the answer says what became of the rest.
    Error { text: &'a str },
    /// A question; what is typed is asked for with [`Event::Input`].
    Ask { text: &'a str },
    /// A line of `--debug`.
    Debug { text: &'a str },
    /// A token of the login is needed.
    Token { id: u64, cloud: &'a str, tenant: TenantId, scope: &'a str },
    /// The next line of standard input is needed.
    Input { id: u64 },
    /// The end: it failed.
    Failed {
        kind: &'static str,
        exit_code: u8,
        message: &'a str,
        causes: &'a [String],
        hints: &'a [String],
    },
}

/// What the extension answers.
#[derive(Deserialize)]
#[serde(tag = "answer", rename_all = "camelCase", rename_all_fields = "camelCase")]
enum BridgeAnswer {
    Token { id: u64, token: Zeroizing<String>, expires_on: i64 },
    Refused { id: u64, message: String },
    Input { id: u64, base64: Zeroizing<String> },
}

enum PendingQuestion {
    Token(oneshot::Sender<Result<(Secret, i64), String>>),
    Input(Sender<Vec<u8>>),
}

/// This program's end of the pipe.
pub(crate) struct Pipe {
    out: Sink,
    waiting: Mutex<HashMap<u64, PendingQuestion>>,
    next: AtomicU64,
    closed: AtomicBool,
    /// Notified when the other end is closed.
    pub(crate) hang_up: Arc<Notify>,
}

impl Pipe {
    /// Starts to listen for answers behind what `lines` has already given.
    pub(crate) fn open(out: Sink, lines: PipeLines) -> Arc<Pipe> {
        let pipe = Arc::new(Pipe {
            out,
            waiting: Mutex::default(),
            next: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            hang_up: Arc::default(),
        });
        let listener = pipe.clone();
        // It ends with the process: a read of standard input cannot be called off.
        std::thread::spawn(move || listener.listen(lines));
        pipe
    }

    /// Sends one event. If the reader has gone, [`Pipe::hang_up`] reports it.
    pub(crate) fn send(&self, event: &BridgeEvent<'_>) {
        let line = serde_json::to_string(event).expect("events have only text keys");
        self.send_line(&line);
    }

    /// Sends a line of JSON as it is.
    pub(crate) fn send_line(&self, line: &str) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }

    fn listen(&self, mut lines: PipeLines) {
        while let Ok(Some(line)) = lines.next() {
            if let Ok(answer) = serde_json::from_slice::<BridgeAnswer>(&line) {
                self.hand_on(answer);
            }
        }
        self.closed.store(true, Ordering::SeqCst);
        self.waiting().clear();
        self.hang_up.notify_one();
    }

    fn hand_on(&self, answer: BridgeAnswer) {
        let (BridgeAnswer::Token { id, .. }
        | BridgeAnswer::Refused { id, .. }
        | BridgeAnswer::Input { id, .. }) = &answer;
        let waiting = self.waiting().remove(id);
        // Whoever asked may have given up meanwhile.
        match (waiting, answer) {
            (
                Some(PendingQuestion::Token(asker)),
                BridgeAnswer::Token { token, expires_on, .. },
            ) => {
                let _ = asker.send(Ok((Secret::new(token.to_string()), expires_on)));
            }
            (Some(PendingQuestion::Token(asker)), BridgeAnswer::Refused { message, .. }) => {
                let _ = asker.send(Err(message));
            }
            (Some(PendingQuestion::Input(asker)), BridgeAnswer::Input { base64, .. }) => {
                let typed = base64::engine::general_purpose::STANDARD.decode(base64.as_bytes());
                let _ = asker.send(typed.unwrap_or_default());
            }
            _ => {}
        }
    }

    fn expect(&self, waiting: PendingQuestion) -> u64 {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.waiting().insert(id, waiting);
        // Nobody will answer any more, and the listener may have cleared the others already.
        if self.closed.load(Ordering::SeqCst) {
            self.waiting().remove(&id);
        }
        id
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, HashMap<u64, PendingQuestion>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn input(&self) -> Receiver<Vec<u8>> {
        let (asker, typed) = channel();
        let id = self.expect(PendingQuestion::Input(asker));
        self.send(&BridgeEvent::Input { id });
        typed
    }
}

#[async_trait]
impl LoginInHand for Pipe {
    async fn token(&self, asked: &LoginRequest) -> Result<AccessToken, AuthError> {
        let (asker, answer) = oneshot::channel();
        let id = self.expect(PendingQuestion::Token(asker));
        self.send(&BridgeEvent::Token {
            id,
            cloud: &asked.cloud,
            tenant: asked.tenant,
            scope: &asked.scope,
        });
        let unusable = |reason| AuthError::AzLogin { reason, again: "az login".to_owned() };
        let gone = |_| unusable("az has gone".to_owned());
        let (secret, expires_on) = answer.await.map_err(gone)?.map_err(unusable)?;
        Ok(AccessToken { secret, expires_on, tenant: asked.tenant })
    }
}

/// Standard input as the user of `az` has it: read over the pipe, when something asks for it.
pub(crate) struct PipedInput {
    pipe: Arc<Pipe>,
    rest: Zeroizing<Vec<u8>>,
}

impl PipedInput {
    /// Reads nothing yet.
    pub(crate) fn new(pipe: Arc<Pipe>) -> PipedInput {
        PipedInput { pipe, rest: Zeroizing::default() }
    }
}

impl Read for PipedInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() {
            // No answer means that the pipe is closed, which is the end of the input too.
            *self.rest = self.pipe.input().recv().unwrap_or_default();
        }
        let count = self.rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }
}

/// The lines that come in.
pub(crate) struct PipeLines {
    source: Source,
    read: Zeroizing<Vec<u8>>,
}

impl PipeLines {
    /// Reads nothing yet.
    pub(crate) fn of(source: Source) -> PipeLines {
        PipeLines { source, read: Zeroizing::default() }
    }

    /// The next line; none at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let mut searched = 0;
        loop {
            let found = self.read[searched..].iter().position(|byte| *byte == b'\n');
            if let Some(end) = found.map(|at| searched + at) {
                let rest = Zeroizing::new(self.read.split_off(end + 1));
                return Ok(Some(std::mem::replace(&mut self.read, rest)));
            }
            searched = self.read.len();
            let mut chunk = Zeroizing::new([0; 8192]);
            let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
            match source.read(&mut chunk[..]) {
                Ok(0) => return Ok(None),
                Ok(count) => self.read.extend_from_slice(&chunk[..count]),
                Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                Err(err) => return Err(err),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> PipeLines {
        PipeLines::of(Arc::new(Mutex::new(io::Cursor::new(text.as_bytes().to_vec()))))
    }

    #[test]
    fn lines_are_cut_wherever_they_end() {
        let long = "x".repeat(20_000);
        let mut given = lines(&format!("a\n\n{long}\nunfinished"));
        let mut next = || given.next().unwrap().map(|line| line.len());
        assert_eq!([next(), next(), next(), next()], [Some(2), Some(1), Some(20_001), None]);
    }

    /// A pipe that stays open until the other end is dropped.
    struct Open(Receiver<u8>);

    impl Read for Open {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.recv() {
                Ok(byte) => {
                    buffer[0] = byte;
                    Ok(1)
                }
                Err(_) => Ok(0),
            }
        }
    }

    #[test]
    fn what_is_typed_comes_line_by_line_and_ends_with_the_pipe() {
        let out: Arc<Mutex<Vec<u8>>> = Arc::default();
        let (other_end, open) = channel();
        let pipe = Pipe::open(out, PipeLines::of(Arc::new(Mutex::new(Open(open)))));
        let asked = pipe.input();
        for byte in b"{\"answer\":\"input\",\"id\":0,\"base64\":\"eWVzCg==\"}\n" {
            other_end.send(*byte).unwrap();
        }
        assert_eq!(asked.recv().unwrap(), b"yes\n");
        let mut typed = PipedInput::new(pipe);
        typed.rest.extend_from_slice(b"rest");
        let mut buffer = [0; 3];
        assert_eq!(typed.read(&mut buffer).unwrap(), 3);
        assert_eq!(&buffer, b"res");
        assert_eq!(typed.read(&mut buffer).unwrap(), 1);
        drop(other_end);
        assert_eq!(typed.read(&mut buffer).unwrap(), 0);
    }
}
