//! Answers that a copy can do without.

use crate::arm::ArmError;
use crate::error::Result;

/// What is good to know, but no condition of going on.
pub(super) fn told<T>(read: Result<T, ArmError>) -> Result<Option<T>> {
    match read {
        Ok(found) => Ok(Some(found)),
        Err(ArmError::Refused(_) | ArmError::Malformed { .. }) => Ok(None),
        Err(err) => Err(err.into()),
    }
}
