//! What Entra says when it says no: an OAuth error with an AADSTS number.

use serde_json::json;

use crate::core::Core;
use crate::message::Reply;

/// An Entra refusal.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    pub(crate) number: u32,
    pub(crate) message: String,
    /// What the next sign-in has to bring, as JSON.
    pub(crate) claims: Option<String>,
}

impl Refusal {
    pub(crate) fn new(error: &'static str, number: u32, message: impl Into<String>) -> Refusal {
        let status = if error == "invalid_client" { 401 } else { 400 };
        Refusal { status, error, number, message: message.into(), claims: None }
    }

    pub(crate) fn reply(&self, core: &Core) -> Reply {
        let timestamp = core.timestamp().replace('T', " ").replace(".0000000Z", "Z");
        let trace = uuid::Uuid::new_v4().to_string();
        let correlation = uuid::Uuid::new_v4().to_string();
        let description = format!(
            "AADSTS{}: {} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}",
            self.number, self.message
        );
        let mut body = json!({
            "error": self.error,
            "error_description": description,
            "error_codes": [self.number],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("{}/error?code={}", core.endpoints.login, self.number),
        });
        if let Some(claims) = &self.claims {
            body["claims"] = claims.as_str().into();
        }
        Reply::json(self.status, &body)
    }
}

/// The refusal for a tenant that does not exist.
pub(crate) fn unknown_tenant(tenant: &str) -> Refusal {
    Refusal::new(
        "invalid_request",
        90002,
        format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the \
             correct cloud. Check with your subscription administrator, this may happen if there are no active \
             subscriptions for the tenant."
        ),
    )
}
