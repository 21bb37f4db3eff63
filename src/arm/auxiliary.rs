//! Tokens of other tenants beside our own: what a request needs that refers to a resource of theirs.
//!
//! Source: <https://learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant>

use std::sync::Arc;

use http::header::HeaderValue;

use super::{ArmError, Client};
use crate::auth::{TokenRequest, TokenSource};
use crate::id::TenantId;

/// The header that carries them.
pub(crate) const HEADER: &str = "x-ms-authorization-auxiliary";
/// How many Resource Manager takes.
pub(crate) const MOST: usize = 3;

/// Somebody who signs in to another tenant.
#[derive(Clone)]
pub struct AuxiliaryIdentity {
    pub tenant: TenantId,
    pub tokens: Arc<dyn TokenSource>,
}

impl Client {
    /// The same client, whose requests also carry tokens of these tenants.
    ///
    /// Use it only for requests that refer to their resources: the header is large, and every
    /// service that sees it could use it.
    pub fn with_auxiliary(&self, auxiliary: Vec<AuxiliaryIdentity>) -> Client {
        Client { auxiliary: auxiliary.into(), ..self.clone() }
    }

    /// The header's value; `None` if no other tenant is needed.
    pub(super) async fn auxiliary_header(
        &self,
        renew: bool,
    ) -> Result<Option<HeaderValue>, ArmError> {
        let mut bearers = Vec::new();
        for other in self.auxiliary.iter() {
            let request = TokenRequest {
                tenant: Some(other.tenant),
                scope: self.connection.scope.clone(),
                renew,
            };
            let token = other.tokens.token(&request).await?;
            bearers.push(format!("Bearer {}", token.bearer()));
        }
        if bearers.is_empty() {
            return Ok(None);
        }
        // A semicolon, as PowerShell sends it, is refused where there are two or more.
        let value = HeaderValue::from_str(&bearers.join(", "));
        let mut value = value.map_err(|_| ArmError::Malformed {
            what: HEADER.to_owned(),
            problem: "a token that is no header value".into(),
        })?;
        value.set_sensitive(true);
        Ok(Some(value))
    }
}
