//! What has run out, method by method.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use crate::app::App;
use crate::arm::ArmError;
use crate::arm::galleries::Gallery;
use crate::arm::role_assignments::RoleAssignment;
use crate::error::Result;
use crate::graph::Directory;
use crate::id::{ArmId, ResourceId, Scope, SubscriptionId};
use crate::ops::access::assignment;
use crate::ops::change::fan_out::{AT_ONCE, fan_out};
use crate::ops::change::observe::{Observed, unread_line};
use crate::ops::delegation::removal::{Entry, OfferRemoval, Side, survey};
use crate::ops::expiry;
use crate::ops::share::app::TAG;
use crate::ops::share::app::secret_use::is_our_name;
use crate::ops::share::direct::{self, Whom};
use crate::ops::share::rbac::role_label;
use crate::ops::share::{expiry_tags, gallery};
use crate::ops::site::Site;

use super::{Expired, Way};

/// The subscriptions of the own tenant, or the one that was asked for.
pub(super) async fn subscriptions(site: &Site<'_>) -> Result<Vec<SubscriptionId>> {
    if site.is_named() {
        let found = site.subscription().await?;
        return Ok(vec![found.id]);
    }
    let own = site.client.tenant().map(|tenant| ArmId::from(tenant.to_string()));
    let all = site.client.subscriptions().await?;
    // What others have delegated to us is not ours to prune.
    Ok(all
        .into_iter()
        .filter(|known| own.is_none() || known.tenant_id == own)
        .filter_map(|known| known.subscription_id.parse().ok())
        .collect())
}

/// Joins what each subscription answered; one that refuses is warned of, left out, and noted in `unread`.
fn readable<T>(
    app: &App,
    what: &str,
    subscriptions: &[SubscriptionId],
    found: Vec<Result<Vec<T>, ArmError>>,
    unread: &mut Vec<String>,
) -> Result<Vec<T>> {
    let mut all = Vec::new();
    for (id, found) in subscriptions.iter().zip(found) {
        let what = format!("{what} of subscription {id}");
        match Observed::permitted(found)?.or_warn(app.reporter.as_ref(), &what, LEFT_OUT) {
            Some(read) => all.extend(read),
            None => unread.push(format!("{what} cannot be read")),
        }
    }
    Ok(all)
}

/// What follows from not being allowed to read something here.
const LEFT_OUT: &str = "they are left out";

/// Roles whose description records a day that has passed.
pub(super) async fn roles(
    site: &Site<'_>,
    subscriptions: &[SubscriptionId],
    unread: &mut Vec<String>,
) -> Result<Vec<Expired>> {
    let today = expiry::today(site.app);
    let work = subscriptions.iter().map(|id| async move {
        let scope = Scope::subscription(*id).to_string();
        site.client.role_assignments(&scope, None).await
    });
    let found = fan_out(AT_ONCE, work).await;
    let all = readable(site.app, "role assignments", subscriptions, found, unread)?;
    let mut over: Vec<Expired> = all.iter().filter_map(|known| over(known, today)).collect();
    // One above the subscriptions shows in each of them.
    over.sort_by(|one, other| one.id.cmp(&other.id));
    over.dedup_by(|one, other| one.id == other.id);
    Ok(over)
}

fn over(known: &RoleAssignment, today: Date) -> Option<Expired> {
    let properties = &known.properties;
    let last_day = expiry::recorded(properties.description.as_deref()?)?;
    (last_day < today).then(|| Expired {
        via: "rbac",
        principal_id: properties.principal_id.clone(),
        role: Some(role_label(known)),
        scope: Some(properties.scope.to_string().into()),
        expires_on: last_day.to_string(),
        id: known.id.to_string().into(),
        way: Way::Role(assignment::body_of(known)),
    })
}

/// Direct sharing and community sharing, whose last days stand in the galleries' tags.
pub(super) async fn galleries(
    site: &Site<'_>,
    subscriptions: &[SubscriptionId],
    unread: &mut Vec<String>,
) -> Result<Vec<Expired>> {
    let today = expiry::today(site.app);
    let work = subscriptions.iter().map(|id| async move {
        let scope = Scope::subscription(*id);
        site.client.galleries_with_profile(&scope).await
    });
    let found = fan_out(AT_ONCE, work).await;
    let all = readable(site.app, "galleries", subscriptions, found, unread)?;
    let ids: Vec<ResourceId> = all
        .iter()
        .filter(|gallery| expiry_tags::any_passed(gallery, today))
        .filter_map(|gallery| gallery.id.parse().ok())
        .collect();
    // Lists do not tell whom a gallery is shared with.
    let work = ids.iter().map(|id| gallery::read(&site.client, id));
    let mut over = Vec::new();
    for (id, gallery) in ids.iter().zip(fan_out(AT_ONCE, work).await) {
        over.extend(of_gallery(id, &gallery?, today));
    }
    Ok(over)
}

fn of_gallery(id: &ResourceId, gallery: &Gallery, today: Date) -> Vec<Expired> {
    let entry = |via, who: &str, way: Way| {
        let last_day = expiry_tags::recorded(gallery, who).filter(|day| *day < today)?;
        Some(Expired {
            via,
            principal_id: who.into(),
            role: None,
            scope: Some(gallery.id.clone()),
            expires_on: last_day.to_string(),
            id: gallery.id.clone(),
            way,
        })
    };
    let direct = |whom: Whom| {
        let way =
            Way::Direct { gallery: id.clone(), whom: whom.clone(), tags: json!(gallery.tags) };
        entry("direct", whom.ids().first()?, way)
    };
    let whom = direct::shared_with(gallery);
    let mut over: Vec<Expired> = whom.one_by_one().into_iter().filter_map(direct).collect();
    let is_open = gallery.community().is_some_and(|info| info.community_gallery_enabled);
    if is_open {
        let info = json!({"info": gallery.community(), "tags": gallery.tags});
        let way = Way::Community { gallery: id.clone(), info };
        over.extend(entry("community", expiry_tags::COMMUNITY, way));
    }
    // An interrupted run ends a share, and leaves its last day.
    let leftover = |via, who: &str| entry(via, who, Way::LastDay(Box::new(gallery.clone())));
    over.extend(expiry_tags::ended_shares(gallery).iter().filter_map(|id| leftover("direct", id)));
    if !is_open {
        over.extend(leftover("community", expiry_tags::COMMUNITY));
    }
    over
}

/// Delegations whose offer's description records a day that has passed.
pub(super) async fn delegations(site: &Site<'_>, unread: &mut Vec<String>) -> Result<Vec<Expired>> {
    let today = expiry::today(site.app);
    let all = match survey(site, &[Side::Given]).await {
        Ok(found) => {
            unread.extend(found.failures.iter().map(ToString::to_string));
            found.entries
        }
        Err(err) if err.causes().join(" ").contains("AuthorizationFailed") => {
            site.reporter.warn(&unread_line("delegations", LEFT_OUT));
            unread.push("the delegations cannot be read".to_owned());
            return Ok(Vec::new());
        }
        Err(err) => return Err(err),
    };
    let over = |entry: &Entry| {
        let description = entry.definition.properties.description.as_deref()?;
        let last_day = expiry::recorded(description).filter(|day| *day < today)?;
        let others = all
            .iter()
            .filter(|other| other.definition.id != entry.definition.id)
            .filter(|other| other.subscription == entry.subscription);
        let removal = OfferRemoval::of_entry(entry.clone(), others.cloned().collect(), false);
        Some(Expired {
            via: "delegation",
            principal_id: entry.definition.properties.managed_by_tenant_id.clone(),
            role: Some(entry.name().to_owned()),
            scope: Some(Scope::subscription(entry.subscription).to_string().into()),
            expires_on: last_day.to_string(),
            id: entry.definition.id.to_string().into(),
            way: Way::Delegation(Box::new(removal)),
        })
    };
    Ok(all.iter().filter_map(over).collect())
}

/// Client secrets of the tenant's applications that have ended. They give no access, so a directory that may not be
/// read is only warned of.
pub(super) async fn secrets(site: &Site<'_>) -> Result<Vec<Expired>> {
    let directory = Directory::new(site.app.graph(site.client.tenant())?);
    let answer = Observed::permitted(directory.applications_tagged(TAG).await)?;
    let so = "their secrets are left out";
    let applications = answer.or_warn(site.reporter, "applications", so).unwrap_or_default();
    let now = site.app.now();
    let mut found = Vec::new();
    for known in applications {
        for secret in known.password_credentials {
            let end = secret.end_date_time.as_deref().unwrap_or_default();
            let ended = end.parse::<Timestamp>().is_ok_and(|end| end.as_second() < now);
            if ended && secret.display_name.as_deref().is_some_and(is_our_name) {
                found.push(Expired {
                    via: "secret",
                    principal_id: known.app_id.to_string().into(),
                    role: known.display_name.clone(),
                    scope: None,
                    expires_on: end.chars().take(10).collect(),
                    id: secret.key_id.into(),
                    way: Way::Secret { application: known.id.clone() },
                });
            }
        }
    }
    Ok(found)
}
