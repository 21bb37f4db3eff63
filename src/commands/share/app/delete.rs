//! `share app delete`: take an application away from one tenant, cleanly.

use super::selector::AppSelector;
use crate::app::App;
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
    /// Do not prompt for confirmation
    #[arg(long, short)]
    yes: bool,
}

pub(super) fn delete_application(args: AppDeleteArgs, app: &App) -> Result<Output> {
    let standing = app.block_on(find_application(&args, app))?;
    let lines = delete::summary(&standing);
    if lines.is_empty() {
        app.reporter.note(&format!(
            "Nothing to delete: tenant {} does not know the application",
            standing.tenant
        ));
        return Ok(Output::none());
    }
    if args.yes {
        lines.iter().for_each(|line| app.reporter.step(line));
    }
    let question =
        format!("{}.\nAre you sure you want to delete the application?", lines.join(".\n"));
    app.block_on(async {
        app.confirm(&question, args.yes).await?;
        delete::delete(app, &standing).await
    })?;
    // The keyring's calls block, so they stay outside of the runtime.
    delete::forget(app, &standing)?;
    if standing.registration.is_some() {
        app.reporter.note("Consumers still have its service principal, which cannot sign in any more: each removes it with `az-imageshare share app delete --client-id GUID`.");
    }
    Ok(Output::none())
}

async fn find_application(args: &AppDeleteArgs, app: &App) -> Result<Standing> {
    let tenant = match &args.tenant {
        Some(tenant) => Some(app.tenant_id(tenant).await?),
        None => None,
    };
    Standing::read(app, tenant, &args.wanted.wanted()).await
}
