//! Placeholder of `delegation wait`.

use crate::app::App;
use crate::error::{Error, Result};
use crate::output::Output;

/// Placeholder
#[derive(clap::Args, Debug)]
pub(crate) struct WaitArgs {}

pub(crate) fn run(_args: WaitArgs, _app: &App) -> Result<Output> {
    Err(Error::usage("placeholder"))
}
