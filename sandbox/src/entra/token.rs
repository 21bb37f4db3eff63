//! The token endpoint: client credentials, device codes and refresh tokens.

use serde_json::{Value, json};

use super::refusal::{Refusal, unknown_tenant};
use super::{assertion, authorize, user};
use crate::core::Core;
use crate::message::{Reply, Request};
use crate::state::{Principal, PrincipalKind};

/// The fields of a token request.
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn of(request: &Request) -> Form {
        Form(request.form())
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn require(&self, name: &str) -> Result<&str, Refusal> {
        self.field(name).ok_or_else(|| {
            Refusal::new(
                "invalid_request",
                900_144,
                format!("The request body must contain the following parameter: '{name}'."),
            )
        })
    }
}

/// Answers a token request.
pub(crate) fn answer(core: &mut Core, request: &Request, tenant: &str) -> Reply {
    let form = Form::of(request);
    let result = match form.field("grant_type") {
        Some("client_credentials") => client_credentials(core, &form, tenant),
        Some("urn:ietf:params:oauth:grant-type:device_code" | "device_code") => {
            user::redeem_device_code(core, &form, tenant)
        }
        Some("authorization_code") => authorize::redeem(core, &form, tenant),
        Some("refresh_token") => user::refresh(core, &form, tenant),
        Some(other) => Err(Refusal::new(
            "unsupported_grant_type",
            70003,
            format!("The app requested an unsupported grant type '{other}'."),
        )),
        None => form.require("grant_type").map(|_| Value::Null),
    };
    match result {
        Ok(body) => Reply::json(200, &body).header("Cache-Control", "no-store, no-cache"),
        Err(refusal) => refusal.reply(core),
    }
}

fn client_credentials(core: &mut Core, form: &Form, tenant: &str) -> Result<Value, Refusal> {
    let tenant = core.state.tenant(tenant).ok_or_else(|| unknown_tenant(tenant))?.clone();
    let client_id = form.require("client_id")?.to_owned();
    let principal = service_principal(core, &tenant.id, &tenant.name, &client_id)?;
    match (form.field("client_secret"), form.field("client_assertion")) {
        (Some(secret), _) => check_secret(core, &client_id, secret)?,
        (None, Some(token)) => assertion::check(core, &client_id, &tenant.id, token)?,
        (None, None) => {
            return Err(Refusal::new(
                "invalid_client",
                7_000_216,
                "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
            ));
        }
    }
    let resource = resource(core, &tenant.name, form.require("scope")?)?;
    let token = app_token(core, &principal, &resource);
    let lifetime = core.knobs.token_lifetime;
    Ok(
        json!({"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token}),
    )
}

fn service_principal(
    core: &Core,
    tenant: &str,
    tenant_name: &str,
    client_id: &str,
) -> Result<Principal, Refusal> {
    let found = core.state.principals.iter().find(|principal| {
        principal.kind == PrincipalKind::ServicePrincipal
            && principal.tenant == tenant
            && principal.login.eq_ignore_ascii_case(client_id)
    });
    found.cloned().ok_or_else(|| {
        Refusal::new(
            "unauthorized_client",
            700_016,
            format!(
                "Application with identifier '{client_id}' was not found in the directory '{tenant_name}'. This can \
                 happen if the application has not been installed by the administrator of the tenant or consented to by \
                 any user in the tenant. You may have sent your authentication request to the wrong tenant."
            ),
        )
    })
}

fn check_secret(core: &mut Core, client_id: &str, secret: &str) -> Result<(), Refusal> {
    let is_fresh = core.state.application(client_id).is_some_and(|app| {
        let newest = app.secrets.last().filter(|_| app.secrets.len() > 1);
        newest.is_some_and(|newest| newest.value == secret)
    });
    if is_fresh && core.state.directory.fresh_secret_refusals > 0 {
        core.state.directory.fresh_secret_refusals -= 1;
        return Err(Refusal::new("invalid_client", 7_000_215, "Invalid client secret provided."));
    }
    let application = core.state.application(client_id);
    let known = application.and_then(|app| app.secrets.iter().find(|known| known.value == secret));
    match known {
        None => Err(Refusal::new(
            "invalid_client",
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
                 value, not the client secret ID, for a secret added to app '{client_id}'."
            ),
        )),
        Some(known) if known.expires_on <= core.now() => Err(Refusal::new(
            "invalid_client",
            7_000_222,
            format!(
                "The provided client secret keys for app '{client_id}' are expired. Visit the Azure portal to create \
                 new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for \
                 added security: https://aka.ms/certCreds."
            ),
        )),
        Some(_) => Ok(()),
    }
}

/// Resources that are in every tenant although nothing here serves them.
const KEY_VAULT: &str = "https://vault.azure.net";
const STORAGE: &str = "https://storage.azure.com";

/// The audience behind `<audience>/.default`; MSAL sends a double slash when the audience ends in one.
pub(crate) fn resource(core: &Core, tenant_name: &str, scope: &str) -> Result<String, Refusal> {
    let first = scope.split(' ').find(|scope| !OPENID_SCOPES.contains(scope)).unwrap_or_default();
    let Some(audience) = first.strip_suffix("/.default") else {
        return Err(Refusal::new(
            "invalid_scope",
            1_002_012,
            format!(
                "The provided value for scope {scope} is not valid. Client credential flows must have a scope value \
                     with /.default suffixed to the resource identifier (application ID URI)."
            ),
        ));
    };
    let known = [&core.endpoints.management, &core.endpoints.graph, KEY_VAULT, STORAGE];
    if known.contains(&audience.trim_end_matches('/')) {
        return Ok(audience.to_owned());
    }
    Err(Refusal::new(
        "invalid_resource",
        500_011,
        format!(
            "The resource principal named {audience} was not found in the tenant named {tenant_name}. This can happen \
             if the application has not been installed by the administrator of the tenant or consented to by any user \
             in the tenant. You might have sent your authentication request to the wrong tenant."
        ),
    ))
}

fn app_token(core: &Core, principal: &Principal, audience: &str) -> String {
    let now = core.now();
    let issuer = format!("{}/{}/", core.endpoints.login, principal.tenant);
    core.keys.sign(&json!({
        "aud": audience, "iss": issuer, "iat": now, "nbf": now - 300, "exp": now + core.knobs.token_lifetime,
        "appid": principal.login, "appidacr": "1", "idp": issuer, "idtyp": "app",
        "oid": principal.id, "sub": principal.id, "tid": principal.tenant,
        "uti": uuid::Uuid::new_v4().simple().to_string(), "ver": "1.0",
    }))
}

const OPENID_SCOPES: [&str; 4] = ["openid", "profile", "offline_access", "email"];
