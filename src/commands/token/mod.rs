//! `token`: access tokens, for other programs and in the cache.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod auxiliary;
mod clear;
mod get;
mod list;
mod moment;

/// Get access tokens, and see and clear the cache of them
///
/// Tokens are kept between runs in files that only a key in the keyring opens.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Get(get::GetArgs),
    List(list::ListArgs),
    Clear(clear::ClearArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Get(args) => get::run(&args, app),
            Command::List(args) => list::run(&args, app),
            Command::Clear(args) => clear::run(&args, app),
        }
    }
}
