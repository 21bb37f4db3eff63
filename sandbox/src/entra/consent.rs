//! The pages on which people consent to an application: pick an account, accept, and be sent back.
//!
//! Sources: <https://learn.microsoft.com/entra/identity-platform/v2-admin-consent>,
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow>. The sandbox asks for
//! no password: whoever opens the page chooses who to be.

use url::Url;

use crate::core::Core;
use crate::graph::install;
use crate::message::{Reply, Request};
use crate::state::{Application, PrincipalKind, Tenant};

/// Which of Entra's pages is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// `adminconsent`.
    Admin,
    /// `v2.0/adminconsent`.
    AdminV2,
    /// `oauth2/authorize` and `oauth2/v2.0/authorize`.
    Authorize,
}

/// A consent that is asked for, once everything about it was found right.
pub(super) struct Asked {
    pub(super) application: Application,
    pub(super) tenant: Tenant,
    pub(super) redirect: Url,
    pub(super) state: Option<String>,
}

/// Shows the page, or what is wrong with the address.
pub(super) fn show(core: &Core, request: &Request, tenant: &str, page: Page) -> Reply {
    match asked(core, request, tenant, page) {
        Ok(asked) => Reply::text(200, HTML, form(core, request, &asked)),
        Err(problem) => trouble(&problem),
    }
}

/// Does what the person at the page decided.
pub(super) fn decide(core: &mut Core, request: &Request, tenant: &str, page: Page) -> Reply {
    let asked = match asked(core, request, tenant, page) {
        Ok(asked) => asked,
        Err(problem) => return trouble(&problem),
    };
    let fields = request.form();
    let field = |name: &str| {
        let found = fields.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    if field("decision") != "accept" {
        let declined = "AADSTS65004: User declined to consent to access the app.";
        let pairs = [("error", "access_denied"), ("error_description", declined)];
        return back(&asked, &pairs);
    }
    let user = field("user").to_owned();
    let is_here = core.state.principals.iter().any(|principal| {
        principal.kind == PrincipalKind::User
            && principal.tenant == asked.tenant.id
            && principal.id == user
    });
    if !is_here {
        return trouble(
            "AADSTS50020: User account does not exist in tenant and cannot access the application in that tenant.",
        );
    }
    let administers = core.state.directory.permits(&user, &ADMINISTRATORS);
    let closed = &core.state.directory.admin_consent_only;
    if !administers && (page != Page::Authorize || closed.contains(&asked.tenant.id)) {
        return trouble("AADSTS90094: The grant requires admin permission. Need admin approval.");
    }
    let client = asked.application.client_id.clone();
    install(core, &asked.tenant.id, &client);
    match page {
        Page::Authorize => {
            let code = uuid::Uuid::new_v4().simple().to_string();
            back(&asked, &[("code", &code), ("session_state", &client)])
        }
        Page::Admin => back(&asked, &[("admin_consent", "True"), ("tenant", &asked.tenant.id)]),
        Page::AdminV2 => {
            let scope = request.query("scope").unwrap_or_default();
            let pairs =
                [("admin_consent", "True"), ("tenant", asked.tenant.id.as_str()), ("scope", scope)];
            back(&asked, &pairs)
        }
    }
}

pub(super) fn asked(
    core: &Core,
    request: &Request,
    tenant: &str,
    page: Page,
) -> Result<Asked, String> {
    let tenant = core
        .state
        .tenant(tenant)
        .ok_or_else(|| format!("AADSTS90002: Tenant '{tenant}' not found."))?;
    let need = |name: &str| {
        let value = request.query(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| {
            format!(
                "AADSTS900144: The request body must contain the following parameter: '{name}'."
            )
        })
    };
    let client = need("client_id")?;
    let known = core.state.application(client);
    let known = known.filter(|known| known.multi_tenant || known.tenant == tenant.id);
    let application = known.ok_or_else(|| {
        format!("AADSTS700016: Application with identifier '{client}' was not found in the directory '{}'.", tenant.name)
    })?;
    if page == Page::AdminV2 {
        need("scope")?;
    }
    if page == Page::Authorize && need("response_type")? != "code" {
        return Err("AADSTS700054: response_type is not enabled for the application.".to_owned());
    }
    if application.redirect_uris.is_empty() {
        return Err("AADSTS500113: No reply address is registered for the application.".to_owned());
    }
    let redirect = need("redirect_uri")?;
    let mismatch = || {
        format!(
            "AADSTS50011: The redirect URI '{redirect}' specified in the request does not match the redirect URIs configured for the application '{client}'."
        )
    };
    let url = Url::parse(redirect).map_err(|_| mismatch())?;
    if !application.redirect_uris.iter().any(|known| same(known, &url)) {
        return Err(mismatch());
    }
    Ok(Asked {
        application: application.clone(),
        tenant: tenant.clone(),
        redirect: url,
        state: request.query("state").map(str::to_owned),
    })
}

/// Reply addresses are compared as they are, but for the port of a loopback address.
fn same(registered: &str, asked: &Url) -> bool {
    let Ok(mut registered) = Url::parse(registered) else {
        return false;
    };
    if registered.host_str() == Some("localhost") && asked.host_str() == Some("localhost") {
        // Fails only for addresses that have no port at all, such as `mailto:`.
        let _ = registered.set_port(asked.port());
    }
    registered == *asked
}

fn form(core: &Core, request: &Request, asked: &Asked) -> String {
    let users = core.state.principals.iter().filter(|principal| {
        principal.kind == PrincipalKind::User && principal.tenant == asked.tenant.id
    });
    let options: String = users
        .map(|user| {
            let login = escaped(&user.login);
            format!("<option value=\"{}\">{login}</option>", escaped(&user.id))
        })
        .collect();
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&request.query).finish();
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Permissions requested</title>\
         <h1>Permissions requested</h1><p id=\"app\">{} wants to be known in {}</p>\
         <form method=\"post\" action=\"{}?{}\"><select name=\"user\" id=\"user\">{options}</select>\
         <button id=\"accept\" name=\"decision\" value=\"accept\">Accept</button>\
         <button id=\"cancel\" name=\"decision\" value=\"cancel\">Cancel</button></form></html>",
        escaped(&asked.application.name),
        escaped(&asked.tenant.name),
        escaped(&request.path),
        escaped(&query),
    )
}

fn back(asked: &Asked, pairs: &[(&str, &str)]) -> Reply {
    let mut url = asked.redirect.clone();
    url.query_pairs_mut().extend_pairs(pairs);
    if let Some(state) = &asked.state {
        url.query_pairs_mut().append_pair("state", state);
    }
    Reply::text(302, HTML, "").header("Location", url.as_str())
}

pub(super) fn trouble(problem: &str) -> Reply {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sign in</title>\
         <p>Sorry, but we\u{2019}re having trouble signing you in.</p><p id=\"error\">{}</p></html>",
        escaped(problem)
    );
    Reply::text(400, HTML, page)
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

pub(super) const HTML: &str = "text/html; charset=utf-8";
pub(super) const ADMINISTRATORS: [&str; 3] =
    ["Global Administrator", "Cloud Application Administrator", "Application Administrator"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_port_of_loopback_may_differ() {
        let url = |text: &str| Url::parse(text).unwrap();
        assert!(same("http://localhost/x", &url("http://localhost:4711/x")));
        assert!(!same("http://localhost/x", &url("http://localhost:4711/y")));
        assert!(!same("https://a.example/x", &url("https://a.example:444/x")));
        assert!(!same("https://www.microsoft.com", &url("https://www.microsoft.com/a")));
        assert!(same("https://www.microsoft.com", &url("https://www.microsoft.com/")));
    }
}
