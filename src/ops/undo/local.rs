//! What lives on this computer: stored credentials, and which of them is the default.

use serde_json::{Value, json};

use super::restoration::Restoration;
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::id::TenantId;
use crate::ops::change::WriteKind;
use crate::ops::credential;
use crate::ops::credential::update::{RecordUpdate, clear_default, update_credential};

/// True for what exists on this computer alone.
pub(super) fn is_local(kind: WriteKind) -> bool {
    matches!(kind, WriteKind::Credential | WriteKind::DefaultCredential)
}

/// True if there is a credential of that name.
///
/// # Errors
/// If the records of credentials cannot be read.
pub(super) fn is_kept(app: &App, name: &str) -> Result<bool> {
    Ok(credential::all_records(app)?.iter().any(|record| record.name == name))
}

/// Reads how the thing is; null if it is not there.
///
/// # Errors
/// If the records of credentials cannot be read.
pub(super) fn observe_local(app: &App, of: &Restoration) -> Result<Value> {
    let records = credential::all_records(app)?;
    Ok(match of.kind {
        WriteKind::Credential => {
            let found = records.iter().find(|record| record.name == of.id);
            found.map_or(Value::Null, credential::plan::public_facts)
        }
        _ => {
            let found = records.iter().find(|record| record.is_default && record.cloud == of.id);
            found.map_or(Value::Null, |found| json!({"cloud": found.cloud, "name": found.name}))
        }
    })
}

/// Makes it as it was before; `found` is its current state. No secret is written, since none was recorded.
///
/// # Errors
/// If the records or the keyring cannot be written.
pub(super) fn restore_local(app: &App, of: &Restoration, found: &Value) -> Result<()> {
    match (of.kind, of.wanted.is_null()) {
        (WriteKind::Credential, true) => credential::remove_credential(app, &of.id),
        (WriteKind::Credential, false) => {
            let change = record_update(of, found);
            update_credential(app, &change, &of.id)?;
            Ok(())
        }
        (_, true) => clear_default(app, &of.id),
        (_, false) => {
            let name = of.wanted["name"].as_str().ok_or_else(|| {
                Error::new(Kind::Failure, "the record does not say which credential it was")
            })?;
            credential::make_default(app, name)?;
            Ok(())
        }
    }
}

fn record_update(of: &Restoration, found: &Value) -> RecordUpdate {
    let tenants = |facts: &Value| -> Vec<TenantId> {
        serde_json::from_value(facts["alsoTenantIds"].clone()).unwrap_or_default()
    };
    let also_tenants = tenants(&of.wanted);
    let mut not_tenants = tenants(found);
    not_tenants.retain(|tenant| !also_tenants.contains(tenant));
    let subscription = of.wanted["subscription"].as_str().unwrap_or_default();
    RecordUpdate { also_tenants, not_tenants, subscription: Some(subscription.to_owned()) }
}
