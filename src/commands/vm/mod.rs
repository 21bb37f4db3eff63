//! `vm`: machines from images that were shared.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::ops::vm::Machine;
use crate::output::{Output, View};

mod create;
pub(crate) mod machine_args;

/// Make virtual machines from images that were shared
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Create(Box<create::VmCreateArgs>),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Create(args) => create::create_machine(*args, app),
        }
    }
}

impl View for Machine {
    const TABLE: &'static str = "{Name:name, Location:location, Size:size, State:provisioningState, Change:change, PrivateIp:privateIpAddress, Image:image}";
}
