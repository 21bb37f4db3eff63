//! Microsoft.Compute galleries as their owner sees them: definitions, versions, and whom they are shared with.
//!
//! Source: <https://learn.microsoft.com/rest/api/compute/galleries>, version 2024-03-03, and for
//! sharing <https://learn.microsoft.com/rest/api/compute/gallery-sharing-profile/update>, version 2023-07-03.

use std::collections::BTreeMap;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::compute::API;
use super::{ArmError, Client, Reply};
use crate::id::{ArmId, ResourceId, Scope};

const VERSION: (&str, &str) = ("api-version", API);
/// The version of `POST …/share`.
pub(crate) const SHARE_API: &str = "2023-07-03";

/// A gallery.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Gallery {
    /// Full resource id.
    #[serde(default)]
    pub id: ArmId,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its home region.
    #[serde(default)]
    pub location: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Option<BTreeMap<String, String>>,
    /// The rest.
    #[serde(default)]
    pub properties: GalleryProperties,
}

/// What a gallery says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GalleryProperties {
    /// Whom it is shared with; absent for a private gallery.
    #[serde(default)]
    pub sharing_profile: Option<SharingProfile>,
    /// How far sharing has spread; only with `$expand`.
    #[serde(default)]
    pub sharing_status: Option<SharingStatus>,
}

/// Whom a gallery is shared with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharingProfile {
    /// `Private`, `Groups` or `Community`.
    #[serde(default)]
    pub permissions: Option<String>,
    /// Subscriptions and tenants; only with `$expand`.
    #[serde(default)]
    pub groups: Vec<SharingGroup>,
    /// What anyone can read about the publisher.
    #[serde(default)]
    pub community_gallery_info: Option<CommunityInfo>,
}

/// Subscriptions or tenants.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct SharingGroup {
    /// `Subscriptions` or `AADTenants`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Their ids.
    #[serde(default)]
    pub ids: Vec<ArmId>,
}

/// What a community gallery shows of its publisher.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct CommunityInfo {
    /// The publisher's page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher_uri: Option<String>,
    /// The publisher's address for questions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher_contact: Option<String>,
    /// The license, or where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eula: Option<String>,
    /// What the public name begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_name_prefix: Option<String>,
    /// True while anyone may use the images; only in answers.
    #[serde(default, skip_serializing)]
    pub community_gallery_enabled: bool,
    /// The public names; only in answers.
    #[serde(default, skip_serializing)]
    pub public_names: Vec<String>,
}

/// How far sharing has spread.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SharingStatus {
    /// `Succeeded`, `InProgress`, `Failed` or `Unknown`.
    #[serde(default)]
    pub aggregated_state: String,
    /// By region.
    #[serde(default)]
    pub summary: Vec<RegionalStatus>,
}

/// How far something has spread to one region.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct RegionalStatus {
    /// The region.
    #[serde(default)]
    pub region: String,
    /// Its state.
    #[serde(default)]
    pub state: String,
    /// How much of a copy is there, in percent; absent for sharing.
    #[serde(default)]
    pub progress: Option<i64>,
    /// Why, in Azure's words.
    #[serde(default)]
    pub details: Option<String>,
}

/// An image definition, or a version of one, with its properties as Azure gives them.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct GalleryItem {
    /// Full resource id.
    #[serde(default)]
    pub id: ArmId,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its home region.
    #[serde(default)]
    pub location: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Option<BTreeMap<String, String>>,
    /// The rest.
    #[serde(default)]
    pub properties: Value,
}

impl Gallery {
    /// `Private`, `Groups` or `Community`; a gallery without a profile is private.
    pub fn permissions(&self) -> &str {
        let profile = self.properties.sharing_profile.as_ref();
        profile.and_then(|profile| profile.permissions.as_deref()).unwrap_or("Private")
    }

    /// The ids it is shared with, of one kind: `Subscriptions` or `AADTenants`.
    pub fn shared_with(&self, kind: &str) -> Vec<&str> {
        let groups = self.properties.sharing_profile.iter().flat_map(|profile| &profile.groups);
        groups
            .filter(|group| group.kind.eq_ignore_ascii_case(kind))
            .flat_map(|group| group.ids.iter().map(ArmId::as_str))
            .collect()
    }

    /// What anyone can read about the publisher.
    pub fn community(&self) -> Option<&CommunityInfo> {
        self.properties.sharing_profile.as_ref()?.community_gallery_info.as_ref()
    }
}

impl Client {
    /// Reads a gallery with all it is shared with; `None` if it does not exist.
    pub async fn gallery(&self, id: &ResourceId) -> Result<Option<Gallery>, ArmError> {
        self.find(&id.to_string(), &[VERSION, ("$expand", "SharingProfile/Groups")]).await
    }

    /// Lists the galleries of a scope, without the groups they are shared with.
    pub async fn galleries_with_profile(&self, scope: &Scope) -> Result<Vec<Gallery>, ArmError> {
        let path = format!("{scope}/providers/Microsoft.Compute/galleries");
        self.list(&path, &[VERSION]).await
    }

    /// Creates a gallery with a sharing profile.
    pub async fn put_gallery(
        &self,
        id: &ResourceId,
        location: &str,
        profile: &Value,
    ) -> Result<Reply, ArmError> {
        let body = json!({"location": location, "properties": {"sharingProfile": profile}});
        self.put(&id.to_string(), &[VERSION], &body).await
    }

    /// Starts to delete a gallery, which has to be empty and not shared; the answer has to be waited for. `None` if
    /// there is none.
    pub async fn delete_gallery(&self, id: &ResourceId) -> Result<Option<Reply>, ArmError> {
        self.remove(&id.to_string(), &[VERSION]).await
    }

    /// Changes the sharing profile of a gallery.
    pub async fn patch_gallery(&self, id: &ResourceId, profile: &Value) -> Result<Reply, ArmError> {
        let body = json!({"properties": {"sharingProfile": profile}});
        self.request(Method::PATCH, &id.to_string(), &[VERSION], Some(&body)).await
    }

    /// Changes whom a gallery is shared with: `Add`, `Remove`, `Reset` or `EnableCommunity`. The answer has to be waited for.
    pub async fn share_gallery(
        &self,
        id: &ResourceId,
        operation: &str,
        groups: &[SharingGroup],
    ) -> Result<Reply, ArmError> {
        let body = json!({"operationType": operation, "groups": groups});
        let version = ("api-version", SHARE_API);
        self.request(Method::POST, &format!("{id}/share"), &[version], Some(&body)).await
    }

    /// Reads an image definition, or a version of one with its replication; `None` if it does not exist.
    pub async fn gallery_item(&self, id: &ResourceId) -> Result<Option<GalleryItem>, ArmError> {
        let mut query = vec![VERSION];
        if id.segments.len() == 3 {
            query.push(("$expand", "ReplicationStatus"));
        }
        self.find(&id.to_string(), &query).await
    }

    /// Lists the definitions of a gallery (`images`) or the versions of a definition (`versions`).
    pub async fn gallery_items(
        &self,
        parent: &str,
        kind: &str,
    ) -> Result<Vec<GalleryItem>, ArmError> {
        self.list(&format!("{parent}/{kind}"), &[VERSION]).await
    }
}
