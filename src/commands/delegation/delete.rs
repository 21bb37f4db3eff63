//! Placeholder of `delegation delete`.

use crate::app::App;
use crate::error::{Error, Result};
use crate::output::Output;

/// Placeholder
#[derive(clap::Args, Debug)]
pub(crate) struct DeleteArgs {}

pub(crate) fn run(_args: DeleteArgs, _app: &App) -> Result<Output> {
    Err(Error::usage("placeholder"))
}
