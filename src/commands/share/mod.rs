//! `share`: let others use a gallery, other than by Azure Lighthouse.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod app;
mod card;
mod place;
mod prune;
mod rbac;

/// Share a gallery, see who has access, and take it back
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    #[command(subcommand)]
    App(app::Command),
    Card(card::CardArgs),
    Prune(prune::PruneArgs),
    #[command(subcommand)]
    Rbac(rbac::Command),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::App(command) => command.run(app),
            Command::Card(args) => card::run(&args, app),
            Command::Prune(args) => prune::run(&args, app),
            Command::Rbac(command) => command.run(app),
        }
    }
}
