//! Shares a gallery with whole subscriptions and tenants (a preview of Azure's).
//!
//! Source: <https://learn.microsoft.com/azure/virtual-machines/share-gallery-direct>.

mod checks;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use crate::arm::galleries::{Gallery, SharingGroup};
use crate::error::{Error, Result};
use crate::id::{ArmId, ResourceId, SubscriptionId, TenantId};
use crate::ops::change::findings::Findings;
use crate::ops::change::{ChangeKind, Plan, Run, Step, WriteKind};

use checks::{check_gallery, check_whom};

use super::gallery::{self, Sharing};
use super::{conditions, expiry_tags, propagation};
use crate::ops::access::home_tenant;
use crate::ops::site::Site;

/// Most subscriptions and tenants of one gallery.
pub(crate) const MOST_SUBSCRIPTIONS: usize = 30;
/// Most tenants of one gallery.
pub(crate) const MOST_TENANTS: usize = 5;

const SUBSCRIPTIONS: &str = "Subscriptions";
const TENANTS: &str = "AADTenants";

/// Subscriptions and tenants.
#[derive(Clone, Debug, Default)]
pub(crate) struct Whom {
    pub subscriptions: Vec<SubscriptionId>,
    /// Tenants, with all their subscriptions.
    pub tenants: Vec<TenantId>,
}

impl Whom {
    pub(super) fn groups(&self) -> Vec<SharingGroup> {
        let ids = |kind: &str, ids: Vec<ArmId>| SharingGroup { kind: kind.to_owned(), ids };
        let subscriptions = self.subscriptions.iter().map(|id| id.to_string().into()).collect();
        let tenants = self.tenants.iter().map(|id| id.to_string().into()).collect();
        let all = [ids(SUBSCRIPTIONS, subscriptions), ids(TENANTS, tenants)];
        all.into_iter().filter(|group| !group.ids.is_empty()).collect()
    }

    /// All ids, as text.
    pub(super) fn ids(&self) -> Vec<String> {
        self.groups().into_iter().flat_map(|group| group.ids).map(Into::into).collect()
    }

    /// Each of us alone.
    pub(super) fn one_by_one(&self) -> Vec<Whom> {
        let subscriptions = self
            .subscriptions
            .iter()
            .map(|id| Whom { subscriptions: vec![*id], ..Whom::default() });
        let tenants = self.tenants.iter().map(|id| Whom { tenants: vec![*id], ..Whom::default() });
        subscriptions.chain(tenants).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.subscriptions.is_empty() && self.tenants.is_empty()
    }

    /// Those of us that a gallery is (`shared`) or is not shared with.
    fn where_shared(&self, gallery: &Gallery, shared: bool) -> Whom {
        let (subscriptions, tenants) =
            (gallery.shared_with(SUBSCRIPTIONS), gallery.shared_with(TENANTS));
        let has =
            |list: &[&str], id: String| list.iter().any(|known| id.eq_ignore_ascii_case(known));
        let keep = |list: &[&str], id: String| has(list, id) == shared;
        Whom {
            subscriptions: self
                .subscriptions
                .iter()
                .copied()
                .filter(|id| keep(&subscriptions, id.to_string()))
                .collect(),
            tenants: self
                .tenants
                .iter()
                .copied()
                .filter(|id| keep(&tenants, id.to_string()))
                .collect(),
        }
    }

    /// In words.
    pub(super) fn spoken(&self) -> String {
        let subscriptions = self.subscriptions.iter().map(|id| format!("subscription {id}"));
        let tenants = self.tenants.iter().map(|id| format!("tenant {id}"));
        subscriptions.chain(tenants).collect::<Vec<_>>().join(", ")
    }
}

/// Subscriptions and tenants that are to have a gallery, and what of that has to be done.
#[derive(Debug)]
pub(crate) struct DirectAddition {
    id: ResourceId,
    gallery: Option<Gallery>,
    location: String,
    missing: Whom,
    standing: Whom,
    last_day: Option<Date>,
    pub plan: Plan,
    tags_step: Option<usize>,
    share_step: usize,
}

/// Works out what it takes to share a gallery with `whom`. With a location, a gallery that does not exist is
/// created there.
///
/// # Errors
/// If a condition is not met: all of them together.
pub(crate) async fn plan_addition(
    site: &Site<'_>,
    id: &ResourceId,
    whom: &Whom,
    location: Option<&str>,
    last_day: Option<Date>,
) -> Result<DirectAddition> {
    let mut findings = Findings::default();
    conditions::of_cloud(site.app, "direct sharing", &mut findings);
    findings.settle(site.reporter, NOTHING_SENT)?;
    let gallery = site.client.gallery(id).await?;
    check_whom(site, whom, &mut findings).await?;
    if let Some(gallery) = &gallery {
        check_gallery(&site.client, id, gallery, whom, &mut findings).await?;
        if last_day.is_some() {
            expiry_tags::check(&site.client, id, gallery, &whom.ids(), &mut findings).await?;
        }
    } else if location.is_none() {
        return Err(
            gallery::missing(id).hint("To create it with direct sharing, add `--location REGION`.")
        );
    }
    findings.settle(site.reporter, NOTHING_SENT)?;
    let (missing, standing) = match &gallery {
        Some(gallery) => (whom.where_shared(gallery, false), whom.where_shared(gallery, true)),
        None => (whom.clone(), Whom::default()),
    };
    let (id, location) = (id.clone(), location.unwrap_or_default().to_owned());
    let (plan, tags_step, share_step) = (Plan::default(), None, 0);
    let mut addition = DirectAddition {
        id,
        gallery,
        location,
        missing,
        standing,
        last_day,
        plan,
        tags_step,
        share_step,
    };
    addition.draft();
    Ok(addition)
}

impl DirectAddition {
    /// The gallery, its last day, and the share, in this order.
    fn draft(&mut self) {
        let (id, name) = (self.id.to_string(), self.id.name());
        let mut plan = Plan {
            nothing: Some("All named have the gallery already; nothing is sent.".to_owned()),
            ..Plan::titled(format!("Direct sharing of gallery '{name}':"))
        };
        if self.gallery.is_none() {
            let what = format!("gallery '{name}' in {}, open to direct sharing", self.location);
            plan.push(Step::new(ChangeKind::Create, WriteKind::Gallery, &id, what).at(&id));
        }
        let (fresh, standing) = (self.missing.ids(), self.standing.ids());
        let found = self.gallery.as_ref();
        let tags = expiry_tags::planned_step(&id, found, &fresh, &standing, self.last_day);
        self.tags_step = tags.map(|step| plan.push(step));
        let (change, whom) = if self.missing.is_empty() {
            (ChangeKind::Keep, &self.standing)
        } else {
            (ChangeKind::Create, &self.missing)
        };
        let what = format!("direct sharing of gallery '{name}' with {}", whom.spoken());
        let share = Step::new(change, WriteKind::DirectShare, &id, what)
            .at(&id)
            .between(Value::Null, json!({"groups": self.missing.groups()}));
        self.share_step = plan.push(share.because("anyone who can create VMs there can use every image in it, now and later, and see it in the portal"));
        self.plan = plan;
    }

    /// Shares the gallery. The last day is recorded before it is shared, so that no share is without its end.
    ///
    /// # Errors
    /// If Azure refuses, or it does not take effect everywhere.
    pub(crate) async fn carry_out(self, site: &Site<'_>, run: &Run<'_>) -> Result<Sharing> {
        let gallery = match self.gallery {
            Some(gallery) => gallery,
            None => {
                let work = create(site, &self.id, &self.location);
                run.perform(0, work).await?
            }
        };
        let (fresh, standing) = (self.missing.ids(), self.standing.ids());
        let record = expiry_tags::settle(site, &gallery, &fresh, &standing, self.last_day);
        let recorded = match self.tags_step {
            Some(step) => run.perform(step, record).await?,
            None => record.await?,
        };
        if self.missing.is_empty() {
            let gallery = propagation::spread(site, &self.id).await?;
            let change = if recorded { "update" } else { "keep" };
            return Ok(sharing(site, &gallery, change));
        }
        let groups = self.missing.groups();
        let work = propagation::share(site, &self.id, "Add", &groups);
        let gallery = run.perform(self.share_step, work).await?;
        Ok(sharing(site, &gallery, "add"))
    }
}

/// Subscriptions and tenants that lose a gallery.
#[derive(Debug)]
pub(crate) struct DirectRemoval {
    id: ResourceId,
    gallery: Gallery,
    whom: Whom,
    /// Whose share has ended, and whose last day is still recorded.
    ended: Vec<String>,
    operation: &'static str,
    pub plan: Plan,
}

/// Works out whom of `whom` a gallery has to be taken from.
pub(crate) async fn plan_removal(
    site: &Site<'_>,
    id: &ResourceId,
    whom: &Whom,
) -> Result<DirectRemoval> {
    let gallery = gallery::read(&site.client, id).await?;
    let ended = whom.where_shared(&gallery, false).ids();
    let whom = whom.where_shared(&gallery, true);
    let nothing = "The gallery is shared with none of them; nothing is sent.";
    Ok(removal(id, gallery, whom, ended, "Remove", nothing))
}

/// Works out what it takes that a gallery is shared with no one directly.
pub(crate) async fn plan_reset(site: &Site<'_>, id: &ResourceId) -> Result<DirectRemoval> {
    let gallery = gallery::read(&site.client, id).await?;
    let shared = shared_with(&gallery);
    let whom = if gallery.permissions() == "Groups" { shared } else { Whom::default() };
    let nothing = "The gallery has no direct shares; nothing is sent.";
    let ended = expiry_tags::ended_shares(&gallery);
    Ok(removal(id, gallery, whom, ended, "Reset", nothing))
}

fn removal(
    id: &ResourceId,
    gallery: Gallery,
    whom: Whom,
    ended: Vec<String>,
    operation: &'static str,
    nothing: &str,
) -> DirectRemoval {
    let leftover = expiry_tags::leftover_step(&gallery, &ended);
    let plan = Plan {
        steps: removal_step(&gallery, &whom).into_iter().chain(leftover).collect(),
        whom: Some(format!("gallery '{}'", id.name())),
        nothing: Some(nothing.to_owned()),
        ..Plan::titled(format!("Direct sharing of gallery '{}' ends:", id.name()))
    };
    DirectRemoval { id: id.clone(), gallery, whom, ended, operation, plan }
}

impl DirectRemoval {
    /// Takes the gallery from them.
    pub(crate) async fn carry_out(&self, site: &Site<'_>, run: &Run<'_>) -> Result<()> {
        let mut next = 0;
        if !self.whom.is_empty() {
            run.perform(next, async {
                let reset = self.operation == "Reset";
                let groups = if reset { Vec::new() } else { self.whom.groups() };
                let sent = propagation::share(site, &self.id, self.operation, &groups);
                expiry_tags::forget(site, &sent.await?, &self.whom.ids()).await
            })
            .await?;
            next += 1;
        }
        if next < run.plan().steps.len() {
            run.perform(next, expiry_tags::forget(site, &self.gallery, &self.ended)).await?;
        }
        Ok(())
    }
}

/// Whom a gallery is shared with, as far as Azure's ids are ids.
pub(crate) fn shared_with(gallery: &Gallery) -> Whom {
    Whom {
        subscriptions: gallery
            .shared_with(SUBSCRIPTIONS)
            .iter()
            .filter_map(|id| id.parse().ok())
            .collect(),
        tenants: gallery.shared_with(TENANTS).iter().filter_map(|id| id.parse().ok()).collect(),
    }
}

/// The step that takes a gallery from those of `whom` that have it; none if no one has.
pub(crate) fn removal_step(gallery: &Gallery, whom: &Whom) -> Option<Step> {
    if whom.is_empty() {
        return None;
    }
    let before = json!({"groups": whom.groups(), "tags": gallery.tags});
    let what = format!("direct sharing of {} with {}", gallery.id, whom.spoken());
    let step = Step::new(ChangeKind::Remove, WriteKind::DirectShare, &gallery.id, what)
        .at(&gallery.id)
        .between(before, Value::Null)
        .because("existing VMs keep running; scale sets made from its images can no longer grow");
    Some(step)
}

/// Takes a gallery from `whom` without asking; the plan was agreed to before.
pub(crate) async fn take_from(site: &Site<'_>, id: &ResourceId, whom: &Whom) -> Result<()> {
    let gallery = propagation::share(site, id, "Remove", &whom.groups()).await?;
    expiry_tags::forget(site, &gallery, &whom.ids()).await.map_err(|err| {
        err.while_doing(format!("sharing has ended, but its last day is still recorded in {id}"))
    })
}

/// One entry of a gallery's direct sharing.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub kind: &'static str,
    pub id: ArmId,
    /// The tenant it belongs to; unknown for a subscription that does not exist any more.
    pub tenant_id: Option<TenantId>,
    /// How far sharing has spread.
    pub state: Option<String>,
    /// The last day, if one was recorded.
    pub expires_on: Option<String>,
    /// The gallery's full id.
    pub gallery_id: ArmId,
}

/// Lists whom a gallery is shared with directly.
pub(crate) async fn list(site: &Site<'_>, id: &ResourceId) -> Result<Vec<Entry>> {
    let gallery = gallery::read(&site.client, id).await?;
    let whom = shared_with(&gallery);
    let state =
        gallery.properties.sharing_status.as_ref().map(|status| status.aggregated_state.clone());
    let entry = |kind, id: String, tenant_id| Entry {
        kind,
        expires_on: expiry_tags::recorded(&gallery, &id).map(|day| day.to_string()),
        id: id.into(),
        tenant_id,
        state: state.clone(),
        gallery_id: gallery.id.clone(),
    };
    let homes = home_tenant::of_subscriptions(site.app, &whom.subscriptions).await;
    let mut entries: Vec<Entry> = whom
        .subscriptions
        .iter()
        .map(|id| {
            let id = id.to_string();
            let tenant = homes.get(&id).copied();
            entry("subscription", id, tenant)
        })
        .collect();
    entries.extend(whom.tenants.iter().map(|id| entry("tenant", id.to_string(), Some(*id))));
    Ok(entries)
}

async fn create(site: &Site<'_>, id: &ResourceId, location: &str) -> Result<Gallery> {
    let made = site.client.put_gallery(id, location, &json!({"permissions": "Groups"})).await;
    let reply = made.map_err(|err| explained(err.into()))?;
    let progress = |state: &str| site.reporter.step(&format!("  gallery: {state}"));
    site.client.wait(reply, crate::rest::poll::LONGEST, &progress).await?;
    gallery::read(&site.client, id).await
}

/// Most who are refused here are not in the preview.
fn explained(err: Error) -> Error {
    err.while_doing("the gallery could not be created with direct sharing").hint(
        "Direct sharing is a preview: have the subscription accepted at https://aka.ms/directsharedgallery-preview, or share by roles: `az-imageshare share rbac add --help`.",
    )
}

fn sharing(site: &Site<'_>, gallery: &Gallery, change: &'static str) -> Sharing {
    Sharing { change: Some(change), ..Sharing::of(site, gallery) }
}

const NOTHING_SENT: &str = "nothing was changed";
