//! `store.json`: which store is in use, and which places still hold what was moved out of them.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::secrets::StoreError;
use crate::secrets::folder::{FolderError, PrivateFolder};
use crate::secrets::sealed;

/// The kinds of stores there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StoreKind {
    /// The operating system's keyring.
    #[default]
    Keyring,
    /// Files under a passphrase.
    Passphrase,
    /// Files whose key the kernel holds until the computer restarts.
    Boot,
}

impl StoreKind {
    /// Its word on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            StoreKind::Keyring => "keyring",
            StoreKind::Passphrase => "passphrase",
            StoreKind::Boot => "boot",
        }
    }
}

/// A store of one kind, at one place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StorePlace {
    /// Its kind.
    pub kind: StoreKind,
    /// Its folder below `stores/`; empty for the keyring.
    pub id: String,
}

impl StorePlace {
    /// A new place, which is nowhere yet.
    pub(super) fn new(kind: StoreKind) -> StorePlace {
        let id = if kind == StoreKind::Keyring { String::new() } else { sealed::random_name() };
        StorePlace { kind, id }
    }

    /// The name of its key in the kernel's keyring.
    pub(super) fn kernel_name(&self) -> String {
        format!("store-key-{}", self.id)
    }
}

/// A place whose items are to go: moved elsewhere, or on the way when the mover was killed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AbandonedPlace {
    pub place: StorePlace,
    pub items: Vec<String>,
}

/// The content of `store.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StoreChoice {
    version: u64,
    /// Where secrets are kept.
    pub in_use: StorePlace,
    /// Where they are no longer.
    #[serde(default)]
    pub abandoned: Vec<AbandonedPlace>,
}

impl Default for StoreChoice {
    fn default() -> StoreChoice {
        StoreChoice { version: VERSION, in_use: StorePlace::default(), abandoned: Vec::new() }
    }
}

#[derive(Deserialize)]
struct ChoiceVersion {
    version: u64,
}

const VERSION: u64 = 1;
const FILE: &str = "store.json";

impl StoreChoice {
    /// Reads it; the keyring is in use where nothing was ever chosen.
    ///
    /// # Errors
    /// If it is damaged: which store was chosen is not guessed.
    pub(super) fn load(home: &Path) -> Result<StoreChoice, StoreError> {
        let Some(folder) = PrivateFolder::open(home)? else {
            return Ok(StoreChoice::default());
        };
        let Some(content) = folder.read(FILE)? else {
            return Ok(StoreChoice::default());
        };
        let path = folder.path_of(FILE).display().to_string();
        let damaged = |_| StoreError::Damaged(path.clone());
        let ChoiceVersion { version } = serde_json::from_slice(&content).map_err(damaged)?;
        if version > VERSION {
            return Err(later_version(path, version).into());
        }
        let choice: StoreChoice = serde_json::from_slice(&content).map_err(damaged)?;
        let places = choice.abandoned.iter().map(|gone| &gone.place).chain([&choice.in_use]);
        for place in places {
            let is_name = place.id.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !is_name || place.id.is_empty() != (place.kind == StoreKind::Keyring) {
                return Err(StoreError::Damaged(path));
            }
        }
        Ok(choice)
    }

    /// Writes it.
    pub(super) fn save(&self, home: &Path) -> Result<(), StoreError> {
        let mut content = serde_json::to_vec_pretty(self).expect("texts and lists are JSON");
        content.push(b'\n');
        Ok(PrivateFolder::create(home)?.write(FILE, &content)?)
    }
}

/// Says that a file is of a later version of the program.
pub(super) fn later_version(path: String, version: u64) -> FolderError {
    FolderError {
        path,
        problem: format!("was written by a later version of az-imageshare (format {version})"),
        fix: "Use that version; nothing was changed.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_store_is_damaged_and_never_the_keyring() {
        let base = tempfile::tempdir().unwrap();
        let folder = PrivateFolder::create(&base.path().join("own")).unwrap();
        let home = base.path().join("own");
        assert_eq!(StoreChoice::load(&home).unwrap().in_use, StorePlace::default());
        for content in [
            "",
            "{",
            r#"{"version":1}"#,
            r#"{"version":1,"inUse":{"kind":"file","id":"ab"}}"#,
            r#"{"version":1,"inUse":{"kind":"boot","id":"../x"}}"#,
            r#"{"version":1,"inUse":{"kind":"boot","id":""}}"#,
            r#"{"version":1,"inUse":{"kind":"keyring","id":"ab"}}"#,
        ] {
            folder.write(FILE, content.as_bytes()).unwrap();
            let found = StoreChoice::load(&home).map(|choice| choice.in_use);
            assert!(matches!(found, Err(StoreError::Damaged(_))), "{content}: {found:?}");
        }
        folder.write(FILE, br#"{"version":9}"#).unwrap();
        assert!(matches!(StoreChoice::load(&home), Err(StoreError::Folder(_))));
    }
}
