//! An access token, what it is asked for, and who gives it.

use async_trait::async_trait;

use super::error::AuthError;
use crate::id::{ClientId, TenantId};
use crate::secrets::Secret;

/// What a token is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenRequest {
    /// The tenant whose token is wanted; the source's own if `None`.
    pub tenant: Option<TenantId>,
    /// The scope: an audience followed by `/.default`.
    pub scope: String,
    /// Asks Entra even if a token is at hand (after a 401).
    pub renew: bool,
}

/// A token, and how long it may be used.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// The bearer token itself.
    pub secret: Secret,
    /// When it ends, in seconds since 1970.
    pub expires_on: i64,
    /// The tenant that issued it.
    pub tenant: TenantId,
}

impl AccessToken {
    /// Lends the token itself: to a header, to the cache, to the one who asked to see it.
    pub fn bearer(&self) -> &str {
        self.secret.expose()
    }
}

/// Who signs in: for people, and for those who ask for a certain application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lender {
    /// What people call it.
    pub title: String,
    /// The credential's name, if it is one of this program.
    pub credential: Option<String>,
    pub client: Option<ClientId>,
}

/// Something that can sign in.
#[async_trait]
pub trait TokenSource: Send + Sync {
    /// The tenant tokens come from when a request names none.
    fn home_tenant(&self) -> Option<TenantId>;

    /// Who signs in.
    fn lender(&self) -> Lender {
        Lender { title: String::new(), credential: None, client: None }
    }

    /// The tenants it was set up for, its home first.
    fn tenants(&self) -> Vec<TenantId> {
        self.home_tenant().into_iter().collect()
    }

    /// The tenant whose tokens open a subscription, by name or id, if that is known without asking anybody.
    fn tenant_of(&self, _subscription: &str) -> Option<TenantId> {
        None
    }

    /// The subscription to use where none is named, by name or id.
    fn default_subscription(&self) -> Option<String> {
        None
    }

    /// The command that signs in again with more than the token shows, such as a second factor; none if nothing
    /// but the tenant's own policy helps.
    fn stronger_login(
        &self,
        _tenant: Option<TenantId>,
        _scope: &str,
        _claims: &str,
    ) -> Option<String> {
        None
    }

    /// True if the program that such a command starts is missing.
    fn lacks_az(&self) -> bool {
        false
    }

    /// Gives a token that needs no network: one that was fetched before and lives long enough.
    fn cached(&self, _request: &TokenRequest) -> Result<Option<AccessToken>, AuthError> {
        Ok(None)
    }

    /// Gives a token that is valid for at least a few minutes.
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, AuthError>;
}
