//! What is copied: the image as the first of us that can read it sees it, and the versions that are wanted.

use super::mark::CopyMark;
use super::request::{CopyRequest, VersionChoice};
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::id::ResourceId;
use crate::ops::change::resume::posix_word;
use crate::ops::image::details::{Details, Version};
use crate::ops::image::id::ImageId;
use crate::ops::image::show::show_to_any;

/// What is copied.
#[derive(Clone, Debug)]
pub(super) struct CopySource {
    pub details: Details,
    /// The image's id without a version.
    pub image: ImageId,
    /// The versions to copy, the oldest first.
    pub versions: Vec<Version>,
}

impl CopySource {
    /// The tags' words for one of its versions.
    pub(super) fn mark(&self, version: &Version) -> CopyMark {
        CopyMark { source: self.id(), version: version.name.clone() }
    }

    /// The id of the image.
    pub(super) fn id(&self) -> String {
        match &self.image {
            ImageId::Own(id) => id.to_string(),
            ImageId::Public(id) => id.with_version(None),
        }
    }
}

/// Reads the image and chooses its versions.
///
/// # Errors
/// If no one of us can read it, or it has none of the versions.
pub(super) async fn read(app: &App, wanted: &CopyRequest) -> Result<CopySource> {
    app.reporter.step("Reading the image…");
    let details = show_to_any(app, &wanted.source, None).await?;
    let image = without_version(&wanted.source, &details);
    let mut versions = chosen(&details, wanted.versions);
    if versions.is_empty() {
        return Err(Error::new(
            Kind::NotFound,
            format!("image '{}' has no version to copy", details.image.name),
        )
        .hint(format!(
            "See its versions with `az-imageshare image show --id {}`.",
            posix_word(&wanted_id(wanted))
        )));
    }
    versions.reverse();
    Ok(CopySource { details, image, versions })
}

/// The newest come first.
fn chosen(details: &Details, choice: VersionChoice) -> Vec<Version> {
    let all = details.versions.iter();
    match choice {
        VersionChoice::Named => {
            let name = details.image.version.as_deref().unwrap_or_default();
            all.filter(|version| version.name.eq_ignore_ascii_case(name)).cloned().collect()
        }
        VersionChoice::Latest(count) => {
            all.filter(|version| !version.exclude_from_latest).take(count).cloned().collect()
        }
        VersionChoice::All => all.cloned().collect(),
    }
}

/// The id as Azure spells it, where known.
fn without_version(asked: &ImageId, details: &Details) -> ImageId {
    let told: Option<ImageId> = details.image.id.parse().ok();
    match told.unwrap_or_else(|| asked.clone()) {
        ImageId::Own(id) => ImageId::Own(of_image(id)),
        ImageId::Public(mut id) => {
            id.version = None;
            ImageId::Public(id)
        }
    }
}

fn of_image(id: ResourceId) -> ResourceId {
    match id.segments.len() {
        3 => id.parent().unwrap_or(id),
        _ => id,
    }
}

/// The id that was asked for, to be typed again.
pub(super) fn wanted_id(wanted: &CopyRequest) -> String {
    match &wanted.source {
        ImageId::Own(id) => id.to_string(),
        ImageId::Public(id) => id.to_string(),
    }
}
