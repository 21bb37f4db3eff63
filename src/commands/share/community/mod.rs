//! `share community`: with everyone in Azure.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::ops::share::community::Community;
use crate::output::{Output, View};

mod disable;
mod enable;
mod show;

/// Share a gallery with everyone in Azure
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Enable(Box<enable::CommunityEnableArgs>),
    Disable(disable::CommunityDisableArgs),
    Show(show::CommunityShowArgs),
}

impl Command {
    pub(super) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Enable(args) => enable::enable_community(*args, app),
            Command::Disable(args) => disable::disable_community(args, app),
            Command::Show(args) => show::show_community(args, app),
        }
    }
}

impl View for Community {
    const TABLE: &'static str = "{PublicName:publicName, Enabled:enabled, Publisher:publisherUri, Contact:publisherContact, Eula:eula, State:state}";
}
