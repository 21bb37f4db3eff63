//! Which tenant a domain belongs to: the authority's own OpenID configuration tells.

use http::{Method, Request};
use serde_json::Value;
use url::Url;

use super::AuthError;
use super::wire::{redirect, refusal};
use crate::id::TenantId;
use crate::transport::Transport;

/// Finds the id of the tenant that has `domain`.
///
/// Source: <https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc>
///
/// # Errors
/// If no tenant of the cloud has the domain, or the authority cannot be reached.
pub async fn tenant(
    authority: &Url,
    transport: &dyn Transport,
    domain: &str,
) -> Result<TenantId, AuthError> {
    let base = authority.as_str().trim_end_matches('/');
    let domain = crate::id::path_segment(domain);
    let request = Request::builder()
        .method(Method::GET)
        .uri(format!(
            "{base}/{domain}/v2.0/.well-known/openid-configuration"
        ))
        .header("accept", "application/json")
        .body(Vec::new())
        .map_err(|err| AuthError::Malformed(format!("no usable request: {err}")))?;
    let answer = transport.send(request).await?;
    if answer.status().is_redirection() {
        return Err(redirect(answer.headers(), authority));
    }
    let said: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    if !answer.status().is_success() {
        return Err(refusal(answer.status().as_u16(), &said, &[]));
    }
    ["token_endpoint", "issuer"]
        .iter()
        .find_map(|name| guid_in(said[*name].as_str()?))
        .ok_or_else(|| AuthError::Malformed("no tenant id for the domain".into()))
}

fn guid_in(address: &str) -> Option<TenantId> {
    let url = Url::parse(address).ok()?;
    url.path_segments()?.find_map(|part| part.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenant_is_read_from_either_address() {
        let id = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
        for address in [
            format!("https://login.microsoftonline.com/{id}/oauth2/v2.0/token"),
            format!("https://sts.windows.net/{id}/"),
            format!("https://emulator.example/prefix/{id}/v2.0"),
        ] {
            assert_eq!(guid_in(&address), Some(id.parse().unwrap()), "{address}");
        }
        assert_eq!(
            guid_in("https://login.microsoftonline.com/common/v2.0"),
            None
        );
    }
}
