//! `share`: the ways to share a gallery, and who has what by all of them.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod advise;
mod app;
mod card;
mod community;
mod direct;
mod gallery;
mod list;
mod place;
mod prune;
mod rbac;
mod revoke;

/// Share a gallery, see who has access, and take it back
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Advise(advise::AdviseArgs),
    #[command(subcommand)]
    Rbac(rbac::Command),
    #[command(subcommand)]
    App(app::Command),
    #[command(subcommand)]
    Direct(direct::Command),
    #[command(subcommand)]
    Community(community::Command),
    Card(card::CardArgs),
    List(list::ListArgs),
    Revoke(revoke::RevokeArgs),
    Prune(prune::PruneArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Advise(args) => advise::run(args, app),
            Command::Community(command) => command.run(app),
            Command::Direct(command) => command.run(app),
            Command::List(args) => list::run(args, app),
            Command::Revoke(args) => revoke::run(args, app),
            Command::App(command) => command.run(app),
            Command::Card(args) => card::run(&args, app),
            Command::Prune(args) => prune::run(&args, app),
            Command::Rbac(command) => command.run(app),
        }
    }
}
