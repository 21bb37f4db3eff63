//! Tokens of other tenants beside this program's own: what a request needs that refers to a resource of theirs.
//!
//! Source: <https://learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant>

use std::sync::Arc;

use http::header::HeaderValue;

use super::error::RestError;
use super::service::Service;
use crate::auth::{TokenRequest, TokenSource};
use crate::id::TenantId;

/// The header that carries them.
pub(crate) const HEADER: &str = "x-ms-authorization-auxiliary";
/// How many Resource Manager takes.
pub(crate) const MOST: usize = 3;

/// Someone who signs in to another tenant.
#[derive(Clone)]
pub(crate) struct AuxiliaryIdentity {
    pub tenant: TenantId,
    pub tokens: Arc<dyn TokenSource>,
}

/// The header's value; `None` if no other tenant is needed.
pub(super) async fn header_of<S: Service>(
    identities: &[AuxiliaryIdentity],
    scope: &str,
    renew: bool,
) -> Result<Option<HeaderValue>, RestError<S>> {
    let mut bearers = Vec::new();
    for other in identities {
        let request = TokenRequest { tenant: Some(other.tenant), scope: scope.to_owned(), renew };
        let token = other.tokens.token(&request).await?;
        bearers.push(format!("Bearer {}", token.bearer()));
    }
    if bearers.is_empty() {
        return Ok(None);
    }
    // A semicolon, as PowerShell sends it, is refused where there are two or more.
    let value = HeaderValue::from_str(&bearers.join(", "));
    let mut value = value.map_err(|_| RestError::Malformed {
        what: HEADER.to_owned(),
        problem: "a token that is not a valid header value".into(),
    })?;
    value.set_sensitive(true);
    Ok(Some(value))
}
