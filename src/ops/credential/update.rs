//! Changing a credential's tenants and subscription; its secret stays as it is.

use crate::app::App;
use crate::auth::cache::TokenCache;
use crate::auth::credential_source::CredentialSource;
use crate::auth::records::{Record, RecordsChange};
use crate::error::{Error, Result};
use crate::id::TenantId;
use crate::ops::credential::proof::{sign_in, unproven};

/// What an update leaves of a credential's tenants and subscription; nothing is written.
pub(crate) fn updated_record(record: &Record, change: &RecordUpdate) -> Result<Record> {
    let mut updated = record.clone();
    if change.not_tenants.contains(&record.tenant_id) {
        return Err(Error::usage(format!(
            "tenant {} is the one that credential '{}' signs in to first",
            record.tenant_id, record.name
        ))
        .hint(format!("Add a credential of the other tenant, and remove this one with `az-imageshare credential remove -n {}`.", record.name)));
    }
    updated.also_tenant_ids.retain(|tenant| !change.not_tenants.contains(tenant));
    for tenant in &change.also_tenants {
        if !updated.is_for(*tenant) {
            updated.also_tenant_ids.push(*tenant);
        }
    }
    if let Some(subscription) = &change.subscription {
        updated.subscription = Some(subscription.clone()).filter(|name| !name.is_empty());
    }
    Ok(updated)
}

/// A change of a credential that leaves its secret as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecordUpdate {
    pub also_tenants: Vec<TenantId>,
    pub not_tenants: Vec<TenantId>,
    /// The subscription to use where none is named; empty for none.
    pub subscription: Option<String>,
}

/// Signs in to the tenants that `updated` has and `record` has not.
pub(crate) async fn prove_update(app: &App, record: &Record, updated: &Record) -> Result<()> {
    let source = CredentialSource::of_record(record)?;
    let mut shown = None;
    for tenant in updated.also_tenant_ids.iter().filter(|tenant| !record.is_for(**tenant)) {
        let shown = match &shown {
            Some(shown) => shown,
            None => shown.insert(source.fetch(&record.name, &app.settings.home, &*app.secrets)?),
        };
        app.reporter.step(&format!("signing in to tenant {tenant}"));
        sign_in(app, record.client_id, *tenant, shown).await.map_err(|err| {
            unproven(app, (&record.name, record.client_id, *tenant), err).while_doing(format!(
                "credential '{}' cannot sign in to tenant {tenant}; nothing was changed",
                record.name
            ))
        })?;
    }
    Ok(())
}

/// Keeps an updated record; tokens of tenants that it has no longer go.
pub(crate) fn update_credential(app: &App, change: &RecordUpdate, name: &str) -> Result<Record> {
    let mut records = RecordsChange::begin(&app.settings.home)?;
    let updated = updated_record(records.records.find(name)?, change)?;
    if let Some(kept) = records.records.credentials.iter_mut().find(|kept| kept.name == name) {
        *kept = updated.clone();
    }
    records.save()?;
    if let Some(cache) = TokenCache::open(&app.settings.home)? {
        cache
            .clear(|label| label.identity.credential == name && !updated.is_for(label.tenant_id))?;
        cache.forget_refusals();
    }
    Ok(updated)
}

/// Leaves a cloud without a default credential.
///
/// # Errors
/// If the records cannot be written.
pub(crate) fn clear_default(app: &App, cloud: &str) -> Result<()> {
    let mut change = RecordsChange::begin(&app.settings.home)?;
    for record in change.records.credentials.iter_mut().filter(|record| record.cloud == cloud) {
        record.is_default = false;
    }
    Ok(change.save()?)
}
