//! What an answer means: a success with its body, or a refusal.

use http::{HeaderMap, Response, StatusCode};
use serde_json::Value;
use url::Url;

use super::call::{Call, Reply};
use super::error::{self, Refusal, RestError};
use super::service::Service;

/// Reads a success; says what any other answer means.
pub(super) fn read_success<S: Service>(
    call: &Call<'_>,
    answer: &Response<Vec<u8>>,
) -> Result<Reply, RestError<S>> {
    let status = answer.status();
    let headers = answer.headers().clone();
    if !status.is_success() {
        return Err(refusal_of(call, answer));
    }
    let body = match answer.body().as_slice() {
        blank if blank.trim_ascii().is_empty() => Value::Null,
        bytes => serde_json::from_slice(bytes).map_err(|err| RestError::Malformed {
            what: call.url.path().to_owned(),
            problem: format!("something that is not JSON ({err})"),
        })?,
    };
    Ok(Reply { status, headers, body, size: answer.body().len() })
}

/// Refuses an answer in which nothing is: `{}` with 200 is a proxy's or a cache's word for "done". A resource has at
/// least its id, a list its entries, and who has nothing to say sends no body (adversary A5).
pub(super) fn refuse_hollow<S: Service>(what: &str, reply: &Reply) -> Result<(), RestError<S>> {
    if !is_hollow(reply) {
        return Ok(());
    }
    let problem = "nothing of what was asked for".into();
    Err(RestError::Malformed { what: what.to_owned(), problem })
}

/// True if the body is there, and has nothing in it.
pub(super) fn is_hollow(reply: &Reply) -> bool {
    let is_empty = |body: &serde_json::Map<_, _>| body.keys().all(|key| key == "error");
    reply.status != StatusCode::ACCEPTED && reply.body.as_object().is_some_and(is_empty)
}

/// What an answer that is not a success means. A 404 that is not Azure's own (a proxy's page) must not
/// pass for "it does not exist".
fn refusal_of<S: Service>(call: &Call<'_>, answer: &Response<Vec<u8>>) -> RestError<S> {
    let (status, headers) = (answer.status(), answer.headers());
    let mut refusal = Refusal::parse(status.as_u16(), answer.body(), correlation_id(headers));
    let foreign = !answer.body().is_empty() && refusal.outer_code.is_empty();
    if status == StatusCode::NOT_FOUND && foreign {
        let problem = format!("404 and something that is not JSON ({})", refusal.message);
        return RestError::Malformed { what: call.url.path().to_owned(), problem };
    }
    if status.is_redirection() {
        refusal.code = "UnexpectedRedirect".into();
        refusal.message = redirect_target(headers);
    }
    RestError::Refused(Box::new(refusal))
}

fn redirect_target(headers: &HeaderMap) -> String {
    let origin = headers
        .get("location")
        .and_then(|value| Url::parse(value.to_str().ok()?).ok())
        .map_or_else(|| "another address".to_owned(), |url| url.origin().ascii_serialization());
    format!("the service redirects to {origin}, which is not followed")
}

/// The id by which Azure finds a request again.
pub(super) fn correlation_id(headers: &HeaderMap) -> Option<String> {
    ["x-ms-correlation-request-id", "x-ms-request-id"]
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok().map(error::plain_line))
}
