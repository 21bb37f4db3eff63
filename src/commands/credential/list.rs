//! `credential list`

use clap::Args;

use super::Credential;
use crate::app::App;
use crate::error::Result;
use crate::ops::credential;
use crate::output::Output;

/// List the credentials
///
/// Reads neither keyring nor network.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  az-imageshare credential list -o table")]
pub(crate) struct ListArgs {}

pub(super) fn run(_args: &ListArgs, app: &App) -> Result<Output> {
    let rows: Vec<Credential> = credential::list(app)?
        .into_iter()
        .map(Credential::from)
        .collect();
    Ok(Output::rows(&rows))
}
