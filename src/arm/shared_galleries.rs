//! Galleries of others that are open to a subscription: shared directly, or with the community.
//!
//! Source: <https://learn.microsoft.com/rest/api/compute/shared-galleries> and
//! <https://learn.microsoft.com/rest/api/compute/community-galleries>, version 2023-07-03.

use serde::Deserialize;
use serde_json::Value;

use super::{ArmError, Client};
use crate::id::{SubscriptionId, path_segment};

const VERSION: (&str, &str) = ("api-version", "2023-07-03");

/// By which door a gallery is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharingDoor {
    /// Shared with a subscription or a tenant.
    Shared,
    /// Open to everyone.
    Community,
}

impl SharingDoor {
    fn collection(self) -> &'static str {
        match self {
            SharingDoor::Shared => "sharedGalleries",
            SharingDoor::Community => "communityGalleries",
        }
    }
}

/// A gallery, an image or a version as strangers see it.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct SharedItem {
    /// Its name; a gallery's is unique in the cloud.
    #[serde(default)]
    pub name: String,
    /// The location it was asked for in.
    #[serde(default)]
    pub location: String,
    /// Its id for strangers.
    #[serde(default)]
    pub identifier: Identifier,
    /// The rest.
    #[serde(default)]
    pub properties: Value,
}

/// The id by which strangers name an image.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identifier {
    /// Such as `/SharedGalleries/…/Images/…`.
    #[serde(default)]
    pub unique_id: String,
}

/// Where strangers look for a gallery.
#[derive(Clone, Debug)]
pub struct SharedPlace<'a> {
    /// The subscription that asks.
    pub subscription: SubscriptionId,
    pub location: &'a str,
    pub door: SharingDoor,
}

impl SharedPlace<'_> {
    fn path(&self, rest: &[&str]) -> String {
        let mut path = format!(
            "/subscriptions/{}/providers/Microsoft.Compute/locations/{}/{}",
            self.subscription,
            path_segment(self.location),
            self.door.collection()
        );
        let kinds = ["", "/images", "/versions"];
        for (at, name) in rest.iter().enumerate() {
            path.push_str(&format!("{}/{}", kinds.get(at).unwrap_or(&""), path_segment(name)));
        }
        path
    }
}

impl Client {
    /// Lists the galleries that are shared with the place's subscription, or with its whole tenant.
    pub async fn shared_galleries(
        &self,
        place: &SharedPlace<'_>,
        with_tenant: bool,
    ) -> Result<Vec<SharedItem>, ArmError> {
        let mut query = vec![VERSION];
        if with_tenant {
            query.push(("sharedTo", "tenant"));
        }
        self.list(&place.path(&[]), &query).await
    }

    /// Lists what is in a gallery (its images) or in an image of it (its versions).
    pub async fn public_items(
        &self,
        place: &SharedPlace<'_>,
        of: &[&str],
    ) -> Result<Vec<SharedItem>, ArmError> {
        let kind = if of.len() == 1 { "images" } else { "versions" };
        self.list(&format!("{}/{kind}", place.path(of)), &[VERSION]).await
    }

    /// Reads a gallery, an image of it or a version; `None` if it is not open to the subscription there.
    pub async fn public_item(
        &self,
        place: &SharedPlace<'_>,
        name: &[&str],
    ) -> Result<Option<SharedItem>, ArmError> {
        self.find(&place.path(name), &[VERSION]).await
    }
}
