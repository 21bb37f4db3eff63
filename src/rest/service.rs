//! The services that are spoken to, as types: a failure of one cannot pass for a failure of another.

use std::fmt::Debug;

/// A service with REST endpoints.
pub trait Service: Copy + Debug + Default + Send + Sync + 'static {
    /// What people call it.
    const NAME: &'static str;
    /// Who speaks, in a sentence about an answer.
    const SHORT_NAME: &'static str;
    /// The catalogue's code for a 403 whose own code is not known.
    const FORBIDDEN: &'static str;
}
