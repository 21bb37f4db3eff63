//! `share app accept`: the consumer's side, without a browser.

use serde::Serialize;

use crate::app::App;
use crate::commands::change_args::ChangeArgs;
use crate::commands::file_argument::FileArgument;
use crate::error::{Error, Result};
use crate::id::{ClientId, TenantId, TenantRef};
use crate::ops::change::ChangeKind;
use crate::ops::share::app::accept::{self, Acceptance, Accepted};
use crate::ops::share::card::Card;
use crate::output::{Output, View};

/// Accept an application of another tenant, and let it deploy into a resource group of yours
///
/// Creates its service principal in your tenant through Microsoft Graph, as consent in the browser
/// does. Gives it a role on a resource group. A second run changes nothing.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare share app accept --client-id e53840bb-4179-424f-8f90-52a1631d1601 \\
      --credential consumer
  az-imageshare share app accept --client-id e53840bb-4179-424f-8f90-52a1631d1601 \\
      -g apps-rg --credential consumer

Permissions: the directory role Cloud Application Administrator (for an application
Application.ReadWrite.All); for -g also Role Based Access Control Administrator on the
resource group.
API: https://learn.microsoft.com/graph/api/serviceprincipal-post-serviceprincipals")]
pub(crate) struct AppAcceptArgs {
    /// Application (client) id that the publisher gave you
    #[arg(long, value_name = "GUID", required_unless_present = "card")]
    client_id: Option<ClientId>,
    /// Card of the publisher, instead of the client ID
    #[arg(long, value_name = "FILE", conflicts_with = "client_id")]
    card: Option<FileArgument>,
    /// Your tenant [default: the one you are signed in to]
    #[arg(long, value_name = "GUID|DOMAIN")]
    tenant: Option<TenantRef>,
    /// Resource group into which it may deploy
    #[arg(long, short = 'g', value_name = "NAME")]
    resource_group: Option<String>,
    /// Role on the resource group [default: Contributor]
    #[arg(long, value_name = "NAME|GUID", requires = "resource_group")]
    role: Option<String>,
    #[command(flatten)]
    change: ChangeArgs,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AcceptedView {
    client_id: ClientId,
    name: Option<String>,
    service_principal_id: String,
    tenant_id: TenantId,
    publisher_tenant_id: Option<String>,
    role: Option<String>,
    scope: Option<String>,
    change: ChangeKind,
}

impl View for AcceptedView {
    const TABLE: &'static str = "{Name:name, Tenant:tenantId, Publisher:publisherTenantId, Role:role, Scope:scope, Change:change}";
}

pub(super) fn accept_application(args: AppAcceptArgs, app: &App) -> Result<Output> {
    let client = publisher_client_id(&args, app)?;
    app.block_on(async {
        let tenant = match &args.tenant {
            Some(tenant) => Some(app.tenant_id(tenant).await?),
            None => None,
        };
        let wanted = Acceptance {
            client,
            tenant,
            group: args.resource_group.as_deref(),
            role: args.role.as_deref(),
            subscription: app.settings.subscription.as_deref(),
        };
        let acceptance = accept::plan_acceptance(app, &wanted).await?;
        args.change
            .carry_out(app, acceptance.plan.clone(), async |run| {
                Ok(Output::of(&accepted_view(client, acceptance.carry_out(run).await?)))
            })
            .await
    })
}

fn publisher_client_id(args: &AppAcceptArgs, app: &App) -> Result<ClientId> {
    let named = match &args.card {
        Some(file) => Card::read(app, &file.path(app))?.client_id,
        None => args.client_id,
    };
    named.ok_or_else(|| {
        Error::usage("the card names no application").hint(
            "Ask the publisher for a card with one: `az-imageshare share card --client-id GUID …`.",
        )
    })
}

fn accepted_view(client_id: ClientId, accepted: Accepted) -> AcceptedView {
    let (role, scope) = accepted.role.unzip();
    AcceptedView {
        client_id,
        name: accepted.principal.display_name,
        service_principal_id: accepted.principal.id.to_string(),
        tenant_id: accepted.tenant,
        publisher_tenant_id: accepted.principal.app_owner_organization_id,
        role,
        scope: scope.map(Into::into),
        change: accepted.change,
    }
}
