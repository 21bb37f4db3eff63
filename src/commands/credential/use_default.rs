//! `credential use`

use clap::Args;

use super::view::CredentialView;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::ops::credential;
use crate::ops::credential::plan::default_plan;
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
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn use_credential(args: &CredentialUseArgs, app: &App) -> Result<Output> {
    let plan = default_plan(app, &args.name)?;
    app.block_on(args.change.carry_out(app, plan, async |run| {
        let work = async { credential::make_default(app, &args.name) };
        Ok(Output::of(&CredentialView::from(run.perform_every(work).await?)))
    }))
}
