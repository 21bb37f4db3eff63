//! What went wrong, and what to do now: the one place where lower errors become messages.
//!
//! Layers that speak to the outside return their own enum; everything above returns [`Error`], and
//! `?` is the border.

use std::error::Error as StdError;
use std::fmt;

use crate::arm::ArmError;
use crate::auth::AuthError;
use crate::output::escape::escape_line;

pub mod catalogue;
mod hints;

/// The result of everything above the layers that do I/O.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// What sort of failure it is; decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line or an input file is wrong; nothing was called.
    Usage,
    /// Azure, or the system, did not do as asked.
    Failure,
    /// The thing does not exist.
    NotFound,
    /// A sign-in is needed, or was refused.
    SignIn,
    /// Some of it was done.
    Partial,
    /// The user said no, or the world moved since the plan was made: nothing was written.
    NotApproved,
    /// No connection, or none that can be trusted.
    Network,
    /// An answer points to a foreign origin.
    Origin,
    /// The keyring is locked or cannot be used.
    Keyring,
    /// The command to run cannot be run.
    Unrunnable,
    /// There is no such command to run.
    NoCommand,
    /// The user stopped it.
    Interrupted,
}

impl Kind {
    /// The exit code, as fixed in the command line's contract.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Failure => 1,
            Kind::Usage => 2,
            Kind::NotFound => 3,
            Kind::SignIn => 4,
            Kind::Partial => 7,
            Kind::NotApproved => 9,
            Kind::Network => 12,
            Kind::Origin => 13,
            Kind::Keyring => 15,
            // As in every shell.
            Kind::Unrunnable => 126,
            Kind::NoCommand => 127,
            Kind::Interrupted => 130,
        }
    }
}

/// A failure as the user sees it: message, causes, hints.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
    hints: Vec<String>,
    answer: Option<Box<PartialAnswer>>,
}

/// What a command answers although not all of it was done.
#[derive(Clone, Debug)]
pub(crate) struct PartialAnswer {
    /// The value, as JSON.
    pub json: String,
    /// JMESPath from it to its table.
    pub table: String,
}

impl Error {
    /// A failure with a message: what failed, lower case, no full stop.
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        // Names and texts of others are in it: they stay on its one line.
        let message = escape_line(&message.into());
        Error { kind, message, source: None, hints: Vec::new(), answer: None }
    }

    /// A failure that is a list, with an item on each line.
    pub fn of_list(kind: Kind, head: &str, items: impl IntoIterator<Item = String>) -> Error {
        let mut error = Error::new(kind, head);
        for item in items {
            error.message.push_str("\n  ");
            error.message.push_str(&escape_line(&item));
        }
        error
    }

    /// Wrong input.
    pub fn usage(message: impl Into<String>) -> Error {
        Error::new(Kind::Usage, message)
    }

    /// Adds what to do now: one sentence, best a command to run.
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.hints.push(hint.into());
        self
    }

    /// Puts what to do now in front of all other hints.
    pub(crate) fn first_hint(mut self, hint: impl Into<String>) -> Error {
        self.hints.insert(0, hint.into());
        self
    }

    /// Adds something to the message itself.
    pub(crate) fn with_more(mut self, more: &str) -> Error {
        self.message.push_str("; ");
        self.message.push_str(&escape_line(more));
        self
    }

    /// Adds why it failed.
    pub fn caused_by(mut self, source: impl StdError + Send + Sync + 'static) -> Error {
        self.source = Some(Box::new(source));
        self
    }

    /// Puts what was being done in front: the old message becomes the first cause.
    pub fn while_doing(mut self, what: impl Into<String>) -> Error {
        let (hints, answer) = (self.hints.clone(), self.answer.take());
        let message = escape_line(&what.into());
        Error { kind: self.kind, message, hints, answer, source: Some(Box::new(self)) }
    }

    /// Adds what the command answers all the same: some of what was asked for was done.
    pub(crate) fn with_answer(self, answer: PartialAnswer) -> Error {
        Error { answer: Some(Box::new(answer)), ..self }
    }

    /// What the command answers all the same.
    pub(crate) fn answer(&self) -> Option<&PartialAnswer> {
        self.answer.as_deref()
    }

    /// Changes the kind, and with it the exit code.
    pub fn of_kind(mut self, kind: Kind) -> Error {
        self.kind = kind;
        self
    }

    /// What sort of failure it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// True if something was waited for longer than allowed, and goes on without this program.
    pub(crate) fn is_expired_wait(&self) -> bool {
        let mut next = self.source();
        while let Some(cause) = next {
            if let Some(ArmError::StillRunning { .. }) = cause.downcast_ref() {
                return true;
            }
            next = cause.source();
        }
        false
    }

    /// True if Entra refused a sign-in with this code.
    pub(crate) fn has_entra_code(&self, code: i64) -> bool {
        matches!(self.sign_in_failure(), Some(AuthError::Refused { codes, .. }) if codes.contains(&code))
    }

    /// True if only the `az` login could have signed in, and `az` is not installed.
    pub(crate) fn lacks_az(&self) -> bool {
        matches!(self.sign_in_failure(), Some(AuthError::NoAz))
    }

    /// The outermost reason why there is no token.
    fn sign_in_failure(&self) -> Option<&AuthError> {
        let mut next = self.source();
        while let Some(cause) = next {
            let auth = match cause.downcast_ref::<ArmError>() {
                Some(ArmError::Auth(auth)) => Some(auth),
                _ => cause.downcast_ref::<AuthError>(),
            };
            if auth.is_some() {
                return auth;
            }
            next = cause.source();
        }
        None
    }

    /// The same for people, each of its texts put by `word`.
    pub(crate) fn reworded(&self, word: &dyn Fn(&str) -> String) -> Error {
        let causes = self.causes().into_iter().rev();
        let source = causes.fold(None, |source, text| {
            let cause: Box<dyn StdError + Send + Sync> =
                Box::new(WordedCause { text: word(&text), source });
            Some(cause)
        });
        let hints = self.hints.iter().map(|hint| word(hint)).collect();
        Error { kind: self.kind, message: word(&self.message), source, hints, answer: None }
    }

    /// What to do now.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The causes, outermost first, each different from what it explains.
    pub fn causes(&self) -> Vec<String> {
        let mut causes: Vec<String> = Vec::new();
        let mut next = self.source();
        while let Some(cause) = next {
            let text = cause.to_string();
            if causes.last() != Some(&text) && self.message != text {
                causes.push(text);
            }
            next = cause.source();
        }
        causes
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// A cause of which only the words are left.
#[derive(Debug)]
struct WordedCause {
    text: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl fmt::Display for WordedCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for WordedCause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn StdError + 'static))
    }
}
