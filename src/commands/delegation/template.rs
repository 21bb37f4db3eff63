//! Placeholder of `delegation template`.

use crate::app::App;
use crate::error::{Error, Result};
use crate::output::Output;

/// Placeholder
#[derive(clap::Args, Debug)]
pub(crate) struct TemplateArgs {}

pub(crate) fn run(_args: TemplateArgs, _app: &App) -> Result<Output> {
    Err(Error::usage("placeholder"))
}
