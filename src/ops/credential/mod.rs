//! Adding, rotating and removing credentials, so that nothing is lost and nothing is left behind.
//!
//! Every step is on the disk before the next one begins (see [`crate::auth::records`]): a kill in between
//! leaves the old state or the new one, and at worst an item that the next change removes.

mod leftovers;
pub(crate) mod name_pool;
mod naming;
pub(crate) mod plan;
pub(crate) mod proof;
pub(crate) mod renewal;
pub(crate) mod store;
pub(crate) mod update;

use std::collections::BTreeMap;

use crate::app::App;
use crate::auth::application::Application;
use crate::auth::credential_source::{self, ClientCredential, CredentialSource};
use crate::auth::person::seal_grant;
pub(crate) use crate::auth::records::{CredentialKind, Record};
use crate::auth::records::{PinnedEndpoints, Records, RecordsChange};
use crate::auth::{self, AuthError, ChosenIdentity, service_principals};
use crate::error::{Error, Kind, Result};
use crate::id::{ClientId, TenantId, TenantRef};
use crate::secrets::StoreError;
use crate::secrets::sealed::{self, SealKey};
use leftovers::drop_pending;
pub(crate) use leftovers::{forget_replaced, forget_tokens};

/// A credential before it is kept.
#[derive(Clone, Debug)]
pub(crate) struct CredentialDraft {
    pub name: String,
    /// The tenant it signs in to.
    pub tenant: TenantId,
    /// Other tenants it may sign in to.
    pub also: Vec<TenantId>,
    pub client: ClientId,
    /// How it proves who it is.
    pub credential: ClientCredential,
    /// When the secret ends.
    pub secret_expires_on: Option<String>,
    /// Signs in whenever nothing else is chosen.
    pub is_default: bool,
    /// The subscription to use where none is named.
    pub subscription: Option<String>,
}

/// All credentials. Reads neither keyring nor network.
pub(crate) fn all_records(app: &App) -> Result<Vec<Record>> {
    Ok(naming::current_records(app)?.credentials)
}

/// One credential. Reads neither keyring nor network.
pub(crate) fn find_record(app: &App, name: &str) -> Result<Record> {
    Ok(naming::current_records(app)?.find(name)?.clone())
}

/// Refuses a name that is taken, before anything is asked.
pub(crate) fn check_free(app: &App, name: &str) -> Result<()> {
    refuse_taken(&Records::load(&app.settings.home)?, name)
}

fn refuse_taken(records: &Records, name: &str) -> Result<()> {
    if records.find(name).is_err() {
        return Ok(());
    }
    Err(
        Error::usage(format!("there is already a credential named '{name}'")).hint(format!(
            "Give it a new secret with `az-imageshare credential rotate -n {name}`, or choose another name."
        )),
    )
}

/// Keeps a new credential.
///
/// # Errors
/// If the name was taken meanwhile, or keyring or disk do not take it.
pub(crate) fn add_credential(app: &App, draft: &CredentialDraft) -> Result<Record> {
    let mut change = RecordsChange::begin(&app.settings.home)?;
    tidy_leftovers(app, &mut change)?;
    refuse_taken(&change.records, &draft.name)?;
    let mut record = record_of(app, draft);
    store_credential(app, &mut change, &mut record, &draft.credential)?;
    change.records.credentials.push(record);
    if draft.is_default {
        change.records.make_default(&draft.name);
    }
    change.save()?;
    Ok(change.records.find(&draft.name)?.clone())
}

/// The record of a draft, before its secret has a place.
fn record_of(app: &App, draft: &CredentialDraft) -> Record {
    let cloud = &app.settings.cloud;
    Record {
        name: draft.name.clone(),
        cloud: cloud.name.clone(),
        authority: cloud.active_directory.to_string(),
        endpoints: Some(PinnedEndpoints::of_cloud(cloud)),
        tenant_id: draft.tenant,
        also_tenant_ids: draft.also.clone(),
        client_id: draft.client,
        subscription: draft.subscription.clone(),
        kind: draft.credential.kind(),
        store: String::new(),
        is_default: false,
        secret_expires_on: draft.secret_expires_on.clone().or_else(|| draft.credential.last_day()),
        item: None,
        token_file: draft.credential.token_file(),
        token_issuer: draft.credential.pipeline().map(|trust| trust.issuer),
        service_connection: draft.credential.pipeline().and_then(|trust| trust.connection.clone()),
        account: draft.credential.person().map(|person| person.account.clone()),
        sign_in: draft.credential.person().map(|person| person.way),
        thumbprint: draft.credential.thumbprint(),
        application_object_id: None,
        key_id: None,
        kept_keys: Vec::new(),
        retiring: None,
        generation: String::new(),
    }
}

/// Replaces a secret; the old one goes when the new one is kept.
///
/// # Errors
/// If keyring or disk do not take it; the old credential then still works.
pub(crate) fn rotate_credential(
    app: &App,
    name: &str,
    credential: &ClientCredential,
    secret_expires_on: Option<String>,
) -> Result<Record> {
    replace_secret(app, name, credential, |record| {
        record.secret_expires_on = secret_expires_on.or_else(|| credential.last_day());
        // What signed in until now stays valid in Entra.
        record.kept_keys.extend(record.key_id.take());
        record.retiring = None;
    })
}

/// What the tenants of a person have asked for so far; nothing if the sign-in is gone.
pub(crate) fn claims_of_tenants(app: &App, record: &Record) -> BTreeMap<TenantId, String> {
    let kept = CredentialSource::of_record(record)
        .and_then(|source| source.fetch(&record.name, &app.settings.home, &*app.secrets));
    kept.ok().and_then(|kept| Some(kept.person()?.claims.clone())).unwrap_or_default()
}

/// The same with what else changes in the record at the same moment.
///
/// # Errors
/// As [`rotate_credential`].
pub(crate) fn replace_secret(
    app: &App,
    name: &str,
    credential: &ClientCredential,
    adjust: impl FnOnce(&mut Record),
) -> Result<Record> {
    let mut change = RecordsChange::begin(&app.settings.home)?;
    tidy_leftovers(app, &mut change)?;
    let mut record = change.records.find(name)?.clone();
    let old = record.item.take();
    record.kind = credential.kind();
    adjust(&mut record);
    store_credential(app, &mut change, &mut record, credential)?;
    if let Some(kept) = change.records.credentials.iter_mut().find(|kept| kept.name == name) {
        *kept = record.clone();
    }
    change.records.pending.extend(old);
    change.save()?;
    Ok(record)
}

/// Notes that nothing of a renewal is left in Entra that should not be there.
pub(crate) fn settle_renewal(app: &App, name: &str) -> Result<()> {
    let mut change = RecordsChange::begin(&app.settings.home)?;
    let kept = change.records.credentials.iter_mut().find(|kept| kept.name == name);
    if let Some(kept) = kept.filter(|kept| kept.retiring.is_some()) {
        kept.retiring = None;
        change.save()?;
    }
    Ok(())
}

/// Removes a credential; its item is noted, for [`forget_removed`], and its tokens are left to [`forget_tokens`].
///
/// # Errors
/// If there is none by that name, or the keyring is locked: then nothing is removed.
pub(crate) fn remove_record(app: &App, name: &str) -> Result<()> {
    let mut change = RecordsChange::begin(&app.settings.home)?;
    change.sweep();
    let record = change.records.find(name)?.clone();
    if record.item.is_some() {
        match app.secrets.probe_removal() {
            // Without a keyring the item is out of reach, or gone with it: no reason to keep the rest.
            Ok(()) | Err(StoreError::Absent(_) | StoreError::NoCollection) => {}
            Err(err) => return Err(err.into()),
        }
    }
    change.records.credentials.retain(|kept| kept.name != name);
    change.records.pending.extend(record.item);
    change.save()?;
    Ok(())
}

/// Removes the items and sealed certificates of credentials that are gone.
///
/// # Errors
/// If the keyring does not let go of one; it stays noted.
pub(crate) fn forget_removed(app: &App) -> Result<()> {
    let mut change = RecordsChange::begin(&app.settings.home)?;
    let forgotten = drop_pending(app, &mut change);
    change.sweep();
    forgotten
        .map_err(|err| err.hint("The next change of a credential removes it from the keyring."))
}

/// Both, for a verb of another group that takes a credential along.
///
/// # Errors
/// As [`remove_record`]; an item that stays is only reported.
pub(crate) fn remove_credential(app: &App, name: &str) -> Result<()> {
    remove_record(app, name)?;
    if let Err(err) = forget_tokens(app, name) {
        app.reporter.warn(&err.to_string());
    }
    if let Err(err) = forget_removed(app) {
        app.reporter.warn(&format!(
            "the secret is still in {} ({err}); the next change of a credential removes it",
            app.stores.title()
        ));
    }
    Ok(())
}

/// Makes a credential the one that signs in whenever nothing else is chosen.
pub(crate) fn make_default(app: &App, name: &str) -> Result<Record> {
    let mut change = RecordsChange::begin(&app.settings.home)?;
    change.records.find(name)?;
    change.records.make_default(name);
    change.save()?;
    Ok(change.records.find(name)?.clone())
}

/// Puts the credential where it is kept, and notes in the record where that is.
fn store_credential(
    app: &App,
    change: &mut RecordsChange,
    record: &mut Record,
    credential: &ClientCredential,
) -> Result<()> {
    record.generation = sealed::random_name();
    record.thumbprint = None;
    let trust = credential.pipeline();
    record.token_issuer = trust.map(|trust| trust.issuer);
    record.service_connection = trust.and_then(|trust| trust.connection.clone());
    record.token_file = credential.token_file();
    if credential.kind() == CredentialKind::Federated {
        "none".clone_into(&mut record.store);
        return Ok(());
    }
    app.secrets.name().clone_into(&mut record.store);
    let item = change.announce()?;
    if let ClientCredential::Secret(secret) = credential {
        app.secrets.save(&item, secret)?;
    }
    if let ClientCredential::Certificate(certificate) = credential {
        let key = SealKey::random();
        credential_source::seal_certificate(&app.settings.home, &item, &key, certificate)?;
        app.secrets.save(&item, &key.to_secret())?;
        record.thumbprint = Some(certificate.thumbprint());
    }
    if let Some(person) = credential.person() {
        let key = SealKey::random();
        seal_grant(&app.settings.home, &item, &key, person)?;
        app.secrets.save(&item, &key.to_secret())?;
        record.account = Some(person.account.clone());
        record.sign_in = Some(person.way);
    }
    change.records.pending.retain(|pending| *pending != item);
    record.item = Some(item);
    Ok(())
}

/// Removes what earlier runs left behind when they were killed.
fn tidy_leftovers(app: &App, change: &mut RecordsChange) -> Result<()> {
    // An item that cannot be removed now stays noted.
    let _ = drop_pending(app, change);
    let _ = app.stores.tidy();
    naming::name_store(app, &mut change.records);
    change.sweep();
    service_principals::sweep_leftovers(&app.settings.config_dir, (app.clock)());
    Ok(())
}

/// The application of a stored credential with another secret than is kept.
///
/// # Errors
/// If it belongs to another cloud than the one in use, or the cloud's authority has changed.
pub(crate) fn application_in_use(app: &App, record: &Record) -> Result<Application> {
    Ok(crate::auth::application_of(record, &app.settings.cloud)?)
}

/// The stored credential that signs in where none is named.
///
/// # Errors
/// If it is not a stored one that signs in: the environment, the `az` login, or no one.
pub(crate) fn record_in_force(app: &App) -> Result<Record> {
    let other = match auth::choose_identity(&app.sign_in_context()).map(|choice| choice.who) {
        Ok(ChosenIdentity::Stored(record)) => return Ok(*record),
        Ok(ChosenIdentity::Environment(application)) => format!(
            "application {} of the environment signs in, not a stored credential",
            application.client
        ),
        Ok(ChosenIdentity::Az(login)) => {
            format!("{} of the az login signs in, not a stored credential", login.user_name())
        }
        Err(AuthError::NobodySignedIn { .. }) => {
            format!("no credential is the default of cloud '{}'", app.settings.cloud.name)
        }
        Err(err) => return Err(err.into()),
    };
    Err(Error::new(Kind::NotFound, other).hint(
        "See the stored ones with `az-imageshare credential list -o table`, and name one with -n.",
    ))
}

/// How signing in to one tenant went.
#[derive(Debug)]
pub(crate) struct TenantCheck {
    pub tenant: TenantId,
    /// When its token ends, or why there is none.
    pub outcome: Result<i64>,
}

/// Signs in to every tenant of a stored credential, past the cache.
pub(crate) async fn test_tenants(app: &App, name: &str) -> Result<Vec<TenantCheck>> {
    let records = Records::load(&app.settings.home)?;
    let record = records.find(name)?.clone();
    let tokens = app.tokens_of(name)?;
    let mut checks = Vec::new();
    for tenant in std::iter::once(record.tenant_id).chain(record.also_tenant_ids) {
        app.reporter.step(&format!("signing in to tenant {tenant}"));
        let request = crate::auth::TokenRequest {
            tenant: Some(tenant),
            scope: app.settings.cloud.arm_scope(),
            renew: true,
        };
        let outcome = tokens.token(&request).await;
        checks.push(TenantCheck {
            tenant,
            outcome: outcome.map(|token| token.expires_on).map_err(Error::from),
        });
    }
    Ok(checks)
}

/// The tenants of a draft as ids; domains are looked up.
pub(crate) async fn resolve_tenants(app: &App, tenants: &[TenantRef]) -> Result<Vec<TenantId>> {
    let mut found: Vec<TenantId> = Vec::new();
    for tenant in tenants {
        let id = app.tenant_id(tenant).await.map_err(|err| match err.kind() {
            // The error says it.
            Kind::NotFound => err,
            // Whether there is such a tenant is not known while nobody answers.
            _ => err.while_doing(format!("tenant '{tenant}' cannot be looked up")),
        })?;
        if !found.contains(&id) {
            found.push(id);
        }
    }
    Ok(found)
}
