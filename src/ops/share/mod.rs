//! Sharing a gallery other than by Lighthouse: what the verbs of `share` do.

pub mod access;
pub mod app;
pub mod assignee;
pub mod expiry;
pub mod place;
pub mod rbac;
pub mod rights;
pub mod role;
