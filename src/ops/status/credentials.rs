//! Every stored credential: for which tenants it is, and how it is.

use std::cell::OnceCell;

use jiff::civil::Date;
use serde::Serialize;

use crate::app::App;
use crate::app::names::KnownNames;
use crate::auth;
use crate::auth::credential_source::{ClientCredential, CredentialSource};
use crate::auth::records::{CredentialKind, Record, Records};
use crate::error::{Error, Result};
use crate::ops::expiry;
use crate::secrets::StoreError;

/// From so many days before its end, something is spoken of.
pub(super) const EARLY_DAYS: i32 = 30;

/// A tenant, as far as it is known.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TenantStatus {
    pub id: Option<String>,
    pub name: Option<String>,
    /// Whether signing in there works, where it was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ok: Option<bool>,
    /// Why it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl TenantStatus {
    pub(super) fn known(names: &KnownNames, id: &str) -> TenantStatus {
        TenantStatus { id: Some(id.to_owned()), name: names.tenant(id), ..TenantStatus::default() }
    }

    pub(super) fn by_domain(name: &str) -> TenantStatus {
        TenantStatus { name: Some(name.to_owned()), ..TenantStatus::default() }
    }

    /// Its name, or else its id.
    pub(crate) fn label(&self) -> &str {
        self.name.as_deref().or(self.id.as_deref()).unwrap_or_default()
    }
}

/// How a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CredentialHealth {
    /// It can sign in, as far as can be known here.
    Ready,
    /// Its secret or certificate ends within 30 days.
    Expiring,
    /// The keyring with its secret is locked, or there is none.
    Locked,
    /// Its secret or certificate has ended.
    Ended,
    /// Its secret is not where it was kept, or the cloud leads elsewhere than when it was kept.
    Broken,
    /// Signing in was tried, and refused.
    Refused,
}

/// One credential: never its secret.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CredentialStatus {
    pub name: String,
    pub cloud: String,
    pub client_id: String,
    pub kind: CredentialKind,
    pub is_default: bool,
    pub tenants: Vec<TenantStatus>,
    pub health: CredentialHealth,
    /// The last day of its secret or certificate, if it is known.
    pub ends_on: Option<String>,
    /// Why it is not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// All of them, in the order in which they were added.
pub(super) fn all(app: &App, names: &KnownNames) -> Result<Vec<CredentialStatus>> {
    let records = Records::load(&app.settings.home)?.credentials;
    // One look for all of them: each opens a session with the keyring.
    let keyring = OnceCell::new();
    Ok(records.iter().map(|record| status_of(app, names, record, &keyring)).collect())
}

/// One of them. The keyring is looked at, and lets no one be asked.
pub(crate) fn credential_status(
    app: &App,
    names: &KnownNames,
    record: &Record,
) -> CredentialStatus {
    status_of(app, names, record, &OnceCell::new())
}

/// Whether the keyring can be had, once someone looked.
type KeyringLook = OnceCell<Result<(), StoreError>>;

fn status_of(
    app: &App,
    names: &KnownNames,
    record: &Record,
    keyring: &KeyringLook,
) -> CredentialStatus {
    let ids = std::iter::once(&record.tenant_id).chain(&record.also_tenant_ids);
    let mut status = CredentialStatus {
        name: record.name.clone(),
        cloud: record.cloud.clone(),
        client_id: record.client_id.to_string(),
        kind: record.kind,
        is_default: record.is_default,
        tenants: ids.map(|id| TenantStatus::known(names, &id.to_string())).collect(),
        health: CredentialHealth::Ready,
        ends_on: record.secret_expires_on.clone(),
        detail: None,
        hint: None,
    };
    if record.cloud == app.settings.cloud.name
        && let Err(err) = auth::application_of(record, &app.settings.cloud)
    {
        status.fail(CredentialHealth::Broken, &err.into());
        return status;
    }
    if let Err(err) = look(app, record, keyring, &mut status) {
        let health = match err {
            Unavailable::Locked(_) => CredentialHealth::Locked,
            Unavailable::Broken(_) => CredentialHealth::Broken,
        };
        let (Unavailable::Locked(err) | Unavailable::Broken(err)) = err;
        status.fail(health, &err);
    }
    status.judge_end(expiry::today(app));
    status
}

/// Why the secret cannot be had.
enum Unavailable {
    Locked(Error),
    Broken(Error),
}

/// Makes sure that what the credential shows can be had; a certificate has its own last day. A secret is not read for
/// this: it stays where it is, and a visit to the keyring for each would take too long.
fn look(
    app: &App,
    record: &Record,
    keyring: &KeyringLook,
    status: &mut CredentialStatus,
) -> Result<(), Unavailable> {
    if record.kind != CredentialKind::Federated {
        let seen = keyring.get_or_init(|| app.secrets.look()).clone();
        seen.map_err(|err| match err {
            StoreError::Failed(_) | StoreError::KeyGone | StoreError::Damaged(_) => {
                Unavailable::Broken(err.into())
            }
            _ => Unavailable::Locked(err.into()),
        })?;
    }
    if record.kind == CredentialKind::Secret && app.secrets.wants_copy() {
        return Ok(());
    }
    let shown = CredentialSource::of_record(record)
        .and_then(|source| source.fetch(&record.name, &app.settings.home, &*app.secrets))
        .map_err(|err| Unavailable::Broken(err.into()))?;
    if let ClientCredential::Certificate(certificate) = shown {
        let end = certificate.ends().and_then(|end| jiff::Timestamp::from_second(end).ok());
        status.ends_on = end.map(|end| end.strftime("%Y-%m-%d").to_string());
    }
    Ok(())
}

impl CredentialStatus {
    pub(super) fn fail(&mut self, health: CredentialHealth, err: &Error) {
        self.health = health;
        let causes = err.causes();
        self.detail = Some(causes.last().cloned().unwrap_or_else(|| err.to_string()));
        self.hint = err.hints().first().cloned();
    }

    /// What ends: its secret or its certificate.
    pub(crate) fn what_ends(&self) -> &'static str {
        if self.kind == CredentialKind::Certificate { "certificate" } else { "secret" }
    }

    /// The command that gives it a new one.
    pub(crate) fn renewal(&self) -> String {
        let verb = if self.kind == CredentialKind::User { "login" } else { "rotate" };
        format!("az-imageshare credential {verb} -n {}", self.name)
    }

    fn judge_end(&mut self, today: Date) {
        let Some(last) = self.ends_on.as_ref().and_then(|day| day.parse::<Date>().ok()) else {
            return;
        };
        let left = (last - today).get_days();
        let (health, ends) = match left {
            ..0 => (CredentialHealth::Ended, "ended"),
            0..=EARLY_DAYS => (CredentialHealth::Expiring, "ends"),
            _ => return,
        };
        // A locked keyring is the nearer trouble, unless what is in it is of no use any more.
        if self.health == CredentialHealth::Ready || health == CredentialHealth::Ended {
            self.health = health;
            self.detail = Some(format!("its {} {ends} on {last}", self.what_ends()));
            self.hint = Some(format!("Give it a new one: `{}`.", self.renewal()));
        }
    }
}
