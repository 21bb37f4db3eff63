//! App Service's protocol for managed identities, version 2019-08-01.
//!
//! Source: <https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference>.
//! Every field of the answer is needed by a client: `expires_on` as text by Rust and .NET, `expires_in` by
//! Terraform, `resource` and `token_type` by Rust.

use http::StatusCode;
use serde_json::json;
use url::form_urlencoded;

use super::endpoint::{Endpoint, json_answer, refusal};
use super::loan::LoanTarget;
use crate::error::{Error, Kind};
use crate::id::TenantId;
use crate::loopback::LoopbackAnswer;

/// Answers a request for a token of `tenant`.
pub(crate) async fn answer(endpoint: &Endpoint, tenant: TenantId, query: &str) -> LoopbackAnswer {
    let resource = match wanted_resource(endpoint, query) {
        Ok(resource) => resource,
        Err(err) => {
            endpoint.note("managed identity", Some(tenant), "?", Some(&err));
            return refusal(&err);
        }
    };
    let outcome = endpoint.loan.token(Some(tenant), LoanTarget::Resource(&resource)).await;
    endpoint.note("managed identity", Some(tenant), &resource, outcome.as_ref().err());
    match outcome {
        Err(err) => refusal(&err),
        Ok(token) => {
            let left = (token.expires_on - endpoint.now()).max(0);
            let client = endpoint.loan.lender.client.map(|id| id.to_string());
            let body = json!({
                "access_token": token.bearer(),
                "expires_on": token.expires_on.to_string(),
                "expires_in": left.to_string(),
                "resource": resource,
                "token_type": "Bearer",
                "client_id": client.unwrap_or_else(|| NO_CLIENT.to_owned()),
            });
            json_answer(StatusCode::OK, &body)
        }
    }
}

/// The resource that is asked for; an error if something is asked for that this run cannot give.
fn wanted_resource(endpoint: &Endpoint, query: &str) -> Result<String, Error> {
    let mut resource = None;
    let mut version = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "resource" if resource.is_none() => resource = Some(value.into_owned()),
            "api-version" if version.is_none() => version = Some(value.into_owned()),
            "client_id" if endpoint.is_own_client(&value) => {}
            "client_id" | "clientid" | "object_id" | "principal_id" | "mi_res_id"
            | "msi_res_id" => {
                return Err(Error::new(
                    Kind::SignIn,
                    format!("this run lends {} and no other identity, and `{name}` asks for another", endpoint.loan.lender.title),
                )
                .hint("Unset AZURE_CLIENT_ID in the command, or choose another identity with `az-imageshare exec --credential NAME -- COMMAND`."));
            }
            _ => {}
        }
    }
    if version.as_deref() != Some("2019-08-01") {
        return Err(unreadable("its api-version is not 2019-08-01"));
    }
    resource
        .filter(|resource| !resource.is_empty())
        .ok_or_else(|| unreadable("it names no resource"))
}

fn unreadable(why: &str) -> Error {
    Error::usage(format!("the request for a token cannot be answered: {why}"))
}

/// The `az` login of a person has no client of its own.
const NO_CLIENT: &str = "00000000-0000-0000-0000-000000000000";
