//! Placeholder of `delegation show`.

use crate::app::App;
use crate::error::{Error, Result};
use crate::output::Output;

/// Placeholder
#[derive(clap::Args, Debug)]
pub(crate) struct ShowArgs {}

pub(crate) fn run(_args: ShowArgs, _app: &App) -> Result<Output> {
    Err(Error::usage("placeholder"))
}
