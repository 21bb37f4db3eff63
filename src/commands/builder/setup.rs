//! `builder setup`: everything an identity needs, in one go.

use super::scenario::{ScenarioArgs, require_some};
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::ops::builder::apply::{Setup, apply};
use crate::ops::builder::plan::{Wish, plan};
use crate::ops::builder::steps::plan_of;
use crate::ops::builder::submitter;
use crate::output::{Output, View};

/// Give VM Image Builder an identity with the permissions it needs
///
/// Registers the resource providers. Creates the user-assigned identity and the custom roles of
/// Microsoft's documents (or uses what is there), and gives the roles. Shows the plan first on
/// standard error, writes only what is missing, waits until Azure shows it, and writes nothing on a
/// second run. Exit code 7 means that only a part was done; running it again finishes it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare builder setup --identity aibIdentity -g images-rg --distribute-to images-rg
  az-imageshare builder setup --identity aibIdentity -g images-rg --distribute-to images-rg \\
      --least-privilege --dry-run
  az-imageshare builder setup --template imagetemplate.json

Permissions: Owner of the resource groups (Microsoft.Authorization/roleDefinitions/write and
roleAssignments/write, Microsoft.ManagedIdentity/userAssignedIdentities/write), and
*/register/action on the subscription.
API: https://learn.microsoft.com/rest/api/authorization/role-definitions/create-or-update")]
pub(crate) struct BuilderSetupArgs {
    #[command(flatten)]
    scenario: ScenarioArgs,
    /// Who submits templates with the identity; gets Managed Identity Operator on it
    #[arg(long, value_name = "NAME|ID")]
    submitter: Option<String>,
    /// Location of a new identity [default: that of its resource group]
    #[arg(long, short, value_name = "LOCATION")]
    location: Option<String>,
    #[command(flatten)]
    change: ChangeArgs,
}

impl View for Setup {
    const TABLE: &'static str = "assignments[].{Scope:scope, Role:role, Change:change}";
}

pub(crate) fn set_up_builder(args: BuilderSetupArgs, app: &App) -> Result<Output> {
    let mut judged = args.scenario.judged(app)?;
    let location = args.location.or_else(|| app.settings.location.clone());
    app.block_on(async {
        let (site, subject) = judged.subject(app).await?;
        if args.submitter.is_none() {
            require_some(&subject)?;
        }
        let wish = Wish {
            submitter: submitter::resolve(&site, args.submitter.as_deref()).await?,
            location,
        };
        let mut draft = plan(&site, &subject, &wish, judged.findings).await?;
        args.change
            .carry_out(app, plan_of(&draft)?, async |run| {
                Ok(Output::of(&apply(&site, &subject, &mut draft, run).await?))
            })
            .await
    })
}
