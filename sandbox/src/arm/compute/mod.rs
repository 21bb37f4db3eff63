//! Microsoft.Compute as far as images are shared: galleries, definitions, versions, and what a
//! consumer sees of galleries that were shared directly or with the community.

pub(crate) mod community;
pub(crate) mod consumer;
mod definitions;
mod galleries;
pub(crate) mod place;
mod profile;
pub(crate) mod put;
pub(crate) mod replication;
mod shared;
mod sharing;
pub(crate) mod source;
mod view;

use super::target::Target;
use super::{operation_status, providers};
use crate::arm::reply;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};

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
            put::put_item(core, target, &request.json()?)
        }
        ("PATCH", false) => galleries::patch(core, target, &request.json()?),
        ("DELETE", false) => galleries::delete(core, target),
        _ => Err(reply::method_not_allowed(request)),
    }
}

fn is_share(target: &Target) -> bool {
    target.types.len() == 1
        && target.action.as_deref().is_some_and(|action| action.eq_ignore_ascii_case("share"))
}

fn answer_location(core: &mut Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    let kind = target.types.get(1).map(|kind| kind.to_ascii_lowercase());
    match (request.method.as_str(), kind.as_deref()) {
        ("GET", Some("operations")) => operation_status::status(core, target.name())
            .map(|reply| reply.header("retry-after-ms", "1")),
        _ => consumer::answer(core, request, target),
    }
}
