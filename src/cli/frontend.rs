//! Whom a run talks to: a person at a terminal here, `az` in `cli::bridge`.

use std::ffi::OsString;
use std::sync::Arc;

use tokio::sync::Notify;

use super::console::{Console, Stderr};
use super::{stream, usage};
use crate::auth::bridge::LoginInHand;
use crate::error::Result;
use crate::output::{Output, Rendering};
use crate::process::Process;

/// Takes what a run has to say.
pub(crate) trait Frontend {
    /// Where progress, warnings and errors go.
    fn reporter(&self, quiet: bool, loud: bool, color: bool) -> Arc<dyn Console>;

    /// Takes the answer.
    fn answer(&self, answer: &Output, how: &Rendering<'_>) -> Result<()>;

    /// Says what is wrong with the command line, or shows the help it asks for; gives the exit code.
    fn refuse(&self, err: &clap::Error, args: &[OsString]) -> u8;

    /// The login that the audience brings along.
    fn in_hand(&self) -> Option<Arc<dyn LoginInHand>> {
        None
    }

    /// True if `az` runs us, whose login is meant where no other is named.
    fn is_az(&self) -> bool {
        self.in_hand().is_some()
    }

    /// Notified when the reader has gone.
    fn hang_up(&self) -> Arc<Notify> {
        Arc::default()
    }
}

/// A person, or a program that reads what a person would.
pub(crate) struct Terminal<'a>(pub(crate) &'a Process);

impl Frontend for Terminal<'_> {
    fn reporter(&self, quiet: bool, loud: bool, color: bool) -> Arc<dyn Console> {
        Arc::new(Stderr::new(self.0.stderr.clone(), quiet, loud, color))
    }

    fn answer(&self, answer: &Output, how: &Rendering<'_>) -> Result<()> {
        stream::write_out(&self.0.stdout, &answer.render(how)?)
    }

    fn refuse(&self, err: &clap::Error, args: &[OsString]) -> u8 {
        usage::explain_usage(err, args, self.0)
    }
}

/// The same, started by `az` with its own streams: a command that is run must have them.
pub(crate) struct BesideAz<'a>(pub(crate) Terminal<'a>);

impl Frontend for BesideAz<'_> {
    fn reporter(&self, quiet: bool, loud: bool, color: bool) -> Arc<dyn Console> {
        self.0.reporter(quiet, loud, color)
    }

    fn answer(&self, answer: &Output, how: &Rendering<'_>) -> Result<()> {
        self.0.answer(answer, how)
    }

    fn refuse(&self, err: &clap::Error, args: &[OsString]) -> u8 {
        self.0.refuse(err, args)
    }

    fn is_az(&self) -> bool {
        true
    }
}
