//! `token`: access tokens, for other programs and in the cache.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod auxiliary;
mod clear;
mod get;
mod list;

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

/// A moment as `az` prints it: local time, without saying so.
fn local_time(seconds: i64) -> String {
    let zone = jiff::tz::TimeZone::system();
    jiff::Timestamp::from_second(seconds)
        .map(|moment| moment.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S.%6f").to_string())
        .unwrap_or_default()
}
