//! Microsoft.MarketplaceOrdering: whether the terms of a purchase plan were accepted. Read only.
//!
//! Source: <https://learn.microsoft.com/rest/api/marketplaceordering/marketplace-agreements/get>,
//! version 2021-01-01.

use serde_json::Value;

use super::{ArmError, Client};
use crate::id::{SubscriptionId, path_segment};

const VERSION: (&str, &str) = ("api-version", "2021-01-01");

impl Client {
    /// Whether a subscription has accepted the terms of a publisher's offer and plan.
    ///
    /// # Errors
    /// If Azure refuses, as where the provider is not registered, or does not answer.
    pub async fn terms_accepted(
        &self,
        subscription: SubscriptionId,
        [publisher, offer, plan]: [&str; 3],
    ) -> Result<bool, ArmError> {
        let [publisher, offer, plan] = [publisher, offer, plan].map(path_segment);
        let path = format!(
            "/subscriptions/{subscription}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine/publishers/{publisher}/offers/{offer}/plans/{plan}/agreements/current"
        );
        let terms: Value = self.get(&path, &[VERSION]).await?;
        Ok(terms.pointer("/properties/accepted") == Some(&Value::Bool(true)))
    }
}
