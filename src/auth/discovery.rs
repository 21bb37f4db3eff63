//! What anybody may ask of a cloud: the OpenID document of a tenant, and which tenant a domain or a
//! subscription belongs to.

use http::{Method, Request};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::error::AuthError;
use super::refusal::{entra_refusal, redirect_refusal};
use crate::id::{SubscriptionId, TenantId};
use crate::transport::Transport;

/// What the sign-in service says of itself and of a tenant. The document is public: nothing is sent but the
/// tenant's name.
#[derive(Debug, Deserialize)]
pub(crate) struct OpenIdDocument {
    #[serde(default)]
    pub issuer: String,
    #[serde(default)]
    pub token_endpoint: String,
    /// The cloud that the tenant is in, by the name of its sign-in service.
    pub cloud_instance_name: Option<String>,
}

impl OpenIdDocument {
    /// The tenant it is about.
    pub(crate) fn tenant_id(&self) -> Option<TenantId> {
        guid_in(&self.token_endpoint).or_else(|| guid_in(&self.issuer))
    }
}

/// Reads the OpenID document of a tenant, named by its id or a domain.
///
/// A redirect is refused as an untrusted origin: the authority answers for itself.
/// Source: <https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc>
pub(crate) async fn openid_document(
    authority: &Url,
    transport: &dyn Transport,
    tenant: &str,
) -> Result<OpenIdDocument, AuthError> {
    let base = authority.as_str().trim_end_matches('/');
    let tenant = crate::id::path_segment(tenant);
    let request = Request::builder()
        .method(Method::GET)
        .uri(format!("{base}/{tenant}/v2.0/.well-known/openid-configuration"))
        .header("accept", "application/json")
        .body(Vec::new())
        .map_err(|err| AuthError::Malformed(format!("no usable request: {err}")))?;
    let answer = transport.send(request).await?;
    if answer.status().is_redirection() {
        return Err(redirect_refusal(answer.headers(), authority));
    }
    if !answer.status().is_success() {
        let said: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        return Err(entra_refusal(answer.status().as_u16(), &said, &[]));
    }
    serde_json::from_slice(answer.body())
        .map_err(|_| AuthError::Malformed("something that is not an OpenID document".into()))
}

/// Finds the id of the tenant that has `domain`.
pub(crate) async fn tenant_of_domain(
    authority: &Url,
    transport: &dyn Transport,
    domain: &str,
) -> Result<TenantId, AuthError> {
    let document = openid_document(authority, transport, domain).await?;
    document.tenant_id().ok_or_else(|| AuthError::Malformed("no tenant id for the domain".into()))
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
    use http::Response;

    use super::*;
    use crate::transport::TransportError;

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

    #[derive(Debug)]
    struct Canned(u16, &'static [u8]);

    #[async_trait::async_trait]
    impl Transport for Canned {
        async fn send(&self, _: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
            let answer = Response::builder().status(self.0);
            let answer = answer.header("location", "https://elsewhere.example/");
            Ok(answer.body(self.1.to_vec()).unwrap())
        }
    }

    #[test]
    fn there_is_one_reader_of_the_openid_document() {
        let authority: Url = "https://login.example".parse().unwrap();
        let read = |status, body| {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(openid_document(&authority, &Canned(status, body), "contoso.com"))
        };
        // redesign 7.6: one of two readers took a redirect of the authority for an unclear answer.
        assert!(matches!(read(302, b""), Err(AuthError::UntrustedOrigin { .. })));
        let unknown = br#"{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant 'x' not found."}"#;
        let Err(AuthError::Refused { codes, .. }) = read(400, unknown) else { panic!("refused") };
        assert_eq!(codes, [90_002]);
        assert!(matches!(read(200, b"<html>"), Err(AuthError::Malformed(_))));
        let found = br#"{"issuer":"https://sts.example/acdd72a7-3385-48ef-bd42-f606fba81ae7/"}"#;
        assert!(read(200, found).unwrap().tenant_id().is_some());
    }
}
