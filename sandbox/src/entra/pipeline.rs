//! The pipelines that issue federated tokens to their jobs, GitHub Actions and Azure Pipelines, and what their
//! tokens say. Sources: <https://docs.github.com/actions/reference/security/oidc>,
//! <https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create>

use serde_json::{Value, json};

use crate::core::Core;
use crate::message::{Reply, Request};
use crate::world;

impl Core {
    /// Mints a federated token for an application.
    pub(crate) fn federated_token(&self, client_id: &str) -> String {
        self.mint(GITHUB, client_id)
    }

    fn mint(&self, issuer: &str, subject: &str) -> String {
        let now = self.now();
        self.keys.sign(&json!({
            "iss": issuer, "sub": subject, "aud": AUDIENCE,
            "iat": now, "nbf": now - 60, "exp": now + 600, "jti": uuid::Uuid::new_v4().to_string(),
        }))
    }
}

/// GitHub's answer to a job.
pub(super) fn github(core: &Core, request: &Request, client_id: &str) -> Reply {
    if !shows_bearer(request) {
        return Reply::json(403, &json!({"message": "Resource not accessible by integration"}));
    }
    if request.query("audience") != Some(AUDIENCE) {
        return Reply::json(400, &json!({"message": "the audience is not Entra's"}));
    }
    Reply::json(200, &json!({"count": 1, "value": core.federated_token(client_id)}))
}

/// Azure DevOps' answer to a job, for a service connection that its pipeline may use. Whoever is not let in is
/// sent to a page for people, unless the request says that nobody is there.
pub(super) fn azure_pipelines(core: &Core, request: &Request) -> Reply {
    if !shows_bearer(request) {
        return match request.header("x-tfs-fedauthredirect") {
            Some("Suppress") => Reply::json(401, &json!({"message": "Access denied."})),
            _ => Reply::text(302, "text/html", "")
                .header("Location", format!("{}/_signin", core.endpoints.login)),
        };
    }
    let problem = match request.query("serviceConnectionId") {
        _ if request.query("api-version").is_none_or(|version| !version.starts_with("7.1")) => {
            (400, "No api-version was supplied for the request.")
        }
        _ if request.header("content-type") != Some("application/json") => {
            (415, "The request has no content type that is understood.")
        }
        Some(world::SERVICE_CONNECTION) => {
            let subject = format!("{SUBJECT}{}", world::SERVICE_CONNECTION);
            return Reply::json(200, &json!({ "oidcToken": core.mint(AZURE_DEVOPS, &subject) }));
        }
        _ => (404, "Service connection was not found, or this pipeline may not use it."),
    };
    Reply::json(problem.0, &json!({"$id": "1", "message": problem.1}))
}

fn shows_bearer(request: &Request) -> bool {
    let bearer = format!("Bearer {}", world::PIPELINE_BEARER);
    request.header("authorization") == Some(bearer.as_str())
}

/// True if it is one of the two issuers.
pub(super) fn is_issuer(claim: &Value) -> bool {
    *claim == GITHUB || *claim == AZURE_DEVOPS
}

/// True if a token is of the subject that the seeded application trusts, at either issuer.
pub(super) fn is_own_subject(claims: &Value, client_id: &str) -> bool {
    let subject = claims["sub"].as_str().unwrap_or_default();
    match claims["iss"].as_str() {
        Some(AZURE_DEVOPS) => subject.strip_prefix(SUBJECT) == Some(world::SERVICE_CONNECTION),
        _ => subject == client_id,
    }
}

const GITHUB: &str = "https://federation.sandbox.localhost";
const AZURE_DEVOPS: &str = "https://vstoken.sandbox.localhost/contoso";
const SUBJECT: &str = "sc://contoso/images/";
const AUDIENCE: &str = "api://AzureADTokenExchange";
