//! `unlock` and `lock`

use std::time::Duration;

use clap::Args;

use super::passphrase::PassphraseArgs;
use crate::app::App;
use crate::commands::delegation::duration::parse_duration;
use crate::error::{Error, Result};
use crate::ops::credential::store;
use crate::output::Output;

/// Open the store of the secrets for some hours
///
/// The passphrase is asked for once. Until the time is over or `lock` is run, commands find the key in
/// the kernel keyring. Where the kernel keeps no key, as in many containers, each command asks.
/// With `credential store use keyring` the keyring is asked to unlock instead.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare unlock
  az-imageshare unlock --for 1h
  pass show az-imageshare | az-imageshare unlock --passphrase-stdin

Permissions: none, nothing is called.
See: https://man7.org/linux/man-pages/man7/user-keyring.7.html")]
pub(crate) struct UnlockArgs {
    /// How long, at most a day
    #[arg(long = "for", value_name = "DURATION", default_value = "8h", value_parser = parse_duration)]
    duration: Duration,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// Lock the store of the secrets
///
/// The kernel forgets its key, and the next command that needs a secret asks again. A command that
/// runs already keeps what it has.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare lock
  az-imageshare lock --yes

Permissions: none, nothing is called.
See: https://man7.org/linux/man-pages/man7/user-keyring.7.html")]
pub(crate) struct LockArgs {
    /// Lock a store whose key is nowhere else: its secrets have to be given again
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn unlock(args: UnlockArgs, app: &App) -> Result<Output> {
    let seconds = usize::try_from(args.duration.as_secs()).unwrap_or(usize::MAX);
    if seconds == 0 {
        return Err(Error::usage("--for 0: the shortest time is one second"));
    }
    let passphrase = args.passphrase.given(app)?;
    store::unlock_store(app, passphrase.as_ref(), seconds)?;
    Ok(Output::none())
}

pub(super) fn lock(args: LockArgs, app: &App) -> Result<Output> {
    store::lock_store(app, args.yes)?;
    Ok(Output::none())
}
