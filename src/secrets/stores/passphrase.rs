//! The key of a store, wrapped by a passphrase: Argon2id makes a key of it, and the usual envelope does the rest.
//!
//! ```text
//! {"v":1,"alg":"xchacha20poly1305","key":"<id>","about":{"kdf":"argon2id","version":19,
//!  "memoryKib":65536,"passes":3,"lanes":1,"salt":"<base64, 16 bytes>","check":"<8 bytes>"}}\n  nonce  ciphertext
//! ```
//!
//! What Argon2id was given is in the line, and the line is the associated data: a changed figure opens nothing.
//! `check` is not a secret; it distinguishes a damaged line from a wrong passphrase. Memory and passes are the second
//! choice of RFC 9106, section 4, <https://www.rfc-editor.org/rfc/rfc9106#section-4>.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::secrets::Secret;
use crate::secrets::sealed::{self, EnvelopeContent, SealKey};

/// How a passphrase becomes a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Derivation {
    kdf: String,
    version: u32,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    check: String,
}

/// Why the key did not come out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum UnwrapError {
    /// The passphrase is another one.
    Wrong,
    /// The file is not what was written.
    Damaged,
    /// A later version of the program wrote it.
    FutureVersion(u64),
}

const KDF: &str = "argon2id";
const VERSION: u32 = 0x13;
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// One, because libsodium takes no other number: anyone who has the passphrase can read the file without us.
const LANES: u32 = 1;
/// No one's file makes us take more: 1 GiB, and a minute or so.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 64;
const MOST_LANES: u32 = 64;

/// Wraps the key of a store.
pub(super) fn wrap_key(passphrase: &Secret, key: &SealKey) -> Vec<u8> {
    let mut derivation = Derivation {
        kdf: KDF.to_owned(),
        version: VERSION,
        memory_kib: MEMORY_KIB,
        passes: PASSES,
        lanes: LANES,
        salt: BASE64.encode(sealed::random_bytes::<16>()),
        check: String::new(),
    };
    derivation.check = derivation.digest();
    let outer = derivation.derive(passphrase).expect("Argon2 takes these figures");
    sealed::seal_envelope(&outer, &derivation, key.bytes())
}

/// Unwraps it.
pub(super) fn unwrap_key(passphrase: &Secret, wrapped: &[u8]) -> Result<SealKey, UnwrapError> {
    let derivation: Derivation = sealed::peek_label(wrapped)
        .map_err(|version| version.map_or(UnwrapError::Damaged, UnwrapError::FutureVersion))?;
    if derivation.check != derivation.digest() {
        return Err(UnwrapError::Damaged);
    }
    let outer = derivation.derive(passphrase).ok_or(UnwrapError::Damaged)?;
    match sealed::open_envelope::<Derivation>(&outer, wrapped) {
        EnvelopeContent::Ready(_, key) => SealKey::from_bytes(&key).ok_or(UnwrapError::Damaged),
        EnvelopeContent::OtherKey => Err(UnwrapError::Wrong),
        EnvelopeContent::Corrupt => Err(UnwrapError::Damaged),
        EnvelopeContent::FutureVersion(version) => Err(UnwrapError::FutureVersion(version)),
    }
}

impl Derivation {
    fn derive(&self, passphrase: &Secret) -> Option<SealKey> {
        let is_known = self.kdf == KDF
            && self.version == VERSION
            && self.memory_kib <= MOST_MEMORY_KIB
            && self.passes <= MOST_PASSES
            && self.lanes <= MOST_LANES;
        if !is_known {
            return None;
        }
        let salt = BASE64.decode(&self.salt).ok()?;
        let figures = Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).ok()?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, figures);
        let mut bytes = Zeroizing::new([0; 32]);
        argon.hash_password_into(passphrase.expose().as_bytes(), &salt, &mut *bytes).ok()?;
        SealKey::from_bytes(&*bytes)
    }

    fn digest(&self) -> String {
        let figures = [self.version, self.memory_kib, self.passes, self.lanes];
        let mut digest = Sha256::new();
        digest.update(self.kdf.as_bytes());
        for figure in figures {
            digest.update(figure.to_le_bytes());
        }
        digest.update(self.salt.as_bytes());
        sealed::hex_digits(&digest.finalize()[..8])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_passphrase_opens_it_and_damage_is_told_from_a_wrong_one() {
        let passphrase = Secret::new("correct horse battery".to_owned());
        let key = SealKey::random();
        let wrapped = wrap_key(&passphrase, &key);
        assert_eq!(unwrap_key(&passphrase, &wrapped).unwrap().bytes(), key.bytes());
        let other = Secret::new("correct horse batterz".to_owned());
        assert_eq!(unwrap_key(&other, &wrapped).err(), Some(UnwrapError::Wrong));
        // Not each of them: Argon2id takes its time wherever the line alone does not show the damage.
        for at in (0..wrapped.len()).step_by(19).chain([wrapped.len() - 1]) {
            let mut bad = wrapped.clone();
            bad[at] ^= 1;
            assert!(unwrap_key(&passphrase, &bad).is_err(), "byte {at}");
        }
        for length in [0, 1, 80, wrapped.len() - 1] {
            assert!(unwrap_key(&passphrase, &wrapped[..length]).is_err(), "length {length}");
        }
        let mut salt = wrapped.clone();
        let at = wrapped.windows(6).position(|part| part == b"salt\":").unwrap() + 10;
        salt[at] = if salt[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(unwrap_key(&passphrase, &salt).err(), Some(UnwrapError::Damaged));
    }

    #[test]
    fn figures_that_would_take_the_computer_down_are_refused() {
        let wrapped = wrap_key(&Secret::new("p".to_owned()), &SealKey::random());
        let end = wrapped.iter().position(|byte| *byte == b'\n').unwrap();
        let line = String::from_utf8(wrapped[..end].to_vec()).unwrap();
        let mut about: Derivation = sealed::peek_label(&wrapped).unwrap();
        let before = serde_json::to_string(&about).unwrap();
        about.memory_kib = 64 * MOST_MEMORY_KIB;
        about.check = about.digest();
        let line = line.replace(&before, &serde_json::to_string(&about).unwrap());
        let greedy = [line.as_bytes(), &wrapped[end..]].concat();
        let said = unwrap_key(&Secret::new("p".to_owned()), &greedy);
        assert_eq!(said.err(), Some(UnwrapError::Damaged));
    }
}
