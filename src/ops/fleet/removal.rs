//! Removing what left the manifest: only when asked, only what carries the fleet's mark, only up to a limit, and
//! never when anything may have been left out of what was read.

use std::collections::{BTreeMap, BTreeSet};

use super::compare_offers::{StandingOffer, stand_of};
use super::item::{ItemChange, ShareMethod};
use super::manifest::Manifest;
use super::observe::groups_named;
use super::observe::offers::{SubscriptionOffers, read_one};
use super::select::{SINGLY_AT_ONCE, take_census_of_service};
use super::survey::PublisherSurvey;
use super::view::{ItemView, digest_of};
use crate::error::Result;
use crate::id::SubscriptionId;
use crate::ops::change::fan_out::fan_out;
use crate::ops::change::observe::Observed;

/// How removals are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RemovalMode {
    /// Nothing is removed.
    Never,
    /// What left the manifest goes, at most as much as its limit allows.
    UpToLimit,
    /// What is named goes, whatever the limit.
    Named,
}

/// Turns orphans into removals, or says in words why nothing is removed.
pub(crate) async fn settle_removals(
    manifest: &Manifest,
    surveys: &mut [PublisherSurvey],
    mode: RemovalMode,
) -> Result<Option<String>> {
    let orphans = surveys.iter().flat_map(|survey| &survey.items);
    let count = orphans.filter(|item| item.plan.change == ItemChange::Orphan).count();
    if count == 0 || mode == RemovalMode::Never {
        return Ok(None);
    }
    if let Some(gap) = surveys.iter().flat_map(|survey| &survey.gaps).next() {
        return Ok(Some(format!("what was read may be incomplete: {gap}")));
    }
    let limit = manifest.limits.removals;
    if mode == RemovalMode::UpToLimit && count > limit {
        return Ok(Some(format!(
            "{count} would have to go, and the manifest's limits allow {limit} (limits: {{removals: {count}}})"
        )));
    }
    for survey in surveys.iter() {
        if let Some(why) = contradiction(manifest, survey).await? {
            return Ok(Some(why));
        }
    }
    for item in surveys.iter_mut().flat_map(|survey| &mut survey.items) {
        if item.plan.change == ItemChange::Orphan {
            item.plan.change = ItemChange::Remove;
        }
    }
    Ok(None)
}

/// Resource Graph may be behind: before anything goes, Azure itself has to say the same.
async fn contradiction(manifest: &Manifest, survey: &PublisherSurvey) -> Result<Option<String>> {
    let site = &survey.site;
    let orphans = survey.items.iter().filter(|item| item.plan.change == ItemChange::Orphan);
    let is_offer = |item: &&super::compare::JudgedItem| {
        item.plan.via == ShareMethod::Delegation && item.plan.policy_part().is_none()
    };
    let offers: Vec<_> = orphans.filter(is_offer).collect();
    if offers.is_empty() {
        return Ok(None);
    }
    let groups = groups_named(manifest, &site.name);
    let census = take_census_of_service(&site.client, site.tenant, &groups).await?;
    if let Some(gap) = census.gaps.first() {
        return Ok(Some(format!("what was read may be incomplete: {gap}")));
    }
    if let Some(publisher) = manifest.publishers.get(&site.name) {
        let selected = census.select(&publisher.subscriptions);
        if selected.ids != site.selected.ids {
            return Ok(Some(BEHIND.to_owned()));
        }
    }
    let subscriptions: BTreeSet<SubscriptionId> =
        offers.iter().map(|item| item.plan.subscription).collect();
    let reads = subscriptions.iter().map(|id| read_one(&site.client, *id));
    let mut standing: BTreeMap<SubscriptionId, SubscriptionOffers> = BTreeMap::new();
    for (id, read) in subscriptions.iter().zip(fan_out(SINGLY_AT_ONCE, reads).await) {
        match Observed::visible(read)? {
            Observed::Told(found) => {
                standing.insert(*id, found);
            }
            Observed::Untold(why) => {
                return Ok(Some(format!("the offers of subscription {id} cannot be read: {why}")));
            }
        }
    }
    let is_as_seen = |item: &&super::compare::JudgedItem| {
        let known = standing.get(&item.plan.subscription);
        let view = known.and_then(|known| match &item.plan.before {
            Some(ItemView::Assignment(_)) => {
                let mut all = known.assignments.iter();
                let found =
                    all.find(|found| found.id.to_string().eq_ignore_ascii_case(&item.plan.id));
                found.map(|found| ItemView::Assignment(stand_of(found)))
            }
            _ => StandingOffer::find(&item.plan.id, known).view(),
        });
        digest_of(view.as_ref()) == item.plan.seen
    };
    Ok((!offers.iter().all(is_as_seen)).then(|| BEHIND.to_owned()))
}

const BEHIND: &str =
    "Resource Graph is behind the current state: run the plan again in some minutes";
