//! Which tenant a domain belongs to: the authority's own OpenID configuration tells.

use http::{Method, Request};
use serde_json::Value;
use url::Url;

use super::error::AuthError;
use super::refusal::{entra_refusal, redirect_refusal};
use crate::id::{SubscriptionId, TenantId};
use crate::transport::Transport;

/// Finds the id of the tenant that has `domain`.
///
/// Source: <https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc>
///
/// # Errors
/// If no tenant of the cloud has the domain, or the authority cannot be reached.
pub(crate) async fn tenant_of_domain(
    authority: &Url,
    transport: &dyn Transport,
    domain: &str,
) -> Result<TenantId, AuthError> {
    let base = authority.as_str().trim_end_matches('/');
    let domain = crate::id::path_segment(domain);
    let request = Request::builder()
        .method(Method::GET)
        .uri(format!("{base}/{domain}/v2.0/.well-known/openid-configuration"))
        .header("accept", "application/json")
        .body(Vec::new())
        .map_err(|err| AuthError::Malformed(format!("no usable request: {err}")))?;
    let answer = transport.send(request).await?;
    if answer.status().is_redirection() {
        return Err(redirect_refusal(answer.headers(), authority));
    }
    let said: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    if !answer.status().is_success() {
        return Err(entra_refusal(answer.status().as_u16(), &said, &[]));
    }
    ["token_endpoint", "issuer"]
        .iter()
        .find_map(|name| guid_in(said[*name].as_str()?))
        .ok_or_else(|| AuthError::Malformed("no tenant id for the domain".into()))
}

/// Finds the tenant of a subscription: a request without a token is refused with the address of the
/// authority that has the right ones. `None` if the cloud has no such subscription.
///
/// Source: <https://learn.microsoft.com/entra/identity-platform/claims-challenge> for the header's form.
pub(crate) async fn tenant_of_subscription(
    resource_manager: &Url,
    transport: &dyn Transport,
    subscription: SubscriptionId,
) -> Result<Option<TenantId>, AuthError> {
    let base = resource_manager.as_str().trim_end_matches('/');
    let request = Request::builder()
        .method(Method::GET)
        .uri(format!("{base}/subscriptions/{subscription}?api-version=2022-12-01"))
        .header("accept", "application/json")
        .body(Vec::new())
        .map_err(|err| AuthError::Malformed(format!("no usable request: {err}")))?;
    let answer = transport.send(request).await?;
    let told = answer.headers().get("www-authenticate").and_then(|value| value.to_str().ok());
    match (answer.status().as_u16(), told.and_then(challenged_tenant)) {
        (401, Some(tenant)) => Ok(Some(tenant)),
        // Only Azure's own word counts: a proxy's page says nothing about subscriptions.
        (404, _) if is_unknown_subscription(answer.body()) => Ok(None),
        (status, _) => Err(AuthError::Malformed(format!(
            "{status} and no tenant for subscription {subscription}"
        ))),
    }
}

fn is_unknown_subscription(body: &[u8]) -> bool {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    said["error"]["code"] == "SubscriptionNotFound"
}

/// The last GUID of the authority in `Bearer authorization_uri="…"`, whatever its host.
fn challenged_tenant(challenge: &str) -> Option<TenantId> {
    let (_, rest) = challenge.split_once("authorization_uri=\"")?;
    let address = rest.split('"').next()?;
    address.rsplit('/').find_map(|part| part.parse().ok())
}

fn guid_in(address: &str) -> Option<TenantId> {
    let url = Url::parse(address).ok()?;
    url.path_segments()?.find_map(|part| part.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tenant_is_read_from_a_challenge_of_any_cloud() {
        let id = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
        for host in ["login.windows.net", "login.chinacloudapi.cn/x"] {
            let told = format!(
                "Bearer authorization_uri=\"https://{host}/{id}\", error=\"invalid_token\""
            );
            assert_eq!(challenged_tenant(&told), Some(id.parse().unwrap()), "{told}");
        }
        assert_eq!(challenged_tenant("Bearer authorization_uri=\"https://l/common\""), None);
        assert_eq!(challenged_tenant("Bearer"), None);
    }

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
        assert_eq!(guid_in("https://login.microsoftonline.com/common/v2.0"), None);
    }
}
