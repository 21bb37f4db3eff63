//! `credential show`

use clap::Args;

use super::view::CredentialView;
use crate::app::App;
use crate::error::Result;
use crate::ops::credential;
use crate::output::Output;

/// Show a credential, without its secret
///
/// Without --name, the one that signs in where none is named. Reads neither keyring nor network.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential show
  az-imageshare credential show -n publisher
  az-imageshare credential show -n publisher --query clientId -o tsv

Permissions: none, nothing is called.
See: https://learn.microsoft.com/entra/identity-platform/app-objects-and-service-principals")]
pub(crate) struct CredentialShowArgs {
    /// Name of the credential
    #[arg(long, short, value_name = "NAME")]
    name: Option<String>,
}

pub(super) fn show_credential(args: &CredentialShowArgs, app: &App) -> Result<Output> {
    let record = match &args.name {
        Some(name) => credential::find_record(app, name)?,
        None => credential::record_in_force(app)?,
    };
    Ok(Output::of(&CredentialView::from(record)))
}
