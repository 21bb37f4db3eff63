//! What a service says when it says no, down to the sentence that matters.

use crate::secrets::redact::redact_secrets;
use serde::Deserialize;
use serde_json::Value;

use super::service::Service;
use crate::auth::AuthError;
use crate::transport::TransportError;

/// Why a call of a service did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum RestError<S: Service> {
    /// Azure refused, or an operation it had started failed.
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// There is no token to ask with.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// There is no answer of the service.
    #[error("{0}")]
    Transport(TransportError, S),
    /// The answer is not what the API promises.
    #[error("{what} answered with {problem}")]
    Malformed { what: String, problem: String },
    /// The answer points somewhere this program's token must not go.
    #[error("{header} points to {found}, which is not {expected}: nothing was sent there")]
    UntrustedOrigin {
        /// `nextLink`, `Location` and so on.
        header: &'static str,
        /// The origin it names.
        found: String,
        /// The origin of the cloud.
        expected: String,
    },
    /// The token is good, and the tenant wants more than it shows.
    #[error("{tenant} asks for a stronger sign-in for this request, such as a second factor")]
    ClaimsNeeded {
        /// The tenant, as people call it.
        tenant: String,
        /// The command that signs in as it wants, if that is for a person to do.
        again: Option<String>,
        /// The program for that is missing.
        without_az: bool,
    },
    /// The operation goes on in Azure, but the wait has ended.
    #[error("the operation is still running after {seconds} s")]
    StillRunning {
        /// How long the wait was.
        seconds: u64,
    },
}

/// A refusal: the innermost reason, and what wraps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status; 200 for an operation that failed after it had been accepted.
    pub status: u16,
    /// The outermost code, such as `DeploymentFailed`.
    pub outer_code: String,
    /// The code of the innermost reason.
    pub code: String,
    /// The innermost reason in Azure's words.
    pub message: String,
    /// What the reason is about, if Azure names it.
    pub target: Option<String>,
    /// What support asks for.
    pub correlation_id: Option<String>,
    /// How often the request was sent until this was the answer; 0 where it was worth another attempt, or is not known.
    pub attempts: u32,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.status, self.message)?;
        match &self.correlation_id {
            Some(id) => write!(f, " [correlation id {id}]"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Refusal {}

impl<S: Service> From<TransportError> for RestError<S> {
    fn from(failure: TransportError) -> RestError<S> {
        RestError::Transport(failure, S::default())
    }
}

impl<S: Service> RestError<S> {
    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            RestError::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    /// The innermost code of a refusal, or nothing.
    pub fn code(&self) -> &str {
        match self {
            RestError::Refused(refusal) => &refusal.code,
            _ => "",
        }
    }

    /// True if the thing asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404)
    }

    /// The same, as the answer to the request's attempt of this number.
    pub(super) fn at_attempt(mut self, attempt: u32) -> RestError<S> {
        if let RestError::Refused(refusal) = &mut self {
            refusal.attempts = attempt;
        }
        self
    }

    /// True if it is certain that the request had no effect: it was sent once, and the service itself refused it.
    ///
    /// An attempt before it may have had one although its answer said otherwise. A page of a proxy has no code. What is
    /// worth another attempt, such as a 408, is never certain.
    pub(crate) fn is_without_effect(&self) -> bool {
        let RestError::Refused(refusal) = self else {
            return false;
        };
        let is_refused = (400..500).contains(&refusal.status) && !refusal.outer_code.is_empty();
        is_refused && refusal.attempts == 1
    }

    /// True if the caller may not do it.
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(403)
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
struct ErrorBody {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    target: Option<String>,
    #[serde(default)]
    details: Vec<ErrorBody>,
}

impl Refusal {
    /// Reads the body of an answer that is not a success.
    pub fn parse(status: u16, body: &[u8], correlation_id: Option<String>) -> Refusal {
        let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        match error_of(&value) {
            Some(outer) => Refusal::of(status, &outer, correlation_id),
            None => Refusal {
                status,
                outer_code: String::new(),
                code: format!("Http{status}"),
                message: body_excerpt(body),
                target: None,
                correlation_id,
                attempts: 0,
            },
        }
    }

    /// Reads the `error` member of an operation or a deployment that ended in failure.
    pub fn of_operation(error: &Value, correlation_id: Option<String>) -> Refusal {
        let outer = error_of(error).unwrap_or_else(|| ErrorBody {
            code: "OperationFailed".into(),
            message: "Azure gives no reason".into(),
            ..ErrorBody::default()
        });
        Refusal::of(200, &outer, correlation_id)
    }

    fn of(status: u16, outer: &ErrorBody, correlation_id: Option<String>) -> Refusal {
        let inner = innermost_error(outer, 0);
        Refusal {
            status,
            outer_code: outer.code.clone(),
            code: plain_line(&inner.code),
            message: plain_line(&inner.message),
            target: inner.target.as_deref().map(plain_line),
            correlation_id,
            attempts: 0,
        }
    }
}

/// Finds the error object: ARM wraps it in `error`, some providers send it bare.
fn error_of(value: &Value) -> Option<ErrorBody> {
    let value = value.get("error").filter(|inner| inner.is_object()).unwrap_or(value);
    let body: ErrorBody = serde_json::from_value(value.clone()).ok()?;
    (!body.code.is_empty() || !body.message.is_empty()).then_some(body)
}

/// The reason at the bottom: details first, then an error that hides as text in the message.
///
/// Deployments wrap what a provider said, often as an escaped JSON string. Source: threads
/// Azure-Lighthouse-samples 31, azure-docs 38631.
fn innermost_error(body: &ErrorBody, depth: usize) -> ErrorBody {
    if depth < DEEPEST {
        if let Some(detail) = body
            .details
            .iter()
            .find(|detail| !detail.message.is_empty() || !detail.details.is_empty())
        {
            return innermost_error(detail, depth + 1);
        }
        if let Some(hidden) = embedded_error(&body.message) {
            return innermost_error(&hidden, depth + 1);
        }
    }
    body.clone()
}

fn embedded_error(message: &str) -> Option<ErrorBody> {
    let start = message.find('{')?;
    let end = message.rfind('}')?;
    let value: Value = serde_json::from_str(message.get(start..=end)?).ok()?;
    error_of(&value)
}

/// One line without control characters: the text comes from elsewhere and goes to a terminal.
pub(crate) fn plain_line(text: &str) -> String {
    let text = redact_secrets(text);
    let spaced: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn body_excerpt(body: &[u8]) -> String {
    let text = plain_line(&String::from_utf8_lossy(body));
    if text.is_empty() {
        "an answer without a body".to_owned()
    } else {
        text.chars().take(200).collect()
    }
}

const DEEPEST: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_reason_is_found_through_details_and_text() {
        let inner = json!({"error": {"code": "InvalidRegistrationDefinitionCreateRequest", "message": "no data actions"}});
        let body = json!({"error": {"code": "DeploymentFailed", "message": "At least one…", "details": [
            {"code": "BadRequest", "message": format!("{inner}")}]}});
        let refusal = Refusal::parse(400, body.to_string().as_bytes(), None);
        assert_eq!(refusal.outer_code, "DeploymentFailed");
        assert_eq!(refusal.code, "InvalidRegistrationDefinitionCreateRequest");
        assert_eq!(refusal.message, "no data actions");
    }

    #[test]
    fn html_and_nothing_are_told() {
        let refusal = Refusal::parse(403, b"<html>\n<b>blocked</b>\x1b[2J</html>", None);
        assert_eq!(refusal.message, "<html> <b>blocked</b> [2J</html>");
        assert_eq!(Refusal::parse(500, b"", None).message, "an answer without a body");
    }

    #[test]
    fn a_message_with_braces_that_is_no_error_stays() {
        let body = json!({"error": {"code": "X", "message": "bad template {\"a\": 1}"}});
        assert_eq!(Refusal::parse(400, body.to_string().as_bytes(), None).code, "X");
    }
}
