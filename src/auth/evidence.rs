//! Where an application's proof lies, and how it is fetched from there when it is due.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::hmac;

use super::AuthError;
use super::certificate::Certificate;
use super::entra::Evidence;
use super::records::{CERTIFICATES, Kind, Record};
use crate::secrets::folder::PrivateFolder;
use crate::secrets::sealed::{self, Opened, SealKey};
use crate::secrets::{Secret, SecretStore, input};

/// The proof of an application, or where it is.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// A stored credential's.
    Stored {
        /// How it proves who it is.
        kind: Kind,
        item: String,
        /// Changes with every rotation.
        generation: String,
    },
    /// A file with a federated token.
    TokenFile(PathBuf),
    /// A secret that was handed over.
    Secret(Secret),
    /// A certificate in a file that was named.
    CertificateFile(PathBuf, Option<Secret>),
    /// A certificate that was handed over.
    Certificate(Arc<Certificate>),
}

impl Proof {
    /// The proof of a stored credential.
    pub(crate) fn of(record: &Record) -> Result<Proof, AuthError> {
        let missing = || AuthError::SecretMissing(record.name.clone());
        match record.kind {
            Kind::Federated => {
                let file = record.token_file.as_ref().ok_or_else(missing)?;
                Ok(Proof::TokenFile(PathBuf::from(file)))
            }
            kind => Ok(Proof::Stored {
                kind,
                item: record.item.clone().ok_or_else(missing)?,
                generation: record.generation.clone(),
            }),
        }
    }

    /// Which secret it is, if that is known without the key.
    pub(crate) fn generation(&self) -> Option<String> {
        match self {
            Proof::Stored { generation, .. } => Some(generation.clone()),
            Proof::TokenFile(path) => Some(format!("file {}", path.display())),
            _ => None,
        }
    }

    /// Which secret it is. A plain hash would let a thief of the file try secrets, so the key goes in.
    pub(crate) fn fingerprint(&self, key: &SealKey) -> Option<String> {
        if let Some(generation) = self.generation() {
            return Some(generation);
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.bytes());
        let tag = match self {
            Proof::Secret(secret) => hmac::sign(&key, secret.expose().as_bytes()),
            Proof::Certificate(certificate) => {
                hmac::sign(&key, certificate.thumbprint().as_bytes())
            }
            Proof::CertificateFile(path, _) => hmac::sign(&key, &std::fs::read(path).ok()?),
            Proof::Stored { .. } | Proof::TokenFile(_) => return None,
        };
        Some(sealed::hex(&tag.as_ref()[..12]))
    }

    /// Fetches what has to be shown. Blocks: the keyring may be asked.
    pub(crate) fn evidence(
        &self,
        name: &str,
        home: &Path,
        secrets: &dyn SecretStore,
    ) -> Result<Evidence, AuthError> {
        match self {
            Proof::Secret(secret) => Ok(Evidence::Secret(secret.clone())),
            Proof::Certificate(certificate) => Ok(Evidence::Certificate(certificate.clone())),
            Proof::CertificateFile(path, password) => {
                let read = Certificate::read(path, password.as_ref())?;
                Ok(Evidence::Certificate(Arc::new(read)))
            }
            Proof::TokenFile(path) => token_file(path).map(Evidence::Assertion),
            Proof::Stored { kind, item, .. } => {
                let missing = || AuthError::SecretMissing(name.to_owned());
                let kept = secrets.load(item)?.ok_or_else(missing)?;
                if *kind == Kind::Secret {
                    return Ok(Evidence::Secret(kept));
                }
                let key = SealKey::from_secret(&kept).ok_or_else(missing)?;
                let certificate = unseal(home, item, &key)?.ok_or_else(missing)?;
                Ok(Evidence::Certificate(Arc::new(certificate)))
            }
        }
    }
}

/// Seals a certificate with its key into our folder; only the keyring item opens it again.
pub(crate) fn seal(
    home: &Path,
    item: &str,
    key: &SealKey,
    certificate: &Certificate,
) -> Result<(), AuthError> {
    let folder = PrivateFolder::create(&home.join(CERTIFICATES))?;
    let content = sealed::seal(key, &item, &certificate.to_kept());
    Ok(folder.write(&Record::sealed_file(item), &content)?)
}

fn unseal(home: &Path, item: &str, key: &SealKey) -> Result<Option<Certificate>, AuthError> {
    let Some(folder) = PrivateFolder::open(&home.join(CERTIFICATES))? else {
        return Ok(None);
    };
    let Some(content) = folder.read(&Record::sealed_file(item))? else {
        return Ok(None);
    };
    match sealed::open::<String>(key, &content) {
        Opened::Ready(label, kept) if label == item => Certificate::from_kept(&kept).map(Some),
        _ => Err(AuthError::Certificate("the stored certificate is damaged".to_owned())),
    }
}

/// Reads a federated token.
pub(crate) fn token_file(path: &Path) -> Result<Secret, AuthError> {
    let unreadable = |reason: String| AuthError::Unreadable { path: input::shown(path), reason };
    let read = std::fs::read(path).map_err(|err| unreadable(err.to_string()))?;
    input::password(read).map_err(|err| unreadable(err.to_string().replace("secret", "token")))
}
