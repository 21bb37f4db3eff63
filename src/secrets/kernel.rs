//! Keys in the kernel's keyring of the user: the time-limited copy of the cache key, and the key of a store that
//! needs no desktop.
//!
//! It gives a process of the same user no more than an unlocked Secret Service does, and spares the
//! Secret Service a session for every cached token (gnome-keyring 50 aborts under bursts of them).
//! The user keyring is not separate per container, hence the hash of the folder in the name.
//! Whatever fails here means only that the keyring itself is asked.

use linux_keyutils::{KeyPermissions, KeyRing, KeyRingIdentifier};
use zeroize::Zeroizing;

use super::sealed::SealKey;

/// After this many seconds the keyring is asked again.
pub(crate) const LIFETIME: usize = 8 * 3600;

/// Everything to possessor and user, nothing to group and others.
const OWN: u32 = 0x3f3f_0000;

/// Reads the copy called `name`.
pub(crate) fn load_copy(name: &str) -> Option<SealKey> {
    let found = user_keyring()?.search(&key_description(name)).ok()?;
    let mut bytes = Zeroizing::new([0_u8; 32]);
    let length = found.read(&mut *bytes).ok()?;
    if length != bytes.len() {
        return None;
    }
    SealKey::from_bytes(&*bytes)
}

/// Keeps a copy under `name` for some hours; a kernel that does not take it is not a failure.
pub(crate) fn save_copy(name: &str, key: &SealKey) {
    let _ = keep_key(name, key, Some(LIFETIME));
}

/// Keeps a key under `name` for so many seconds, or until the computer restarts; false if the kernel does not
/// take it.
pub(crate) fn keep_key(name: &str, key: &SealKey, seconds: Option<usize>) -> bool {
    let Some(keyring) = user_keyring() else {
        return false;
    };
    let Ok(added) = keyring.add_key(&key_description(name), key.bytes()) else {
        return false;
    };
    let is_limited = seconds.is_none_or(|seconds| added.set_timeout(seconds).is_ok());
    let closed = is_limited && added.set_perms(KeyPermissions::from_u32(OWN)).is_ok();
    if !closed {
        // Where the session does not possess the keyring, as under cron or `keyctl session`, the key would
        // have no end: it goes the one way that needs no possession.
        let _ = added.invalidate().or_else(|_| keyring.unlink_key(added));
    }
    closed
}

/// Removes the copy called `name`.
pub(crate) fn forget_copy(name: &str) {
    let found = user_keyring().and_then(|keyring| keyring.search(&key_description(name)).ok());
    if let (Some(found), Some(keyring)) = (found, user_keyring()) {
        let _ = found.invalidate().or_else(|_| keyring.unlink_key(found));
    }
}

fn user_keyring() -> Option<KeyRing> {
    KeyRing::from_special_id(KeyRingIdentifier::User, false).ok()
}

fn key_description(name: &str) -> String {
    format!("az-imageshare:{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_comes_back_or_is_absent() {
        let name = crate::secrets::sealed::random_name();
        let key = SealKey::random();
        assert!(load_copy(&name).is_none());
        save_copy(&name, &key);
        // A container may refuse keyctl: then the copy stays absent, which is all we promise.
        if let Some(found) = load_copy(&name) {
            assert_eq!(found.bytes(), key.bytes());
        }
        forget_copy(&name);
        assert!(load_copy(&name).is_none());
    }

    /// Where the session does not possess the user's keyring, no end can be set: `keyctl session`, cron, systemd's
    /// KeyringMode=private. Then nothing is left behind (adversary A8).
    #[test]
    fn what_could_have_no_end_is_not_left() {
        let this = std::env::current_exe().unwrap();
        let inner = "secrets::kernel::tests::in_a_session_of_its_own";
        let ran = std::process::Command::new("keyctl")
            .args(["session", "-"])
            .arg(this)
            .args(["--ignored", "--exact", inner])
            .output()
            .expect("keyctl of keyutils is one of the tools that tests need");
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(ran.status.success() && said.contains("1 passed"), "{ran:?}");
    }

    #[test]
    #[ignore = "run in a session of its own by the test before it"]
    fn in_a_session_of_its_own() {
        let name = crate::secrets::sealed::random_name();
        save_copy(&name, &SealKey::random());
        let Some(keyring) = user_keyring() else { return };
        if let Ok(left) = keyring.search(&key_description(&name)) {
            assert!(left.set_timeout(1).is_ok(), "a copy without an end is left");
        }
    }
}
