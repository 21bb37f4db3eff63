//! `share rbac`: roles on a gallery, an image definition or a version.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod add;
mod assignee;
mod list;
mod remove;
pub(super) mod view;

/// Share a gallery with people, groups and applications by roles
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Add(add::RbacAddArgs),
    List(list::RbacListArgs),
    #[command(visible_alias = "delete")]
    Remove(remove::RbacRemoveArgs),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Add(args) => add::add_role_share(args, app),
            Command::List(args) => list::list_role_shares(args, app),
            Command::Remove(args) => remove::remove_role_share(args, app),
        }
    }
}
