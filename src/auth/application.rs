//! An application that signs in on its own.

use url::Url;

use super::credential_source::CredentialSource;
use super::error::AuthError;
use crate::id::{ClientId, TenantId, TenantRef};

/// An application, and how it proves who it is.
#[derive(Clone, Debug)]
pub(crate) struct Application {
    /// The credential's name; empty for the environment.
    pub name: String,
    /// The sign-in service it was made for.
    pub authority: Url,
    /// The tenant it signs in to unless another is asked for.
    pub home: TenantRef,
    /// The other tenants it may sign in to; any if `None`.
    pub also: Option<Vec<TenantId>>,
    pub client: ClientId,
    /// The subscription to use where none is named.
    pub subscription: Option<String>,
    /// Its secret, or where it is.
    pub source: CredentialSource,
}

impl Application {
    /// The tenant to sign in to when `asked` is asked for.
    pub(crate) fn tenant(&self, asked: Option<TenantId>) -> Result<TenantRef, AuthError> {
        let Some(tenant) = asked else {
            return Ok(self.home.clone());
        };
        let listed = |also: &Vec<TenantId>| also.contains(&tenant);
        if self.home == TenantRef::Id(tenant) || self.also.as_ref().is_none_or(listed) {
            return Ok(TenantRef::Id(tenant));
        }
        Err(AuthError::OtherTenant { name: self.name.clone(), tenant })
    }
}
