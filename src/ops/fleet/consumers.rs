//! Whether the principals that grants name still exist: only the consumer's own tenant knows.

use std::collections::BTreeSet;

use super::drift_kind::{DriftKind, DriftMark};
use super::item::ItemKey;
use super::manifest::{FleetConsumer, Manifest};
use super::names::find_tenants;
use super::planner::ItemDrift;
use crate::app::App;
use crate::error::{Error, Result};
use crate::graph::Directory;
use crate::id::{PrincipalId, TenantId};

/// What was seen in the tenants of consumers.
#[derive(Debug, Default)]
pub(crate) struct ConsumerLook {
    /// Principals that are gone.
    pub drift: Vec<ItemDrift>,
    /// Consumers whose tenant no one looked into.
    pub unseen: Vec<String>,
}

/// Looks for the principals of each consumer with the stored credential that is of its tenant.
///
/// # Errors
/// If a credential is of no consumer's tenant, or its directory cannot be read.
pub(crate) async fn look_for_principals(
    app: &App,
    manifest: &Manifest,
    credentials: &[String],
) -> Result<ConsumerLook> {
    let tenants = find_tenants(app, manifest).await?;
    let mut sources = Vec::new();
    for name in credentials {
        let tokens = app.tokens_of(name)?;
        let home = tokens.home_tenant().filter(|home| tenants.values().any(|id| id == home));
        let home = home.ok_or_else(|| {
            Error::usage(format!("credential '{name}' is of no consumer's tenant")).hint(
                "Name a credential of a consumer; see them with `az-imageshare credential list`.",
            )
        })?;
        sources.push((home, tokens));
    }
    let mut look = ConsumerLook::default();
    for (name, consumer) in &manifest.consumers {
        let tenant = tenants.get(name).copied();
        let source = sources.iter().find(|(home, _)| Some(*home) == tenant);
        let Some((home, tokens)) = source else {
            look.unseen.push(name.clone());
            continue;
        };
        let directory = Directory::new(app.graph_as(tokens.clone(), Some(*home))?);
        look.drift.extend(gone(&directory, manifest, name, consumer, *home).await?);
    }
    Ok(look)
}

async fn gone(
    directory: &Directory,
    manifest: &Manifest,
    name: &str,
    consumer: &FleetConsumer,
    tenant: TenantId,
) -> Result<Vec<ItemDrift>> {
    let used = used_principals(manifest, name);
    let asked: Vec<_> =
        consumer.principals.iter().filter(|(name, _)| used.contains(name.as_str())).collect();
    let ids: Vec<PrincipalId> = asked.iter().map(|(_, principal)| principal.id.value).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = directory.objects(&ids).await.map_err(|err| {
        Error::from(err).while_doing(format!("cannot look for the principals of '{name}'"))
    })?;
    let is_there = |id: &PrincipalId| found.iter().any(|known| known.id == id.to_string());
    let missing = asked.into_iter().filter(|(_, principal)| !is_there(&principal.id.value));
    let told = missing.map(|(key, principal)| ItemDrift {
        mark: DriftMark::new(
            DriftKind::PrincipalGone,
            format!("{} does not exist in tenant {tenant}", principal.id.value),
        ),
        key: ItemKey::of(&[name, key]),
        line: principal.id.at.line,
        subscription: String::new(),
        consumer: name.to_owned(),
        id: principal.id.value.to_string(),
    });
    Ok(told.collect())
}

/// The consumer's principals that delegations name. Those of other methods are in the publisher's tenant.
fn used_principals<'a>(manifest: &'a Manifest, consumer: &str) -> BTreeSet<&'a str> {
    let grants = manifest.grants.iter().filter(|grant| !grant.absent);
    let grants = grants.filter(|grant| grant.to.iter().any(|named| named.value == consumer));
    let terms = grants.filter_map(|grant| grant.offer.as_ref());
    let roles = terms.flat_map(|terms| terms.authorizations.iter().chain(&terms.eligible));
    let named = roles.flat_map(|role| role.principals.iter().chain(&role.approvers));
    named.map(|named| named.value.as_str()).collect()
}
