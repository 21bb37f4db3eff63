//! `token`: access tokens, for other programs and in the cache.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod auxiliary;
mod clear;
mod get;
mod list;
pub(crate) mod moment;

/// Get access tokens, and see and clear the cache of them
///
/// Tokens are kept between runs in files that only a key in the keyring opens.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Get(get::TokenGetArgs),
    List(list::TokenListArgs),
    Clear(clear::TokenClearArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Get(args) => get::get_token(&args, app),
            Command::List(args) => list::list_tokens(&args, app),
            Command::Clear(args) => clear::clear_tokens(&args, app),
        }
    }
}
