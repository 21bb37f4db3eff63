//! The key that seals the token cache: an item in the keyring, and a copy in the kernel's keyring so that
//! daily use opens no session of the Secret Service.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::secrets::folder::{Lock, PrivateFolder};
use crate::secrets::kernel;
use crate::secrets::sealed::{self, SealKey};
use crate::secrets::{SecretStore, StoreError};
use crate::settings::Settings;

/// Finds the key of the cache, or makes it.
pub(crate) struct CacheKey {
    name: String,
    secrets: Arc<dyn SecretStore>,
    copy_in_kernel: bool,
    known: Mutex<Option<SealKey>>,
}

const LOCK: &str = "key.lock";
const PATIENCE: Duration = Duration::from_secs(30);

impl CacheKey {
    /// The key of one configuration's cache.
    pub(crate) fn new(settings: &Settings, secrets: Arc<dyn SecretStore>) -> CacheKey {
        CacheKey {
            name: item_name(&settings.home),
            secrets,
            copy_in_kernel: settings.key_cache,
            known: Mutex::new(None),
        }
    }

    /// The key, if it can be had; `create` makes one if there is none.
    ///
    /// Only one process at a time asks the keyring (by the lock in `folder`): bursts of sessions
    /// bring gnome-keyring down.
    pub(crate) fn find(
        &self,
        folder: &PrivateFolder,
        create: bool,
    ) -> Result<Option<SealKey>, StoreError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_none() {
            *known = self.look(folder, create)?;
        }
        Ok(known.clone())
    }

    fn look(&self, folder: &PrivateFolder, create: bool) -> Result<Option<SealKey>, StoreError> {
        if let Some(copy) = self.copy() {
            return Ok(Some(copy));
        }
        // Without the lock (a folder that cannot be written to) it is only less gentle.
        let _turn = self.turn(folder);
        if let Some(copy) = self.copy() {
            return Ok(Some(copy));
        }
        let kept = self.secrets.load(&self.name)?;
        let key = match kept.as_ref().and_then(SealKey::from_secret) {
            Some(key) => key,
            None if create => self.make()?,
            None => return Ok(None),
        };
        self.keep_copy(&key);
        Ok(Some(key))
    }

    fn make(&self) -> Result<SealKey, StoreError> {
        let key = SealKey::random();
        self.secrets.save(&self.name, &key.to_secret())?;
        Ok(key)
    }

    fn copy(&self) -> Option<SealKey> {
        if self.is_copied() { kernel::load_copy(&self.name) } else { None }
    }

    fn keep_copy(&self, key: &SealKey) {
        if self.is_copied() {
            kernel::save_copy(&self.name, key);
        }
    }

    /// A store whose own key the kernel keeps is as near as a copy, and ends when it is locked.
    fn is_copied(&self) -> bool {
        self.copy_in_kernel && self.secrets.wants_copy()
    }

    /// Has the kernel keep the copy for so many seconds; false if it does not.
    pub(crate) fn keep_copy_for(&self, key: &SealKey, seconds: usize) -> bool {
        self.is_copied() && kernel::keep_key(&self.name, key, Some(seconds))
    }

    /// Keeps others from making the key meanwhile.
    pub(crate) fn turn(&self, folder: &PrivateFolder) -> Option<Lock> {
        folder.lock(LOCK, PATIENCE).ok()
    }

    /// The key's name in the store.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// True if the kernel's keyring holds a copy of the key.
    pub(crate) fn has_copy(&self) -> bool {
        self.copy().is_some()
    }

    /// Forgets the copy: the next one who needs the key asks the keyring.
    pub(crate) fn forget_copy(&self) {
        kernel::forget_copy(&self.name);
    }
}

/// One key for each folder, so that two configurations share nothing.
fn item_name(home: &Path) -> String {
    let digest = Sha256::digest(home.as_os_str().as_encoded_bytes());
    format!("cache-key-v1-{}", sealed::hex_digits(&digest[..8]))
}
