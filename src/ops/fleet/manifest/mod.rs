//! The manifest: who shares what with whom, over how many subscriptions, and how carefully.
//!
//! Every value that a rule may find fault with keeps its position, so that a finding can name it.

mod conduct;
mod grants;
mod json;
mod members;
mod node;
mod offers;
mod parties;
mod policies;
mod reading;
mod request;
mod rules;
mod types;
mod yaml;

pub(crate) use parties::gallery_parts;
pub(crate) use reading::read_manifest;
pub(crate) use rules::tenant_id;
pub(crate) use types::{
    FleetConsumer, FleetGrant, FleetLimits, FleetPublisher, FleetWave, GallerySelector, GrantRoute,
    Manifest, ManifestPosition, ManifestSurroundings, Positioned, PublisherPolicy,
    SubscriptionSelector,
};
