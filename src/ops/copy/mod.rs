//! Copies of images in galleries of one's own: made, found again by their tags, and thinned out.
//!
//! A version of a gallery may be the source of a version in another gallery, also in another tenant. Source:
//! <https://learn.microsoft.com/azure/virtual-machines/image-version>

mod advisory;
mod bodies;
mod checks;
mod destination;
mod disk;
mod inventory;
mod job;
pub(crate) mod mark;
mod plan;
mod replication;
mod report;
mod request;
mod run;
mod source;
mod standing;
mod thinning;

pub(crate) use destination::CopyDestination;
pub(crate) use inventory::{CopiedImage, copied_images};
pub(crate) use plan::plan_copy;
pub(crate) use report::CopyReport;
pub(crate) use request::{CopyRequest, VersionChoice};
pub(crate) use thinning::{RemovedCopy, ThinningRule, plan_thinning};
