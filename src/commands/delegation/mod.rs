//! Placeholder of the group.
use crate::app::App;
use crate::error::Result;
use crate::output::Output;
use clap::Subcommand;
/// Placeholder
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    List,
}
impl Command {
    pub(crate) fn run(self, _app: &App) -> Result<Output> {
        Ok(Output::none())
    }
}
