//! The groups of commands. A leaf turns its arguments into one or two calls of `ops` and a result.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod credential;
mod delegation;
mod output;
mod token;

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    #[command(subcommand)]
    Credential(credential::Command),
    #[command(subcommand)]
    Token(token::Command),
    #[command(subcommand)]
    Delegation(delegation::Command),
    #[command(subcommand, hide = true)]
    Output(output::Command),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Credential(command) => command.run(app),
            Command::Token(command) => command.run(app),
            Command::Delegation(command) => command.run(app),
            Command::Output(command) => command.run(app),
        }
    }
}
