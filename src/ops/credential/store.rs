//! Which store keeps the secrets: how it is, and the one way to another.

use serde::Serialize;
use serde_json::json;

use super::naming;
use crate::app::App;
use crate::auth::cache::TokenCache;
use crate::auth::key::CacheKey;
use crate::auth::records::{CredentialKind, Record, Records, RecordsChange};
use crate::error::{Error, Kind, Result};
use crate::ops::change::{ChangeKind, Plan, Risk, Step, WriteKind};
pub(crate) use crate::secrets::stores::StoreKind;
use crate::secrets::stores::relocation::Relocation;
use crate::secrets::{Secret, StoreError};

/// The store in use.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoreStatus {
    /// Its kind: `keyring`, `passphrase` or `boot`.
    pub store: StoreKind,
    /// What it is called, as in `credential show`.
    pub name: &'static str,
    pub state: StoreState,
    /// How many credentials have something in it.
    pub credentials: usize,
    /// Why it is not ready.
    pub detail: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// How the store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StoreState {
    /// It can be used without asking anybody.
    Ready,
    /// It waits for a password or passphrase.
    Locked,
    /// Its key is gone, and with it what was in it.
    Lost,
    /// It is not there, or does not work.
    Unavailable,
}

/// Looks at the store in use, and lets no one be asked.
///
/// # Errors
/// If it cannot be known which one that is.
pub(crate) fn store_status(app: &App) -> Result<StoreStatus> {
    let store = app.stores.kind()?;
    let looked = app.secrets.look();
    let state = match &looked {
        Ok(()) => StoreState::Ready,
        Err(StoreError::Locked | StoreError::Declined | StoreError::Sealed) => StoreState::Locked,
        Err(StoreError::KeyGone) => StoreState::Lost,
        Err(_) => StoreState::Unavailable,
    };
    let refused = looked.err().map(Error::from);
    Ok(StoreStatus {
        store,
        name: app.secrets.name(),
        state,
        credentials: kept_records(&Records::load(&app.settings.home)?).count(),
        detail: refused.as_ref().map(ToString::to_string),
        hint: refused.and_then(|err| err.hints().first().cloned()),
    })
}

fn kept_records(records: &Records) -> impl Iterator<Item = &Record> {
    records.credentials.iter().filter(|record| record.item.is_some())
}

/// True if something moves: to another store, or to one with another passphrase.
///
/// # Errors
/// If it cannot be known which store is in use.
pub(crate) fn moves_to(app: &App, to: StoreKind, anew: bool) -> Result<bool> {
    Ok(app.stores.kind()? != to || (anew && to == StoreKind::Passphrase))
}

/// A move of everything to another store; `anew` gives the passphrase store a new passphrase.
///
/// # Errors
/// If the records cannot be read.
pub(crate) fn relocation_plan(app: &App, to: StoreKind, anew: bool) -> Result<Plan> {
    let from = app.stores.kind()?;
    let records = Records::load(&app.settings.home)?;
    let shown = shown_store(to);
    let mut plan = Plan {
        nothing: Some(format!("Secrets are kept {shown} already.")),
        ..Plan::titled("Store of the secrets:")
    };
    let is_settled = !moves_to(app, to, anew)?;
    let (change, what) = match (is_settled, from == to) {
        (true, _) if app.stores.has_leftovers()? => {
            (ChangeKind::Update, "copies that an interrupted move left behind go".to_owned())
        }
        (true, _) => (ChangeKind::Keep, format!("secrets are kept {shown}")),
        (_, true) => (ChangeKind::Update, "the passphrase is another one".to_owned()),
        _ => (
            ChangeKind::Update,
            format!("secrets are kept {shown}, no longer {}", shown_store(from)),
        ),
    };
    let mut step = Step::new(change, WriteKind::SecretStore, to.word(), what)
        .between(json!({"store": from.word()}), json!({"store": to.word()}));
    if !is_settled {
        let moved = kept_records(&records)
            .map(|record| format!("{} of '{}' moves", what_is_kept(record.kind), record.name));
        step.what.extend(moved);
    }
    if to == StoreKind::Boot && !is_settled {
        step = step
            .risking(Risk::TakesAway)
            .detail("after a restart of this computer each secret has to be given again");
    }
    plan.push(step);
    Ok(plan)
}

fn what_is_kept(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::Certificate => "the key of the certificate",
        CredentialKind::User => "the key of the sign-in",
        CredentialKind::Secret | CredentialKind::Federated => "the secret",
    }
}

fn shown_store(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::Keyring => "in the keyring of the system",
        StoreKind::Passphrase => "in files under a passphrase",
        StoreKind::Boot => "in files whose key only the kernel holds",
    }
}

/// Moves everything. The old copies go when the new ones have been read back.
///
/// # Errors
/// If a secret cannot be read or kept: then nothing has changed. [`Kind::Partial`] if an old copy is left.
pub(crate) fn relocate_secrets(
    app: &App,
    to: StoreKind,
    passphrase: Option<&Secret>,
) -> Result<()> {
    let mut change = RecordsChange::begin(&app.settings.home)?;
    super::tidy_leftovers(app, &mut change)?;
    if app.stores.kind()? == to && passphrase.is_none() {
        // A move that was interrupted when everything had come over.
        app.stores.tidy()?;
        return Ok(change.save()?);
    }
    let key = CacheKey::new(&app.settings, app.secrets.clone());
    // Nobody may make the key of the cache in the old store meanwhile.
    let cache = TokenCache::create(&app.settings.home)?;
    let _turn = key.turn(cache.folder());
    let items = change.records.items();
    let wanted = Relocation { to, passphrase, items: &items, spare: key.name() };
    let left = app.stores.relocate(&wanted)?;
    key.forget_copy();
    naming::name_store(app, &mut change.records);
    change.save()?;
    match left {
        None => Ok(()),
        Some(err) => Err(Error::from(err)
            .while_doing("the secrets have moved, but copies are left where they were")
            .of_kind(Kind::Partial)
            .hint("The next change of a credential removes them.")),
    }
}

/// Lets commands use the store for so many seconds without asking.
///
/// # Errors
/// If it does not open, or the kernel keeps no key.
pub(crate) fn unlock_store(app: &App, passphrase: Option<&Secret>, seconds: usize) -> Result<()> {
    let kind = app.stores.kind()?;
    if passphrase.is_some() && kind != StoreKind::Passphrase {
        return Err(Error::usage(format!("the store in use, '{}', has no passphrase", kind.word()))
            .hint("Run `az-imageshare unlock` without one; `az-imageshare credential store show` says which store is in use."));
    }
    app.stores.unlock(passphrase, seconds).map_err(|err| match (err, kind) {
        (StoreError::NoKernelKeyring, StoreKind::Passphrase) => Error::new(
            Kind::Keyring,
            "the passphrase is right, but the kernel keeps no key here",
        )
        .hint(
            "Run the command that needs a secret at a terminal: it asks for the passphrase itself.",
        ),
        (err, _) => err.into(),
    })?;
    if kind == StoreKind::Keyring
        && let Some(cache) = TokenCache::open(&app.settings.home)?
    {
        let key = CacheKey::new(&app.settings, app.secrets.clone());
        if let Some(found) = key.find(cache.folder(), false)? {
            key.keep_copy_for(&found, seconds);
        }
    }
    Ok(())
}

/// Makes the next command ask again.
///
/// # Errors
/// If only the kernel has the key, and that it is to go for good was not said.
pub(crate) fn lock_store(app: &App, for_good: bool) -> Result<()> {
    let kept = kept_records(&Records::load(&app.settings.home)?).count();
    if app.stores.kind()? == StoreKind::Boot && kept > 0 && !for_good {
        return Err(Error::usage(format!(
            "nothing opens the secrets of {kept} credentials again: only the kernel has their key"
        ))
        .hint("Use --yes to lock all the same, and give each its secret again with `az-imageshare credential rotate -n NAME`; a person signs in again with `credential login -n NAME`."));
    }
    CacheKey::new(&app.settings, app.secrets.clone()).forget_copy();
    app.stores.lock()?;
    Ok(())
}
