//! Tokens between runs: one sealed file for each identity and scope, in `tokens/`.
//!
//! The file's name is a hash of the whole identity, and the identity is in the sealed line too: a
//! file that was renamed or copied does not open. Lock files are separate and never deleted.

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::error::AuthError;
use super::token::AccessToken;
use crate::id::TenantId;
use crate::secrets::Secret;
use crate::secrets::folder::{FolderError, Lock, PrivateFolder};
use crate::secrets::sealed::{self, EnvelopeContent, SealKey};

/// Whose token it is, and what for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenIdentity {
    pub cloud: String,
    /// The authority that issued it.
    pub authority: String,
    /// The tenant, as it was asked for.
    pub tenant: String,
    pub client_id: String,
    pub scope: String,
    /// The credential's name; empty for the environment.
    pub credential: String,
    /// Which secret it was: changes with every rotation.
    pub generation: String,
}

impl TokenIdentity {
    fn file(&self) -> String {
        let mut digest = Sha256::new();
        for part in [
            &self.cloud,
            &self.authority,
            &self.tenant,
            &self.client_id,
            &self.scope,
            &self.credential,
            &self.generation,
        ] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
        sealed::hex_digits(&digest.finalize())
    }
}

/// The readable line of a token's file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokenLabel {
    /// Whose token it is.
    pub identity: TokenIdentity,
    /// The tenant that issued it.
    pub tenant_id: TenantId,
    /// When it ends, in seconds since 1970.
    pub expires_on: i64,
}

/// What lies in the cache for an identity.
#[derive(Debug)]
pub(crate) enum CacheEntry {
    /// A token; it may have ended.
    Ready(AccessToken),
    /// None that can be used.
    Absent,
    /// One that a later version wrote: it stays.
    FutureVersion(u64),
}

/// A sign-in that was refused a moment ago: fifty processes with a wrong secret ask Entra once. Numbers
/// only: a service may repeat what was sent in any of its texts, and this file is plain.
#[derive(Serialize, Deserialize)]
struct RefusalNote {
    at: i64,
    status: u16,
    codes: Vec<i64>,
    correlation_id: Option<uuid::Uuid>,
}

/// The folder with the tokens.
#[derive(Clone, Debug)]
pub(crate) struct TokenCache {
    folder: PrivateFolder,
}

const TOKEN: &str = ".token";
const FAILURE: &str = ".refused";
const ASIDE: &str = ".corrupt";
/// A refusal is remembered for so many seconds.
const MEMORY_OF_REFUSALS: i64 = 10;
const DAY: i64 = 24 * 3600;
/// No writer lives as long as this between creating its file and renaming it.
const STALE: Duration = Duration::from_secs(300);

impl TokenCache {
    /// Opens the cache, if there is one.
    pub(crate) fn open(home: &Path) -> Result<Option<TokenCache>, FolderError> {
        if PrivateFolder::open(home)?.is_none() {
            return Ok(None);
        }
        let found = PrivateFolder::open(&home.join("tokens"))?;
        Ok(found.map(|folder| TokenCache { folder }))
    }

    /// Opens the cache, making it if there is none.
    pub(crate) fn create(home: &Path) -> Result<TokenCache, FolderError> {
        PrivateFolder::create(home)?;
        let folder = PrivateFolder::create(&home.join("tokens"))?;
        Ok(TokenCache { folder })
    }

    /// The folder, for the lock round the key.
    pub(crate) fn folder(&self) -> &PrivateFolder {
        &self.folder
    }

    /// True if there is a file for the identity; only then is the key worth looking for.
    pub(crate) fn has(&self, identity: &TokenIdentity) -> bool {
        self.folder.path_of(&(identity.file() + TOKEN)).exists()
    }

    /// Reads the token of an identity. A damaged file is set aside.
    pub(crate) fn find(
        &self,
        key: &SealKey,
        identity: &TokenIdentity,
    ) -> Result<CacheEntry, FolderError> {
        let name = identity.file();
        let Some(content) = self.folder.read(&(name.clone() + TOKEN))? else {
            return Ok(CacheEntry::Absent);
        };
        match sealed::open_envelope::<TokenLabel>(key, &content) {
            EnvelopeContent::Ready(label, token) if label.identity == *identity => {
                let Ok(token) = std::str::from_utf8(&token) else {
                    return Ok(CacheEntry::Absent);
                };
                Ok(CacheEntry::Ready(AccessToken {
                    secret: Secret::new(token.to_owned()),
                    expires_on: label.expires_on,
                    tenant: label.tenant_id,
                }))
            }
            EnvelopeContent::FutureVersion(version) => Ok(CacheEntry::FutureVersion(version)),
            EnvelopeContent::OtherKey => Ok(CacheEntry::Absent),
            EnvelopeContent::Ready(..) | EnvelopeContent::Corrupt => {
                let aside = name.clone() + ASIDE;
                let _ = self.folder.rename(&(name + TOKEN), &aside);
                Ok(CacheEntry::Absent)
            }
        }
    }

    /// Keeps a token, and tidies up while at it.
    pub(crate) fn keep(
        &self,
        key: &SealKey,
        identity: &TokenIdentity,
        token: &AccessToken,
        now: SystemTime,
    ) -> Result<(), FolderError> {
        let name = identity.file();
        let label = TokenLabel {
            identity: identity.clone(),
            tenant_id: token.tenant,
            expires_on: token.expires_on,
        };
        let content = sealed::seal_envelope(key, &label, token.bearer().as_bytes());
        self.folder.write(&(name.clone() + TOKEN), &content)?;
        self.folder.remove(&(name + FAILURE))?;
        self.tidy(now);
        Ok(())
    }

    /// Removes leftovers of killed writers, and tokens that ended more than a day ago.
    fn tidy(&self, now: SystemTime) {
        self.folder.sweep(now - STALE);
        let today = crate::process::unix_seconds(now);
        for (name, written) in self.folder.files() {
            let age = now.duration_since(written).unwrap_or_default().as_secs();
            // A token lives at least a moment, so no young file need be opened.
            if age < DAY.unsigned_abs() {
                continue;
            }
            let ended = |label: TokenLabel| today - label.expires_on > DAY;
            let old = name.ends_with(FAILURE)
                || name.ends_with(ASIDE)
                || (name.ends_with(TOKEN) && self.label(&name).is_some_and(ended));
            if old {
                let _ = self.folder.remove(&name);
            }
        }
    }

    fn label(&self, file: &str) -> Option<TokenLabel> {
        sealed::peek_label(&self.folder.read(file).ok()??).ok()
    }

    /// The refusal of a moment ago, if there was one.
    pub(crate) fn refusal(&self, identity: &TokenIdentity, now: i64) -> Option<AuthError> {
        let content = self.folder.read(&(identity.file() + FAILURE)).ok()??;
        let failure: RefusalNote = serde_json::from_slice(&content).ok()?;
        if !(0..MEMORY_OF_REFUSALS).contains(&(now - failure.at)) {
            return None;
        }
        Some(AuthError::Refused {
            status: failure.status,
            error: String::new(),
            description: format!(
                "AADSTS{}: refused {} s ago, and not asked again since",
                failure.codes.first()?,
                now - failure.at
            ),
            codes: failure.codes,
            correlation_id: failure.correlation_id.map(|id| id.to_string()).unwrap_or_default(),
            claims: None,
        })
    }

    /// Forgets all refusals: what was just changed may have fixed one.
    pub(crate) fn forget_refusals(&self) {
        for (name, _) in self.folder.files() {
            if name.ends_with(FAILURE) {
                let _ = self.folder.remove(&name);
            }
        }
    }

    /// Notes that Entra refused, unless it only asked for patience.
    pub(crate) fn note_refusal(&self, identity: &TokenIdentity, refused: &AuthError, now: i64) {
        let AuthError::Refused { status, codes, correlation_id, .. } = refused else {
            return;
        };
        // Only Entra's own verdict is worth remembering: a proxy's page may be gone the next moment.
        if *status == 429 || *status >= 500 || codes.is_empty() {
            return;
        }
        let failure = RefusalNote {
            at: now,
            status: *status,
            codes: codes.clone(),
            correlation_id: correlation_id.parse().ok(),
        };
        if let Ok(content) = serde_json::to_vec(&failure) {
            let _ = self.folder.write(&(identity.file() + FAILURE), &content);
        }
    }

    /// The name of the lock for an identity. There are 256, so that they do not grow in number.
    pub(crate) fn lock_name(identity: &TokenIdentity) -> String {
        format!("{}.lock", &identity.file()[..2])
    }

    /// Takes the lock of an identity if it is free.
    pub(crate) fn try_lock(&self, identity: &TokenIdentity) -> Result<Option<Lock>, FolderError> {
        self.folder.try_lock(&TokenCache::lock_name(identity))
    }

    /// What the cache holds, by the readable lines alone: no key, no keyring.
    pub(crate) fn labels(&self) -> Vec<TokenLabel> {
        let mut names: Vec<String> = self
            .folder
            .files()
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| name.ends_with(TOKEN))
            .collect();
        names.sort();
        names.iter().filter_map(|name| self.label(name)).collect()
    }

    /// Removes the tokens that `chosen` picks by their labels; gives their number.
    pub(crate) fn clear(&self, chosen: impl Fn(&TokenLabel) -> bool) -> Result<usize, FolderError> {
        let mut cleared = 0;
        for label in self.labels() {
            if chosen(&label) {
                let name = label.identity.file();
                self.folder.remove(&(name.clone() + TOKEN))?;
                self.folder.remove(&(name + FAILURE))?;
                cleared += 1;
            }
        }
        Ok(cleared)
    }

    /// Removes everything but the locks, and what others are writing at this moment.
    pub(crate) fn clear_all(&self, now: SystemTime) -> Result<(), FolderError> {
        self.folder.sweep(now - STALE);
        for (name, _) in self.folder.files() {
            if [TOKEN, FAILURE, ASIDE].iter().any(|end| name.ends_with(end)) {
                self.folder.remove(&name)?;
            }
        }
        Ok(())
    }
}
