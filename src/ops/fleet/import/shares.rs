//! Galleries that are shared with tenants or with everyone, for the manifest of what exists.

use std::collections::{BTreeMap, BTreeSet};

use crate::arm::galleries::{CommunityInfo, Gallery};
use crate::error::Result;
use crate::id::{SubscriptionId, TenantId};
use crate::ops::fleet::manifest::gallery_parts;
use crate::ops::fleet::observe::PublisherSite;
use crate::ops::fleet::observe::galleries::{read_galleries, read_shares};

/// What galleries share, by whom it is shared with.
#[derive(Debug, Default)]
pub(super) struct SharedGalleries {
    /// The ids of galleries, by the tenant that uses them.
    pub direct: BTreeMap<TenantId, BTreeSet<String>>,
    /// The ids of galleries that are open to everyone, by the publisher's details.
    pub community: BTreeMap<CommunityWords, BTreeSet<String>>,
    pub subscriptions: BTreeSet<SubscriptionId>,
    /// What a manifest has no words for.
    pub left_out: Vec<String>,
}

/// What anyone can read about a publisher.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CommunityWords {
    pub prefix: String,
    pub publisher_uri: String,
    pub publisher_contact: String,
    pub eula: String,
}

impl CommunityWords {
    fn of(info: &CommunityInfo) -> CommunityWords {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        CommunityWords {
            prefix: text(&info.public_name_prefix),
            publisher_uri: text(&info.publisher_uri),
            publisher_contact: text(&info.publisher_contact),
            eula: text(&info.eula),
        }
    }
}

/// Reads with whom the galleries of the selected subscriptions are shared: with `wanted` only, if that is not empty.
///
/// # Errors
/// If galleries cannot be read at all.
pub(super) async fn read_shared(
    site: &PublisherSite,
    wanted: &BTreeSet<TenantId>,
) -> Result<SharedGalleries> {
    let subscriptions: Vec<SubscriptionId> = site.selected.ids.iter().copied().collect();
    let index = read_galleries(site, &subscriptions, false).await?;
    let mut shared = SharedGalleries { left_out: index.gaps, ..SharedGalleries::default() };
    let all = index.by_subscription.values().flatten();
    let ids: Vec<String> = all
        .filter(|gallery| gallery.permissions() != "Private")
        .map(|one| one.id.to_string())
        .collect();
    for gallery in read_shares(&site.client, &ids).await?.into_values() {
        shared.take(&gallery, wanted);
    }
    Ok(shared)
}

impl SharedGalleries {
    /// How many grants a manifest has of them.
    pub(super) fn grants(&self) -> usize {
        self.direct.len() + self.community.len()
    }

    fn take(&mut self, gallery: &Gallery, wanted: &BTreeSet<TenantId>) {
        let subscription = gallery_parts(&gallery.id).and_then(|(id, ..)| id.parse().ok());
        let Some(subscription) = subscription else { return };
        if !gallery.shared_with("Subscriptions").is_empty() && wanted.is_empty() {
            self.left_out.push(format!(
                "gallery {} is shared with single subscriptions, which a manifest cannot say",
                gallery.id
            ));
        }
        let tenants =
            gallery.shared_with("AADTenants").into_iter().filter_map(|id| id.parse().ok());
        for tenant in tenants.filter(|id| wanted.is_empty() || wanted.contains(id)) {
            self.direct.entry(tenant).or_default().insert(gallery.id.to_string());
            self.subscriptions.insert(subscription);
        }
        let info = gallery.community().filter(|info| info.community_gallery_enabled);
        if let Some(info) = info.filter(|_| wanted.is_empty()) {
            let words = CommunityWords::of(info);
            self.community.entry(words).or_default().insert(gallery.id.to_string());
            self.subscriptions.insert(subscription);
        }
    }
}
