//! `credential remove`

use clap::Args;

use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::ops::credential;
use crate::ops::credential::plan::removal_plan;
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
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn remove_credential(args: &CredentialRemoveArgs, app: &App) -> Result<Output> {
    let plan = removal_plan(app, &args.name)?;
    app.block_on(args.change.carry_out(app, plan, async |run| {
        let steps = run.plan().steps.len();
        if steps > 0 {
            run.perform(0, async { credential::remove_record(app, &args.name) }).await?;
        }
        if steps > 1 {
            run.perform(1, async { credential::forget_removed(app) }).await?;
        }
        if steps > 0 {
            credential::forget_tokens(app, &args.name)?;
        }
        Ok(Output::none())
    }))
}
