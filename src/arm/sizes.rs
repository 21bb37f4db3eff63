//! Microsoft.Compute: the sizes of machines that a region has, and how much a subscription may use of them.
//!
//! Source: <https://learn.microsoft.com/rest/api/compute/resource-skus/list>, version 2021-07-01, and
//! <https://learn.microsoft.com/rest/api/compute/usage/list>, version 2024-11-01. Both are read at the
//! subscription: a role on a resource group is not enough.

use serde::Deserialize;

use super::{ArmError, Client};
use crate::id::{SubscriptionId, path_segment};

const SKUS: (&str, &str) = ("api-version", "2021-07-01");
const USAGES: (&str, &str) = ("api-version", "2024-11-01");

/// A size in one region.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineSize {
    /// Its name, such as `Standard_D2s_v5`.
    #[serde(default)]
    pub name: String,
    /// `virtualMachines`; disks and more are in the same list.
    #[serde(default)]
    resource_type: String,
    /// Whose quota its cores count in.
    #[serde(default)]
    pub family: String,
    #[serde(default)]
    capabilities: Vec<Capability>,
    #[serde(default)]
    restrictions: Vec<Restriction>,
}

#[derive(Clone, Debug, Deserialize)]
struct Capability {
    name: String,
    #[serde(default)]
    value: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Restriction {
    #[serde(rename = "type", default)]
    kind: String,
}

impl MachineSize {
    /// What Azure says of one of its capabilities.
    pub fn capability(&self, name: &str) -> Option<&str> {
        let mut known = self.capabilities.iter();
        let found = known.find(|known| known.name.eq_ignore_ascii_case(name))?;
        Some(&found.value)
    }

    /// How many cores count in the quota.
    pub fn cores(&self) -> Option<i64> {
        self.capability("vCPUs")?.parse().ok()
    }

    /// True if the subscription may not use it anywhere in the region; single zones may still be open.
    pub fn is_closed(&self) -> bool {
        let mut all = self.restrictions.iter();
        all.any(|one| one.kind.eq_ignore_ascii_case("Location"))
    }
}

/// How much of something a subscription uses in a region, and may use.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuotaUsage {
    pub name: UsageName,
    /// In use.
    #[serde(default)]
    pub current_value: i64,
    /// The most; unlimited if below zero.
    pub limit: i64,
}

/// What is counted.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageName {
    /// `cores`, `virtualMachines`, or a family of sizes.
    pub value: String,
    /// For people.
    #[serde(default)]
    pub localized_value: String,
}

impl Client {
    /// Lists the sizes of machines in a region.
    pub async fn sizes(
        &self,
        subscription: SubscriptionId,
        region: &str,
    ) -> Result<Vec<MachineSize>, ArmError> {
        let path = format!("/subscriptions/{subscription}/providers/Microsoft.Compute/skus");
        let filter = format!("location eq '{}'", region.replace('\'', "''"));
        let mut found: Vec<MachineSize> = self.list(&path, &[SKUS, ("$filter", &filter)]).await?;
        found.retain(|size| size.resource_type.eq_ignore_ascii_case("virtualMachines"));
        Ok(found)
    }

    /// Lists what a subscription uses of its quota in a region.
    pub async fn usages(
        &self,
        subscription: SubscriptionId,
        region: &str,
    ) -> Result<Vec<QuotaUsage>, ArmError> {
        let region = path_segment(region);
        let path = format!(
            "/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{region}/usages"
        );
        self.list(&path, &[USAGES]).await
    }
}
