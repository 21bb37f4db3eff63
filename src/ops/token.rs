//! TokenSelector token for which tenant, and what the cache holds.

use crate::app::App;
use crate::auth::cache::TokenCache;
use crate::auth::key::CacheKey;
use crate::auth::{AccessToken, TokenRequest};
use crate::error::Result;
use crate::id::TenantId;

/// A token that someone else will use: from the cache if there is one, without runtime or network.
pub(crate) fn fetch_token(
    app: &App,
    tenant: Option<TenantId>,
    scope: String,
) -> Result<AccessToken> {
    let request = TokenRequest { tenant, scope, renew: false };
    let source = app.tokens()?;
    if let Some(token) = source.cached(&request)? {
        return Ok(token);
    }
    app.block_on(async { Ok(source.token(&request).await?) })
}

/// One token in the cache.
#[derive(Debug)]
pub(crate) struct CachedToken {
    pub cloud: String,
    /// The tenant that issued it.
    pub tenant: TenantId,
    pub client_id: String,
    pub scope: String,
    /// The credential's name; empty for the environment.
    pub credential: String,
    /// When it ends, in seconds since 1970.
    pub expires_on: i64,
    /// `valid`, `expiring` (in less than five minutes) or `expired`.
    pub state: &'static str,
}

/// What the cache holds. Reads only what lies open: no keyring, no network.
pub(crate) fn list_tokens(app: &App) -> Result<Vec<CachedToken>> {
    let Some(cache) = TokenCache::open(&app.settings.home)? else {
        return Ok(Vec::new());
    };
    let now = app.now();
    let kept = |label: crate::auth::cache::TokenLabel| CachedToken {
        state: match label.expires_on.saturating_sub(now) {
            left if left > 300 => "valid",
            left if left > 0 => "expiring",
            _ => "expired",
        },
        cloud: label.identity.cloud,
        tenant: label.tenant_id,
        client_id: label.identity.client_id,
        scope: label.identity.scope,
        credential: label.identity.credential,
        expires_on: label.expires_on,
    };
    Ok(cache.labels().into_iter().map(kept).collect())
}

/// TokenSelector tokens to remove.
#[derive(Clone, Debug)]
pub(crate) enum TokenSelector {
    /// Those of a credential.
    Credential(String),
    /// Those of a tenant.
    Tenant(TenantId),
    /// All of them, damaged ones and the kernel's copy of the key too.
    All,
}

/// Removes tokens from the cache, and counts them.
pub(crate) fn clear_tokens(app: &App, which: &TokenSelector) -> Result<usize> {
    let Some(cache) = TokenCache::open(&app.settings.home)? else {
        return Ok(0);
    };
    Ok(match which {
        TokenSelector::Credential(name) => {
            cache.clear(|label| label.identity.credential == *name)?
        }
        TokenSelector::Tenant(tenant) => cache.clear(|label| label.tenant_id == *tenant)?,
        TokenSelector::All => {
            let known = cache.labels().len();
            cache.clear_all((app.clock)())?;
            CacheKey::new(&app.settings, app.secrets.clone()).forget_copy();
            known
        }
    })
}
