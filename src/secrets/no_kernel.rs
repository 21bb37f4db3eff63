//! Replaces the kernel's keyring where the system has none: it keeps nothing.
//!
//! macOS and Windows answer for their own keyrings without a session that could wear out, so no
//! copy is needed there.

use super::sealed::SealKey;

/// Finds nothing.
pub(crate) fn load_copy(_name: &str) -> Option<SealKey> {
    None
}

/// As long as a kernel would keep a key, in seconds.
pub(crate) const LIFETIME: usize = 8 * 3600;

/// Keeps nothing.
pub(crate) fn keep_key(_name: &str, _key: &SealKey, _seconds: Option<usize>) -> bool {
    false
}

/// Keeps nothing.
pub(crate) fn save_copy(_name: &str, _key: &SealKey) {}

/// Has nothing to forget.
pub(crate) fn forget_copy(_name: &str) {}
