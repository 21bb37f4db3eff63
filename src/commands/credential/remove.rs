//! `credential remove`

use clap::Args;

use crate::app::App;
use crate::error::Result;
use crate::ops::credential;
use crate::output::Output;

/// Remove a credential, its secret and its tokens
///
/// The application in Entra and its secrets there stay as they are.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential remove -n consumer
  az-imageshare credential remove -n publisher --yes

Permissions: none in Azure; the keyring has to be unlocked.
See: https://learn.microsoft.com/graph/api/application-removepassword")]
pub(crate) struct CredentialRemoveArgs {
    /// Name of the credential
    #[arg(long, short, value_name = "NAME")]
    name: String,
    /// Do not prompt for confirmation
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn remove_credential(args: &CredentialRemoveArgs, app: &App) -> Result<Output> {
    credential::find_record(app, &args.name)?;
    let question = format!(
        "Are you sure you want to remove credential '{}', its secret and its tokens?",
        args.name
    );
    app.block_on(app.confirm(&question, args.yes))?;
    credential::remove_credential(app, &args.name)?;
    Ok(Output::none())
}
