//! Microsoft.Compute as a copy of an image writes it: a private gallery, a definition, versions, and a disk
//! that lives as long as the copy takes.
//!
//! Source: <https://learn.microsoft.com/rest/api/compute/gallery-image-versions>, version 2024-03-03, and
//! <https://learn.microsoft.com/rest/api/compute/disks>, version 2024-03-02.

use serde_json::{Value, json};

use super::compute::API;
use super::{ArmError, Client, Reply};
use crate::id::ResourceId;

const VERSION: (&str, &str) = ("api-version", API);
const DISKS: (&str, &str) = ("api-version", "2024-03-02");

impl Client {
    /// Creates a gallery that is not shared. A sharing profile, even a private one, is refused where direct sharing
    /// was not registered.
    pub async fn put_private_gallery(
        &self,
        id: &ResourceId,
        location: &str,
    ) -> Result<Reply, ArmError> {
        let body = json!({"location": location, "properties": {}});
        self.put(&id.to_string(), &[VERSION], &body).await
    }

    /// Creates or changes an image definition, or a version of one. The answer has to be waited for.
    pub async fn put_gallery_item(&self, id: &ResourceId, body: &Value) -> Result<Reply, ArmError> {
        self.put(&id.to_string(), &[VERSION], body).await
    }

    /// Removes a version of an image. The answer has to be waited for; `None` if there is none.
    pub async fn remove_image_version(&self, id: &str) -> Result<Option<Reply>, ArmError> {
        self.remove(id, &[VERSION]).await
    }

    /// True if a managed disk of this id exists.
    pub async fn has_disk(&self, id: &ResourceId) -> Result<bool, ArmError> {
        let found: Option<Value> = self.find(&id.to_string(), &[DISKS]).await?;
        Ok(found.is_some())
    }

    /// Creates a managed disk. The answer has to be waited for.
    pub async fn put_disk(&self, id: &ResourceId, body: &Value) -> Result<Reply, ArmError> {
        self.put(&id.to_string(), &[DISKS], body).await
    }

    /// Removes a managed disk. The answer has to be waited for; `None` if there is none.
    pub async fn remove_disk(&self, id: &ResourceId) -> Result<Option<Reply>, ArmError> {
        self.remove(&id.to_string(), &[DISKS]).await
    }
}
