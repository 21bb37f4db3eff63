//! One request and its answer.

use http::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::error::RestError;
use super::service::Service;

/// An answer that was a success.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// Its body; `null` if there was none.
    pub body: Value,
    /// Bytes of the body.
    pub size: usize,
}

/// One request: what, where, with what body.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<&'a Value>,
    pub(super) prefer: Option<&'static str>,
}

/// Reads the body of an answer about `what` as a type.
pub(crate) fn decode_reply<T: DeserializeOwned, S: Service>(
    what: &str,
    body: Value,
) -> Result<T, RestError<S>> {
    serde_json::from_value(body).map_err(|err| RestError::Malformed {
        what: what.to_owned(),
        problem: format!("something unexpected ({err})"),
    })
}

/// Makes the body of a request about `what`.
pub(super) fn encode_body<S: Service>(
    what: &str,
    body: &impl Serialize,
) -> Result<Value, RestError<S>> {
    serde_json::to_value(body).map_err(|err| RestError::Malformed {
        what: what.to_owned(),
        problem: format!("a body that is not JSON ({err})"),
    })
}
