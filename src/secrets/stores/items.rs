//! The sealed files of a store, one for each secret.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::marker::later_version;
use super::passphrase::{UnwrapError, unwrap_key, wrap_key};
use crate::secrets::folder::PrivateFolder;
use crate::secrets::sealed::{self, EnvelopeContent, SealKey};
use crate::secrets::{Secret, StoreError};

/// The folder of one store.
#[derive(Clone, Debug)]
pub(super) struct SealedItems {
    stores: PathBuf,
    path: PathBuf,
}

/// What is kept under a name.
pub(super) enum SealedItem {
    Ready(Secret),
    Absent,
    /// It was sealed with a key that is gone.
    OtherKey,
}

const STORES: &str = "stores";
const KEY: &str = "key";
const SEALED: &str = ".sealed";
/// No writer lives as long as this between creating its file and renaming it.
const STALE: Duration = Duration::from_secs(300);

impl SealedItems {
    /// The folder of the store with that id; nothing is opened.
    pub(super) fn at(home: &Path, id: &str) -> SealedItems {
        let stores = home.join(STORES);
        SealedItems { path: stores.join(id), stores }
    }

    fn opened(&self) -> Result<Option<PrivateFolder>, StoreError> {
        if PrivateFolder::open(&self.stores)?.is_none() {
            return Ok(None);
        }
        Ok(PrivateFolder::open(&self.path)?)
    }

    fn made(&self) -> Result<PrivateFolder, StoreError> {
        PrivateFolder::create(&self.stores)?;
        Ok(PrivateFolder::create(&self.path)?)
    }

    /// Keeps the key of the store, wrapped.
    pub(super) fn keep_key(&self, passphrase: &Secret, key: &SealKey) -> Result<(), StoreError> {
        Ok(self.made()?.write(KEY, &wrap_key(passphrase, key))?)
    }

    /// Unwraps the key of the store.
    pub(super) fn key(&self, passphrase: &Secret) -> Result<SealKey, StoreError> {
        let path = self.path.join(KEY).display().to_string();
        let wrapped = match self.opened()? {
            Some(folder) => folder.read(KEY)?,
            None => None,
        };
        let wrapped = wrapped.ok_or_else(|| StoreError::Damaged(path.clone()))?;
        unwrap_key(passphrase, &wrapped).map_err(|err| match err {
            UnwrapError::Wrong => StoreError::WrongPassphrase,
            UnwrapError::Damaged => StoreError::Damaged(path),
            UnwrapError::FutureVersion(version) => later_version(path, version).into(),
        })
    }

    /// True if nothing is kept.
    pub(super) fn is_empty(&self) -> bool {
        let Ok(Some(folder)) = self.opened() else {
            return true;
        };
        !folder.files().iter().any(|(name, _)| name.ends_with(SEALED))
    }

    /// True if something is kept under that name, whether or not it opens.
    pub(super) fn has(&self, name: &str) -> bool {
        self.path.join(file_of(name)).exists()
    }

    /// Says that what is kept under a name is not what was written.
    pub(super) fn damage(&self, name: &str) -> StoreError {
        StoreError::Damaged(self.path.join(file_of(name)).display().to_string())
    }

    /// Reads one secret.
    pub(super) fn load(&self, key: &SealKey, name: &str) -> Result<SealedItem, StoreError> {
        let Some(folder) = self.opened()? else {
            return Ok(SealedItem::Absent);
        };
        let Some(content) = folder.read(&file_of(name))? else {
            return Ok(SealedItem::Absent);
        };
        let path = folder.path_of(&file_of(name)).display().to_string();
        match sealed::open_envelope::<String>(key, &content) {
            EnvelopeContent::Ready(label, secret) if label == name => {
                let Ok(secret) = std::str::from_utf8(&secret) else {
                    return Err(StoreError::Damaged(path));
                };
                Ok(SealedItem::Ready(Secret::new(secret.to_owned())))
            }
            EnvelopeContent::OtherKey => Ok(SealedItem::OtherKey),
            EnvelopeContent::FutureVersion(version) => Err(later_version(path, version).into()),
            EnvelopeContent::Ready(..) | EnvelopeContent::Corrupt => Err(StoreError::Damaged(path)),
        }
    }

    /// Keeps one secret.
    pub(super) fn save(
        &self,
        key: &SealKey,
        name: &str,
        secret: &Secret,
    ) -> Result<(), StoreError> {
        let folder = self.made()?;
        let content = sealed::seal_envelope(key, &name, secret.expose().as_bytes());
        Ok(folder.write(&file_of(name), &content)?)
    }

    /// Removes what killed writers left behind.
    pub(super) fn sweep(&self, now: SystemTime) {
        if let Ok(Some(folder)) = self.opened() {
            folder.sweep(now - STALE);
        }
    }

    /// Removes one secret. It needs no key: what was forgotten under a lost passphrase can still go.
    pub(super) fn forget(&self, name: &str) -> Result<(), StoreError> {
        match self.opened()? {
            Some(folder) => Ok(folder.remove(&file_of(name))?),
            None => Ok(()),
        }
    }

    /// Removes the whole store.
    pub(super) fn wipe(&self) -> Result<(), StoreError> {
        let Some(folder) = self.opened()? else {
            return Ok(());
        };
        for (name, _) in folder.files() {
            folder.remove(&name)?;
        }
        // Somebody else's file in it keeps the folder, and does no harm.
        let _ = std::fs::remove_dir(&self.path);
        Ok(())
    }
}

fn file_of(name: &str) -> String {
    format!("{name}{SEALED}")
}
