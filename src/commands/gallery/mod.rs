//! `gallery`: which galleries there are.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod list;

/// See the galleries, how they are shared, and what is in them
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    List(list::GalleryListArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::List(args) => list::list_galleries(&args, app),
        }
    }
}
