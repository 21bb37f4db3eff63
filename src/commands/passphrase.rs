//! How a passphrase reaches a command: a hidden prompt, standard input, a file descriptor. Never an argument, and
//! never a variable.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use clap::Args;

use super::secret_input::{SecretInput, unfit_input};
use crate::app::App;
use crate::error::{Error, Result};
use crate::secrets::Secret;
use crate::secrets::input;

#[derive(Args, Debug)]
pub(crate) struct PassphraseArgs {
    /// Read the passphrase from standard input
    #[arg(long)]
    passphrase_stdin: bool,
    /// Read the passphrase from this file descriptor, as in `--passphrase-fd 3 3<FILE`
    #[arg(long, value_name = "N", conflicts_with = "passphrase_stdin")]
    passphrase_fd: Option<u16>,
}

/// Fewer characters are guessed in an afternoon.
const SHORTEST: usize = 12;

impl PassphraseArgs {
    /// The passphrase, if one is given on the command line; no one is asked.
    pub(crate) fn given(&self, app: &App) -> Result<Option<Secret>> {
        if !self.passphrase_stdin && self.passphrase_fd.is_none() {
            return Ok(None);
        }
        let read = self.read(app, "")?;
        input::read_password(read).map(Some).map_err(|err| unfit_input(err, "passphrase"))
    }

    /// A passphrase for a new store: long enough, and typed twice.
    pub(crate) fn chosen(&self, app: &App) -> Result<Secret> {
        let first = self.read(app, "New passphrase (12 characters or more): ")?;
        let chosen =
            input::password_by(first, broken_rule).map_err(|err| unfit_input(err, "passphrase"))?;
        if self.passphrase_fd.is_none() && app.terminals.stdin {
            let again = input::read_password(self.read(app, "Once more: ")?);
            if again.as_ref() != Ok(&chosen) {
                return Err(Error::usage("the two passphrases differ; nothing was changed")
                    .hint("Run the command again and type the same one twice."));
            }
        }
        Ok(chosen)
    }

    fn read(&self, app: &App, prompt: &str) -> Result<Vec<u8>> {
        let Some(number) = self.passphrase_fd else {
            let source = SecretInput {
                file: None,
                stdin: self.passphrase_stdin,
                flags: ("--passphrase-fd", "--passphrase-stdin"),
            };
            return source.read(app, prompt);
        };
        let refused = |err: std::io::Error| {
            Error::usage(format!("--passphrase-fd {number}: {err}")).hint(format!(
                "Open it for reading, as `{number}<FILE` at the end of the line does."
            ))
        };
        let mut read = Vec::with_capacity(1024);
        let file = File::open(PathBuf::from(format!("/dev/fd/{number}"))).map_err(refused)?;
        file.take(input::LARGEST as u64 + 1).read_to_end(&mut read).map_err(refused)?;
        Ok(read)
    }
}

fn broken_rule(text: &str) -> Option<&'static str> {
    let is_short = text.chars().count() < SHORTEST;
    is_short.then_some("the passphrase has fewer than 12 characters")
}
