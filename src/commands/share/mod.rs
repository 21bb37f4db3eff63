//! `share`: let others use a gallery, other than by Azure Lighthouse.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod app;
mod place;
mod rbac;

/// Share a gallery by roles, an application, or with whole subscriptions and tenants
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    #[command(subcommand)]
    App(app::Command),
    #[command(subcommand)]
    Rbac(rbac::Command),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::App(command) => command.run(app),
            Command::Rbac(command) => command.run(app),
        }
    }
}
