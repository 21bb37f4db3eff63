//! `credential store show`

use clap::Args;

use crate::app::App;
use crate::error::Result;
use crate::ops::credential::store;
use crate::output::Output;

/// Show where secrets are kept, and whether they are locked
///
/// It asks for no password. The state is `ready`, `locked`, `lost` or `unavailable`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential store show
  az-imageshare credential store show --query state -o tsv

Permissions: none, nothing is called.
See: https://specifications.freedesktop.org/secret-service-spec/latest/")]
pub(crate) struct StoreShowArgs {}

pub(super) fn show_store(_args: &StoreShowArgs, app: &App) -> Result<Output> {
    Ok(Output::of(&store::store_status(app)?))
}
