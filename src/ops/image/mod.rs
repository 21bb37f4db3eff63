//! Images as their consumer sees them, by whichever method they were shared.

pub mod describe;
pub mod details;
pub mod id;
pub mod identities;
pub mod list;
mod own;
mod public;
pub mod show;
