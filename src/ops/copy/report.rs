//! What is reported of a copy.

use serde::Serialize;

use super::destination::CopyPlace;
use super::job::VersionJob;
use super::replication;
use super::source::CopySource;
use crate::arm::galleries::GalleryItem;
use crate::id::{ArmId, TenantId};
use crate::ops::change::ChangeKind;
use crate::ops::portal;
use crate::ops::region::folded_region;
use crate::ops::site::Site;

/// A copy as scripts see it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CopyReport {
    /// The image definition that was copied into.
    pub id: ArmId,
    pub name: String,
    /// The id of the image that was copied.
    pub source: String,
    /// `delegation`, `rbac`, `direct` or `community`.
    pub via: &'static str,
    pub publisher_tenant_id: Option<TenantId>,
    pub versions: Vec<VersionCopy>,
    /// Where the portal shows it.
    pub portal_url: String,
}

/// One version of a copy.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionCopy {
    pub id: ArmId,
    pub name: String,
    /// The version that it is a copy of.
    pub source_version: String,
    /// `create`, `update` or `keep`.
    pub change: ChangeKind,
    /// `Succeeded`, `Failed`, `Creating`; none where Azure did not take it.
    pub provisioning_state: Option<String>,
    pub regions: Vec<CopyRegion>,
    /// Why it is not in all its regions, if it is not.
    pub error: Option<String>,
}

/// One region of a copy.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CopyRegion {
    /// The region, as ids have it.
    pub region: String,
    /// `Completed`, `Replicating` and so on; unknown where it was not waited for.
    pub state: Option<String>,
    pub progress: Option<i64>,
    /// Azure's reason, if it failed.
    pub details: Option<String>,
}

/// The whole.
pub(super) fn report(
    site: &Site<'_>,
    source: &CopySource,
    place: &CopyPlace,
    versions: Vec<VersionCopy>,
) -> CopyReport {
    let id = place.image_id.to_string();
    let image = &source.details.image;
    CopyReport {
        portal_url: portal::url(&site.cloud.portal, site.client.tenant(), &id),
        id: id.into(),
        name: place.image_id.name().to_owned(),
        source: source.id(),
        via: image.via,
        publisher_tenant_id: image.publisher_tenant_id,
        versions,
    }
}

/// One version, as it was found in the end, and what went wrong with it.
pub(super) fn version(
    job: &VersionJob,
    found: Option<&GalleryItem>,
    error: Option<String>,
) -> VersionCopy {
    let known = found.map(replication::regions).unwrap_or_default();
    let untold = |name: &String| CopyRegion { region: name.clone(), ..CopyRegion::default() };
    let regions = if known.is_empty() {
        job.regions.iter().map(untold).collect()
    } else {
        let one = |status: &crate::arm::galleries::RegionalStatus| CopyRegion {
            region: folded_region(&status.region),
            state: Some(status.state.clone()),
            progress: status.progress,
            details: status.details.clone().filter(|text| !text.is_empty()),
        };
        known.iter().map(one).collect()
    };
    VersionCopy {
        id: job.id.to_string().into(),
        name: job.id.name().to_owned(),
        source_version: job.from.name.clone(),
        change: job.change,
        provisioning_state: match (found, &error) {
            (Some(found), _) => Some(replication::state(found)),
            (None, None) => Some("Creating".to_owned()),
            (None, Some(_)) => None,
        },
        regions,
        error,
    }
}
