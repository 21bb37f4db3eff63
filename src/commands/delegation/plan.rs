//! Placeholder of `delegation plan`.

use crate::app::App;
use crate::error::{Error, Result};
use crate::output::Output;

/// Placeholder
#[derive(clap::Args, Debug)]
pub(crate) struct PlanArgs {}

pub(crate) fn run(_args: PlanArgs, _app: &App) -> Result<Output> {
    Err(Error::usage("placeholder"))
}
