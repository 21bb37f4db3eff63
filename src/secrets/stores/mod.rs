//! Which store is in use, and the two that need no desktop: sealed files, whose key a passphrase wraps or only
//! the kernel holds.
//!
//! ```text
//! imageshare/store.json          which store is in use; without it the operating system's keyring
//! imageshare/stores/ID/key       the key, wrapped by the passphrase (`passphrase` alone)
//! imageshare/stores/ID/*.sealed  one secret each, sealed with that key
//! ```
//!
//! No store takes the place of another on its own: [`relocation`] is the only way from one to the next.

pub(crate) mod chosen;
mod items;
pub(crate) mod marker;
mod passphrase;
pub(crate) mod relocation;

pub(crate) use chosen::ChosenStore;
pub(crate) use marker::StoreKind;
