//! `share app secret remove`: client secrets that are not needed any more.

use super::super::selector::AppSelector;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::ops::share::app::{Home, secret};
use crate::output::Output;

/// Remove client secrets of an application
///
/// Without --key-id, all go but the one in use. That is the one that a credential here signs in with:
/// Microsoft Graph shows how each begins. An unknown key ID is ignored.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share app secret remove -n bridge
  az-imageshare share app secret remove -n bridge --yes

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
