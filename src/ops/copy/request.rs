//! What the user asks for.

use jiff::civil::Date;

use super::destination::CopyDestination;
use crate::ops::image::id::ImageId;

/// A copy as it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct CopyRequest {
    pub source: ImageId,
    pub destination: CopyDestination,
    /// Where the gallery is, or is made.
    pub resource_group: Option<String>,
    /// Where the copy is kept; the gallery's own region if empty.
    pub regions: Vec<String>,
    /// Replicas in each region.
    pub replicas: u32,
    /// `Standard_LRS` and so on.
    pub storage_account_type: String,
    pub exclude_from_latest: bool,
    pub end_of_life: Option<Date>,
    pub versions: VersionChoice,
    /// Whether to wait until the copies are in all regions.
    pub waits: bool,
}

/// Which versions of the source are copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionChoice {
    /// The one that the id names, or the newest.
    Named,
    /// So many of the newest.
    Latest(usize),
    /// All there are.
    All,
}
