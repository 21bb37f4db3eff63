//! `token get --auxiliary`: the header by which other programs show tokens of further tenants.
//!
//! Source: <https://learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant>.

use serde::Serialize;

use crate::app::App;
use crate::error::{Error, Result};
use crate::id::{TenantId, TenantRef};
use crate::ops::token;
use crate::output::{Output, View};

/// The header, whole and in parts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuxiliaryHeader {
    header: String,
    name: &'static str,
    value: String,
    tenants: Vec<TenantId>,
    expires_on: String,
    #[serde(rename = "expires_on")]
    expires_on_seconds: i64,
}

impl View for AuxiliaryHeader {
    const TABLE: &'static str = "{Name:name, Tenants:join(', ', tenants), ExpiresOn:expiresOn}";
}

/// Fetches a token of each tenant; Resource Manager takes at most three.
pub(super) fn fetch_auxiliary_tokens(
    tenants: &[TenantRef],
    scope: &str,
    app: &App,
) -> Result<Output> {
    let mut ids: Vec<TenantId> = Vec::new();
    for tenant in tenants {
        let id = match tenant {
            TenantRef::Id(id) => *id,
            domain => app.block_on(app.tenant_id(domain))?,
        };
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.len() > MOST {
        return Err(Error::usage(format!(
            "{} tenants are named; Azure takes tokens of {MOST} besides the first",
            ids.len()
        ))
        .hint("Name only the tenants of the images and disks that the request refers to."));
    }
    let mut tokens = Vec::new();
    for id in &ids {
        tokens.push(token::fetch_token(app, Some(*id), scope.to_owned())?);
    }
    // A comma: with a semicolon Azure refuses two tokens (go-autorest pull request 521).
    let value = tokens
        .iter()
        .map(|token| format!("Bearer {}", token.bearer()))
        .collect::<Vec<_>>()
        .join(", ");
    let end = tokens.iter().map(|token| token.expires_on).min().unwrap_or_default();
    Ok(Output::of(&AuxiliaryHeader {
        header: format!("{NAME}: {value}"),
        name: NAME,
        value,
        tenants: ids,
        expires_on: super::moment::local_time(&app.settings.time_zone, end),
        expires_on_seconds: end,
    }))
}

const NAME: &str = "x-ms-authorization-auxiliary";
const MOST: usize = 3;
