//! `vmss`: scale sets from images that were shared.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod create;

/// Create scale sets from shared images
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Create(Box<create::VmssCreateArgs>),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Create(args) => create::create_scale_set(*args, app),
        }
    }
}
