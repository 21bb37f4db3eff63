//! Placeholder of `delegation request`.

use crate::app::App;
use crate::error::{Error, Result};
use crate::output::Output;

/// Placeholder
#[derive(clap::Args, Debug)]
pub(crate) struct RequestArgs {}

pub(crate) fn run(_args: RequestArgs, _app: &App) -> Result<Output> {
    Err(Error::usage("placeholder"))
}
