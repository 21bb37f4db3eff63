//! What an application signs in with, where that is kept, and how it is fetched from there when it is due.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ring::hmac;

use super::certificate::Certificate;
use super::error::AuthError;
use super::key_file::needs_password;
use super::person::{PersonGrant, SignInWay, open_grant};
use super::records::{CERTIFICATES, CredentialKind, Record, Records};
use super::token_request::{PipelineTrust, TokenRequestAddress};
use crate::process::file;
use crate::secrets::folder::PrivateFolder;
use crate::secrets::sealed::{self, EnvelopeContent, SealKey};
use crate::secrets::{Secret, SecretStore, input};

/// What an application shows to prove who it is: one name from the prompt to the sign-in.
#[derive(Clone, Debug)]
pub(crate) enum ClientCredential {
    /// A client secret.
    Secret(Secret),
    /// A certificate whose key signs an assertion.
    Certificate(Arc<Certificate>),
    /// A file with a token of someone Entra trusts (workload identity); read at each sign-in, because its
    /// owner replaces it.
    TokenFile(PathBuf),
    /// Such a token itself.
    Token(Secret),
    /// The URL where a pipeline issues such tokens; asked at each sign-in.
    TokenRequest(Arc<TokenRequestAddress>),
    /// A pipeline whose address is known only inside of its jobs; asked at each sign-in.
    Pipeline(PipelineTrust),
    /// A person's refresh token.
    Person(Arc<PersonGrant>),
}

impl ClientCredential {
    /// Reads a certificate with its key; `password` gives the file's password; its argument says whether the file
    /// needs one.
    ///
    /// The file is read once: it may be a pipe, as in `--certificate <(pass show app.pem)`.
    pub(crate) fn from_certificate<E: From<AuthError>>(
        path: &Path,
        warn: &dyn Fn(&str),
        password: impl FnOnce(bool) -> Result<Option<Secret>, E>,
    ) -> Result<ClientCredential, E> {
        let content = Certificate::load_guarded(path, warn)?;
        let password = password(needs_password(&content))?;
        let read = Certificate::parse(&content, password.as_ref())?;
        Ok(ClientCredential::Certificate(Arc::new(read)))
    }

    /// Makes sure that a federated token is there, and notes where.
    pub(crate) fn from_token_file(path: &Path) -> Result<ClientCredential, AuthError> {
        read_token_file(path)?;
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        Ok(ClientCredential::TokenFile(absolute))
    }

    /// The kind of credential that this makes.
    pub(crate) fn kind(&self) -> CredentialKind {
        match self {
            ClientCredential::Secret(_) => CredentialKind::Secret,
            ClientCredential::Certificate(_) => CredentialKind::Certificate,
            ClientCredential::TokenFile(_)
            | ClientCredential::Token(_)
            | ClientCredential::TokenRequest(_)
            | ClientCredential::Pipeline(_) => CredentialKind::Federated,
            ClientCredential::Person(_) => CredentialKind::User,
        }
    }

    /// A client secret of which nothing is known, for a plan.
    pub(crate) fn unknown_secret() -> ClientCredential {
        ClientCredential::Secret(Secret::new(String::new()))
    }

    /// A person's sign-in of which nothing is known, for a plan.
    pub(crate) fn unknown_person(way: SignInWay) -> ClientCredential {
        ClientCredential::Person(Arc::new(PersonGrant::unknown(way)))
    }

    /// The certificate's thumbprint, if it is one.
    pub(crate) fn thumbprint(&self) -> Option<String> {
        match self {
            ClientCredential::Certificate(certificate) => Some(certificate.thumbprint()),
            _ => None,
        }
    }

    /// The last day of a certificate, read from it.
    pub(crate) fn last_day(&self) -> Option<String> {
        let ClientCredential::Certificate(certificate) = self else {
            return None;
        };
        let ends = jiff::Timestamp::from_second(certificate.ends()?).ok()?;
        Some(ends.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
    }

    /// The file with the token, if it is one.
    pub(crate) fn token_file(&self) -> Option<String> {
        match self {
            ClientCredential::TokenFile(path) => Some(path.display().to_string()),
            _ => None,
        }
    }

    /// The pipeline that issues its tokens, if one does.
    pub(crate) fn pipeline(&self) -> Option<&PipelineTrust> {
        match self {
            ClientCredential::Pipeline(trust) => Some(trust),
            _ => None,
        }
    }

    /// The person, if one signs in.
    pub(crate) fn person(&self) -> Option<&PersonGrant> {
        match self {
            ClientCredential::Person(grant) => Some(grant),
            _ => None,
        }
    }

    /// True if `other` proves the same.
    pub(crate) fn is_same(&self, other: &ClientCredential) -> bool {
        match (self, other) {
            (ClientCredential::Secret(one), ClientCredential::Secret(other)) => one == other,
            (ClientCredential::Certificate(one), ClientCredential::Certificate(other)) => {
                one.thumbprint() == other.thumbprint()
            }
            (ClientCredential::TokenFile(one), ClientCredential::TokenFile(other)) => one == other,
            (ClientCredential::Pipeline(one), ClientCredential::Pipeline(other)) => one == other,
            _ => false,
        }
    }
}

/// Where a client credential is.
#[derive(Clone, Debug)]
pub(crate) enum CredentialSource {
    /// At hand already.
    Given(ClientCredential),
    /// A certificate in a file that was named, and its password.
    CertificateFile(PathBuf, Option<Secret>),
    /// Kept by this program, under the name of an item in the keyring.
    Stored {
        kind: CredentialKind,
        item: String,
        /// Changes with every rotation.
        generation: String,
    },
}

impl CredentialSource {
    /// Where a stored credential keeps what it shows.
    pub(crate) fn of_record(record: &Record) -> Result<CredentialSource, AuthError> {
        let missing = || AuthError::SecretMissing(record.name.clone());
        if let Some(issuer) = record.token_issuer {
            let trust = PipelineTrust { issuer, connection: record.service_connection.clone() };
            return Ok(CredentialSource::Given(ClientCredential::Pipeline(trust)));
        }
        if record.kind == CredentialKind::Federated {
            let file = record.token_file.as_ref().ok_or_else(missing)?;
            return Ok(CredentialSource::Given(ClientCredential::TokenFile(PathBuf::from(file))));
        }
        Ok(CredentialSource::Stored {
            kind: record.kind,
            item: record.item.clone().ok_or_else(missing)?,
            generation: record.generation.clone(),
        })
    }

    /// Which secret it is, if that is known without the key.
    pub(crate) fn generation(&self) -> Option<String> {
        match self {
            CredentialSource::Stored { generation, .. } => Some(generation.clone()),
            CredentialSource::Given(ClientCredential::TokenFile(path)) => {
                Some(format!("file {}", path.display()))
            }
            CredentialSource::Given(ClientCredential::TokenRequest(address)) => {
                Some(format!("request {}", address.url))
            }
            CredentialSource::Given(ClientCredential::Pipeline(trust)) => {
                let connection = trust.connection.as_deref().unwrap_or_default();
                Some(format!("pipeline {} {connection}", trust.issuer.title()))
            }
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
            CredentialSource::Given(
                ClientCredential::Secret(secret) | ClientCredential::Token(secret),
            ) => hmac::sign(&key, secret.expose().as_bytes()),
            CredentialSource::Given(ClientCredential::Certificate(certificate)) => {
                hmac::sign(&key, certificate.thumbprint().as_bytes())
            }
            CredentialSource::CertificateFile(path, _) => {
                hmac::sign(&key, &file::read_regular(path, file::LARGEST).ok()?)
            }
            _ => return None,
        };
        Some(sealed::hex_digits(&tag.as_ref()[..12]))
    }

    /// Fetches what has to be shown. A rotation may take the item between this program's look at the record and at the
    /// keyring: then the record is read again, once.
    pub(crate) fn fetch_current(
        &self,
        name: &str,
        home: &Path,
        secrets: &dyn SecretStore,
    ) -> Result<ClientCredential, AuthError> {
        let shown = self.fetch(name, home, secrets);
        if !matches!(shown, Err(AuthError::SecretMissing(_))) || name.is_empty() {
            return shown;
        }
        let records = Records::load(home)?;
        CredentialSource::of_record(records.find(name)?)?.fetch(name, home, secrets)
    }

    /// Fetches what has to be shown. Blocks: the keyring may be asked.
    pub(crate) fn fetch(
        &self,
        name: &str,
        home: &Path,
        secrets: &dyn SecretStore,
    ) -> Result<ClientCredential, AuthError> {
        match self {
            CredentialSource::Given(ClientCredential::TokenFile(path)) => {
                ClientCredential::from_token_file(path)
            }
            CredentialSource::Given(given) => Ok(given.clone()),
            CredentialSource::CertificateFile(path, password) => {
                let read = Certificate::read(path, password.as_ref())?;
                Ok(ClientCredential::Certificate(Arc::new(read)))
            }
            CredentialSource::Stored { kind, item, .. } => {
                if *kind == CredentialKind::User {
                    let opened = open_grant(name, home, item, secrets);
                    let (_, grant) = opened.map_err(|err| match err {
                        AuthError::SecretMissing(name) => AuthError::StoredSignIn(name),
                        other => other,
                    })?;
                    return Ok(ClientCredential::Person(Arc::new(grant)));
                }
                let missing = || AuthError::SecretMissing(name.to_owned());
                let kept = secrets.load(item)?.filter(|kept| !kept.is_empty());
                let kept = kept.ok_or_else(missing)?;
                if *kind == CredentialKind::Secret {
                    return Ok(ClientCredential::Secret(kept));
                }
                let key = SealKey::from_secret(&kept).ok_or_else(missing)?;
                let certificate = unseal_certificate(home, item, &key)?.ok_or_else(missing)?;
                Ok(ClientCredential::Certificate(Arc::new(certificate)))
            }
        }
    }
}

/// Seals a certificate with its key into this program's folder; only the keyring item opens it again.
pub(crate) fn seal_certificate(
    home: &Path,
    item: &str,
    key: &SealKey,
    certificate: &Certificate,
) -> Result<(), AuthError> {
    let folder = PrivateFolder::create(&home.join(CERTIFICATES))?;
    let content = sealed::seal_envelope(key, &item, &certificate.to_kept());
    Ok(folder.write(&Record::sealed_file(item), &content)?)
}

fn unseal_certificate(
    home: &Path,
    item: &str,
    key: &SealKey,
) -> Result<Option<Certificate>, AuthError> {
    let Some(folder) = PrivateFolder::open(&home.join(CERTIFICATES))? else {
        return Ok(None);
    };
    let Some(content) = folder.read(&Record::sealed_file(item))? else {
        return Ok(None);
    };
    match sealed::open_envelope::<String>(key, &content) {
        EnvelopeContent::Ready(label, kept) if label == item => {
            Certificate::from_kept(&kept).map(Some)
        }
        _ => Err(AuthError::StoredCertificate(item.to_owned())),
    }
}

/// True if a client secret begins with the three characters by which Graph reports secrets apart.
pub(crate) fn begins_with(secret: &Secret, hint: &str) -> bool {
    !hint.is_empty() && secret.expose().starts_with(hint)
}

/// Reads a federated token.
pub(crate) fn read_token_file(path: &Path) -> Result<Secret, AuthError> {
    let read = file::read_regular(path, file::LARGEST).map_err(|err| AuthError::Unreadable {
        path: input::shown_missing(path, &err),
        reason: err.to_string(),
    })?;
    let unreadable =
        |reason: String| AuthError::Unreadable { path: input::shown_path(path), reason };
    input::read_password(read).map_err(|err| unreadable(err.to_string().replace("secret", "token")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    use super::*;
    use crate::auth::records::RecordsChange;
    use crate::secrets::StoreError;

    #[derive(Default)]
    struct Items(Mutex<BTreeMap<String, Secret>>);

    impl SecretStore for Items {
        fn name(&self) -> &'static str {
            "memory"
        }

        fn probe(&self) -> Result<(), StoreError> {
            Ok(())
        }

        fn load(&self, name: &str) -> Result<Option<Secret>, StoreError> {
            Ok(self.0.lock().unwrap().get(name).cloned())
        }

        fn save(&self, name: &str, secret: &Secret) -> Result<(), StoreError> {
            self.0.lock().unwrap().insert(name.to_owned(), secret.clone());
            Ok(())
        }

        fn forget(&self, name: &str) -> Result<(), StoreError> {
            self.0.lock().unwrap().remove(name);
            Ok(())
        }
    }

    fn record(item: &str) -> Record {
        serde_json::from_value(serde_json::json!({
            "name": "a", "cloud": "AzureCloud", "authority": "https://login.example",
            "tenantId": "acdd72a7-3385-48ef-bd42-f606fba81ae7", "alsoTenantIds": [],
            "clientId": "2b0de10d-6f29-4736-9952-f4a99e684c35", "kind": "secret", "store": "memory",
            "isDefault": true, "secretExpiresOn": null, "item": item, "tokenFile": null,
            "thumbprint": null, "generation": item,
        }))
        .unwrap()
    }

    #[test]
    fn a_rotation_between_record_and_keyring_is_followed() {
        // adversary A12: 163 of 600 sign-ins beside a rotation failed.
        let base = tempfile::tempdir().unwrap();
        let home = base.path().join("imageshare");
        let items = Items::default();
        let mut change = RecordsChange::begin(&home).unwrap();
        change.records.credentials.push(record("new"));
        change.save().unwrap();
        items.save("new", &Secret::new("fresh".to_owned())).unwrap();
        let seen_before = CredentialSource::of_record(&record("old")).unwrap();
        assert!(seen_before.fetch("a", &home, &items).is_err(), "its item is gone");
        let found = seen_before.fetch_current("a", &home, &items).unwrap();
        let ClientCredential::Secret(secret) = found else { panic!("{found:?}") };
        assert_eq!(secret.expose(), "fresh");
        items.forget("new").unwrap();
        let gone = seen_before.fetch_current("a", &home, &items);
        assert!(matches!(gone, Err(AuthError::SecretMissing(_))), "once, and not for ever");
    }
}
