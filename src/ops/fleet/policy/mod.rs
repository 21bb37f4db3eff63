//! The route by Azure Policy: a definition, its assignment with an identity, the identity's role, a remediation for
//! what is there, and enforcement for what comes.
//!
//! It makes the same delegations under the same ids as the direct route, so that a direct plan afterwards keeps them.
//! Facts: <https://learn.microsoft.com/azure/governance/policy/concepts/effect-deploy-if-not-exists>.

mod allowed;
pub(crate) mod causes;
pub(crate) mod denial;
pub(crate) mod exporting;
pub(crate) mod grouped;
pub(crate) mod names;
pub(crate) mod rights;
pub(crate) mod rule;
pub(crate) mod stages;
pub(crate) mod stands;
pub(crate) mod survey;
