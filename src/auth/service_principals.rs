//! The service principals that `az` keeps, with their secrets in plaintext. Read where someone asked for it, and
//! rewritten only to take one out.
//!
//! Source: azure-cli-core 2.91, `auth/identity.py` (`ServicePrincipalStore`) and `auth/persistence.py`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::process::file;
use crate::secrets::Secret;
use crate::secrets::folder::{FolderError, PrivateFolder};

/// The file where the entries lie in plaintext.
pub(crate) const FILE: &str = "service_principal_entries.json";

/// The file where `az` encrypts them (`core.encrypt_token_cache`). On Linux the keyring holds the
/// content, unless someone moved the file here in plaintext.
pub(crate) const ENCRYPTED_FILE: &str = "service_principal_entries.bin";

/// What `az` keeps.
#[derive(Debug)]
pub(crate) enum AzEntries {
    /// No file.
    Absent,
    /// Only `az` itself can read it.
    Encrypted,
    /// It is not what `az` writes.
    Damaged,
    /// The entries.
    Found(Vec<AzServicePrincipal>),
}

/// One service principal of `az`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AzServicePrincipal {
    pub client_id: String,
    /// The tenant it signs in to.
    pub tenant: String,
    /// How it proves who it is.
    pub proof: Option<EntryCredential>,
}

/// How a service principal of `az` proves who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EntryCredential {
    /// By a client secret, which is in the file.
    Secret(Secret),
    /// By a certificate in another file.
    Certificate(PathBuf),
    /// By a token that someone gave it once, and that ends soon.
    Assertion,
}

impl AzServicePrincipal {
    /// True if something in the file itself must not be seen.
    pub(crate) fn holds_secret(&self) -> bool {
        matches!(self.proof, Some(EntryCredential::Secret(_) | EntryCredential::Assertion))
    }
}

#[derive(Deserialize)]
struct EntryDocument {
    client_id: String,
    tenant: String,
    client_secret: Option<Zeroizing<String>>,
    certificate: Option<PathBuf>,
    client_assertion: Option<serde::de::IgnoredAny>,
}

/// No writer lives as long as this between creating its file and renaming it.
const STALE: Duration = Duration::from_secs(300);
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads the entries.
pub(crate) fn read_entries(config_dir: &Path) -> AzEntries {
    let mut all = Vec::new();
    let mut seen = AzEntries::Absent;
    for name in [FILE, ENCRYPTED_FILE] {
        let Ok(content) =
            file::read_regular(&config_dir.join(name), file::LARGEST).map(Zeroizing::new)
        else {
            continue;
        };
        match serde_json::from_slice::<Vec<EntryDocument>>(&content) {
            Ok(found) => all.extend(found.into_iter().map(parse_entry)),
            Err(_) if name == ENCRYPTED_FILE => seen = AzEntries::Encrypted,
            Err(_) => return AzEntries::Damaged,
        }
    }
    if all.is_empty() { seen } else { AzEntries::Found(all) }
}

fn parse_entry(written: EntryDocument) -> AzServicePrincipal {
    let secret = written.client_secret.filter(|secret| !secret.is_empty());
    let proof = match (secret, written.certificate, written.client_assertion) {
        (Some(secret), ..) => Some(EntryCredential::Secret(Secret::new(secret.to_string()))),
        (None, Some(path), _) => Some(EntryCredential::Certificate(path)),
        (None, None, Some(_)) => Some(EntryCredential::Assertion),
        (None, None, None) => None,
    };
    AzServicePrincipal { client_id: written.client_id, tenant: written.tenant, proof }
}

/// Takes one service principal out of az's files, under az's own lock; everything else stays as it is, also an
/// entry of the same application with another secret.
pub(crate) fn remove_entry(
    config_dir: &Path,
    gone: &AzServicePrincipal,
) -> Result<(), FolderError> {
    let is_it = |value: &Value| {
        let written = EntryDocument::deserialize(value);
        written.is_ok_and(|written| parse_entry(written) == *gone)
    };
    let Some(folder) = PrivateFolder::open(config_dir)? else {
        return Ok(());
    };
    for name in [FILE, ENCRYPTED_FILE] {
        // msal_extensions locks this file with flock, and so do we.
        let _turn = folder.lock(&format!("{name}.lockfile"), PATIENCE)?;
        let Some(content) = folder.read(name)?.map(Zeroizing::new) else {
            continue;
        };
        let Ok(mut entries) = serde_json::from_slice::<Vec<Value>>(&content) else {
            continue;
        };
        let before = entries.len();
        entries.retain(|value| !is_it(value));
        if entries.len() < before {
            folder.write(name, &python_dump(&entries))?;
        }
    }
    Ok(())
}

/// Removes what a killed import left beside az's files, with secrets in it: files of this program that no one is still
/// writing.
pub(crate) fn sweep_leftovers(config_dir: &Path, now: SystemTime) {
    if let Ok(Some(folder)) = PrivateFolder::open(config_dir) {
        folder.sweep(now - STALE);
    }
}

/// As `json.dumps(entries, indent=4)` writes it.
fn python_dump(entries: &[Value]) -> Zeroizing<Vec<u8>> {
    let mut written = Zeroizing::new(Vec::new());
    let form = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut *written, form);
    entries.serialize(&mut serializer).expect("JSON that was read can be written");
    let _ = written.flush();
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written(dir: &Path, name: &str, content: &Value) {
        std::fs::write(dir.join(name), content.to_string()).unwrap();
    }

    #[test]
    fn every_kind_of_entry_is_read() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(read_entries(dir.path()), AzEntries::Absent));
        written(
            dir.path(),
            FILE,
            &json!([
                {"client_id": "a", "tenant": "t", "client_secret": "s"},
                {"client_id": "b", "tenant": "t", "certificate": "/c.pem", "use_cert_sn_issuer": true},
                {"client_id": "c", "tenant": "t", "client_assertion": "eyJ"},
            ]),
        );
        let AzEntries::Found(found) = read_entries(dir.path()) else { panic!("not found") };
        let holds: Vec<bool> = found.iter().map(AzServicePrincipal::holds_secret).collect();
        assert_eq!(holds, [true, false, true]);
        assert!(!format!("{found:?}").contains("\"s\""));
        written(dir.path(), FILE, &json!({"no": "list"}));
        assert!(matches!(read_entries(dir.path()), AzEntries::Damaged));
        std::fs::remove_file(dir.path().join(FILE)).unwrap();
        std::fs::write(dir.path().join(ENCRYPTED_FILE), "").unwrap();
        assert!(matches!(read_entries(dir.path()), AzEntries::Encrypted));
    }

    #[test]
    fn one_is_taken_out_and_the_rest_stays_byte_for_byte() {
        let dir = tempfile::tempdir().unwrap();
        let own = dir.path().join("own");
        let folder = PrivateFolder::create(&own).unwrap();
        let rest = json!([{"client_id": "b", "tenant": "t", "later": {"x": [1, 2.50]}}]);
        let dump = |entries: &Value| python_dump(entries.as_array().unwrap()).to_vec();
        let mut both = rest.clone();
        let gone = json!({"client_id": "a", "tenant": "t", "client_secret": "s"});
        both.as_array_mut().unwrap().insert(0, gone);
        folder.write(FILE, &dump(&both)).unwrap();
        let entry = |secret: &str| AzServicePrincipal {
            client_id: "a".to_owned(),
            tenant: "t".to_owned(),
            proof: Some(EntryCredential::Secret(Secret::new(secret.to_owned()))),
        };
        remove_entry(&own, &entry("another")).unwrap();
        assert_eq!(folder.read(FILE).unwrap().unwrap(), dump(&both));
        remove_entry(&own, &entry("s")).unwrap();
        let left = folder.read(FILE).unwrap().unwrap();
        assert_eq!(left, dump(&rest));
        assert!(
            String::from_utf8(left).unwrap().starts_with("[\n    {\n        \"client_id\": \"b\"")
        );
    }
}
