//! What every provider answers with: pages, and refusals that are the same everywhere.

use serde_json::{Value, json};

use super::target::Target;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};

/// A page of a list, with `nextLink` while there is more.
pub(crate) fn page(core: &Core, request: &Request, value: Vec<Value>) -> Reply {
    Reply::json(200, &page_body(core, request, value))
}

/// The same with how many it has.
pub(crate) fn counted_page(core: &Core, request: &Request, value: Vec<Value>) -> Reply {
    let mut body = page_body(core, request, value);
    let count = body["value"].as_array().map_or(0, Vec::len);
    body["count"] = json!({"type": "Total", "value": count});
    Reply::json(200, &body)
}

fn page_body(core: &Core, request: &Request, value: Vec<Value>) -> Value {
    let size = core.knobs.page_size;
    let skip: usize = request.query("$skiptoken").and_then(|token| token.parse().ok()).unwrap_or(0);
    let mut body = json!({});
    if size == 0 || value.len() <= skip + size {
        body["value"] = value.into_iter().skip(skip).collect();
        return body;
    }
    let mut link = url::Url::parse(&format!("{}{}", core.endpoints.management, request.path))
        .expect("the path came in over HTTP");
    for (name, value) in
        request.query.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("$skiptoken"))
    {
        link.query_pairs_mut().append_pair(name, value);
    }
    link.query_pairs_mut().append_pair("$skiptoken", &(skip + size).to_string());
    body["value"] = value.into_iter().skip(skip).take(size).collect();
    body["nextLink"] = json!(link.as_str());
    body
}

/// What Azure says of a method that an address does not have.
pub(crate) fn method_not_allowed(request: &Request) -> ArmError {
    ArmError::new(
        405,
        "MethodNotAllowed",
        format!("The HTTP method '{}' is not supported at '{}'.", request.method, request.path),
    )
}

/// Holds a body against the schema of its type.
pub(crate) fn check_body(target: &Target, request: &Request) -> Result<(), ArmError> {
    crate::schema::check(&target.full_type(), request.api_version(), &request.json()?)
        .map_err(|errors| invalid_content(&errors))
}

/// What Azure says of a body that is not what the type wants.
pub(crate) fn invalid_content(errors: &[String]) -> ArmError {
    ArmError::bad(
        "InvalidRequestContent",
        format!(
            "The request content was invalid and could not be deserialized: '{}'.",
            errors.join("; ")
        ),
    )
}
