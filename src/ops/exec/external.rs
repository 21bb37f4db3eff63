//! The protocol by which azd takes tokens from a program around it, and this program's own `az` too.
//!
//! Source: <https://github.com/Azure/azure-dev/blob/main/cli/azd/docs/external-authentication.md>. The status
//! is 200 whatever happens; `status` in the body says what did.

use serde::Deserialize;
use serde_json::{Value, json};

use super::endpoint::{Endpoint, in_one_line};
use super::loan::LoanTarget;
use crate::auth::AccessToken;
use crate::error::{Error, Kind, Result};
use crate::id::TenantId;

/// The body of a request; what else is in it is of no interest.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenOrder {
    scopes: Vec<String>,
    tenant_id: Option<String>,
    claims: Option<String>,
}

/// Answers a request for a token.
pub(crate) async fn answer(endpoint: &Endpoint, body: &[u8]) -> Value {
    match lent_token(endpoint, body).await {
        Ok(token) => json!({
            "status": "success",
            "token": token.bearer(),
            "expiresOn": jiff::Timestamp::from_second(token.expires_on).unwrap_or_default().to_string(),
            "expires_on": token.expires_on,
            "tenant": token.tenant,
        }),
        Err(err) => {
            json!({"status": "error", "code": "GetTokenError", "message": in_one_line(&err)})
        }
    }
}

async fn lent_token(endpoint: &Endpoint, body: &[u8]) -> Result<AccessToken> {
    let unreadable = |_| Error::usage("the request for a token is not the JSON that azd sends");
    let order: TokenOrder = serde_json::from_slice(body).map_err(unreadable)?;
    let [scope] = &order.scopes[..] else {
        return Err(Error::usage("a token is for one scope, and the request does not name one"));
    };
    let named = order.tenant_id.filter(|name| !name.is_empty());
    let tenant = named.map(|name| endpoint.loan.tenant_named(&name)).transpose()?;
    let outcome = match order.claims.filter(|claims| !claims.is_empty()) {
        Some(claims) => Err(needs_stronger_login(endpoint, tenant, (scope, &claims))),
        None => endpoint.loan.token(tenant, LoanTarget::Scope(scope)).await,
    };
    endpoint.note("azd", tenant, scope, outcome.as_ref().err());
    outcome
}

/// A service asks for more than the token shows, such as a second factor. No source of this program can add that: an
/// application has no second factor, and a person has to sign in again.
fn needs_stronger_login(
    endpoint: &Endpoint,
    tenant: Option<TenantId>,
    (scope, claims): (&str, &str),
) -> Error {
    let loan = &endpoint.loan;
    let tenant = tenant.unwrap_or_else(|| loan.default_tenant());
    let who = &loan.lender.title;
    let err = Error::new(
        Kind::SignIn,
        format!("a service of tenant {tenant} asks for a stronger sign-in than {who} has"),
    );
    match loan.stronger_login(tenant, scope, claims) {
        Some(again) if loan.lacks_az() => err.hint(format!(
            "The Azure CLI is not on PATH: install it, then run `{again}`, and start the run again."
        )),
        Some(again) => err.hint(format!("Run `{again}`, and start the run again.")),
        None => err.hint("Ask the tenant's administrator to exclude the application from the Conditional Access policy."),
    }
}
