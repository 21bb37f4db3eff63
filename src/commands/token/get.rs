//! `token get`

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::app::App;
use crate::error::{Error, Result};
use crate::id::{TenantId, TenantRef};
use crate::ops::token;
use crate::output::{Output, View};
use crate::settings::cloud::default_scope;

/// Get an access token, as `az account get-access-token` does
///
/// A token from the cache is returned without network if it lives for more than five minutes.
/// The default is a token for Azure Resource Manager.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare token get --query accessToken -o tsv
  az-imageshare token get --credential consumer --resource-type ms-graph
  az-imageshare token get --tenant contoso.onmicrosoft.com --scope https://vault.azure.net/.default
  az-imageshare token get --auxiliary contoso.onmicrosoft.com --query header -o tsv

Permissions: none, beyond a service principal in the tenant.
API: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
See: https://learn.microsoft.com/cli/azure/account#az-account-get-access-token")]
pub(crate) struct TokenGetArgs {
    /// Tenant to sign in to, by id or domain; one of the credential's
    #[arg(long, short, value_name = "GUID|DOMAIN")]
    tenant: Option<TenantRef>,
    /// Print the header with tokens of up to three further tenants, for tools that create from foreign images
    #[arg(long, value_name = "GUID|DOMAIN", num_args = 1.., conflicts_with_all = ["tenant", "resource", "resource_type", "scope"])]
    auxiliary: Vec<TenantRef>,
    /// Resource to get a token for
    #[arg(long, value_name = "URL", conflicts_with_all = ["resource_type", "scope"])]
    resource: Option<String>,
    /// Well-known resource to get a token for
    #[arg(long, conflicts_with = "scope")]
    resource_type: Option<ResourceType>,
    /// Scope to get a token for
    #[arg(long, value_name = "SCOPE")]
    scope: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ResourceType {
    /// Azure Resource Manager
    Arm,
    /// Microsoft Graph
    MsGraph,
}

/// The keys and their meaning are those of `az`. Source: `profile/custom.py` of azure-cli.
#[derive(Serialize)]
struct TokenView<'a> {
    #[serde(rename = "accessToken")]
    access_token: &'a str,
    #[serde(rename = "expiresOn")]
    expires_on_local: String,
    expires_on: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<String>,
    tenant: TenantId,
    #[serde(rename = "tokenType")]
    token_type: &'static str,
}

impl View for TokenView<'_> {
    const TABLE: &'static str =
        "{AccessToken:accessToken, ExpiresOn:expiresOn, Tenant:tenant, TokenType:tokenType}";
}

pub(super) fn get_token(args: &TokenGetArgs, app: &App) -> Result<Output> {
    if args.tenant.is_some() && app.settings.names_subscription {
        return Err(Error::usage("Please specify only one of subscription and tenant, not both"));
    }
    if !args.auxiliary.is_empty() {
        return super::auxiliary::fetch_auxiliary_tokens(
            &args.auxiliary,
            &app.settings.cloud.arm_scope(),
            app,
        );
    }
    let tenant = match &args.tenant {
        None => None,
        Some(TenantRef::Id(id)) => Some(*id),
        Some(domain) => Some(app.block_on(app.tenant_id(domain))?),
    };
    let token = token::fetch_token(app, tenant, token_scope(args, app))?;
    Ok(Output::of(&TokenView {
        access_token: token.bearer(),
        expires_on_local: super::moment::local_time(&app.settings.time_zone, token.expires_on),
        expires_on: token.expires_on,
        subscription: token_subscription(app, &args.tenant, token.tenant),
        tenant: token.tenant,
        token_type: "Bearer",
    })
    .unbroken())
}

fn token_scope(args: &TokenGetArgs, app: &App) -> String {
    let cloud = &app.settings.cloud;
    match (&args.scope, &args.resource, args.resource_type) {
        (Some(scope), ..) => scope.clone(),
        (_, Some(resource), _) => default_scope(resource),
        (.., Some(ResourceType::MsGraph)) => cloud.graph_scope(),
        _ => cloud.arm_scope(),
    }
}

/// The subscription in use, if there is one in the token's tenant.
fn token_subscription(app: &App, asked: &Option<TenantRef>, issued_by: TenantId) -> Option<String> {
    if asked.is_some() {
        return None;
    }
    let known = app.settings.az_subscriptions();
    let found = match app.settings.subscription.as_deref() {
        None => known.iter().find(|found| found.is_default && found.tenant() == Some(issued_by)),
        Some(wanted) => known.iter().find(|found| found.is(wanted)),
    };
    match found {
        Some(found) => Some(found.id.clone()),
        None => app.settings.subscription_id().map(|id| id.to_string()),
    }
}
