//! `credential store`: where secrets are kept.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::ops::credential::store::StoreStatus;
use crate::output::{Output, View};

mod show;
mod use_store;

/// Choose where secrets are kept, with or without a desktop
///
/// `keyring` is the keyring of the system and the default. `passphrase` and `boot` are sealed files
/// for servers, WSL and containers. A store that does not answer is an error: no other is tried.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Show(show::StoreShowArgs),
    #[command(name = "use")]
    Use(use_store::StoreUseArgs),
}

impl Command {
    pub(super) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Show(args) => show::show_store(&args, app),
            Command::Use(args) => use_store::use_store(&args, app),
        }
    }
}

impl View for StoreStatus {
    const TABLE: &'static str =
        "{Store:store, Name:name, State:state, Credentials:credentials, Detail:detail}";
}
