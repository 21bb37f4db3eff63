//! OpenID discovery documents, instance discovery, and the cloud's metadata.

use serde_json::{Value, json};

use super::refusal;
use crate::core::Core;
use crate::message::Reply;

/// The discovery document of a tenant, or AADSTS90002.
pub(crate) fn configuration(core: &Core, tenant: &str, v2: bool) -> Reply {
    let (path, issuer_tenant) = match realm(core, tenant) {
        Some(realm) => realm,
        None => return refusal::unknown_tenant(tenant).reply(core),
    };
    let login = &core.endpoints.login;
    let version = if v2 { "/v2.0" } else { "" };
    let issuer = format!("{login}/{issuer_tenant}{}", if v2 { "/v2.0" } else { "/" });
    let body = json!({
        "token_endpoint": format!("{login}/{path}/oauth2{version}/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{login}/{path}/discovery{version}/keys"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issuer,
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": format!("{}/oidc/userinfo", core.endpoints.graph),
        "authorization_endpoint": format!("{login}/{path}/oauth2{version}/authorize"),
        "device_authorization_endpoint": format!("{login}/{path}/oauth2{version}/devicecode"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": format!("{login}/{path}/oauth2{version}/logout"),
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"],
        "kerberos_endpoint": format!("{login}/{path}/kerberos"),
        "tenant_region_scope": if path == issuer_tenant { json!("EU") } else { Value::Null },
        "cloud_instance_name": host(login),
        "cloud_graph_host_name": host(&core.endpoints.graph),
        "msgraph_host": host(&core.endpoints.graph),
        "rbac_url": "https://pas.windows.net",
    });
    Reply::json(200, &body)
}

/// Instance discovery, as MSAL asks an authority it does not know.
pub(crate) fn instance(core: &Core) -> Reply {
    let login = &core.endpoints.login;
    let host = host(login);
    Reply::json(
        200,
        &json!({
            "tenant_discovery_endpoint": format!("{login}/common/v2.0/.well-known/openid-configuration"),
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }),
    )
}

/// The cloud's endpoints, as `az cloud register` and the Azure SDKs read them.
pub(crate) fn metadata(core: &Core) -> Reply {
    let endpoints = &core.endpoints;
    let arm = format!("{}/", endpoints.management);
    Reply::json(
        200,
        &json!([{
            "name": "SandboxCloud",
            "portal": endpoints.management,
            "authentication": {
                "loginEndpoint": endpoints.login, "audiences": [arm, endpoints.management],
                "tenant": "common", "identityProvider": "AAD"
            },
            "media": arm, "graphAudience": format!("{}/", endpoints.graph), "graph": format!("{}/", endpoints.graph),
            "microsoftGraphResourceId": format!("{}/", endpoints.graph),
            "resourceManager": arm, "gallery": arm, "batch": arm, "activeDirectoryDataLake": arm,
            "sqlManagement": arm, "vmImageAliasDoc": format!("{arm}aliases.json"),
            "suffixes": {"storage": "core.sandbox.localhost", "keyVaultDns": "vault.sandbox.localhost"}
        }]),
    )
}

/// The path segment of the tenant's endpoints and the tenant in its issuer.
pub(crate) fn realm(core: &Core, tenant: &str) -> Option<(String, String)> {
    if ["common", "organizations"].contains(&tenant) {
        return Some((tenant.to_owned(), "{tenantid}".to_owned()));
    }
    core.state.tenant(tenant).map(|tenant| (tenant.id.clone(), tenant.id.clone()))
}

fn host(url: &str) -> &str {
    url.trim_start_matches("https://")
}
