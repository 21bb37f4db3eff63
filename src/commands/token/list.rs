//! `token list`

use clap::Args;
use serde::Serialize;

use crate::app::App;
use crate::error::Result;
use crate::id::TenantId;
use crate::ops::token;
use crate::output::{Output, View};

/// List the tokens in the cache
///
/// Shows whose they are and when they end, never the tokens. Reads neither keyring nor network.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  az-imageshare token list -o table
  az-imageshare token list --query '[?credential == `publisher`].scope' -o tsv

Permissions: none, nothing is called.
See: https://learn.microsoft.com/entra/identity-platform/access-tokens")]
pub(crate) struct TokenListArgs {}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CachedTokenRow {
    cloud: String,
    tenant: TenantId,
    client_id: String,
    scope: String,
    credential: Option<String>,
    expires_on: String,
    state: &'static str,
}

impl View for CachedTokenRow {
    const TABLE: &'static str =
        "{Credential:credential, Tenant:tenant, Scope:scope, State:state, ExpiresOn:expiresOn}";
}

pub(super) fn list_tokens(_args: &TokenListArgs, app: &App) -> Result<Output> {
    let rows: Vec<CachedTokenRow> = token::list_tokens(app)?
        .into_iter()
        .map(|kept| CachedTokenRow {
            cloud: kept.cloud,
            tenant: kept.tenant,
            client_id: kept.client_id,
            scope: kept.scope,
            credential: Some(kept.credential).filter(|name| !name.is_empty()),
            expires_on: super::moment::local_time(&app.settings.time_zone, kept.expires_on),
            state: kept.state,
        })
        .collect();
    Ok(Output::rows(&rows).if_empty(EMPTY))
}

/// What is said where there is nothing to list.
const EMPTY: &str =
    "No token is in the cache on this computer; get one with `az-imageshare token get`.";
