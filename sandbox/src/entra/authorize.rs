//! The page on which a person signs in to an application, and the code that it brings back. Source:
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow>
//!
//! The sandbox asks for no password: whoever opens the page chooses who to be, and whether a second factor is shown.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::consent::{ADMINISTRATORS, Asked, HTML, Page, asked, escaped, trouble};
use super::refusal::Refusal;
use super::token::Form;
use super::{account, user};
use crate::core::Core;
use crate::graph::install;
use crate::message::{Reply, Request};
use crate::state::{AuthorizationCode, Grant, GrantKind, PrincipalKind};

/// Shows the page, or what is wrong with the address.
pub(super) fn show(core: &Core, request: &Request, tenant: &str) -> Reply {
    let asked = match checked(core, request, tenant) {
        Ok(asked) => asked,
        Err(problem) => return trouble(&problem),
    };
    let hint = request.query("login_hint").unwrap_or_default();
    let people = core.state.principals.iter().filter(|one| {
        one.kind == PrincipalKind::User && core.state.directory.guest(&one.id).is_none()
    });
    let options: String = people
        .map(|one| {
            let login = escaped(&one.login);
            let chosen = if one.login.eq_ignore_ascii_case(hint) { " selected" } else { "" };
            format!("<option value=\"{login}\"{chosen}>{login}</option>")
        })
        .collect();
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&request.query).finish();
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sign in to your account</title>\
         <h1>Pick an account</h1><p id=\"app\">to continue to {} in {}</p>\
         <form method=\"post\" action=\"{}?{}\"><select name=\"user\" id=\"user\">{options}</select>\
         <label><input type=\"checkbox\" name=\"mfa\" id=\"mfa\" value=\"yes\">Approve on the telephone</label>\
         <button id=\"accept\" name=\"decision\" value=\"accept\">Accept</button>\
         <button id=\"cancel\" name=\"decision\" value=\"cancel\">Cancel</button></form></html>",
        escaped(&asked.application.name),
        escaped(&asked.tenant.name),
        escaped(&request.path),
        escaped(&query),
    );
    Reply::text(200, HTML, page)
}

/// What is asked for, once everything about it was found right.
fn checked(core: &Core, request: &Request, tenant: &str) -> Result<Asked, String> {
    let asked = asked(core, request, tenant, Page::Authorize)?;
    if request.query("code_challenge_method") != Some("S256") {
        return Err("AADSTS9002326: code_challenge_method must be S256.".to_owned());
    }
    if request.query("code_challenge").is_none_or(|challenge| challenge.len() != 43) {
        return Err("AADSTS501491: Invalid size of Code_Challenge parameter.".to_owned());
    }
    if request.query("response_mode") != Some("form_post") {
        return Err("AADSTS70007: the sandbox answers by form_post alone.".to_owned());
    }
    let scope = request.query("scope").unwrap_or_default();
    if !scope.contains("/.default") {
        return Err(format!(
            "AADSTS70011: The provided value for the input parameter 'scope' is not valid. The scope '{scope}' is not valid."
        ));
    }
    Ok(asked)
}

/// Does what the person at the page decided.
pub(super) fn decide(core: &mut Core, request: &Request, tenant: &str) -> Reply {
    let asked = match checked(core, request, tenant) {
        Ok(asked) => asked,
        Err(problem) => return trouble(&problem),
    };
    let form = Form::of(request);
    if form.field("decision") != Some("accept") {
        let declined = "AADSTS65004: User declined to consent to access the app.";
        return back(&asked, &[("error", "access_denied"), ("error_description", declined)]);
    }
    let login = form.field("user").unwrap_or_default();
    let here = account::find(core, login, &asked.tenant.id, &asked.application.client_id);
    let here = match here {
        Ok(found) => found.here,
        Err(refusal) => return trouble(&format!("AADSTS{}: {}", refusal.number, refusal.message)),
    };
    let needs = request.query("claims").is_some_and(|claims| claims.contains("\"p1\""));
    let strict = &core.state.directory.second_factor;
    let strong = form.field("mfa").is_some();
    if (needs || strict.contains(&asked.tenant.id)) && !strong {
        return trouble("AADSTS50076: You must use multi-factor authentication.");
    }
    let client = asked.application.client_id.clone();
    let is_known = core.state.principals.iter().any(|known| {
        known.kind == PrincipalKind::ServicePrincipal
            && known.tenant == asked.tenant.id
            && known.login == client
    });
    let closed = core.state.directory.admin_consent_only.contains(&asked.tenant.id);
    if !is_known && closed && !core.state.directory.permits(&here.id, &ADMINISTRATORS) {
        return trouble("AADSTS90094: The grant requires admin permission. Need admin approval.");
    }
    install(core, &asked.tenant.id, &client);
    let code = uuid::Uuid::new_v4().simple().to_string();
    let text = |name: &str| request.query(name).unwrap_or_default().to_owned();
    let made = AuthorizationCode {
        value: code.clone(),
        client_id: client,
        redirect: text("redirect_uri"),
        challenge: text("code_challenge"),
        nonce: request.query("nonce").map(str::to_owned),
        user: login.to_owned(),
        tenant: asked.tenant.id.clone(),
        expires_on: core.now() + 600,
        strong,
        redeemed: false,
    };
    core.state.codes.push(made);
    back(&asked, &[("code", &code), ("session_state", &code)])
}

/// A page that posts the answer by itself.
fn back(asked: &Asked, pairs: &[(&str, &str)]) -> Reply {
    let state = asked.state.as_deref().map(|state| ("state", state));
    let fields: String = pairs
        .iter()
        .copied()
        .chain(state)
        .map(|(name, value)| {
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escaped(value))
        })
        .collect();
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Working...</title>\
         <form method=\"post\" action=\"{}\">{fields}<noscript><button>Continue</button></noscript></form>\
         <script>document.forms[0].submit()</script></html>",
        escaped(asked.redirect.as_str()),
    );
    Reply::text(200, HTML, page)
}

/// Redeems a code.
pub(super) fn redeem(core: &mut Core, form: &Form, tenant: &str) -> Result<Value, Refusal> {
    let value = form.require("code")?;
    let refused = |number, message: &str| Err(Refusal::new("invalid_grant", number, message));
    let now = core.now();
    let Some(code) = core.state.codes.iter_mut().find(|code| code.value == value) else {
        return refused(9_002_313, "Invalid request. Request is malformed or invalid.");
    };
    if code.redeemed {
        return refused(
            54_005,
            "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
        );
    }
    if code.expires_on <= now {
        return refused(
            70_008,
            "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
        );
    }
    if form.require("client_id")? != code.client_id || !tenant.eq_ignore_ascii_case(&code.tenant) {
        return refused(
            70_000,
            "The provided value for the 'code' parameter is not valid for this client or tenant.",
        );
    }
    if form.field("redirect_uri") != Some(&code.redirect) {
        return refused(
            50_011,
            "The redirect URI specified in the request does not match that of the authorization code.",
        );
    }
    let verifier = form.require("code_verifier")?;
    if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != code.challenge {
        return refused(
            501_481,
            "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
        );
    }
    code.redeemed = true;
    let code = code.clone();
    let is_public =
        core.state.application(&code.client_id).is_some_and(|app| app.secrets.is_empty());
    if !is_public {
        return Err(Refusal::new(
            "invalid_client",
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        ));
    }
    let grant = Grant {
        value: String::new(),
        kind: GrantKind::Refresh,
        client_id: code.client_id,
        user: code.user,
        scope: String::new(),
        tenant: code.tenant,
        strong: code.strong,
    };
    user::user_tokens(core, form, tenant, (&grant, code.nonce.as_deref()))
}
