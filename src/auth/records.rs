//! The credentials by name, in `credentials.json`: everything about them but their secrets.
//!
//! A secret has an item of its own in the keyring, under a name no one has used before. Before an item
//! is made, and before one is no longer wanted, its name is noted as `pending`; so a kill at any moment
//! leaves at worst an item whose name the next change finds there, and removes.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::AuthError;
pub(crate) use super::pinned_endpoints::PinnedEndpoints;
pub(crate) use super::sign_in_way::SignInWay;
use crate::id::{ClientId, TenantId};
use crate::secrets::folder::{FolderError, Lock, PrivateFolder};
use crate::secrets::sealed;
use crate::settings::{Cloud, TokenIssuer};

/// How a credential proves who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CredentialKind {
    /// By a client secret.
    Secret,
    /// By a certificate.
    Certificate,
    /// By a token that someone else issues (workload identity).
    Federated,
    /// By a person.
    User,
}

/// What is known about one credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Record {
    pub name: String,
    /// The cloud it was made for.
    pub cloud: String,
    /// The authority it was made for; it is sent nowhere else.
    pub authority: String,
    /// Where its tokens may go: the rest of the way that it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<PinnedEndpoints>,
    /// The tenant it signs in to.
    pub tenant_id: TenantId,
    /// Other tenants it may sign in to.
    pub also_tenant_ids: Vec<TenantId>,
    pub client_id: ClientId,
    /// The subscription to use where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
    /// How it proves who it is.
    pub kind: CredentialKind,
    /// Where the secret is kept, as people call it.
    pub store: String,
    /// Signs in whenever nothing else is chosen, in its cloud.
    pub is_default: bool,
    /// When the secret ends, if the user said so.
    pub secret_expires_on: Option<String>,
    /// The keyring item: the secret, or the key of the sealed certificate.
    pub item: Option<String>,
    /// The file with the federated token.
    pub token_file: Option<String>,
    /// The pipeline that issues its federated tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_issuer: Option<TokenIssuer>,
    /// The service connection that such a token is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_connection: Option<String>,
    /// The person's sign-in name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// How the person signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignInWay>,
    /// SHA-256 of the certificate, as Entra's portal shows it.
    pub thumbprint: Option<String>,
    /// The application's object id, which only Graph reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_object_id: Option<String>,
    /// The key id of its secret or certificate in Entra, where this program made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// Key ids that this program made, and that stay valid in Entra on request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept_keys: Vec<String>,
    /// The key id of what a renewal replaced, until it is gone from Entra.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retiring: Option<String>,
    /// Changes with every rotation, so that no token outlives its secret in the cache.
    pub generation: String,
}

impl Record {
    /// Refuses a cloud whose endpoints are not those that the credential was made for.
    pub(crate) fn check_endpoints(&self, cloud: &Cloud) -> Result<(), AuthError> {
        let refused = |what: &str, found: String, expected: String| {
            let what = format!("{what} of cloud '{}'", cloud.name);
            Err(AuthError::UntrustedOrigin { what, found, expected })
        };
        if self.authority != cloud.active_directory.as_str() {
            let found = cloud.active_directory.to_string();
            return refused("the authority", found, self.authority.clone());
        }
        let now = PinnedEndpoints::of_cloud(cloud);
        match self.endpoints.as_ref().and_then(|pinned| pinned.first_difference(&now)) {
            Some((what, found, expected)) => refused(what, found, expected),
            None => Ok(()),
        }
    }

    /// True if the credential may sign in to `tenant`.
    pub(crate) fn is_for(&self, tenant: TenantId) -> bool {
        self.tenant_id == tenant || self.also_tenant_ids.contains(&tenant)
    }

    /// The sealed file of an item: a certificate, or a person's sign-in.
    pub(crate) fn sealed_file(item: &str) -> String {
        format!("{item}.sealed")
    }
}

/// The content of `credentials.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Records {
    version: u64,
    /// All credentials, in the order they were made.
    pub credentials: Vec<Record>,
    /// Keyring items that belong to no credential yet, or any more.
    #[serde(default)]
    pub pending: Vec<String>,
}

impl Default for Records {
    fn default() -> Records {
        Records { version: VERSION, credentials: Vec::new(), pending: Vec::new() }
    }
}

#[derive(Deserialize)]
struct RecordsVersion {
    version: u64,
}

const VERSION: u64 = 1;
const FILE: &str = "credentials.json";
const LOCK: &str = "credentials.lock";
const PATIENCE: Duration = Duration::from_secs(30);

/// The folder with the sealed files: certificates, and sign-ins of people.
pub(crate) const CERTIFICATES: &str = "certificates";

impl Records {
    /// Reads the records; none if nothing was ever added.
    ///
    /// # Errors
    /// If the folder or the file cannot be trusted, or a later version wrote the file.
    pub(crate) fn load(home: &Path) -> Result<Records, AuthError> {
        match PrivateFolder::open(home)? {
            Some(folder) => Records::read(&folder),
            None => Ok(Records::default()),
        }
    }

    fn read(folder: &PrivateFolder) -> Result<Records, AuthError> {
        let Some(content) = folder.read(FILE)? else {
            return Ok(Records::default());
        };
        let damaged = |problem: String, fix: &str| FolderError {
            path: folder.path_of(FILE).display().to_string(),
            problem,
            fix: fix.to_owned(),
        };
        let broken = |_| {
            damaged(
                "is damaged".to_owned(),
                "Restore it from a backup, or move it away and add the credentials again.",
            )
        };
        let RecordsVersion { version } = serde_json::from_slice(&content).map_err(broken)?;
        if version > VERSION {
            let problem =
                format!("was written by a later version of az-imageshare (format {version})");
            return Err(damaged(problem, "Use that version; nothing was changed.").into());
        }
        Ok(serde_json::from_slice(&content).map_err(broken)?)
    }

    /// The names of everything that lies in the store of secrets for a credential.
    pub(crate) fn items(&self) -> Vec<String> {
        self.credentials.iter().filter_map(|record| record.item.clone()).collect()
    }

    /// Finds a credential.
    pub(crate) fn find(&self, name: &str) -> Result<&Record, AuthError> {
        self.credentials
            .iter()
            .find(|record| record.name == name)
            .ok_or_else(|| AuthError::UnknownCredential(name.to_owned()))
    }

    /// The credential that signs in to `cloud` when nothing else is chosen.
    pub(crate) fn default_of(&self, cloud: &str) -> Option<&Record> {
        self.of_cloud(cloud).find(|record| record.is_default)
    }

    /// The credentials for `cloud`.
    pub(crate) fn of_cloud(&self, cloud: &str) -> impl Iterator<Item = &Record> {
        self.credentials.iter().filter(move |record| record.cloud == cloud)
    }

    /// Makes `name` the default of its cloud.
    pub(crate) fn make_default(&mut self, name: &str) {
        let cloud = self.find(name).map(|record| record.cloud.clone());
        for record in &mut self.credentials {
            if cloud.as_ref().is_ok_and(|cloud| *cloud == record.cloud) {
                record.is_default = record.name == name;
            }
        }
    }
}

/// A change of the records in progress: no one else changes them meanwhile.
pub(crate) struct RecordsChange {
    /// The records as they will be.
    pub records: Records,
    folder: PrivateFolder,
    _lock: Lock,
}

impl RecordsChange {
    /// Begins a change.
    pub(crate) fn begin(home: &Path) -> Result<RecordsChange, AuthError> {
        let folder = PrivateFolder::create(home)?;
        let lock = folder.lock(LOCK, PATIENCE)?;
        Ok(RecordsChange { records: Records::read(&folder)?, folder, _lock: lock })
    }

    /// Writes the records as they are now.
    pub(crate) fn save(&self) -> Result<(), AuthError> {
        let mut content =
            serde_json::to_vec_pretty(&self.records).expect("records of texts are JSON");
        content.push(b'\n');
        Ok(self.folder.write(FILE, &content)?)
    }

    /// Notes a new item before it is made.
    pub(crate) fn announce(&mut self) -> Result<String, AuthError> {
        let item = format!("credential-{}", sealed::random_name());
        self.records.pending.push(item.clone());
        self.save()?;
        Ok(item)
    }

    /// Removes what killed writers left in this program's folders. No other process writes there while this one holds
    /// the lock.
    pub(crate) fn sweep(&self) {
        let Ok(certificates) = PrivateFolder::open(&self.folder.path_of(CERTIFICATES)) else {
            return;
        };
        for folder in certificates.iter().chain([&self.folder]) {
            for (name, _) in folder.files() {
                if name.starts_with(".tmp-") || self.is_orphan(&name) {
                    let _ = folder.remove(&name);
                }
            }
        }
    }

    fn is_orphan(&self, file: &str) -> bool {
        let Some(item) = file.strip_suffix(".sealed") else {
            return false;
        };
        let wanted = |record: &Record| record.item.as_deref() == Some(item);
        !self.records.credentials.iter().any(wanted)
            && !self.records.pending.iter().any(|pending| pending == item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, cloud: &str) -> Record {
        Record {
            name: name.to_owned(),
            cloud: cloud.to_owned(),
            authority: "https://login.example".to_owned(),
            endpoints: None,
            tenant_id: "acdd72a7-3385-48ef-bd42-f606fba81ae7".parse().unwrap(),
            also_tenant_ids: Vec::new(),
            client_id: "2b0de10d-6f29-4736-9952-f4a99e684c35".parse().unwrap(),
            subscription: None,
            kind: CredentialKind::Secret,
            store: "memory".to_owned(),
            is_default: false,
            secret_expires_on: None,
            item: Some("credential-1".to_owned()),
            token_file: None,
            token_issuer: None,
            service_connection: None,
            account: None,
            sign_in: None,
            thumbprint: None,
            application_object_id: None,
            key_id: None,
            kept_keys: Vec::new(),
            retiring: None,
            generation: "1".to_owned(),
        }
    }

    #[test]
    fn a_change_is_there_for_the_next_reader() {
        let base = tempfile::tempdir().unwrap();
        let home = base.path().join("imageshare");
        assert!(Records::load(&home).unwrap().credentials.is_empty());
        assert!(!home.exists(), "reading creates nothing");
        let mut change = RecordsChange::begin(&home).unwrap();
        change.records.credentials.push(record("a", "AzureCloud"));
        change.save().unwrap();
        let found = Records::load(&home).unwrap();
        assert_eq!(found.find("a").unwrap(), &record("a", "AzureCloud"));
        assert!(matches!(found.find("b"), Err(AuthError::UnknownCredential(_))));
    }

    #[test]
    fn the_whole_way_of_a_token_is_pinned() {
        // adversary A1: one changed line in clouds.config sent the bearer elsewhere.
        let cloud = Cloud::default();
        let mut pinned = record("a", "AzureCloud");
        pinned.authority = cloud.active_directory.to_string();
        pinned.endpoints = Some(PinnedEndpoints::of_cloud(&cloud));
        assert!(pinned.check_endpoints(&cloud).is_ok());
        let elsewhere = || "https://elsewhere.example/".parse().unwrap();
        for changed in [
            Cloud { active_directory: elsewhere(), ..cloud.clone() },
            Cloud { resource_manager: elsewhere(), ..cloud.clone() },
            Cloud { graph: elsewhere(), ..cloud.clone() },
            Cloud { audience: "https://elsewhere.example/".to_owned(), ..cloud.clone() },
        ] {
            let err = pinned.check_endpoints(&changed).unwrap_err();
            assert!(matches!(err, AuthError::UntrustedOrigin { .. }), "{err}");
        }
    }

    #[test]
    fn every_cloud_has_its_own_default() {
        let mut records = Records::default();
        for (name, cloud) in [("a", "X"), ("b", "X"), ("c", "Y")] {
            records.credentials.push(record(name, cloud));
        }
        records.make_default("a");
        records.make_default("c");
        records.make_default("b");
        let default = |cloud| records.default_of(cloud).map(|record| record.name.as_str());
        assert_eq!((default("X"), default("Y")), (Some("b"), Some("c")));
    }

    #[test]
    fn damaged_and_later_files_are_left_alone() {
        let base = tempfile::tempdir().unwrap();
        let folder = PrivateFolder::create(&base.path().join("own")).unwrap();
        for (content, word) in [("{\"version\":9}", "format 9"), ("{", "damaged"), ("", "damaged")]
        {
            folder.write(FILE, content.as_bytes()).unwrap();
            let err = RecordsChange::begin(&base.path().join("own")).err().unwrap();
            assert!(err.to_string().contains(word), "{err}");
            assert_eq!(folder.read(FILE).unwrap().unwrap(), content.as_bytes());
        }
    }

    #[test]
    fn leftovers_are_swept_and_nothing_else() {
        let base = tempfile::tempdir().unwrap();
        let mut change = RecordsChange::begin(base.path()).unwrap_or_else(|err| panic!("{err}"));
        let certificates = PrivateFolder::create(&base.path().join(CERTIFICATES)).unwrap();
        change.records.credentials.push(record("a", "AzureCloud"));
        let pending = change.announce().unwrap();
        for name in ["credential-1", "credential-2", &pending] {
            certificates.write(&Record::sealed_file(name), b"x").unwrap();
        }
        change.folder.write(".tmp-abc", b"").unwrap();
        change.sweep();
        let mut left: Vec<String> =
            certificates.files().into_iter().map(|(name, _)| name).collect();
        left.sort();
        let mut expected = vec!["credential-1.sealed".to_owned(), format!("{pending}.sealed")];
        expected.sort();
        assert_eq!(left, expected);
        assert_eq!(change.folder.read(".tmp-abc").unwrap(), None);
    }
}
