//! Lists that are read only for the names in them: the client's witness takes those, no one else looks.
//!
//! Source: <https://learn.microsoft.com/rest/api/resources/resources/list>, version 2021-04-01;
//! <https://learn.microsoft.com/rest/api/resources/subscriptions/list-locations> and `/tenants`, version 2022-12-01;
//! <https://learn.microsoft.com/rest/api/authorization/role-definitions/list>, version 2022-04-01.

use serde::de::IgnoredAny;

use super::{ArmError, Client};
use crate::id::SubscriptionId;

impl Client {
    /// Reads the names of the tenants that the signed-in identity belongs to.
    pub async fn prefetch_tenants(&self) -> Result<(), ArmError> {
        self.prefetch_list("/tenants", &[("api-version", "2022-12-01")]).await
    }

    /// Reads the names of a subscription's locations.
    pub async fn prefetch_locations(&self, subscription: SubscriptionId) -> Result<(), ArmError> {
        let path = format!("/subscriptions/{subscription}/locations");
        self.prefetch_list(&path, &[("api-version", "2022-12-01")]).await
    }

    /// Reads the names of all resources in a subscription that are not inside of others.
    pub async fn prefetch_resources(&self, subscription: SubscriptionId) -> Result<(), ArmError> {
        let path = format!("/subscriptions/{subscription}/resources");
        self.prefetch_list(&path, &[("api-version", "2021-04-01")]).await
    }

    /// Reads the names of a subscription's custom roles.
    pub async fn prefetch_custom_roles(
        &self,
        subscription: SubscriptionId,
    ) -> Result<(), ArmError> {
        let path = format!(
            "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions"
        );
        let custom = ("$filter", "type eq 'CustomRole'");
        self.prefetch_list(&path, &[("api-version", "2022-04-01"), custom]).await
    }

    async fn prefetch_list(&self, path: &str, query: &[(&str, &str)]) -> Result<(), ArmError> {
        self.list::<IgnoredAny>(path, query).await.map(drop)
    }
}
