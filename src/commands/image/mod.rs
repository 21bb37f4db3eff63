//! `image`: what this user can use.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod copy;
mod list;
mod prune;
mod show;

/// See the images you can use, by whichever method they were shared, and copy them
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Copy(Box<copy::ImageCopyArgs>),
    List(list::ImageListArgs),
    Prune(prune::ImagePruneArgs),
    Show(show::ImageShowArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Copy(args) => copy::copy_image(*args, app),
            Command::List(args) => list::list_images(args, app),
            Command::Prune(args) => prune::prune_images(args, app),
            Command::Show(args) => show::show_image(args, app),
        }
    }
}
