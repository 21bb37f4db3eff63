//! Which lists of direct shares are asked for.
//!
//! Azure lists them for one region and one subscription at a time, those with the subscription apart from those with
//! its tenant. Of Azure's sixty regions and twenty subscriptions that makes over a thousand requests.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::identities::Identity;
use crate::arm::resource_graph::{ResourceQuery, ResourceRows};
use crate::id::{SubscriptionId, subscription_of};
use crate::ops::region::folded_region;

/// As many subscriptions are asked in every region, however many regions there are.
const MOST_EVERYWHERE: usize = 2;
/// And more subscriptions, as long as that takes no more requests.
const MOST_QUESTIONS: usize = 48;

const GROUPS: &str = "resourcecontainers | where type =~ 'microsoft.resources/subscriptions/resourcegroups' | project id, location";

/// One list of galleries that are shared directly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ShareQuestion {
    pub subscription: SubscriptionId,
    pub region: String,
    /// What is shared with the tenant of the subscription, and not with it alone.
    pub with_tenant: bool,
}

/// The lists to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ShareQuestions {
    pub questions: Vec<ShareQuestion>,
    /// Those that are left out, as a subscription has no resource group in the region.
    pub others: Vec<ShareQuestion>,
}

/// A row of Resource Graph's table of resource groups.
#[derive(Deserialize)]
struct GroupRow {
    id: String,
    #[serde(default)]
    location: String,
}

type UsedRegions = BTreeMap<SubscriptionId, BTreeSet<String>>;

/// The lists to ask for: of every subscription in every region if that are few, else where it has a resource group.
pub(super) async fn share_questions(
    identity: &Identity,
    subscriptions: &[SubscriptionId],
    regions: &[String],
) -> ShareQuestions {
    let is_few = subscriptions.len() <= MOST_EVERYWHERE
        || (subscriptions.len() + 1) * regions.len() <= MOST_QUESTIONS;
    if is_few || regions.len() == 1 {
        return every_question(subscriptions, regions, None);
    }
    // Whoever cannot read the groups asks everywhere: that is slow, and loses nothing.
    let used = used_regions(identity, subscriptions).await;
    every_question(subscriptions, regions, used.as_ref())
}

async fn used_regions(
    identity: &Identity,
    subscriptions: &[SubscriptionId],
) -> Option<UsedRegions> {
    let query = ResourceQuery::new(GROUPS).in_subscriptions(subscriptions);
    let found: ResourceRows<GroupRow> = identity.client.query_resources(&query).await.ok()?;
    let mut used = UsedRegions::new();
    for row in found.rows {
        if let Some(subscription) = subscription_of(&row.id) {
            used.entry(subscription).or_default().insert(folded_region(&row.location));
        }
    }
    Some(used)
}

fn every_question(
    subscriptions: &[SubscriptionId],
    regions: &[String],
    used: Option<&UsedRegions>,
) -> ShareQuestions {
    let mut all = ShareQuestions { questions: Vec::new(), others: Vec::new() };
    for region in regions {
        for subscription in subscriptions {
            // A new subscription has no resource group yet, and may have been given images all the same.
            let known = used.and_then(|used| used.get(subscription));
            let is_asked = known.is_none_or(|known| known.contains(region));
            let (subscription, region) = (*subscription, region.clone());
            let one = ShareQuestion { subscription, region, with_tenant: false };
            if is_asked { all.questions.push(one) } else { all.others.push(one) }
        }
        // What is shared with the tenant is the same for each of its subscriptions.
        if let Some(first) = subscriptions.first() {
            let (subscription, region) = (*first, region.clone());
            all.questions.push(ShareQuestion { subscription, region, with_tenant: true });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_subscription_has_groups_it_is_asked_and_a_new_one_is_asked_everywhere() {
        let subscriptions: Vec<SubscriptionId> = (1..=2)
            .map(|n| format!("0b1f6471-1bf0-4dda-aec3-00000000000{n}").parse().unwrap())
            .collect();
        let regions = ["eastus", "westeurope"].map(str::to_owned);
        let all = every_question(&subscriptions, &regions, None);
        assert_eq!((all.questions.len(), all.others.len()), (6, 0));
        let used =
            UsedRegions::from([(subscriptions[0], BTreeSet::from(["westeurope".to_owned()]))]);
        let some = every_question(&subscriptions, &regions, Some(&used));
        let spared = ShareQuestion {
            subscription: subscriptions[0],
            region: "eastus".to_owned(),
            with_tenant: false,
        };
        assert_eq!((some.questions.len(), some.others), (5, vec![spared]));
    }
}
