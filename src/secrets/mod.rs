//! Values that must not be seen, and where they are kept.

use std::fmt;

pub(crate) mod exposure;
pub(crate) mod folder;
pub(crate) mod input;
#[cfg_attr(not(target_os = "linux"), path = "no_kernel.rs")]
pub(crate) mod kernel;
pub(crate) mod keyring;
pub(crate) mod redact;
pub(crate) mod sealed;
#[cfg(target_os = "linux")]
mod secret_service;
pub(crate) mod stores;

/// A value that must not reach a terminal, a log or a core file.
///
/// There is no `Display` and no `Serialize`, so printing one does not compile.
#[derive(Clone, PartialEq, Eq, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// Takes over a plain value.
    pub fn new(plain: String) -> Secret {
        Secret(plain)
    }

    /// Lends the plain value: every caller is a line to review.
    pub fn expose(&self) -> &str {
        redact::remember_secret(&self.0);
        &self.0
    }

    /// True if the value begins with what a service showed as its first characters.
    pub(crate) fn begins_with(&self, hint: &str) -> bool {
        self.0.starts_with(hint)
    }

    /// True if nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// A place that keeps secrets by name: the operating system's keyring, or a test's.
///
/// Calls block. What may take a person's time, unlocking, is done outside of the async runtime: see [`SecretStore::probe`].
pub trait SecretStore: Send + Sync {
    /// What kind of store this is, as people call it: `Secret Service`, `Keychain`.
    fn name(&self) -> &'static str;

    /// Finds out whether the store can be used. A person at the terminal may be asked to unlock it.
    fn probe(&self) -> Result<(), StoreError>;

    /// Finds out the same and asks no one, no matter who sits at the terminal.
    fn look(&self) -> Result<(), StoreError> {
        self.probe()
    }

    /// Finds out whether something can be removed from the store, which may need less than reading does.
    fn probe_removal(&self) -> Result<(), StoreError> {
        self.probe()
    }

    /// True if a visit costs so much that a copy of a key that is needed often is worth keeping elsewhere.
    fn wants_copy(&self) -> bool {
        true
    }

    /// Reads the secret called `name`, if there is one.
    fn load(&self, name: &str) -> Result<Option<Secret>, StoreError>;

    /// Keeps `secret` under `name`, instead of what was there.
    fn save(&self, name: &str, secret: &Secret) -> Result<(), StoreError>;

    /// Removes the secret called `name`; one that is not there is no error.
    fn forget(&self, name: &str) -> Result<(), StoreError>;
}

/// Why a store could not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no store to talk to.
    #[error("no keyring is running ({0})")]
    Absent(String),
    /// There is a store, but nothing in it to put items into.
    #[error("the keyring has no default collection")]
    NoCollection,
    /// The store is there but locked, and no one is there to unlock it.
    #[error("the keyring is locked")]
    Locked,
    /// A person was asked to unlock the store and said no.
    #[error("unlocking the keyring was declined")]
    Declined,
    /// The store did not answer in time.
    #[error("the keyring did not answer within {0} ms")]
    Timeout(u64),
    /// The store answered with something else.
    #[error("the keyring failed: {0}")]
    Failed(String),
    /// The secrets are under a passphrase, and no one is there to type it.
    #[error("the secrets are locked under a passphrase")]
    Sealed,
    /// The passphrase that was given is another one.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// Only the kernel held the key of the secrets, and does not any more.
    #[error("the key of the secrets is gone, as after a restart of this computer")]
    KeyGone,
    /// The kernel keeps no keys for us.
    #[error("the kernel keeps no key here")]
    NoKernelKeyring,
    /// A file of this program is not what was written.
    #[error("{0} is damaged")]
    Damaged(String),
    /// A folder or file of this program cannot be used.
    #[error(transparent)]
    Folder(#[from] folder::FolderError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Some(Secret::new("hunter2".into()))), "Some(Secret(***))");
    }
}
