//! The consumer's tenant as the sign-in service knows it: whether it exists, and in which cloud.
//!
//! The OpenID document is public, so nothing is sent but the tenant's name. Source:
//! <https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc>

use url::Url;

use crate::app::App;
use crate::auth::AuthError;
use crate::auth::discovery::{self, OpenIdDocument};
use crate::error::Result;
use crate::id::{TenantId, TenantRef};

/// What the sign-in service says of a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tenant {
    /// It exists in this program's cloud.
    Found(TenantId),
    /// It exists in another cloud.
    Elsewhere {
        /// The cloud, or the host of its sign-in service.
        cloud: String,
        /// Its id, if known.
        id: Option<TenantId>,
    },
    /// There is no such tenant.
    Unknown,
    /// No one can say: why.
    Unclear(String),
}

/// Asks for the tenant's OpenID document.
///
/// # Errors
/// If TLS cannot be set up, or the sign-in service redirects. One that cannot be reached is [`Tenant::Unclear`].
pub(crate) async fn discover(app: &App, tenant: &TenantRef) -> Result<Tenant> {
    let authority = &app.settings.cloud.active_directory;
    let transport = app.transport()?;
    match discovery::openid_document(authority, &*transport, &tenant.to_string()).await {
        Ok(document) => {
            let found = tenant_in(&document, authority);
            if let (Tenant::Found(id), TenantRef::Domain(domain)) = (&found, tenant) {
                app.learned.resolved(domain.as_str(), *id);
            }
            Ok(found)
        }
        Err(AuthError::Refused { codes, .. })
            if codes.iter().any(|code| UNKNOWN.contains(code)) =>
        {
            Ok(Tenant::Unknown)
        }
        Err(AuthError::Refused { status, .. }) => {
            Ok(Tenant::Unclear(format!("the sign-in service answered with {status}")))
        }
        Err(err @ (AuthError::Malformed(_) | AuthError::Transport(_))) => {
            Ok(Tenant::Unclear(err.to_string()))
        }
        Err(err) => Err(err.into()),
    }
}

fn tenant_in(document: &OpenIdDocument, authority: &Url) -> Tenant {
    if document.token_endpoint.is_empty() {
        return Tenant::Unclear(
            "the sign-in service answered with something that is not an OpenID document".into(),
        );
    }
    let id = document.tenant_id();
    let ours = cloud_of_host(authority.host_str().unwrap_or_default());
    let told = document.cloud_instance_name.as_deref().and_then(cloud_of_instance);
    if let Some(cloud) = told
        && ours != Some(cloud)
    {
        return Tenant::Elsewhere { cloud: cloud.to_owned(), id };
    }
    let endpoint = Url::parse(&document.token_endpoint).ok();
    let host = endpoint.as_ref().and_then(Url::host_str).unwrap_or_default();
    if Some(host) != authority.host_str() {
        let cloud = cloud_of_host(host).unwrap_or(host).to_owned();
        return Tenant::Elsewhere { cloud, id };
    }
    match id {
        Some(id) => Tenant::Found(id),
        None => Tenant::Unclear(format!(
            "the sign-in service names the issuer '{}', which holds no tenant id",
            document.issuer
        )),
    }
}

fn cloud_of_host(host: &str) -> Option<&'static str> {
    let found = HOSTS.iter().find(|(known, _)| host.eq_ignore_ascii_case(known));
    found.map(|(_, cloud)| *cloud)
}

fn cloud_of_instance(name: &str) -> Option<&'static str> {
    cloud_of_host(name).or_else(|| cloud_of_host(&format!("login.{name}")))
}

/// "No such tenant", "not a tenant name", "neither a domain nor an id". Source:
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
const UNKNOWN: [i64; 4] = [90_002, 900_021, 900_023, 90_038];

/// Sign-in services of the clouds. Source: `azure/cli/core/cloud.py` of azure-cli 2.91.0, and
/// <https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud>.
const HOSTS: [(&str, &str); 5] = [
    ("login.microsoftonline.com", "AzureCloud"),
    ("login.microsoftonline.us", "AzureUSGovernment"),
    ("login.partner.microsoftonline.cn", "AzureChinaCloud"),
    ("login.chinacloudapi.cn", "AzureChinaCloud"),
    ("login.sovcloud-identity.fr", "AzureBleuCloud"),
];

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002";

    fn ask(endpoint: &str, instance: &str, authority: &str) -> Tenant {
        let body = serde_json::json!({
            "issuer": format!("https://login.microsoftonline.com/{ID}/v2.0"),
            "token_endpoint": format!("https://{endpoint}/{ID}/oauth2/v2.0/token"),
            "cloud_instance_name": instance,
        });
        let document = serde_json::from_value(body).unwrap();
        tenant_in(&document, &Url::parse(authority).unwrap())
    }

    #[test]
    fn the_cloud_of_a_tenant_is_told() {
        let id = ID.parse().unwrap();
        let public = "https://login.microsoftonline.com";
        let elsewhere = |cloud: &str| Tenant::Elsewhere { cloud: cloud.into(), id: Some(id) };
        for (endpoint, instance, authority, expected) in [
            ("login.microsoftonline.com", "microsoftonline.com", public, Tenant::Found(id)),
            (
                "login.microsoftonline.us",
                "microsoftonline.us",
                public,
                elsewhere("AzureUSGovernment"),
            ),
            (
                "login.microsoftonline.com",
                "microsoftonline.us",
                public,
                elsewhere("AzureUSGovernment"),
            ),
            ("login.microsoftonline.us", "unheard.of", public, elsewhere("AzureUSGovernment")),
            (
                "login.chinacloudapi.cn",
                "partner.microsoftonline.cn",
                "https://login.chinacloudapi.cn",
                Tenant::Found(id),
            ),
            ("localhost", "localhost:4711", "https://localhost", Tenant::Found(id)),
            (
                "login.elsewhere.example",
                "elsewhere.example",
                public,
                elsewhere("login.elsewhere.example"),
            ),
        ] {
            assert_eq!(
                ask(endpoint, instance, authority),
                expected,
                "{endpoint} {instance} {authority}"
            );
        }
    }
}
