//! The sealed envelope: one line of JSON that anybody may read, and a content that only the key opens.
//!
//! ```text
//! {"v":1,"alg":"xchacha20poly1305","key":"<id of the key>","about":{…}}\n  nonce (24)  ciphertext + tag
//! ```
//!
//! The line is the associated data, so a file that was renamed, mixed or altered does not open.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::Secret;

/// The key of sealed envelopes.
#[derive(Clone)]
pub(crate) struct SealKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey(***)")
    }
}

impl SealKey {
    /// Makes a new key.
    pub(crate) fn random() -> SealKey {
        SealKey(Zeroizing::new(random_bytes()))
    }

    /// Takes over raw bytes, if there are just enough of them.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<SealKey> {
        Some(SealKey(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// Reads a key as a keyring keeps it.
    pub(crate) fn from_secret(secret: &Secret) -> Option<SealKey> {
        let bytes = Zeroizing::new(BASE64.decode(secret.expose()).ok()?);
        SealKey::from_bytes(&bytes)
    }

    /// The key as text, because some keyrings keep only text.
    pub(crate) fn to_secret(&self) -> Secret {
        Secret::new(BASE64.encode(*self.0))
    }

    /// The raw bytes.
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Identifies a key without revealing it.
    pub(crate) fn id(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(b"az-imageshare key id");
        digest.update(*self.0);
        hex_digits(&digest.finalize()[..6])
    }
}

/// What came out of an envelope.
#[derive(Debug)]
pub(crate) enum EnvelopeContent<H> {
    /// Its line and its content.
    Ready(H, Zeroizing<Vec<u8>>),
    /// It was sealed with another key: of no use, and no one's fault.
    OtherKey,
    /// It is not what was written.
    Corrupt,
    /// A later version of the program wrote it.
    FutureVersion(u64),
}

#[derive(Serialize, Deserialize)]
struct EnvelopeLine<H> {
    v: u64,
    alg: String,
    key: String,
    about: H,
}

#[derive(Deserialize)]
struct EnvelopeVersion {
    v: u64,
}

const VERSION: u64 = 1;
const ALGORITHM: &str = "xchacha20poly1305";
const NONCE: usize = 24;

/// Seals `content`; `about` can be read without the key, but not altered.
pub(crate) fn seal_envelope<H: Serialize>(key: &SealKey, about: &H, content: &[u8]) -> Vec<u8> {
    let line = EnvelopeLine { v: VERSION, alg: ALGORITHM.to_owned(), key: key.id(), about };
    let mut sealed = serde_json::to_vec(&line).expect("a header of texts and numbers is JSON");
    sealed.push(b'\n');
    let nonce: [u8; NONCE] = random_bytes();
    let payload = Payload { msg: content, aad: &sealed };
    let ciphertext = XChaCha20Poly1305::new(key.bytes().into())
        .encrypt(&nonce.into(), payload)
        .expect("a content of some kilobytes can be encrypted");
    sealed.extend_from_slice(&nonce);
    sealed.extend(ciphertext);
    sealed
}

/// Opens an envelope.
pub(crate) fn open_envelope<H: DeserializeOwned>(
    key: &SealKey,
    sealed: &[u8],
) -> EnvelopeContent<H> {
    let line = match envelope_line::<H>(sealed) {
        Ok(line) => line,
        Err(Some(version)) => return EnvelopeContent::FutureVersion(version),
        Err(None) => return EnvelopeContent::Corrupt,
    };
    if line.key != key.id() {
        return EnvelopeContent::OtherKey;
    }
    match decrypt_content(key, sealed) {
        Some(content) => EnvelopeContent::Ready(line.about, Zeroizing::new(content)),
        None => EnvelopeContent::Corrupt,
    }
}

/// Reads the line of an envelope without the key: what it says is not proved.
///
/// # Errors
/// `Some(version)` if a later version wrote it, `None` if it is not an envelope.
pub(crate) fn peek_label<H: DeserializeOwned>(sealed: &[u8]) -> Result<H, Option<u64>> {
    envelope_line(sealed).map(|line| line.about)
}

fn envelope_line<H: DeserializeOwned>(sealed: &[u8]) -> Result<EnvelopeLine<H>, Option<u64>> {
    let end = sealed.iter().position(|byte| *byte == b'\n').ok_or(None)?;
    let text = &sealed[..end];
    let EnvelopeVersion { v } = serde_json::from_slice(text).map_err(|_| None)?;
    if v > VERSION {
        return Err(Some(v));
    }
    let line: EnvelopeLine<H> = serde_json::from_slice(text).map_err(|_| None)?;
    if line.v != VERSION || line.alg != ALGORITHM {
        return Err(None);
    }
    Ok(line)
}

fn decrypt_content(key: &SealKey, sealed: &[u8]) -> Option<Vec<u8>> {
    let end = sealed.iter().position(|byte| *byte == b'\n')? + 1;
    let (aad, rest) = sealed.split_at(end);
    let (nonce, msg) = rest.split_at_checked(NONCE)?;
    let nonce: [u8; NONCE] = nonce.try_into().ok()?;
    XChaCha20Poly1305::new(key.bytes().into()).decrypt(&nonce.into(), Payload { msg, aad }).ok()
}

/// Bytes no one can guess.
pub(crate) fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// A name no one can guess, for an item or a generation.
pub(crate) fn random_name() -> String {
    hex_digits(&random_bytes::<12>())
}

/// Bytes as lower-case digits.
pub(crate) fn hex_digits(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> SealKey {
        SealKey::from_bytes(&[byte; 32]).unwrap()
    }

    fn sample() -> Vec<u8> {
        let content = "t".repeat(700);
        seal_envelope(&key(1), &vec!["tenant", "scope"], content.as_bytes())
    }

    fn opens(sealed: &[u8]) -> bool {
        matches!(open_envelope::<Vec<String>>(&key(1), sealed), EnvelopeContent::Ready(..))
    }

    #[test]
    fn what_was_sealed_opens() {
        let sealed = sample();
        let EnvelopeContent::Ready(about, content) = open_envelope::<Vec<String>>(&key(1), &sealed)
        else {
            panic!("it does not open");
        };
        assert_eq!(about, ["tenant", "scope"]);
        assert_eq!(*content, "t".repeat(700).into_bytes());
        assert!(!sealed.windows(8).any(|part| part == b"tttttttt"));
        assert_ne!(sealed, sample(), "a nonce is used once");
    }

    #[test]
    fn every_flipped_bit_is_detected() {
        let sealed = sample();
        for bit in 0..sealed.len() * 8 {
            let mut bad = sealed.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(!opens(&bad), "bit {bit}");
        }
    }

    #[test]
    fn every_truncation_is_detected() {
        let sealed = sample();
        for length in 0..sealed.len() {
            assert!(!opens(&sealed[..length]), "length {length}");
        }
        let mut longer = sealed;
        longer.push(0);
        assert!(!opens(&longer));
    }

    #[test]
    fn another_key_and_a_later_version_are_told_apart() {
        assert!(matches!(
            open_envelope::<Vec<String>>(&key(2), &sample()),
            EnvelopeContent::OtherKey
        ));
        let later = String::from_utf8_lossy(&sample()).replacen("\"v\":1", "\"v\":7", 1);
        assert!(matches!(
            open_envelope::<Vec<String>>(&key(1), later.as_bytes()),
            EnvelopeContent::FutureVersion(7)
        ));
    }

    #[test]
    fn a_key_survives_the_keyring() {
        let key = SealKey::random();
        let again = SealKey::from_secret(&key.to_secret()).unwrap();
        assert_eq!(key.bytes(), again.bytes());
        assert!(SealKey::from_secret(&Secret::new("dG9vIHNob3J0".into())).is_none());
        assert_eq!(format!("{key:?}"), "SealKey(***)");
    }
}
