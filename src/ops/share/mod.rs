//! The ways to share a gallery besides a delegation, and who has what by all of them.

pub(crate) mod access;
pub(crate) mod advise;
pub(crate) mod app;
mod bridges;
pub(crate) mod card;
pub(crate) mod card_text;
pub(crate) mod community;
pub(crate) mod conditions;
pub(crate) mod direct;
pub(crate) mod expiry_tags;
pub(crate) mod gallery;
pub(crate) mod place;
pub(crate) mod propagation;
pub(crate) mod prune;
pub(crate) mod rbac;
pub(crate) mod revoke;
pub(crate) mod survey;
