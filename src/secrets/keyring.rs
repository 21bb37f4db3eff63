//! Placeholder.
#![allow(missing_docs)]
use super::{Secret, SecretStore, StoreError};
use std::time::Duration;
pub struct Keyring;
impl Keyring {
    #[must_use]
    pub fn new(_timeout: Duration, _attended: bool) -> Keyring {
        Keyring
    }
}
impl SecretStore for Keyring {
    fn name(&self) -> &'static str {
        "none"
    }
    fn probe(&self) -> Result<(), StoreError> {
        Err(StoreError::Absent("placeholder".into()))
    }
    fn load(&self, _n: &str) -> Result<Option<Secret>, StoreError> {
        self.probe().map(|()| None)
    }
    fn save(&self, _n: &str, _s: &Secret) -> Result<(), StoreError> {
        self.probe()
    }
    fn forget(&self, _n: &str) -> Result<(), StoreError> {
        self.probe()
    }
}
