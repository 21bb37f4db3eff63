//! Placeholder of `delegation verify`.

use crate::app::App;
use crate::error::{Error, Result};
use crate::output::Output;

/// Placeholder
#[derive(clap::Args, Debug)]
pub(crate) struct VerifyArgs {}

pub(crate) fn run(_args: VerifyArgs, _app: &App) -> Result<Output> {
    Err(Error::usage("placeholder"))
}
