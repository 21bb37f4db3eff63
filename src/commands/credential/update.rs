//! `credential update`

use clap::Args;

use super::value;
use super::view::CredentialView;
use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::error::Result;
use crate::id::TenantRef;
use crate::ops::credential;
use crate::ops::credential::plan::update_plan;
use crate::ops::credential::update::{self, RecordUpdate};
use crate::output::Output;

/// Change the tenants and the subscription of a credential
///
/// Its secret stays as it is. The credential signs in once to each new tenant before anything is
/// saved; tokens of a tenant that it loses go.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare credential update -n publisher --also-tenant fabrikam.onmicrosoft.com --no-test
  az-imageshare credential update -n publisher --not-tenant fabrikam.onmicrosoft.com --yes
  az-imageshare credential update -n publisher --subscription images

Permissions: none, beyond a service principal in each new tenant.
API: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
See: https://learn.microsoft.com/entra/identity-platform/howto-convert-app-to-be-multi-tenant")]
pub(crate) struct CredentialUpdateArgs {
    /// Name of the credential
    #[arg(long, short, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    update: UpdateArgs,
    /// Save without signing in first
    #[arg(long)]
    no_test: bool,
    #[command(flatten)]
    change: ChangeArgs,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
struct UpdateArgs {
    /// Another tenant it may sign in to, by id or domain; may be repeated
    #[arg(long, value_name = "GUID|DOMAIN", value_parser = value::tenant_value)]
    also_tenant: Vec<TenantRef>,
    /// A tenant it may no longer sign in to, by id or domain; may be repeated
    #[arg(long, value_name = "GUID|DOMAIN", value_parser = value::tenant_value)]
    not_tenant: Vec<TenantRef>,
    /// Subscription to use with it where none is named, by name or id; empty for none
    #[arg(long, value_name = "NAME|ID")]
    subscription: Option<String>,
}

pub(super) fn update_credential(args: &CredentialUpdateArgs, app: &App) -> Result<Output> {
    let record = credential::find_record(app, &args.name)?;
    credential::application_in_use(app, &record)?;
    let resolved = |named: &[TenantRef]| app.block_on(credential::resolve_tenants(app, named));
    let wanted = RecordUpdate {
        also_tenants: resolved(&args.update.also_tenant)?,
        not_tenants: resolved(&args.update.not_tenant)?,
        subscription: args.update.subscription.clone(),
    };
    let updated = update::updated_record(&record, &wanted)?;
    let plan = update_plan(&record, &updated);
    if !args.no_test && args.change.dry_run().is_none() {
        app.block_on(update::prove_update(app, &record, &updated))?;
    }
    app.block_on(args.change.carry_out(app, plan, async |run| {
        if run.plan().is_settled() {
            return Ok(Output::of(&CredentialView::from(record)));
        }
        let work = async { update::update_credential(app, &wanted, &args.name) };
        Ok(Output::of(&CredentialView::from(run.perform_every(work).await?)))
    }))
}
