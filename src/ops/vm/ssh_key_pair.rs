//! A new pair of SSH keys, where `--generate-ssh-keys` finds none: Ed25519, as `ssh-keygen -t ed25519` makes it.
//!
//! Source of the file's form: <https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key>.

use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};

/// A pair of keys that is not written yet.
#[derive(Clone)]
pub(crate) struct SshKeyPair {
    /// The file of the private key; the public one lies beside it.
    pub path: PathBuf,
    /// The line of the public key.
    pub public: String,
    seed: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for SshKeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SshKeyPair").field("path", &self.path).finish_non_exhaustive()
    }
}

impl SshKeyPair {
    /// Makes a pair that will lie in this folder.
    pub(crate) fn generate(folder: &Path) -> Result<SshKeyPair> {
        let failed = || Error::new(Kind::Failure, "the system gives no random numbers");
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *seed).map_err(|_| failed())?;
        let pair = Ed25519KeyPair::from_seed_unchecked(&*seed).map_err(|_| failed())?;
        let blob = public_blob(pair.public_key().as_ref());
        let public = format!("{KIND} {} {COMMENT}", STANDARD.encode(blob));
        Ok(SshKeyPair { path: folder.join("id_ed25519"), public, seed })
    }

    /// Writes both files; a private key that is there already is never replaced.
    pub(crate) fn save(&self) -> Result<()> {
        let failed = |err: std::io::Error| {
            Error::new(Kind::Failure, format!("cannot write {}", self.path.display()))
                .caused_by(err)
                .hint("Name a key that exists with --ssh-key-value.")
        };
        let folder = self.path.parent().unwrap_or(Path::new("."));
        make_folder(folder).map_err(failed)?;
        let private = self.private_file();
        let mut file = new_file(&self.path).map_err(failed)?;
        file.write_all(private.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        let line = format!("{}\n", self.public);
        std::fs::write(self.path.with_extension("pub"), line).map_err(failed)
    }

    fn private_file(&self) -> Zeroizing<String> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&*self.seed).expect("32 bytes are a seed");
        let public = pair.public_key().as_ref();
        let mut secret = Zeroizing::new(Vec::with_capacity(256));
        // Twice the same number: whoever decrypts sees by it whether that went well.
        secret.extend([0x5a; 8]);
        put_text(&mut secret, KIND.as_bytes());
        put_text(&mut secret, public);
        put_text(&mut secret, &[&self.seed[..], public].concat());
        put_text(&mut secret, COMMENT.as_bytes());
        for n in 1.. {
            if secret.len() % 8 == 0 {
                break;
            }
            secret.push(n);
        }
        let mut whole = Zeroizing::new(b"openssh-key-v1\0".to_vec());
        for text in [&b"none"[..], b"none", b""] {
            put_text(&mut whole, text);
        }
        whole.extend(1_u32.to_be_bytes());
        put_text(&mut whole, &public_blob(public));
        put_text(&mut whole, &secret);
        let encoded = Zeroizing::new(STANDARD.encode(&*whole));
        let mut text = Zeroizing::new(String::from("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
        for line in encoded.as_bytes().chunks(70) {
            text.push_str(&String::from_utf8_lossy(line));
            text.push('\n');
        }
        text.push_str("-----END OPENSSH PRIVATE KEY-----\n");
        text
    }
}

/// The public key of the pair in a folder that people have already; the newest kind first.
pub(crate) fn existing_key(folder: &Path) -> Option<String> {
    let names = ["id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub"];
    let text = names.iter().find_map(|name| std::fs::read_to_string(folder.join(name)).ok())?;
    text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
}

fn public_blob(key: &[u8]) -> Vec<u8> {
    let mut blob = Vec::new();
    put_text(&mut blob, KIND.as_bytes());
    put_text(&mut blob, key);
    blob
}

/// A text with its length in front.
fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    out.extend(u32::try_from(text.len()).unwrap_or_default().to_be_bytes());
    out.extend(text);
}

fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn new_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)
}

const KIND: &str = "ssh-ed25519";
const COMMENT: &str = "az-imageshare";
