//! `credential`: named identities this tool can sign in with.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod add;
mod import;
mod list;
mod remove;
mod rotate;
mod show;
mod test;
mod use_default;
pub(crate) mod value;
mod view;

/// Keep credentials safe: client secrets in the keyring, certificates sealed
///
/// A credential is an application (client id) of one cloud, with the tenants it may sign in to. Its secret never appears in an argument, a file in the clear, or a log.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Add(Box<add::AddArgs>),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Test(test::TestArgs),
    #[command(name = "use")]
    Use(use_default::UseArgs),
    Rotate(Box<rotate::RotateArgs>),
    Import(import::ImportArgs),
    #[command(visible_alias = "delete")]
    Remove(remove::RemoveArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Add(args) => add::run(*args, app),
            Command::List(args) => list::run(&args, app),
            Command::Show(args) => show::run(&args, app),
            Command::Test(args) => test::run(&args, app),
            Command::Use(args) => use_default::run(&args, app),
            Command::Rotate(args) => rotate::run(*args, app),
            Command::Import(args) => import::run(&args, app),
            Command::Remove(args) => remove::run(&args, app),
        }
    }
}
