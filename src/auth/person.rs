//! A person who signs in: what is kept of it, and how that is sealed.
//!
//! One refresh token gets tokens of every tenant in which the person and the application are known
//! (<https://learn.microsoft.com/entra/identity-platform/refresh-tokens>). It lies in a sealed file, like a
//! certificate, and the key of the file is an item of the keyring.

use std::collections::BTreeMap;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::AuthError;
use super::records::{CERTIFICATES, Record};
pub(crate) use super::sign_in_way::SignInWay;
use crate::id::TenantId;
use crate::secrets::folder::PrivateFolder;
use crate::secrets::sealed::{self, EnvelopeContent, SealKey};
use crate::secrets::{Secret, SecretStore};

/// What gets a person's tokens.
#[derive(Clone, Debug)]
pub(crate) struct PersonGrant {
    pub(crate) refresh_token: Secret,
    /// The sign-in name.
    pub(crate) account: String,
    pub(crate) way: SignInWay,
    /// What a tenant asked for besides the ordinary, such as a second factor; asked for again with each token.
    pub(crate) claims: BTreeMap<TenantId, String>,
}

/// The command by which the person of a credential signs in to a tenant with the claims, JSON, that it asks for.
pub(crate) fn login_command(name: &str, tenant: TenantId, claims: Option<&str>) -> String {
    let claims =
        claims.map_or_else(String::new, |asked| format!(" --claims {}", STANDARD.encode(asked)));
    format!("az-imageshare credential login -n {name} --tenant {tenant}{claims}")
}

/// The content of a sealed file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct SealedGrant {
    refresh_token: Zeroizing<String>,
    account: String,
    way: SignInWay,
    #[serde(default)]
    claims: BTreeMap<TenantId, String>,
}

impl PersonGrant {
    /// A grant of which nothing is known, for a plan.
    pub(crate) fn unknown(way: SignInWay) -> PersonGrant {
        PersonGrant {
            refresh_token: Secret::new(String::new()),
            account: String::new(),
            way,
            claims: BTreeMap::new(),
        }
    }

    /// The same with the refresh token that the last one brought.
    pub(crate) fn renewed(&self, refresh_token: Secret) -> PersonGrant {
        PersonGrant { refresh_token, ..self.clone() }
    }
}

/// Seals a grant into this program's folder; a reader finds the old one or the new one.
pub(crate) fn seal_grant(
    home: &Path,
    item: &str,
    key: &SealKey,
    grant: &PersonGrant,
) -> Result<(), AuthError> {
    let folder = PrivateFolder::create(&home.join(CERTIFICATES))?;
    let content = SealedGrant {
        refresh_token: Zeroizing::new(grant.refresh_token.expose().to_owned()),
        account: grant.account.clone(),
        way: grant.way,
        claims: grant.claims.clone(),
    };
    let content = serde_json::to_vec(&content).expect("texts are JSON");
    let sealed = sealed::seal_envelope(key, &item, &Zeroizing::new(content));
    Ok(folder.write(&Record::sealed_file(item), &sealed)?)
}

/// Opens the grant of an item, with the key that the keyring has for it. Blocks: the keyring may be asked.
pub(super) fn open_grant(
    name: &str,
    home: &Path,
    item: &str,
    secrets: &dyn SecretStore,
) -> Result<(SealKey, PersonGrant), AuthError> {
    let missing = || AuthError::SecretMissing(name.to_owned());
    let kept = secrets.load(item)?.filter(|kept| !kept.is_empty()).ok_or_else(missing)?;
    let key = SealKey::from_secret(&kept).ok_or_else(missing)?;
    let folder = PrivateFolder::open(&home.join(CERTIFICATES))?.ok_or_else(missing)?;
    let content = folder.read(&Record::sealed_file(item))?.ok_or_else(missing)?;
    let damaged = || AuthError::StoredSignIn(name.to_owned());
    match sealed::open_envelope::<String>(&key, &content) {
        EnvelopeContent::Ready(label, kept) if label == item => {
            let read: SealedGrant = serde_json::from_slice(&kept).map_err(|_| damaged())?;
            let grant = PersonGrant {
                refresh_token: Secret::new(read.refresh_token.to_string()),
                account: read.account,
                way: read.way,
                claims: read.claims,
            };
            Ok((key, grant))
        }
        _ => Err(damaged()),
    }
}
