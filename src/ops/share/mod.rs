//! Sharing a gallery other than by Lighthouse: what the verbs of `share` do.

pub mod app;
pub mod assignee;
pub mod assignments;
pub mod card;
pub mod expiry;
pub mod place;
pub mod prune;
pub mod rbac;
pub mod rights;
pub mod role;
