//! Microsoft.VirtualMachineImages image templates, and the resources that they name. Read only.
//!
//! Source: <https://learn.microsoft.com/rest/api/imagebuilder/virtual-machine-image-templates>, version 2024-02-01.

use serde::Deserialize;
use serde_json::Value;

use super::{ArmError, Client};
use crate::id::{ArmId, ResourceId, SubscriptionId};

/// The full type.
pub(crate) const TYPE: &str = "Microsoft.VirtualMachineImages/imageTemplates";
/// The version of image templates.
pub(crate) const API: &str = "2024-02-01";

/// The versions of what a template can name, by the type that a resource id begins with.
const VERSIONS: [(&str, &str); 4] = [
    ("Microsoft.Compute/galleries", super::compute::API),
    ("Microsoft.Compute/images", "2024-03-01"),
    ("Microsoft.Network/virtualNetworks", "2024-05-01"),
    ("Microsoft.Storage/storageAccounts", STORAGE_API),
];
const STORAGE_API: &str = "2023-05-01";

/// A resource, as far as all have it in common.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct BuilderResource {
    /// Full resource id.
    #[serde(default)]
    pub id: ArmId,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Where it is.
    #[serde(default)]
    pub location: String,
}

impl Client {
    /// Reads an image template; `None` if it does not exist.
    pub async fn image_template(&self, id: &ResourceId) -> Result<Option<Value>, ArmError> {
        self.find(&id.to_string(), &[("api-version", API)]).await
    }

    /// Reads a gallery, image, network, storage container or identity; `None` if it does not exist.
    pub async fn resource(&self, id: &ResourceId) -> Result<Option<BuilderResource>, ArmError> {
        let full_type = id.full_type().to_lowercase();
        let known = VERSIONS.iter().find(|(kind, _)| full_type.starts_with(&kind.to_lowercase()));
        let version = known.map_or(super::managed_identity::API, |(_, version)| version);
        self.find(&id.to_string(), &[("api-version", version)]).await
    }

    /// Lists the storage accounts of a subscription.
    pub async fn storage_accounts(
        &self,
        subscription: SubscriptionId,
    ) -> Result<Vec<BuilderResource>, ArmError> {
        let path =
            format!("/subscriptions/{subscription}/providers/Microsoft.Storage/storageAccounts");
        self.list(&path, &[("api-version", STORAGE_API)]).await
    }
}
