//! What Azure refuses, reported before any request: one file per subject.
//!
//! Sources: <https://learn.microsoft.com/azure/lighthouse/how-to/onboard-customer>,
//! <https://learn.microsoft.com/azure/lighthouse/concepts/tenants-users-roles>.

pub(super) mod eligible;
pub(super) mod rights;
pub(super) mod scope;
pub(super) mod template;
pub(super) mod tenant;
pub(super) mod text;

#[cfg(test)]
mod tests;
