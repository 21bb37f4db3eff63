//! Reads what a report holds.

use std::collections::BTreeMap;

use super::model::{AccessReport, ReportedGallery};
use crate::app::App;
use crate::app::names::KnownNames;
use crate::error::Result;
use crate::id::TenantId;
use crate::ops::estate::delegations::{self, Delegation, Side};
use crate::ops::estate::{shares, sights};
use crate::ops::expiry;
use crate::ops::gaps::Gaps;
use crate::ops::share::access::Access;

/// Reads everything that any stored identity sees.
///
/// # Errors
/// If nothing could be read at all.
pub(crate) async fn access_report(app: &App) -> Result<AccessReport> {
    let mut gaps = Gaps::default();
    let sights = sights::all_sights(app, &mut gaps).await?;
    let found = shares::survey(app, &sights, &mut gaps).await?;
    let offers = delegations::list(app, &sights, &[Side::Given], &mut gaps).await;
    let offers = offers.unwrap_or_else(|err| {
        gaps.note("delegations", &err);
        Vec::new()
    });
    let (mut galleries, mut rows) = (Vec::new(), Vec::new());
    for shares in found {
        let tenant_id = shares.tenant.to_string();
        galleries.extend(shares.galleries.into_iter().map(|gallery| ReportedGallery {
            id: gallery.id,
            name: gallery.name,
            tenant_id: tenant_id.clone().into(),
        }));
        rows.extend(shares.rows);
    }
    galleries.sort_by_key(|gallery| {
        (gallery.tenant_id.clone(), gallery.name.to_lowercase(), gallery.id.to_lowercase())
    });
    let mut names = tenant_names(app, &sights, &galleries, &rows, &offers).await;
    let subscriptions = sights.iter().flat_map(|sight| &sight.subscriptions);
    names.extend(
        subscriptions
            .filter(|known| !known.display_name.is_empty())
            .map(|known| (known.subscription_id.to_lowercase(), known.display_name.clone())),
    );
    let made_at = jiff::Timestamp::from_second(app.now()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    Ok(AccessReport {
        cloud: app.settings.cloud.name.clone(),
        made_at: made_at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        today: expiry::today(app),
        galleries,
        rows,
        offers,
        names,
        gaps,
    })
}

/// The names of all tenants that occur: those that are known, and those that Graph reports.
async fn tenant_names(
    app: &App,
    sights: &[sights::Sight],
    galleries: &[ReportedGallery],
    rows: &[Access],
    offers: &[Delegation],
) -> BTreeMap<String, String> {
    let known = KnownNames::open(app);
    let mut ids: Vec<String> =
        galleries.iter().map(|gallery| gallery.tenant_id.to_string()).collect();
    ids.extend(rows.iter().filter_map(|row| row.tenant_id.clone().map(Into::into)));
    ids.extend(offers.iter().map(|offer| offer.consumer_tenant_id.clone().into()));
    ids.iter_mut().for_each(|id| *id = id.to_lowercase());
    ids.sort();
    ids.dedup();
    let mut names = BTreeMap::new();
    for id in ids {
        let name = match known.tenant(&id) {
            Some(name) => Some(name),
            None => ask_name(app, sights, &id).await,
        };
        if let Some(name) = name {
            names.insert(id, name);
        }
    }
    names
}

/// The first of us whom Graph reports the name of a tenant.
async fn ask_name(app: &App, sights: &[sights::Sight], id: &str) -> Option<String> {
    let id: TenantId = id.parse().ok()?;
    for sight in sights {
        let identity = &sight.identity;
        let client = app.graph_as(identity.tokens.clone(), Some(identity.tenant)).ok()?;
        let directory = crate::graph::Directory::new(client);
        if let Ok(Some(name)) = directory.tenant_name(id).await {
            return Some(name);
        }
    }
    None
}
