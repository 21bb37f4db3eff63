//! Microsoft.Compute galleries: what there is to share. Read only.
//!
//! Source: <https://learn.microsoft.com/rest/api/compute/galleries>, version 2024-03-03.

use serde::Deserialize;

use super::{ArmError, Client};
use crate::id::{ArmId, Scope};

/// The version every call names.
pub(crate) const API: &str = "2024-03-03";
const VERSION: (&str, &str) = ("api-version", API);

/// A gallery, an image definition or an image version: something with an id and a name.
#[derive(Clone, Debug, Deserialize)]
pub struct NamedResource {
    pub id: ArmId,
    pub name: String,
}

impl Client {
    /// Lists the galleries in a subscription or a resource group.
    pub async fn galleries(&self, scope: &Scope) -> Result<Vec<NamedResource>, ArmError> {
        self.list(&format!("{scope}/providers/Microsoft.Compute/galleries"), &[VERSION]).await
    }

    /// Lists the image definitions of a gallery.
    pub async fn images(&self, gallery_id: &str) -> Result<Vec<NamedResource>, ArmError> {
        self.list(&format!("{gallery_id}/images"), &[VERSION]).await
    }

    /// Lists the versions of an image definition.
    pub async fn image_versions(&self, image_id: &str) -> Result<Vec<NamedResource>, ArmError> {
        self.list(&format!("{image_id}/versions"), &[VERSION]).await
    }
}
