//! What Azure refuses because of what is there already.
//!
//! Sources: <https://learn.microsoft.com/azure/lighthouse/how-to/onboard-customer>,
//! <https://learn.microsoft.com/azure/lighthouse/concepts/tenants-users-roles>.

pub(super) mod neighbors;
pub(super) mod standing;
