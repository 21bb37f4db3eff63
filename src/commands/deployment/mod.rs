//! `deployment`: templates that name resources of other tenants.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod create;

/// Deploy templates that name resources of other tenants
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Create(Box<create::DeploymentCreateArgs>),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Create(args) => create::create_deployment(*args, app),
        }
    }
}
