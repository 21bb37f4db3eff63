//! Answers that a copy can do without.

use crate::arm::ArmError;
use crate::error::Result;
use crate::ops::change::observe::Observed;

/// What is good to know, but no condition of going on.
pub(super) fn told<T>(read: Result<T, ArmError>) -> Result<Option<T>> {
    Ok(Observed::advisory(read)?.told())
}
