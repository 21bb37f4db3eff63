//! `credential`: named identities this tool can sign in with.

use clap::Subcommand;

use crate::app::App;
use crate::error::Result;
use crate::output::Output;

mod add;
mod import;
mod list;
mod login;
mod person;
mod remove;
mod renew;
mod rotate;
mod show;
mod store;
mod test;
mod update;
mod use_default;
pub(crate) mod value;
mod view;

/// Keep credentials safe: client secrets in the keyring, certificates sealed
///
/// A credential is an application (client id) of one cloud, with the tenants it may sign in to. Its
/// secret never appears in an argument, a plaintext file or a log.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Add(Box<add::CredentialAddArgs>),
    List(list::CredentialListArgs),
    Show(show::CredentialShowArgs),
    Test(test::CredentialTestArgs),
    #[command(name = "use")]
    Use(use_default::CredentialUseArgs),
    Update(update::CredentialUpdateArgs),
    Rotate(Box<rotate::CredentialRotateArgs>),
    Renew(renew::CredentialRenewArgs),
    Login(Box<login::CredentialLoginArgs>),
    Import(import::CredentialImportArgs),
    #[command(visible_alias = "delete")]
    Remove(remove::CredentialRemoveArgs),
    #[command(subcommand)]
    Store(store::Command),
}

impl Command {
    pub(crate) fn run(self, app: &App) -> Result<Output> {
        match self {
            Command::Add(args) => add::add_credential(*args, app),
            Command::List(args) => list::list_credentials(&args, app),
            Command::Show(args) => show::show_credential(&args, app),
            Command::Test(args) => test::test_credential(&args, app),
            Command::Use(args) => use_default::use_credential(&args, app),
            Command::Update(args) => update::update_credential(&args, app),
            Command::Rotate(args) => rotate::rotate_credential(*args, app),
            Command::Renew(args) => renew::renew_credentials(&args, app),
            Command::Login(args) => login::login_credential(&args, app),
            Command::Import(args) => import::import_credentials(&args, app),
            Command::Remove(args) => remove::remove_credential(&args, app),
            Command::Store(command) => command.run(app),
        }
    }
}
