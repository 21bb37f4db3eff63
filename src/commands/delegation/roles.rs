//! `delegation roles`: which roles Lighthouse takes.

use crate::app::App;
use crate::error::Result;
use crate::ops::access::role::suitability::{self, RoleSuitability};
use crate::output::{Output, View};

/// List the built-in roles, whether Azure Lighthouse accepts them, and why not
///
/// Applies the rules that `delegation plan` and `create` apply. A role can be accepted as permanent,
/// as eligible (to be activated), and as one that User Access Administrator may assign to managed
/// identities. Reads the roles from Azure; without a sign-in, shows those known offline.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare delegation roles -o table
  az-imageshare delegation roles --role \"Log Analytics Contributor\"
  az-imageshare delegation roles --query \"[?direct].name\" -o tsv

Permissions: Reader of the subscription.
API: https://learn.microsoft.com/rest/api/authorization/role-definitions/list")]
pub(crate) struct DelegationRolesArgs {
    /// Only this role
    #[arg(long, value_name = "NAME|GUID")]
    role: Option<String>,
}

impl View for RoleSuitability {
    const TABLE: &'static str =
        "{Role:name, Direct:direct, Eligible:eligible, Delegated:delegated, Standing:standing}";
}

pub(crate) fn list_roles(args: &DelegationRolesArgs, app: &App) -> Result<Output> {
    let roles = app.block_on(async {
        match &args.role {
            Some(role) => suitability::judge_one(app, role).await.map(|found| vec![found]),
            None => suitability::judge_all(app).await,
        }
    })?;
    Ok(Output::rows(&roles))
}
