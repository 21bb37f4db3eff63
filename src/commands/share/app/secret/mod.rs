//! `share app secret`: client secrets of an application that is registered.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod add;
mod remove;

/// Make and remove client secrets of an application
///
/// The secret that was made with the application stays in the keyring. To hand a secret to the consumer, make
/// one more with --show.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Add(add::SecretAddArgs),
    #[command(visible_alias = "delete")]
    Remove(remove::SecretRemoveArgs),
}

impl Command {
    pub(super) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Add(args) => add::add_client_secret(args, app),
            Command::Remove(args) => remove::remove_client_secrets(args, app),
        }
    }
}
