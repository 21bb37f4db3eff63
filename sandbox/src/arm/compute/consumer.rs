//! What a consumer asks of a location: the galleries that were shared with it or with everybody.

use super::{community, shared};
use crate::arm::reply;
use crate::arm::target::Target;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::{Reply, Request};

/// Answers `…/locations/{location}/sharedGalleries/…` and `…/communityGalleries/…`.
pub(crate) fn answer(core: &Core, request: &Request, target: &Target) -> Result<Reply, ArmError> {
    let kind = target.types.get(1).map(|kind| kind.to_ascii_lowercase());
    match (request.method.as_str(), kind.as_deref()) {
        ("GET", Some("sharedgalleries")) => shared::answer(core, request, target),
        ("GET", Some("communitygalleries")) => community::answer(core, request, target),
        _ => Err(reply::method_not_allowed(request)),
    }
}
