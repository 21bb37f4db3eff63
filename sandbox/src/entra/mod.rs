//! Entra ID: discovery, the token endpoint, and what tokens say.

pub(crate) mod account;
mod assertion;
mod authorize;
mod consent;
mod discovery;
mod pipeline;
mod redeem;
mod refusal;
mod token;
mod user;

pub(crate) use discovery::metadata;

use crate::core::Core;
use crate::message::{Reply, Request};

/// Answers a request to the login listener.
pub(crate) fn answer(core: &mut Core, request: &Request) -> Reply {
    let segments: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["common", "discovery", "instance"]) => discovery::instance(core),
        ("GET", [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
            discovery::configuration(core, tenant, true)
        }
        ("GET", [tenant, ".well-known", "openid-configuration"]) => {
            discovery::configuration(core, tenant, false)
        }
        ("GET", [_, "discovery", "v2.0", "keys"] | [_, "discovery", "keys"]) => {
            Reply::json(200, &core.keys.jwks())
        }
        ("POST", [tenant, "oauth2", "v2.0", "token"]) => token::answer(core, request, tenant),
        ("POST", [tenant, "oauth2", "v2.0", "devicecode"]) => {
            user::device_code(core, request, tenant)
        }
        ("GET", ["pipeline", client]) => pipeline::github(core, request, client),
        ("POST", ["contoso", _, "_apis", "distributedtask", .., "oidctoken"]) => {
            pipeline::azure_pipelines(core, request)
        }
        ("GET", ["redeem"]) => redeem::show(core, request),
        ("POST", ["redeem"]) => redeem::decide(core, request),
        (method @ ("GET" | "POST"), [tenant, "oauth2", "v2.0", "authorize"])
            if request.query("code_challenge").is_some() =>
        {
            match method {
                "GET" => authorize::show(core, request, tenant),
                _ => authorize::decide(core, request, tenant),
            }
        }
        (method @ ("GET" | "POST"), [tenant, rest @ ..]) if page(rest).is_some() => {
            let page = page(rest).expect("the guard says so");
            match method {
                "GET" => consent::show(core, request, tenant, page),
                _ => consent::decide(core, request, tenant, page),
            }
        }
        ("GET", ["metadata", "endpoints"]) => discovery::metadata(core),
        _ => Reply::text(404, "text/html", "<html><body>404 - Not Found</body></html>"),
    }
}

/// The page of Entra that people consent on.
fn page(rest: &[&str]) -> Option<consent::Page> {
    match rest {
        ["adminconsent"] => Some(consent::Page::Admin),
        ["v2.0", "adminconsent"] => Some(consent::Page::AdminV2),
        ["oauth2", "authorize"] | ["oauth2", "v2.0", "authorize"] => Some(consent::Page::Authorize),
        _ => None,
    }
}
