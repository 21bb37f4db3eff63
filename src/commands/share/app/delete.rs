//! `share app delete`: take an application away from one tenant, cleanly.

use super::selector::AppSelector;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::id::TenantRef;
use crate::ops::share::app::delete;
use crate::ops::share::app::show::Standing;
use crate::output::Output;

/// Delete an application: its roles, its service principal, its registration, its secret here
///
/// In the publisher's tenant it removes everything; without the registration, sign-in as the
/// application ends. In a consumer's tenant it removes its roles and its service principal. Roles
/// are removed first, so that none is left behind without a name. Missing parts are ignored.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share app delete --client-id e53840bb-4179-424f-8f90-52a1631d1601
  az-imageshare share app delete --client-id e53840bb-4179-424f-8f90-52a1631d1601 \\
      --credential consumer --yes

Permissions: owner of the application or the directory role Cloud Application Administrator; Role
Based Access Control Administrator where it has roles.
API: https://learn.microsoft.com/graph/api/application-delete")]
pub(crate) struct AppDeleteArgs {
    #[command(flatten)]
    wanted: AppSelector,
    /// Tenant to delete it from [default: the one you are signed in to]
    #[arg(long, value_name = "GUID|DOMAIN")]
    tenant: Option<TenantRef>,
    #[command(flatten)]
    change: ChangeArgs,
}

pub(super) fn delete_application(args: AppDeleteArgs, app: &App) -> Result<Output> {
    let standing = app.block_on(find_application(&args, app))?;
    if args.change.dry_run().is_none() && delete::takes_credentials(&standing) {
        // Unlocking blocks, so it stays outside of the runtime; whether it can be done is seen when it is needed.
        let _ = app.secrets.probe();
    }
    let plan = delete::removal_plan(app, &standing)?;
    app.block_on(args.change.carry_out(app, plan, async |run| {
        delete::carry_out(app, &standing, run).await?;
        Ok(Output::none())
    }))
}

async fn find_application(args: &AppDeleteArgs, app: &App) -> Result<Standing> {
    let tenant = match &args.tenant {
        Some(tenant) => Some(app.tenant_id(tenant).await?),
        None => None,
    };
    Standing::read(app, tenant, &args.wanted.wanted()).await
}
