//! The same offer in many subscriptions.

use std::collections::BTreeSet;

use crate::arm::managed_services::RegistrationDefinitionProperties;
use crate::id::{SubscriptionId, TenantId};

/// One offer as many subscriptions have it.
pub(super) struct SameOffer {
    pub properties: RegistrationDefinitionProperties,
    pub tenant: TenantId,
    /// Empty for the whole subscription.
    pub groups: Vec<String>,
    pub subscriptions: BTreeSet<SubscriptionId>,
}
