//! Placeholder of `delegation list`.

use crate::app::App;
use crate::error::{Error, Result};
use crate::output::Output;

/// Placeholder
#[derive(clap::Args, Debug)]
pub(crate) struct ListArgs {}

pub(crate) fn run(_args: ListArgs, _app: &App) -> Result<Output> {
    Err(Error::usage("placeholder"))
}
