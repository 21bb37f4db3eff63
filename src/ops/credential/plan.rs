//! What the verbs of `credential` change, as steps: all of it lies on this computer, and none of it is secret.

use serde_json::{Value, json};

use super::CredentialDraft;
use crate::app::App;
use crate::auth::records::{CredentialKind, Record, Records};
use crate::error::Result;
use crate::ops::change::{ChangeKind, Plan, Risk, Step, WriteKind};

/// A credential that is added.
///
/// # Errors
/// If the records cannot be read, or the name is taken.
pub(crate) fn addition_plan(app: &App, draft: &CredentialDraft) -> Result<Plan> {
    let records = Records::load(&app.settings.home)?;
    super::refuse_taken(&records, &draft.name)?;
    let mut plan = Plan::titled(format!("Credential '{}':", draft.name));
    plan.steps = addition_steps(app, &records, draft);
    Ok(plan)
}

/// The credential, its entry in the keyring, and that it becomes the default.
pub(crate) fn addition_steps(app: &App, records: &Records, draft: &CredentialDraft) -> Vec<Step> {
    let record = super::record_of(app, draft);
    let what = format!(
        "credential '{}' of application {} in tenant {}",
        record.name, record.client_id, record.tenant_id
    );
    let also = record.also_tenant_ids.iter().map(|tenant| format!("also for tenant {tenant}"));
    let mut step = Step::new(ChangeKind::Create, WriteKind::Credential, &record.name, what)
        .between(Value::Null, public_facts(&record));
    step.what.extend(also);
    let mut steps = vec![step];
    steps.extend(keyring_step(app, ChangeKind::Create, &record));
    if draft.is_default {
        steps.push(default_step(records, &record));
    }
    steps
}

/// A credential that gets another secret. Only one that has signed in may take the place of the old without a
/// question.
pub(crate) fn rotation_plan(app: &App, old: &Record, new: &CredentialDraft, proven: bool) -> Plan {
    let record = Record {
        kind: new.credential.kind(),
        secret_expires_on: new.secret_expires_on.clone(),
        ..old.clone()
    };
    let risk = if proven { Risk::None } else { Risk::TakesAway };
    let mut plan =
        Plan::titled(format!("New {} of credential '{}':", spoken(record.kind), old.name));
    let what = format!("credential '{}' signs in with a new {}", old.name, spoken(record.kind));
    let step = Step::new(ChangeKind::Update, WriteKind::Credential, &old.name, what)
        .between(public_facts(old), public_facts(&record));
    plan.push(step);
    if let Some(step) = keyring_step(app, ChangeKind::Replace, &record) {
        plan.push(step.risking(risk).detail("the old one stays valid in Entra until it ends"));
    }
    plan
}

/// A person's credential that gets a new sign-in.
pub(crate) fn login_plan(app: &App, record: &Record) -> Plan {
    let name = &record.name;
    let who = record.account.as_deref().unwrap_or("its person");
    let mut plan = Plan::titled(format!("New sign-in of credential '{name}':"));
    let what = format!("credential '{name}' keeps a new sign-in of {who}");
    let step = Step::new(ChangeKind::Update, WriteKind::Credential, name, what)
        .between(public_facts(record), public_facts(record))
        .detail("its cached tokens go");
    plan.push(step);
    // The new one has signed in already.
    let kept = keyring_step(app, ChangeKind::Replace, record);
    plan.steps.extend(kept.map(|step| step.risking(Risk::None)));
    plan
}

/// A credential whose tenants or subscription change.
pub(crate) fn update_plan(record: &Record, updated: &Record) -> Plan {
    let name = &record.name;
    let mut plan = Plan {
        nothing: Some(format!("Credential '{name}' is as wanted; nothing was changed.")),
        ..Plan::titled(format!("Credential '{name}':"))
    };
    let change = if record == updated { ChangeKind::Keep } else { ChangeKind::Update };
    let step = Step::new(change, WriteKind::Credential, name, format!("credential '{name}'"))
        .between(public_facts(record), public_facts(updated));
    let (old, new) = (&record.also_tenant_ids, &updated.also_tenant_ids);
    let gone: Vec<_> = old.iter().filter(|tenant| !new.contains(tenant)).collect();
    let risk = if gone.is_empty() { Risk::None } else { Risk::TakesAway };
    let mut step = step.risking(risk);
    let added = new.iter().filter(|tenant| !old.contains(tenant));
    step.what.extend(added.map(|tenant| format!("may also sign in to tenant {tenant}")));
    let lost = |tenant| format!("may no longer sign in to tenant {tenant}; its tokens go");
    step.what.extend(gone.into_iter().map(lost));
    if record.subscription != updated.subscription {
        step.what.push(match &updated.subscription {
            Some(subscription) => format!("subscription '{subscription}' where none is named"),
            None => "no subscription of its own".to_owned(),
        });
    }
    plan.push(step);
    plan
}

/// A credential that becomes the one that signs in where none is named.
///
/// # Errors
/// If there is none by that name.
pub(crate) fn default_plan(app: &App, name: &str) -> Result<Plan> {
    let records = Records::load(&app.settings.home)?;
    let record = records.find(name)?;
    let mut plan = Plan {
        nothing: Some(format!("Credential '{name}' is the default already.")),
        ..Plan::titled(format!("Default credential of cloud '{}':", record.cloud))
    };
    plan.push(default_step(&records, record));
    Ok(plan)
}

/// A credential that goes; nothing if there is none.
///
/// # Errors
/// If the records cannot be read.
pub(crate) fn removal_plan(app: &App, name: &str) -> Result<Plan> {
    let records = Records::load(&app.settings.home)?;
    let mut plan = Plan {
        nothing: Some(format!("There is no credential named '{name}'; nothing was removed.")),
        ..Plan::titled(format!("Credential '{name}' goes:"))
    };
    let Ok(record) = records.find(name) else {
        return Ok(plan);
    };
    let what = format!("credential '{name}' of application {}", record.client_id);
    let step = Step::new(ChangeKind::Remove, WriteKind::Credential, name, what)
        .between(public_facts(record), Value::Null)
        .detail("its cached tokens go, too; the application in Entra stays");
    plan.push(step);
    if record.item.is_some() {
        plan.steps.extend(keyring_step(app, ChangeKind::Remove, record));
    }
    Ok(plan)
}

/// The entry in the keyring that holds a secret, or the key of a sealed certificate.
fn keyring_step(app: &App, change: ChangeKind, record: &Record) -> Option<Step> {
    let what = match record.kind {
        CredentialKind::Secret => format!("client secret of '{}'", record.name),
        CredentialKind::Certificate => {
            format!("certificate of '{}', sealed in a file; its key", record.name)
        }
        CredentialKind::Federated => return None,
        CredentialKind::User => {
            format!("sign-in of a person for '{}', sealed in a file; its key", record.name)
        }
    };
    let what = format!("{what} in {}", app.stores.title());
    Some(Step::new(change, WriteKind::KeyringEntry, &record.name, what))
}

fn default_step(records: &Records, record: &Record) -> Step {
    let (name, cloud) = (&record.name, &record.cloud);
    let standing = records.default_of(cloud).map(|found| &found.name);
    let (change, what) = match standing {
        None => (ChangeKind::Create, format!("'{name}' signs in where no credential is named")),
        Some(old) if old == name => {
            (ChangeKind::Keep, format!("'{name}' signs in where no credential is named"))
        }
        Some(old) => (
            ChangeKind::Update,
            format!("'{name}' signs in where no credential is named, instead of '{old}'"),
        ),
    };
    let named = |name: &String| json!({"cloud": cloud, "name": name});
    Step::new(change, WriteKind::DefaultCredential, cloud, what)
        .between(standing.map_or(Value::Null, named), named(name))
}

/// A record without what is internal.
pub(crate) fn public_facts(record: &Record) -> Value {
    json!({
        "name": record.name,
        "cloud": record.cloud,
        "tenantId": record.tenant_id,
        "alsoTenantIds": record.also_tenant_ids,
        "clientId": record.client_id,
        "kind": record.kind,
        "isDefault": record.is_default,
        "subscription": record.subscription,
        "secretExpiresOn": record.secret_expires_on,
        "certificateThumbprint": record.thumbprint,
        "federatedTokenFile": record.token_file,
        "federatedBy": record.token_issuer,
        "account": record.account,
        "signIn": record.sign_in,
        "serviceConnectionId": record.service_connection,
    })
}

fn spoken(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::Secret => "client secret",
        CredentialKind::Certificate => "certificate",
        CredentialKind::Federated => "federated token",
        CredentialKind::User => "sign-in of a person",
    }
}
