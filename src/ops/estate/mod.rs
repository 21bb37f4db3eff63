//! Everything that all stored identities see, each thing once: galleries, delegations, and who has access to what.
//!
//! Resource Graph is asked first, one question for all subscriptions of an identity; the providers are asked for
//! what it does not know. It is seconds to minutes behind, so nothing is written on its word.

pub(crate) mod delegations;
pub(crate) mod galleries;
pub(crate) mod revoke;
pub(crate) mod shares;
pub(crate) mod sights;
