//! `share`: the ways to share a gallery, and who has what by all of them.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod advise;
mod community;
mod direct;
mod gallery;
mod list;
mod revoke;

/// Share a gallery, see who has access, and take it back
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Advise(advise::AdviseArgs),
    #[command(subcommand)]
    Community(community::Command),
    #[command(subcommand)]
    Direct(direct::Command),
    List(list::ListArgs),
    Revoke(revoke::RevokeArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Advise(args) => advise::run(args, app),
            Command::Community(command) => command.run(app),
            Command::Direct(command) => command.run(app),
            Command::List(args) => list::run(args, app),
            Command::Revoke(args) => revoke::run(args, app),
        }
    }
}
