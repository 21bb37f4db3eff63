//! A publisher as a whole: what its grants want, what exists, and what becomes of each item.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::compare::{JudgedItem, locked_state};
use super::compare_offers::{extra_assignments, judge_offer, stand_of, unwanted_offer};
use super::compare_shares::{judge_community, judge_direct, judge_role, role_stand};
use super::drift_kind::DriftKind;
use super::expand::{DESTROYED, Expander, NameBook, WantedItem, WantedThing};
use super::item::{ItemChange, ItemKey, ItemPlan, ItemRoute, ShareMethod};
use super::manifest::Manifest;
use super::observe::PublisherSite;
use super::observe::galleries::{GalleryIndex, read_galleries, read_shares};
use super::observe::offers::OfferIndex;
use super::observe::roles::{RoleIndex, read_role_assignments};
use super::view::{ItemView, digest_of};
use super::{ownership, policy, ready, standing_groups};
use crate::error::{Error, Kind, Result};
use crate::id::{SubscriptionId, resource_name};

/// What is asked of a survey.
#[derive(Clone, Copy)]
pub(crate) struct SurveyScope<'a> {
    pub today: Date,
    /// The items that are to go whatever the manifest says.
    pub absent: &'a dyn Fn(&WantedItem) -> bool,
}

/// A publisher with all its items.
pub(crate) struct PublisherSurvey {
    pub site: PublisherSite,
    pub items: Vec<JudgedItem>,
    /// Why something may have been left out; empty if nothing was.
    pub gaps: Vec<String>,
    /// Subscriptions that a grant passes by, as they have none of its resource groups.
    pub passed_by: usize,
    /// False where a part was read from each subscription on its own.
    pub from_index: bool,
}

/// Reads what exists, and judges every item of the publisher.
pub(crate) async fn survey_publisher(
    manifest: &Manifest,
    site: PublisherSite,
    names: &NameBook,
    scope: SurveyScope<'_>,
) -> Result<PublisherSurvey> {
    let offers = &site.offers;
    let galleries = galleries_of(manifest, &site).await?;
    let expander = Expander { manifest, site: &site, names, galleries: &galleries };
    let mut wanted = expander.items();
    for item in &mut wanted {
        if (scope.absent)(item) {
            item.absent = Some(DESTROYED);
        }
    }
    refuse_twins(&wanted)?;
    let roles = roles_of(&site, &wanted).await?;
    let shared = |item: &&WantedItem| {
        matches!(item.via, ShareMethod::Direct | ShareMethod::Community) && item.blocked.is_none()
    };
    let ids: BTreeSet<String> = wanted.iter().filter(shared).map(|item| item.id.clone()).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let shares = read_shares(&site.client, &ids).await?;
    let judge = Judge { site: &site, offers, roles: &roles, shares: &shares, today: scope.today };
    let mut items: Vec<JudgedItem> = wanted.iter().map(|item| judge.item(item)).collect();
    let passed_by = standing_groups::settle(&site.client, &mut items).await?;
    ready::settle(&galleries, &mut items, scope.today);
    policy::survey::settle(manifest, &site, &wanted, names, &mut items).await?;
    items.extend(unwanted(manifest, &site, &wanted, offers, &roles, names));
    items.extend(extras(manifest, &site, &wanted, offers));
    let gaps = site.gaps().into_iter().chain(offers.gaps.clone());
    let gaps = gaps.chain(galleries.gaps.clone()).chain(roles.gaps.clone()).collect();
    let from_index = site.census.from_index && offers.from_index;
    Ok(PublisherSurvey { site, items, gaps, passed_by, from_index })
}

async fn galleries_of(manifest: &Manifest, site: &PublisherSite) -> Result<GalleryIndex> {
    let grants = manifest.grants.iter().filter(|grant| grant.from.value == site.name);
    let (mut subscriptions, mut with_versions) = (BTreeSet::new(), false);
    for grant in grants.filter(|grant| grant.via != ShareMethod::Delegation) {
        subscriptions.extend(site.of_grant(grant).ids);
        with_versions |= !grant.ready.is_empty();
    }
    let subscriptions: Vec<SubscriptionId> = subscriptions.into_iter().collect();
    read_galleries(site, &subscriptions, with_versions).await
}

async fn roles_of(site: &PublisherSite, wanted: &[WantedItem]) -> Result<RoleIndex> {
    let roles = wanted.iter().filter(|item| is_role(item.via) && item.blocked.is_none());
    let subscriptions: BTreeSet<SubscriptionId> = roles.map(|item| item.subscription).collect();
    let subscriptions: Vec<SubscriptionId> = subscriptions.into_iter().collect();
    read_role_assignments(site, &subscriptions).await
}

fn is_role(via: ShareMethod) -> bool {
    matches!(via, ShareMethod::Rbac | ShareMethod::App)
}

/// Two items that are one thing in Azure would overwrite each other.
fn refuse_twins(wanted: &[WantedItem]) -> Result<()> {
    let mut seen: BTreeMap<(String, &str), &WantedItem> = BTreeMap::new();
    for item in wanted.iter().filter(|item| !item.id.is_empty()) {
        // Galleries are shared with several consumers.
        let of = match item.via {
            ShareMethod::Direct => item.consumer.as_str(),
            _ => "",
        };
        if let Some(other) = seen.insert((item.id.to_lowercase(), of), item) {
            return Err(Error::new(
                Kind::Usage,
                format!("'{}' (line {}) and '{}' (line {}) are one and the same in Azure", other.key, other.line, item.key, item.line),
            )
            .hint("Give the two offers different names, or select different subscriptions and galleries."));
        }
    }
    Ok(())
}

/// Everything that an item is judged by.
struct Judge<'a> {
    site: &'a PublisherSite,
    offers: &'a OfferIndex,
    roles: &'a RoleIndex,
    shares: &'a BTreeMap<String, crate::arm::galleries::Gallery>,
    today: Date,
}

impl Judge<'_> {
    fn item(&self, item: &WantedItem) -> JudgedItem {
        let publisher = &self.site.name;
        let judged = match (&item.thing, item.via) {
            (WantedThing::Offer(offer), _) => {
                let standing = self.offers.by_subscription.get(&item.subscription);
                judge_offer(item, offer, publisher, standing, self.today)
            }
            (_, ShareMethod::Direct) => judge_direct(item, publisher, self.shares),
            (_, ShareMethod::Community) => judge_community(item, publisher, self.shares),
            _ => {
                let standing = self.roles.by_subscription.get(&item.subscription);
                judge_role(item, publisher, standing.map_or(&[], Vec::as_slice), self.today)
            }
        };
        self.where_locked(judged)
    }

    /// Nothing can be written in a subscription that is disabled.
    fn where_locked(&self, mut judged: JudgedItem) -> JudgedItem {
        let seen = self.site.census.all.get(&judged.plan.subscription);
        let Some(state) = seen.and_then(|seen| locked_state(&seen.state)) else { return judged };
        let why = format!("the subscription is {state}");
        match judged.plan.change {
            ItemChange::Create | ItemChange::Update => {
                judged.drift.clear();
                judged.mark(DriftKind::SubscriptionDisabled, &why);
                judged.blocked(why)
            }
            ItemChange::Keep => {
                judged.mark(DriftKind::SubscriptionDisabled, why);
                judged
            }
            _ => judged,
        }
    }
}

/// What exists and is not wanted: items that left the manifest, and what belongs to others.
fn unwanted(
    manifest: &Manifest,
    site: &PublisherSite,
    wanted: &[WantedItem],
    offers: &OfferIndex,
    roles: &RoleIndex,
    names: &NameBook,
) -> Vec<JudgedItem> {
    let ids: BTreeSet<String> = wanted.iter().map(|item| item.id.to_lowercase()).collect();
    let consumer_of = |tenant: &str| {
        let known =
            names.tenants.iter().find(|(_, id)| id.to_string().eq_ignore_ascii_case(tenant));
        known.map(|(name, _)| name.clone())
    };
    let mut found = Vec::new();
    for (subscription, offers) in &offers.by_subscription {
        for definition in
            offers.definitions.iter().filter(|one| !ids.contains(&one.id.to_lowercase()))
        {
            let tenant = &definition.properties.managed_by_tenant_id;
            let consumer = consumer_of(tenant);
            let (change, before, why) = unwanted_offer(definition, offers, &manifest.fleet);
            // What concerns none of the manifest's consumers is nobody's business here.
            if change == ItemChange::Foreign && consumer.is_none() {
                continue;
            }
            let consumer = consumer.unwrap_or_else(|| tenant.clone().into());
            let is_assigned = offers.assignments.iter().any(|one| one.is_of(&definition.id));
            let kind = if is_assigned { DriftKind::Orphan } else { DriftKind::OrphanDefinition };
            let item =
                left(site, *subscription, ShareMethod::Delegation, &definition.id, consumer, kind);
            found.push(item.standing(change, before, why));
        }
    }
    for (subscription, known) in &roles.by_subscription {
        for role in known.iter().filter(|role| !ids.contains(&role.id.to_lowercase())) {
            if ownership::fleet_of(role.properties.description.as_deref()) != Some(&*manifest.fleet)
            {
                continue;
            }
            let before = Some(ItemView::Role(role_stand(role)));
            let item = left(
                site,
                *subscription,
                ShareMethod::Rbac,
                &role.id,
                String::new(),
                DriftKind::Orphan,
            );
            found.push(item.standing(ItemChange::Orphan, before, "left the manifest".to_owned()));
        }
    }
    found
}

/// What the manifest's own offers delegate besides.
fn extras(
    manifest: &Manifest,
    site: &PublisherSite,
    wanted: &[WantedItem],
    offers: &OfferIndex,
) -> Vec<JudgedItem> {
    let mut found = Vec::new();
    for item in wanted {
        let standing = offers.by_subscription.get(&item.subscription);
        let (WantedThing::Offer(offer), Some(standing)) = (&item.thing, standing) else { continue };
        for (extra, place) in extra_assignments(item, offer, standing, &manifest.fleet) {
            let id = extra.id.to_string();
            let consumer = item.consumer.clone();
            let mut left = left(
                site,
                item.subscription,
                ShareMethod::Delegation,
                &id,
                consumer,
                DriftKind::Orphan,
            );
            left.plan.key = ItemKey::of(&[&format!("{}@{}", item.key, place.to_lowercase())]);
            left.plan.grant = item.grant.clone();
            left.plan.line = item.line;
            let before = Some(ItemView::Assignment(stand_of(extra)));
            found.push(left.standing(
                ItemChange::Orphan,
                before,
                format!("delegates {place}, which left the manifest"),
            ));
        }
    }
    found
}

/// A thing that no grant names.
fn left(
    site: &PublisherSite,
    subscription: SubscriptionId,
    via: ShareMethod,
    id: &str,
    consumer: String,
    kind: DriftKind,
) -> LeftThing {
    let words = [subscription.to_string(), resource_name(id).to_lowercase()];
    let key = ItemKey::of(&["-", &site.name, &words[0], &words[1]]);
    let plan = ItemPlan {
        key,
        change: ItemChange::Orphan,
        via,
        route: ItemRoute::Direct,
        wave: 0,
        line: 0,
        publisher: site.name.clone(),
        grant: String::new(),
        consumer,
        subscription,
        id: id.to_owned(),
        seen: String::new(),
        before: None,
        after: None,
        why: Vec::new(),
    };
    LeftThing { plan, kind }
}

struct LeftThing {
    plan: ItemPlan,
    kind: DriftKind,
}

impl LeftThing {
    fn standing(self, change: ItemChange, before: Option<ItemView>, why: String) -> JudgedItem {
        let seen = digest_of(before.as_ref());
        let plan = ItemPlan { change, seen, before, why: vec![why.clone()], ..self.plan };
        let mut judged = JudgedItem { plan, drift: Vec::new(), offer: None, ready: Vec::new() };
        if change == ItemChange::Orphan {
            judged.mark(self.kind, why);
        }
        judged
    }
}
