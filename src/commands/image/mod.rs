//! `image`: what this user can use.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod list;
mod show;

/// See the images you can use, by whichever method they were shared
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    List(list::ImageListArgs),
    Show(show::ImageShowArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::List(args) => list::list_images(args, app),
            Command::Show(args) => show::show_image(args, app),
        }
    }
}
