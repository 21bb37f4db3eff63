//! The keyring, and the copy of the cache key in the kernel's.

use super::check::{Check, State};
use crate::app::App;
use crate::auth::key::CacheKey;
use crate::auth::records::{CredentialKind, Records};
use crate::secrets::StoreError;
use crate::secrets::stores::StoreKind;
use crate::settings::env;

/// Finds out how the keyring is, and lets it ask no one.
pub(super) fn state(app: &App) -> Result<(), StoreError> {
    app.secrets.look()
}

/// Judges both.
pub(super) fn checks(app: &App, state: &Result<(), StoreError>) -> Vec<Check> {
    let mut checks = vec![keyring(app, state)];
    if cfg!(target_os = "linux") {
        checks.push(copy(app));
    }
    checks
}

fn keyring(app: &App, state: &Result<(), StoreError>) -> Check {
    const NAME: &str = "keyring";
    let Err(err) = state else {
        let store = app.secrets.name();
        return Check::ok(
            NAME,
            match app.stores.kind() {
                Ok(StoreKind::Keyring) | Err(_) => format!("{store} is there and unlocked"),
                Ok(_) => {
                    format!("not in use: secrets are in the store '{store}', which is unlocked")
                }
            },
        );
    };
    let records = Records::load(&app.settings.home).unwrap_or_default();
    let kept = |kind: CredentialKind| kind != CredentialKind::Federated;
    let depends = records.credentials.iter().any(|record| kept(record.kind));
    let check = Check::refused(NAME, err.clone());
    if depends {
        return check;
    }
    // Nothing of ours is in it: signing in by other means works.
    Check { state: State::Warning, ..check }
}

fn copy(app: &App) -> Check {
    const NAME: &str = "kernel-keyring";
    if !app.settings.key_cache {
        return Check::ok(
            NAME,
            format!(
                "switched off by {}: every cached token costs a visit to the keyring",
                env::KEY_CACHE
            ),
        );
    }
    if !app.secrets.wants_copy() {
        return Check::ok(NAME, "holds the key of the store while it is unlocked");
    }
    let key = CacheKey::new(&app.settings, app.secrets.clone());
    if key.has_copy() {
        Check::ok(NAME, "holds a copy of the cache key, for a few hours")
    } else {
        Check::ok(NAME, "holds no copy of the cache key now; the next token brings one")
    }
}
