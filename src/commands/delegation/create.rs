//! Placeholder of `delegation create`.

use crate::app::App;
use crate::error::{Error, Result};
use crate::output::Output;

/// Placeholder
#[derive(clap::Args, Debug)]
pub(crate) struct CreateArgs {}

pub(crate) fn run(_args: CreateArgs, _app: &App) -> Result<Output> {
    Err(Error::usage("placeholder"))
}
