//! The life of a change, once for every verb: what speaks against it, what it waits for, what runs
//! at the same time.

pub(crate) mod fan_out;
pub(crate) mod findings;
pub(crate) mod wait;
