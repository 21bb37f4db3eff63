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
mod report;
mod revoke;

/// Share a gallery, see who has access, and take it back
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Advise(Box<advise::ShareAdviseArgs>),
    #[command(subcommand)]
    Rbac(Box<rbac::Command>),
    #[command(subcommand)]
    App(Box<app::Command>),
    #[command(subcommand)]
    Direct(Box<direct::Command>),
    #[command(subcommand)]
    Community(community::Command),
    Card(Box<card::CardArgs>),
    List(Box<list::ShareListArgs>),
    Report(report::ShareReportArgs),
    Revoke(Box<revoke::ShareRevokeArgs>),
    Prune(prune::SharePruneArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Advise(args) => advise::advise_method(*args, app),
            Command::Community(command) => command.run(app),
            Command::Direct(command) => command.run(app),
            Command::List(args) => list::list_shares(*args, app),
            Command::Report(args) => report::write_report(&args, app),
            Command::Revoke(args) => revoke::revoke_access(*args, app),
            Command::App(command) => command.run(app),
            Command::Card(args) => card::write_consumer_card(&args, app),
            Command::Prune(args) => prune::prune_shares(&args, app),
            Command::Rbac(command) => command.run(app),
        }
    }
}
