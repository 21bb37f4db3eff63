//! `share app secret remove`: client secrets that are not needed any more.

use super::super::selector::AppSelector;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::ops::share::app::{Home, secret};
use crate::output::Output;

/// Remove client secrets of an application
///
/// Without --key-id all go but the one that a credential here signs in with, which is recognized by the
/// first characters that Microsoft Graph shows of each. A key id that the application does not have is
/// ignored.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share app secret remove --client-id e53840bb-4179-424f-8f90-52a1631d1601
  az-imageshare share app secret remove --client-id e53840bb-4179-424f-8f90-52a1631d1601 \\
      --key-id 6d2c9b0e-51f4-4a8d-9c37-0e8f1b2a4d55 --yes

Permissions: owner of the application or the directory role Cloud Application Administrator (for an
application Application.ReadWrite.OwnedBy).
API: https://learn.microsoft.com/graph/api/application-removepassword")]
pub(crate) struct SecretRemoveArgs {
    #[command(flatten)]
    wanted: AppSelector,
    /// Key id of a secret that goes, as `share app show` lists it; may be repeated
    #[arg(long, value_name = "GUID")]
    key_id: Vec<uuid::Uuid>,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn remove_client_secrets(args: SecretRemoveArgs, app: &App) -> Result<Output> {
    let (home, application) = app.block_on(async {
        let home = Home::open(app, None).await?;
        let application = home.require(&args.wanted.wanted()).await?;
        Ok((home, application))
    })?;
    let keys: Vec<String> = args.key_id.iter().map(ToString::to_string).collect();
    // The keyring's calls block, so they stay outside of the runtime.
    let plan = secret::plan_removal(app, &application, &keys)?;
    app.block_on(args.change.carry_out(app, plan, async |run| {
        secret::carry_out_removal(&home, &application, run).await;
        Ok(Output::none())
    }))
}
