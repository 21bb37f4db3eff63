//! `credential use`

use clap::Args;

use super::view::CredentialView;
use crate::app::App;
use crate::error::Result;
use crate::ops::credential;
use crate::output::Output;

/// Sign in with a credential whenever no other is chosen
///
/// Each cloud has its own default. `--credential NAME` and AZ_IMAGESHARE_CREDENTIAL are stronger.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential use -n publisher
  az-imageshare credential use -n consumer --query isDefault

Permissions: none, nothing is called.
See: https://learn.microsoft.com/cli/azure/manage-clouds-azure-cli")]
pub(crate) struct CredentialUseArgs {
    /// Name of the credential
    #[arg(long, short, value_name = "NAME")]
    name: String,
}

pub(super) fn use_credential(args: &CredentialUseArgs, app: &App) -> Result<Output> {
    let record = credential::make_default(app, &args.name)?;
    Ok(Output::of(&CredentialView::from(record)))
}
