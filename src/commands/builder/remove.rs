//! `builder remove`: take it all back.

use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::ops::builder::arguments::Arguments;
use crate::ops::builder::{removal, target, teardown};
use crate::output::Output;

/// Remove VM Image Builder's permissions: assignments, unused custom roles, the identity
///
/// Finds every role of the identity in all subscriptions of its tenant that the signed-in identity
/// sees, and asks before it removes anything. Custom roles are removed if they are not assigned to
/// anyone else and hold only the documents' actions. Missing roles are ignored. Run it again after
/// an interruption. Exit code 7 means that only a part was removed.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare builder remove --identity aibIdentity -g images-rg
  az-imageshare builder remove --identity aibIdentity -g images-rg --yes --keep-identity

Permissions: Owner of the scopes (Microsoft.Authorization/{roleAssignments,roleDefinitions}/delete,
Microsoft.ManagedIdentity/userAssignedIdentities/delete).
API: https://learn.microsoft.com/rest/api/authorization/role-assignments/delete")]
pub(crate) struct BuilderRemoveArgs {
    /// User-assigned identity, by name with --resource-group or by full id
    #[arg(long, value_name = "NAME|ID")]
    identity: String,
    /// Resource group of the identity
    #[arg(long, short = 'g', value_name = "RG")]
    resource_group: Option<String>,
    /// Remove only its permissions
    #[arg(long)]
    keep_identity: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(crate) fn remove_builder(args: BuilderRemoveArgs, app: &App) -> Result<Output> {
    let arguments = Arguments {
        identity: Some(args.identity),
        resource_group: args.resource_group,
        ..Arguments::default()
    };
    let draft = target::judged(app, &arguments)?;
    app.block_on(async {
        let site = draft.open_site(app, app.settings.subscription.as_deref()).await?;
        let identity = target::only_identity(&site, &draft).await?;
        let removal = removal::find_removal(&site, &identity, args.keep_identity).await?;
        args.change
            .carry_out(app, removal.plan(), async |run| {
                teardown::carry_out(&site, run, &removal).await;
                Ok(Output::none())
            })
            .await
    })
}
