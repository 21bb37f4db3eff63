//! Images as their consumer sees them, by whichever method they were shared.

pub(crate) mod describe;
pub(crate) mod details;
pub(crate) mod id;
pub(crate) mod identities;
pub(crate) mod list;
mod named;
mod nearby;
mod own;
mod own_version;
mod public;
pub(crate) mod reference;
mod share_questions;
pub(crate) mod show;
mod version_only;
