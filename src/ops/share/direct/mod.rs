//! Shares a gallery with whole subscriptions and tenants (a preview of Azure's).
//!
//! Source: <https://learn.microsoft.com/azure/virtual-machines/share-gallery-direct>.

mod checks;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use crate::arm::galleries::{Gallery, SharingGroup};
use crate::error::{Error, Result};
use crate::id::{ResourceId, SubscriptionId, TenantId};
use crate::ops::change::findings::Findings;
use crate::ops::change::{ChangeKind, Step, WriteKind};

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
        let ids = |kind: &str, ids: Vec<String>| SharingGroup { kind: kind.to_owned(), ids };
        let subscriptions = self.subscriptions.iter().map(ToString::to_string).collect();
        let tenants = self.tenants.iter().map(ToString::to_string).collect();
        let all = [ids(SUBSCRIPTIONS, subscriptions), ids(TENANTS, tenants)];
        all.into_iter().filter(|group| !group.ids.is_empty()).collect()
    }

    /// All ids, as text.
    pub(super) fn ids(&self) -> Vec<String> {
        self.groups().into_iter().flat_map(|group| group.ids).collect()
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
            |list: &[&str], id: String| list.iter().any(|known| known.eq_ignore_ascii_case(&id));
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

/// Makes sure that a gallery is shared with `whom`; sends no POST if it is. With a location, a gallery
/// that does not exist is created there. The last day is recorded before the gallery is shared.
///
/// # Errors
/// If a condition is not met, all of them at once; if Azure refuses or it does not take effect everywhere.
pub(crate) async fn add(
    site: &Site<'_>,
    id: &ResourceId,
    whom: &Whom,
    location: Option<&str>,
    last_day: Option<Date>,
) -> Result<Sharing> {
    let mut findings = Findings::default();
    conditions::of_cloud(site.app, "direct sharing", &mut findings);
    findings.settle(site.reporter, NOTHING_SENT)?;
    let found = site.client.gallery(id).await?;
    check_whom(site, whom, &mut findings).await?;
    if let Some(gallery) = &found {
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
    let gallery = match (found, location) {
        (Some(gallery), _) => gallery,
        (None, location) => create(site, id, location.unwrap_or_default()).await?,
    };
    let missing = whom.where_shared(&gallery, false);
    let standing = whom.where_shared(&gallery, true);
    let (fresh, standing) = (missing.ids(), standing.ids());
    let recorded = expiry_tags::settle(site, &gallery, &fresh, &standing, last_day).await?;
    if missing.is_empty() {
        site.reporter.step("The gallery is shared with all of them already; nothing to do");
        let gallery = propagation::spread(site, id).await?;
        let change = if recorded { "update" } else { "keep" };
        return Ok(sharing(site, &gallery, change));
    }
    site.reporter.note(&format!(
        "Sharing gallery '{}' with {}: anyone who can create VMs there can use every image in it, now and later, and see it in the portal",
        id.name(), missing.spoken()
    ));
    let gallery = propagation::share(site, id, "Add", &missing.groups()).await?;
    Ok(sharing(site, &gallery, "add"))
}

/// Makes sure that a gallery is not shared with `whom`; `agreed` answers the question beforehand.
pub(crate) async fn remove(
    site: &Site<'_>,
    id: &ResourceId,
    whom: &Whom,
    agreed: bool,
) -> Result<()> {
    let gallery = gallery::read(&site.client, id).await?;
    let going = whom.where_shared(&gallery, true);
    if going.is_empty() {
        site.reporter.note("The gallery is not shared with any of them; nothing to do");
        return Ok(());
    }
    take(site, id, "Remove", &going, agreed).await
}

/// Makes sure that a gallery is shared with nobody directly.
pub(crate) async fn reset(site: &Site<'_>, id: &ResourceId, agreed: bool) -> Result<()> {
    let gallery = gallery::read(&site.client, id).await?;
    let whom = shared_with(&gallery);
    if gallery.permissions() != "Groups" || whom.is_empty() {
        site.reporter.note("The gallery is not shared directly; nothing to do");
        return Ok(());
    }
    take(site, id, "Reset", &whom, agreed).await
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

/// The step that takes a gallery from those of `whom` that have it; none if nobody has.
pub(crate) fn removal_step(gallery: &Gallery, whom: &Whom) -> Option<Step> {
    if whom.is_empty() {
        return None;
    }
    let before = json!({"groups": whom.groups(), "tags": gallery.tags});
    let what = format!("direct sharing of {} with {}", gallery.id, whom.spoken());
    let step = Step::new(ChangeKind::Remove, WriteKind::DirectShare, &gallery.id, what)
        .at(&gallery.id)
        .between(before, Value::Null)
        .because(
            "machines that exist keep running; scale sets made from its images can no longer grow",
        );
    Some(step)
}

/// Takes a gallery from `whom` without asking; the plan was agreed to before.
pub(crate) async fn take_from(site: &Site<'_>, id: &ResourceId, whom: &Whom) -> Result<()> {
    let gallery = propagation::share(site, id, "Remove", &whom.groups()).await?;
    expiry_tags::forget(site, &gallery, &whom.ids()).await.map_err(|err| {
        err.while_doing(format!("sharing has ended, but its last day is still recorded in {id}"))
    })
}

async fn take(
    site: &Site<'_>,
    id: &ResourceId,
    operation: &str,
    whom: &Whom,
    agreed: bool,
) -> Result<()> {
    let plan = format!(
        "Gallery '{}' is taken from {}.\n  Machines that exist keep running; scale sets made from its images can no longer grow.",
        id.name(),
        whom.spoken()
    );
    if agreed {
        site.reporter.step(&plan);
    }
    site.app.confirm(&format!("{plan}\nDo you want to stop sharing it?"), agreed).await?;
    let groups = if operation == "Reset" { Vec::new() } else { whom.groups() };
    let gallery = propagation::share(site, id, operation, &groups).await?;
    expiry_tags::forget(site, &gallery, &whom.ids()).await
}

/// One entry of a gallery's direct sharing.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    pub kind: &'static str,
    pub id: String,
    /// The tenant it belongs to; unknown for a subscription that does not exist any more.
    pub tenant_id: Option<TenantId>,
    /// How far sharing has spread.
    pub state: Option<String>,
    /// The last day, if one was recorded.
    pub expires_on: Option<String>,
    /// The gallery's full id.
    pub gallery_id: String,
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
        id,
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
    site.reporter
        .note(&format!("Creating gallery '{}' in {location}, open to direct sharing", id.name()));
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
