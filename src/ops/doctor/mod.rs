//! What may be wrong on this computer and on the way to Azure: each check has a verdict and what to do now.
//!
//! The first part needs no network and lets no keyring ask anybody; `online` asks Azure.

use crate::app::App;

mod az_login;
mod check;
mod cloud;
mod computer;
mod credentials;
mod environment;
pub(crate) mod explain;
mod files;
mod history;
mod keyring;
pub(crate) mod online;
mod plain_text;
mod reach;
mod rights;

pub(crate) use check::{Check, State};

/// Looks at everything that can be seen without a network.
pub(crate) fn examine(app: &App) -> Vec<Check> {
    let keyring = keyring::state(app);
    let mut checks = environment::checks(app);
    checks.push(cloud::check(app));
    checks.extend(az_login::checks(app));
    checks.push(environment::identity(app));
    checks.extend(keyring::checks(app, &keyring));
    checks.extend(credentials::checks(app, keyring.is_ok()));
    checks.extend(files::checks(app));
    checks.extend(computer::checks(app));
    checks.extend(plain_text::checks(app));
    checks.extend(history::check(app));
    checks
}
