//! Writing what a provider of images keeps, directly or by a deployment.

use serde_json::Value;

use super::{definitions, galleries};
use crate::arm::target::Target;
use crate::core::Core;
use crate::error::ArmError;
use crate::message::Reply;

/// Puts a gallery, a definition or a version.
pub(crate) fn put_item(core: &mut Core, target: &Target, sent: &Value) -> Result<Reply, ArmError> {
    match target.types.len() {
        1 => galleries::put(core, target, sent),
        _ => definitions::put(core, target, sent),
    }
}
