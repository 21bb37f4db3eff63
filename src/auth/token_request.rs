//! A federated token that a pipeline issues to its own jobs: GitHub Actions, and what speaks as it does.
//!
//! Source: <https://docs.github.com/actions/reference/security/oidc>;
//! <https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/guides/service_principal_oidc> for the
//! names that Terraform gives to the two variables.

use http::{Method, Request};
use serde::Deserialize;
use url::Url;

use super::error::AuthError;
use crate::secrets::Secret;
use crate::settings::TokenRequestVariables;
use crate::transport::Transport;

/// Where a token is asked for, and what opens that address.
#[derive(Clone, Debug)]
pub(crate) struct TokenRequestAddress {
    /// The variable that the address comes from, for messages.
    variable: &'static str,
    pub(super) url: Url,
    bearer: Secret,
}

#[derive(Deserialize)]
struct RequestedToken {
    value: String,
}

impl TokenRequestAddress {
    /// Reads the two variables.
    ///
    /// # Errors
    /// If the address is none that a secret may be sent to.
    pub(crate) fn of(variables: &TokenRequestVariables) -> Result<TokenRequestAddress, AuthError> {
        let variable = variables.variable;
        let url: Url = variables.url.parse().map_err(|_| failed(variable, "is not an address"))?;
        if url.scheme() != "https" {
            return Err(failed(variable, "is not an https address"));
        }
        Ok(TokenRequestAddress { variable, url, bearer: variables.bearer.clone() })
    }

    /// Asks for a token that Entra takes in the place of a secret.
    pub(super) async fn request(
        &self,
        transport: &dyn Transport,
        authority: &Url,
    ) -> Result<Secret, AuthError> {
        let failed = |reason: &str| failed(self.variable, reason);
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("audience", audience(authority));
        let request = Request::builder()
            .method(Method::GET)
            .uri(url.as_str())
            .header("accept", "application/json")
            .header("authorization", format!("Bearer {}", self.bearer.expose()))
            .body(Vec::new())
            .map_err(|_| failed("is not an address that a request can be sent to"))?;
        let answer = transport.send(request).await?;
        let status = answer.status();
        if !status.is_success() {
            return Err(failed(&format!("gave no token (HTTP {})", status.as_u16())));
        }
        let read: RequestedToken = serde_json::from_slice(answer.body())
            .map_err(|_| failed("answered with something else than a token"))?;
        Ok(Secret::new(read.value))
    }
}

fn failed(variable: &'static str, reason: &str) -> AuthError {
    AuthError::TokenRequest { variable, reason: reason.to_owned() }
}

/// Source: <https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust>
fn audience(authority: &Url) -> &'static str {
    match authority.host_str() {
        Some("login.microsoftonline.us") => "api://AzureADTokenExchangeUSGov",
        Some("login.partner.microsoftonline.cn" | "login.chinacloudapi.cn") => {
            "api://AzureADTokenExchangeChina"
        }
        _ => "api://AzureADTokenExchange",
    }
}
