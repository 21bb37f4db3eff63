//! Microsoft.Compute as far as images are shared: galleries, definitions, versions, and what a
//! consumer sees of galleries that were shared directly or with the community.

mod community;
mod definitions;
mod galleries;
mod profile;
mod shared;
mod sharing;
mod view;

use serde_json::Value;

use super::target::Target;
use super::{operations, providers};
use crate::arm::reply;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};

pub(crate) use community::communities;

/// Whether this module has rules for a target; the rest are plain resources.
pub(crate) fn serves(target: &Target) -> bool {
    target.namespace.eq_ignore_ascii_case("Microsoft.Compute")
        && ["galleries", "locations"].contains(&target.types[0].to_ascii_lowercase().as_str())
}

/// Whether a target may be read by whoever started what it tells about.
pub(crate) fn is_open(target: &Target) -> bool {
    target.is("Microsoft.Compute/locations/operations")
}

/// Answers a request to a gallery or to what is in it, and what consumers ask of a location.
pub(crate) fn answer(
    core: &mut Core,
    request: &Request,
    target: &Target,
) -> Result<Reply, ArmError> {
    if target.types[0].eq_ignore_ascii_case("locations") {
        return answer_location(core, request, target);
    }
    match (request.method.as_str(), target.is_collection()) {
        ("POST", false) if is_share(target) => sharing::share(core, request, target),
        ("GET", true) => galleries::list(core, request, target),
        ("GET" | "HEAD", false) => galleries::show(core, request, target),
        ("PUT", false) => {
            providers::require_registered(core, target)?;
            reply::check_body(target, request)?;
            put(core, target, &request.json()?)
        }
        ("PATCH", false) => galleries::patch(core, target, &request.json()?),
        ("DELETE", false) => galleries::delete(core, target),
        _ => Err(reply::method_not_allowed(request)),
    }
}

/// Puts a gallery, a definition or a version.
pub(crate) fn put(core: &mut Core, target: &Target, sent: &Value) -> Result<Reply, ArmError> {
    match target.types.len() {
        1 => galleries::put(core, target, sent),
        _ => definitions::put(core, target, sent),
    }
}

fn is_share(target: &Target) -> bool {
    target.types.len() == 1
        && target.action.as_deref().is_some_and(|action| action.eq_ignore_ascii_case("share"))
}

fn answer_location(core: &mut Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    let kind = target.types.get(1).map(|kind| kind.to_ascii_lowercase());
    match (request.method.as_str(), kind.as_deref()) {
        ("GET", Some("operations")) => {
            operations::status(core, target.name()).map(|reply| reply.header("retry-after-ms", "1"))
        }
        ("GET", Some("sharedgalleries")) => shared::answer(core, request, target),
        ("GET", Some("communitygalleries")) => community::answer(core, request, target),
        _ => Err(reply::method_not_allowed(request)),
    }
}

/// A reference to an operation of this provider, with the headers that tell of it.
fn accepted(core: &Core, target: &Target, token: &str, location: &str, body: &Value) -> Reply {
    let subscription = target.subscription().unwrap_or_default();
    let address = format!(
        "{}/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/operations/{token}?api-version=2023-07-03",
        core.endpoints.management
    );
    Reply::json(202, body)
        .header("Azure-AsyncOperation", address.clone())
        .header("Location", format!("{address}&monitor=true"))
        // Azure says 10 s; here nothing takes time, and a plain 0 makes azure-core wait for 30 s.
        .header("retry-after-ms", "1")
}

/// A region without spaces and capitals: `West US 2` is `westus2`.
pub(crate) fn region(name: &str) -> String {
    name.replace(' ', "").to_ascii_lowercase()
}

/// Whether a version has a replica in a region.
pub(crate) fn is_in(version: &Value, location: &str) -> bool {
    shared::target_regions(version).iter().any(|found| found == location)
}

fn invalid(target: &str, message: impl Into<String>) -> ArmError {
    ArmError::bad("InvalidParameter", message).target(target)
}
