//! The service principal that Image Builder was before identities: found by its application id.
//!
//! The document of 2020 names an object id, which holds in one directory only. Source:
//! <https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-permissions-cli>, "The SPN is deprecated for this purpose"

use serde::Serialize;

use crate::error::{Error, Kind, Result};
use crate::graph::ObjectSort;
use crate::ops::site::Site;

/// The application id of Image Builder in every tenant of the public cloud.
pub(crate) const APPLICATION: &str = "cf32a0cc-373c-47c9-9156-0db11f6a6dfc";

/// The service principal in one tenant.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LegacyPrincipal {
    pub app_id: String,
    /// The object id in this tenant: what roles were given to.
    pub object_id: String,
    pub display_name: Option<String>,
}

/// Finds the service principal, with the document's warning.
pub(crate) async fn find(site: &Site<'_>) -> Result<LegacyPrincipal> {
    let directory = site.directory()?;
    let found = directory.having(ObjectSort::ServicePrincipal, "appId", APPLICATION).await?;
    let found = found.into_iter().next().ok_or_else(|| {
        Error::new(Kind::NotFound, format!("this tenant has no service principal of application {APPLICATION}"))
            .hint("Registering the provider makes it: `az provider register -n Microsoft.VirtualMachineImages --wait`.")
    })?;
    site.reporter.warn("assigning roles to this service principal is deprecated: templates need a user-assigned identity, which `az-imageshare builder setup` makes");
    Ok(LegacyPrincipal {
        app_id: APPLICATION.to_owned(),
        object_id: found.id.to_string(),
        display_name: found.display_name,
    })
}
