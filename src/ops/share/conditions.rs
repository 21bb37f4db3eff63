//! What has to be so before a gallery is shared directly or with everyone, asked before the write.
//!
//! Source: <https://learn.microsoft.com/azure/virtual-machines/share-gallery-direct> and
//! <https://learn.microsoft.com/azure/virtual-machines/share-gallery-community>.

use serde_json::Value;

use crate::app::App;
use crate::arm::Client;
use crate::arm::authorization::is_allowed;
use crate::arm::galleries::{Gallery, GalleryItem};
use crate::error::Result;
use crate::id::ResourceId;
use crate::ops::access::rights::SHARE;
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::findings::Findings;
use crate::ops::change::resume::posix_word;
use crate::ops::region::same_region;

/// Finds a cloud that has no such sharing.
pub(crate) fn of_cloud(app: &App, method: &str, findings: &mut Findings) {
    let cloud = &app.settings.cloud;
    if cloud.is_national() {
        findings.input(
            "--cloud",
            format!("{} has no {method}", cloud.name),
            "Share with people or an application: `az-imageshare share rbac add --help`.",
        );
    }
}

/// Finds out whether the signed-in identity may share the gallery.
pub(crate) async fn of_identity(
    client: &Client,
    id: &ResourceId,
    findings: &mut Findings,
) -> Result<()> {
    let permissions = client.permissions(&id.to_string()).await?;
    if !is_allowed(&permissions, SHARE) {
        findings.azure(
            "this identity",
            format!("may not share the gallery: it lacks {SHARE}, which Contributor does not have either"),
            format!("Have an owner run `az-imageshare share rbac add --gallery-id {} --role \"Compute Gallery Sharing Admin\" --assignee WHO`.", posix_word(&id.to_string())),
        );
    }
    Ok(())
}

/// Finds images that Azure does not share: encrypted with a key of one's own, or bought.
pub(crate) async fn of_images(
    client: &Client,
    gallery: &Gallery,
    findings: &mut Findings,
) -> Result<()> {
    let images = client.gallery_items(&gallery.id, "images").await?;
    let work = images.iter().map(|image| client.gallery_items(&image.id, "versions"));
    for (image, versions) in images.iter().zip(fan_out(AT_ONCE, work).await) {
        for version in versions? {
            of_version(gallery, image, &version, findings);
        }
        of_definition(image, findings);
    }
    Ok(())
}

fn of_definition(image: &GalleryItem, findings: &mut Findings) {
    if image.properties["purchasePlan"].is_object() {
        findings.warn(format!(
            "image '{}' has a purchase plan: who uses it has to accept the offer's terms in the marketplace first",
            image.name
        ));
    }
}

fn of_version(
    gallery: &Gallery,
    image: &GalleryItem,
    version: &GalleryItem,
    findings: &mut Findings,
) {
    let regions = version.properties["publishingProfile"]["targetRegions"].as_array();
    let is_encrypted = |region: &Value| region["encryption"].is_object();
    if regions.into_iter().flatten().any(is_encrypted) {
        findings.azure(
            format!("image version {}/{}", image.name, version.name),
            "is encrypted with a disk encryption set, which is bound to its own subscription",
            "Put the version without encryption into a gallery of its own, and share that one.",
        );
    }
    if !version.location.is_empty() && !same_region(&version.location, &gallery.location) {
        findings.warn(format!(
            "image version {}/{} is at home in {}, the gallery in {}: strangers do not see it",
            image.name, version.name, version.location, gallery.location
        ));
    }
}
