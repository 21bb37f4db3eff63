//! A directly shared image by way of disks: Azure takes its id for a disk, but not for a version's source.
//!
//! Resource Manager refuses ids that do not begin with `/subscriptions/` where a version names its source
//! (`LinkedInvalidPropertyId`), and the source has no member for direct shares as it has for the community.
//! Source: <https://learn.microsoft.com/rest/api/compute/gallery-image-versions/create-or-update> and
//! <https://learn.microsoft.com/rest/api/compute/disks/create-or-update>

use serde_json::{Value, json};

use super::source::CopySource;
use crate::error::{Error, Result};
use crate::id::{ResourceId, arm_guid};
use crate::ops::image::details::Version;
use crate::ops::site::Site;
use crate::rest::poll::LONGEST;

/// A disk that lives as long as a copy takes.
#[derive(Clone, Debug)]
pub(super) struct PassingDisk {
    pub id: ResourceId,
    /// The data disk it is of; none for the system's.
    lun: Option<i64>,
    body: Value,
}

/// The disks that a version of a direct share is copied by. Their names are derived, so that the next run
/// finds those that an interrupted one has left.
pub(super) fn disks_of(
    source: &CopySource,
    from: &Version,
    copy: &ResourceId,
    home: &str,
) -> Vec<PassingDisk> {
    let luns = std::iter::once(None).chain(from.data_disks.iter().copied().map(Some));
    let disk = |lun: Option<i64>| {
        let seed = copy.to_string().to_lowercase();
        let name = format!(
            "az-imageshare-{}{}",
            arm_guid(&[&seed, &from.id]).simple(),
            lun.map(|lun| format!("-{lun}")).unwrap_or_default()
        );
        let id = ResourceId::new(copy.scope.clone(), "Microsoft.Compute", "disks", &name);
        PassingDisk { id, lun, body: body(source, from, home, lun) }
    };
    luns.map(disk).collect()
}

fn body(source: &CopySource, from: &Version, home: &str, lun: Option<i64>) -> Value {
    let mut reference = json!({"sharedGalleryImageId": from.id});
    if let Some(lun) = lun {
        reference["lun"] = json!(lun);
    }
    let mut properties =
        json!({"creationData": {"createOption": "FromImage", "galleryImageReference": reference}});
    let image = &source.details.image;
    if lun.is_none() {
        for (name, value) in
            [("osType", &image.os_type), ("hyperVGeneration", &image.hyper_v_generation)]
        {
            if let Some(value) = value {
                properties[name] = json!(value);
            }
        }
        if image.security_type.as_deref().is_some_and(|kind| kind.starts_with("TrustedLaunch")) {
            properties["securityProfile"] = json!({"securityType": "TrustedLaunch"});
        }
    }
    let tags = source.mark(from).tags();
    json!({"location": home, "tags": tags, "sku": {"name": "Standard_LRS"}, "properties": properties})
}

/// Makes the disks, and names them in the version's body.
pub(super) async fn make(site: &Site<'_>, disks: &[PassingDisk], version: &Value) -> Result<Value> {
    let mut whole = version.clone();
    let storage = &mut whole["properties"]["storageProfile"];
    for disk in disks {
        let name = disk.id.name();
        let reply = site.client.put_disk(&disk.id, &disk.body).await.map_err(|err| {
            Error::from(err).while_doing(format!("disk '{name}' of the shared image was not made"))
        })?;
        let step = |state: &str| site.reporter.step(&format!("Disk '{name}': {state}"));
        site.client.wait(reply, LONGEST, &step).await?;
        let source = json!({"id": disk.id.to_string()});
        match disk.lun {
            None => storage["osDiskImage"] = json!({"source": source}),
            Some(lun) => {
                if !storage["dataDiskImages"].is_array() {
                    storage["dataDiskImages"] = json!([]);
                }
                if let Some(all) = storage["dataDiskImages"].as_array_mut() {
                    all.push(json!({"lun": lun, "source": source}));
                }
            }
        }
    }
    Ok(whole)
}

/// Removes the disks.
pub(super) async fn remove(site: &Site<'_>, disks: &[PassingDisk]) -> Result<()> {
    for disk in disks {
        let name = disk.id.name();
        let step = |state: &str| site.reporter.step(&format!("Disk '{name}': {state}"));
        if let Some(reply) = site.client.remove_disk(&disk.id).await? {
            site.client.wait(reply, LONGEST, &step).await?;
        }
    }
    Ok(())
}

/// True if an earlier run has left one of the disks.
pub(super) async fn are_left(site: &Site<'_>, disks: &[PassingDisk]) -> Result<bool> {
    for disk in disks {
        if site.client.has_disk(&disk.id).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
