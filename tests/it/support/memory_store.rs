//! A keyring in memory, for runs in this process.

use std::collections::BTreeMap;
use std::sync::Mutex;

use az_imageshare::secrets::{Secret, SecretStore, StoreError};

/// A keyring that lives as long as the test.
#[derive(Default)]
pub(crate) struct MemoryStore {
    items: Mutex<BTreeMap<String, Secret>>,
    /// What every call answers instead, if set.
    pub(crate) broken: Mutex<Option<StoreError>>,
}

impl MemoryStore {
    /// The names of all items.
    pub(crate) fn names(&self) -> Vec<String> {
        self.items.lock().unwrap().keys().cloned().collect()
    }

    /// Removes every item, as a new login with an empty keyring does.
    pub(crate) fn wipe(&self) {
        self.items.lock().unwrap().clear();
    }

    /// Puts an item there behind the program's back.
    pub(crate) fn put(&self, name: &str, value: &str) {
        let value = Secret::new(value.to_owned());
        self.items.lock().unwrap().insert(name.to_owned(), value);
    }

    fn check(&self) -> Result<(), StoreError> {
        self.broken.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

impl SecretStore for MemoryStore {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn probe(&self) -> Result<(), StoreError> {
        self.check()
    }

    fn load(&self, name: &str) -> Result<Option<Secret>, StoreError> {
        self.check()?;
        Ok(self.items.lock().unwrap().get(name).cloned())
    }

    fn save(&self, name: &str, secret: &Secret) -> Result<(), StoreError> {
        self.check()?;
        self.items.lock().unwrap().insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn forget(&self, name: &str) -> Result<(), StoreError> {
        self.check()?;
        self.items.lock().unwrap().remove(name);
        Ok(())
    }
}
