//! Signing in as a person: device codes, which the sandbox approves by itself, and refresh tokens.

use serde_json::{Value, json};

use super::account::{self, Account};
use super::discovery::realm;
use super::refusal::{Refusal, unknown_tenant};
use super::token::{Form, resource};
use crate::core::Core;
use crate::keys;
use crate::message::{Reply, Request};
use crate::state::{Grant, GrantKind, PrincipalKind, Tenant};
use crate::world;

/// Starts a device code sign-in; the user is `login_hint`, who the knob names, or the tenant's first.
pub(crate) fn device_code(core: &mut Core, request: &Request, tenant: &str) -> Reply {
    if realm(core, tenant).is_none() {
        return unknown_tenant(tenant).reply(core);
    }
    let form = Form::of(request);
    let hint = form.field("login_hint").map(str::to_owned);
    let home = core.state.tenant(tenant).map_or(world::PUBLISHER_TENANT, |tenant| &tenant.id);
    let first = core
        .state
        .principals
        .iter()
        .find(|user| user.kind == PrincipalKind::User && user.tenant == home);
    let user = hint
        .or_else(|| core.knobs.device_code_user.clone())
        .or_else(|| first.map(|user| user.login.clone()))
        .unwrap_or_default();
    let code = uuid::Uuid::new_v4().simple().to_string();
    core.state.grants.push(Grant {
        value: code.clone(),
        kind: GrantKind::DeviceCode(core.knobs.device_code_polls),
        client_id: form.field("client_id").unwrap_or_default().to_owned(),
        user,
        scope: form.field("scope").unwrap_or_default().to_owned(),
        tenant: (core.state.tenant(tenant)).map_or_else(String::new, |tenant| tenant.id.clone()),
        // The page asks for whatever the claims want.
        strong: true,
    });
    let url = format!("{}/device", core.endpoints.login);
    Reply::json(
        200,
        &json!({"user_code": "SANDBOX01", "device_code": code, "verification_uri": url, "expires_in": 900, "interval": 1,
            "message": format!("To sign in, use a web browser to open the page {url} and enter the code SANDBOX01 to authenticate.")}),
    )
}

/// Redeems a device code.
pub(crate) fn redeem_device_code(
    core: &mut Core,
    form: &Form,
    tenant: &str,
) -> Result<Value, Refusal> {
    let code = form.field("device_code").or(form.field("code")).unwrap_or_default();
    let at = core.state.grants.iter().position(|grant| grant.value == code);
    let grant = at.map(|at| &mut core.state.grants[at]);
    let grant = match grant {
        Some(grant) if grant.kind != GrantKind::Refresh => {
            if let GrantKind::DeviceCode(pending @ 1..) = &mut grant.kind {
                *pending -= 1;
                return Err(Refusal::new(
                    "authorization_pending",
                    70016,
                    "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
                ));
            }
            grant.clone()
        }
        _ => {
            return Err(Refusal::new(
                "invalid_grant",
                70000,
                "The provided value for the input parameter 'device_code' is not valid.",
            ));
        }
    };
    core.state.grants.retain(|known| known.value != grant.value);
    user_tokens(core, form, tenant, (&grant, None))
}

/// Redeems a refresh token, also for another tenant the user is known in.
pub(crate) fn refresh(core: &mut Core, form: &Form, tenant: &str) -> Result<Value, Refusal> {
    let token = form.require("refresh_token")?;
    let grant = core
        .state
        .grants
        .iter()
        .find(|grant| grant.value == token && grant.kind == GrantKind::Refresh);
    let Some(grant) = grant else {
        return Err(Refusal::new(
            "invalid_grant",
            9_002_313,
            "Invalid request. Request is malformed or invalid.",
        ));
    };
    let grant = grant.clone();
    if form.field("client_id") != Some(&grant.client_id) {
        return Err(Refusal::new(
            "invalid_grant",
            70_000,
            "The provided value for the input parameter 'refresh_token' is not valid for this client.",
        ));
    }
    consented(core, &grant, tenant)?;
    if asks_for_second_factor(form) && !grant.strong {
        return Err(Refusal::new(
            "interaction_required",
            50_079,
            "Due to a configuration change made by your administrator, you must enroll in multi-factor authentication.",
        ));
    }
    let asks = core.state.tenant(tenant).filter(|tenant| {
        let strict = &core.state.directory.second_factor;
        strict.contains(&tenant.id) && tenant.id != grant.tenant
    });
    if asks.is_some() {
        let message = format!(
            "Due to a configuration change made by your administrator, or because you moved to a new location, you \
             must use multi-factor authentication to access '{}'.",
            core.endpoints.management
        );
        let claims = Some(POLICY_CLAIMS.to_owned());
        return Err(Refusal { claims, ..Refusal::new("invalid_grant", 50076, message) });
    }
    user_tokens(core, form, tenant, (&grant, None))
}

/// An application that is registered here needs a consent in each tenant.
fn consented(core: &Core, grant: &Grant, tenant: &str) -> Result<(), Refusal> {
    let (state, client) = (&core.state, &grant.client_id);
    let tenant = state.tenant(tenant).map_or(&grant.tenant, |tenant| &tenant.id);
    let mut known = state.principals.iter();
    let is_known = known.any(|known| {
        known.kind == PrincipalKind::ServicePrincipal
            && known.tenant == *tenant
            && known.login.eq_ignore_ascii_case(client)
    });
    if is_known || state.application(client).is_none() {
        return Ok(());
    }
    Err(Refusal::new(
        "invalid_grant",
        65_001,
        format!(
            "The user or administrator has not consented to use the application with ID '{client}'. Send an \
             interactive authorization request for this user and resource."
        ),
    ))
}

/// A Conditional Access policy by its id. Source:
/// <https://learn.microsoft.com/entra/identity-platform/v2-conditional-access-dev-guide>
const POLICY_CLAIMS: &str = r#"{"access_token":{"capolids":{"essential":true,"values":["6b1ea2d4-0c51-4f3e-8a77-9d20b5c81f01"]}}}"#;

pub(super) fn asks_for_second_factor(form: &Form) -> bool {
    form.field("claims").is_some_and(|claims| claims.contains("\"p1\""))
}

/// The tokens of a grant; the ID token repeats a nonce.
pub(super) fn user_tokens(
    core: &mut Core,
    form: &Form,
    tenant: &str,
    (grant, nonce): (&Grant, Option<&str>),
) -> Result<Value, Refusal> {
    let (_, issuer) = realm(core, tenant).ok_or_else(|| unknown_tenant(tenant))?;
    let client_id = form.require("client_id")?;
    let account = account::find(core, &grant.user, &issuer, client_id)?;
    let issuing =
        core.state.tenant(&account.here.tenant).cloned().ok_or_else(|| unknown_tenant(tenant))?;
    // A device code carries the scope it was asked for; a redemption need not repeat it.
    let scope = form.field("scope").unwrap_or(&grant.scope).to_owned();
    let audience = resource(core, &issuing.name, &scope)?;
    let is_strong = asks_for_second_factor(form) && grant.strong;
    let access_token = access_token(core, &account, client_id, (&audience, is_strong));
    let id_token = id_token(core, (&account, &issuing), client_id, nonce);
    let refresh_token = uuid::Uuid::new_v4().simple().to_string();
    core.state.grants.push(Grant {
        value: refresh_token.clone(),
        kind: GrantKind::Refresh,
        client_id: client_id.to_owned(),
        user: account.home.login.clone(),
        scope: scope.clone(),
        tenant: grant.tenant.clone(),
        strong: if grant.kind == GrantKind::Refresh { grant.strong } else { is_strong },
    });
    let lifetime = core.knobs.token_lifetime;
    Ok(json!({
        "token_type": "Bearer", "scope": format!("{audience}/user_impersonation {audience}/.default"),
        "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": access_token,
        "refresh_token": refresh_token, "foci": "1", "id_token": id_token,
        "client_info": keys::encode(&json!({"uid": account.home.id, "utid": account.home.tenant})),
    }))
}

fn access_token(
    core: &Core,
    account: &Account,
    client_id: &str,
    (audience, is_strong): (&str, bool),
) -> String {
    let now = core.now();
    let Account { home, here } = account;
    let mut claims = json!({
        "aud": audience, "iss": format!("{}/{}/", core.endpoints.login, here.tenant),
        "iat": now, "nbf": now - 300, "exp": now + core.knobs.token_lifetime,
        "appid": client_id, "appidacr": "0", "idtyp": "user", "name": here.name,
        "unique_name": home.login, "oid": here.id, "sub": here.id, "tid": here.tenant,
        "scp": "user_impersonation", "uti": uuid::Uuid::new_v4().simple().to_string(), "ver": "1.0",
    });
    if is_strong {
        claims["acrs"] = json!(["p1"]);
    }
    if home.tenant == here.tenant {
        claims["upn"] = home.login.clone().into();
    } else {
        claims["idp"] = format!("{}/{}/", core.endpoints.login, home.tenant).into();
    }
    core.keys.sign(&claims)
}

fn id_token(
    core: &Core,
    (account, issuing): (&Account, &Tenant),
    client_id: &str,
    nonce: Option<&str>,
) -> String {
    let now = core.now();
    let Account { home, here } = account;
    let mut claims = json!({
        "aud": client_id, "iss": format!("{}/{}/v2.0", core.endpoints.login, here.tenant),
        "iat": now, "nbf": now, "exp": now + 3600, "name": here.name, "preferred_username": home.login,
        "oid": here.id, "sub": here.id, "tid": here.tenant, "tenant_display_name": issuing.name, "ver": "2.0",
    });
    if let Some(nonce) = nonce {
        claims["nonce"] = nonce.into();
    }
    core.keys.sign(&claims)
}
