//! Notes of client secrets that were asked for and are not kept yet: what the next run needs to take away the secret
//! of a run that was killed in between, also where no history is written.
//!
//! A note bears the run's correlation id, as its secret in Entra does, and lies on this computer alone: a secret of
//! another one has no note here and is never touched. It is locked as long as its run lives, and may keep the secret.

use std::time::Duration;

use super::TAG;
use crate::app::App;
use crate::error::Result;
use crate::ops::change::journal::LOCK_SUFFIX;
use crate::secrets::folder::{Lock, PrivateFolder};

/// The note of this run, and its lock.
pub(super) struct SecretNote {
    folder: PrivateFolder,
    name: String,
    _lock: Lock,
}

impl SecretNote {
    /// Brings the note to the disk.
    ///
    /// # Errors
    /// If the disk does not take it: no secret may be asked for then.
    pub(super) fn write(app: &App) -> Result<SecretNote> {
        PrivateFolder::create(&app.settings.home)?;
        let folder = PrivateFolder::create(&app.settings.home.join(FOLDER))?;
        remove_old(&folder, app);
        let name = app.correlation.to_string();
        let lock = folder.lock(&lock_name(&name), Duration::ZERO)?;
        // One that is there is of this run, too.
        if folder.open_file(&name)?.is_none() {
            folder.create_new(&name)?;
        }
        Ok(SecretNote { folder, name, _lock: lock })
    }

    /// Removes it: the secret is kept, or none was made.
    pub(super) fn settle(self) {
        remove_with_lock(&self.folder, &self.name);
    }
}

/// The name that a secret of this run bears in Entra.
pub(super) fn secret_name(app: &App) -> String {
    format!("{TAG} {}", app.correlation)
}

/// The names in Entra of secrets whose run ended before it kept them.
///
/// # Errors
/// If the folder of the notes is not the user's alone.
pub(super) fn left(app: &App) -> Result<Vec<String>> {
    let Some(folder) = PrivateFolder::open(&app.settings.home.join(FOLDER))? else {
        return Ok(Vec::new());
    };
    let mut left = Vec::new();
    for (name, _) in folder.files() {
        if name.ends_with(LOCK_SUFFIX) {
            continue;
        }
        let lock = folder.try_lock(&lock_name(&name))?;
        // A run that keeps its secret removes the note before it lets go of the lock.
        if lock.is_some() && folder.open_file(&name)?.is_some() {
            left.push(format!("{TAG} {name}"));
        }
    }
    Ok(left)
}

/// Removes the note of a secret that was taken away, or is kept after all.
pub(super) fn remove(app: &App, secret: &str) {
    let folder = PrivateFolder::open(&app.settings.home.join(FOLDER));
    let name = secret.strip_prefix(TAG).map(str::trim_start);
    if let (Ok(Some(folder)), Some(name)) = (folder, name) {
        remove_with_lock(&folder, name);
    }
}

fn remove_with_lock(folder: &PrivateFolder, name: &str) {
    let _ = folder.remove(name);
    let _ = folder.remove(&lock_name(name));
}

fn lock_name(name: &str) -> String {
    format!("{name}{LOCK_SUFFIX}")
}

/// A run that was killed before its request arrived leaves a note of nothing.
fn remove_old(folder: &PrivateFolder, app: &App) {
    let oldest = (app.clock)().checked_sub(LONGEST_KEPT);
    for (name, written) in folder.files() {
        if oldest.is_some_and(|oldest| written < oldest) {
            let _ = folder.remove(&name);
        }
    }
}

const FOLDER: &str = "client-secrets";
const LONGEST_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);
