//! The token cache of `az`, read and never written: it spares half a second of Python where it is in plaintext
//! (Linux and macOS by default). Whatever is not as expected there means only that `az` is asked.

use std::collections::HashMap;
use std::path::Path;

use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use super::token::AccessToken;
use crate::id::TenantId;
use crate::process::file;
use crate::secrets::Secret;
use crate::settings::az::ProfileUser;

/// Whose token is looked for.
pub(super) struct MsalQuery<'a> {
    pub(super) user: &'a ProfileUser,
    pub(super) authority: &'a Url,
    pub(super) tenant: TenantId,
    pub(super) scope: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct MsalCache {
    #[serde(default)]
    access_token: HashMap<String, MsalToken>,
    #[serde(default)]
    account: HashMap<String, MsalAccount>,
    #[serde(default)]
    refresh_token: HashMap<String, serde::de::IgnoredAny>,
}

/// The file of the cache where it is in plaintext.
pub(crate) const FILE: &str = "msal_token_cache.json";

/// The file of the cache where `az` encrypts it; on Linux it is empty, and the keyring holds the cache.
pub(crate) const ENCRYPTED_FILE: &str = "msal_token_cache.bin";

/// What is in the cache of `az`, without any of its secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MsalState {
    /// There is no cache in plaintext.
    Absent,
    /// There is one, and it is not JSON.
    Damaged,
    /// It can be read.
    Readable {
        /// When the last of the access tokens ends.
        ends: Option<i64>,
        /// How many refresh tokens it holds.
        refresh_tokens: usize,
        /// How many access tokens it holds.
        access_tokens: usize,
    },
}

/// Looks at the cache; no secret leaves this function.
pub(crate) fn cache_state(config_dir: &Path) -> MsalState {
    let Ok(text) = file::read_regular(&config_dir.join(FILE), LARGEST).map(Zeroizing::new) else {
        return MsalState::Absent;
    };
    let Ok(cache) = serde_json::from_slice::<MsalCache>(&text) else {
        return MsalState::Damaged;
    };
    let ends = |entry: &MsalToken| entry.expires_on.parse().ok();
    MsalState::Readable {
        ends: cache.access_token.values().filter_map(ends).max(),
        refresh_tokens: cache.refresh_token.len(),
        access_tokens: cache.access_token.len(),
    }
}

#[derive(Deserialize)]
struct MsalToken {
    secret: Zeroizing<String>,
    expires_on: String,
    realm: String,
    environment: String,
    client_id: String,
    target: String,
    home_account_id: Option<String>,
}

#[derive(Deserialize)]
struct MsalAccount {
    home_account_id: String,
    username: Option<String>,
}

/// Its cache grows with every tenant and scope.
const LARGEST: u64 = 16 * file::LARGEST;

/// The application id of the Azure CLI itself, for logins of people.
const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// Finds a token in `msal_token_cache.json`; it may have ended.
pub(super) fn find_token(config_dir: &Path, wanted: &MsalQuery<'_>) -> Option<AccessToken> {
    let text = file::read_regular(&config_dir.join(FILE), LARGEST).ok()?;
    let text = Zeroizing::new(text);
    let cache: MsalCache = serde_json::from_slice(&text).ok()?;
    let person = wanted.user.kind == "user";
    let account = cache
        .account
        .values()
        .find(|account| account.username.as_deref() == Some(&wanted.user.name))
        .map(|account| account.home_account_id.as_str());
    let tenant = wanted.tenant.to_string();
    let is_it = |entry: &&MsalToken| {
        let whose = if person {
            entry.client_id == AZURE_CLI
                && account.is_some()
                && entry.home_account_id.as_deref() == account
        } else {
            entry.client_id == wanted.user.name
        };
        whose
            && entry.realm == tenant
            && Some(entry.environment.as_str()) == wanted.authority.host_str()
            && entry.target.split(' ').any(|scope| scope == wanted.scope)
    };
    let found = cache.access_token.values().find(is_it)?;
    Some(AccessToken {
        secret: Secret::new(found.secret.to_string()),
        expires_on: found.expires_on.parse().ok()?,
        tenant: wanted.tenant,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

    fn cache(dir: &Path) {
        let entry = |account: serde_json::Value, client: &str, secret: &str| {
            serde_json::json!({
                "credential_type": "AccessToken", "secret": secret, "home_account_id": account,
                "environment": "login.microsoftonline.com", "client_id": client, "realm": TENANT,
                "target": "https://management.core.windows.net//.default https://management.core.windows.net//user_impersonation",
                "expires_on": "1800000000", "cached_at": "1",
            })
        };
        let content = serde_json::json!({
            "AccessToken": {
                "a": entry("uid.utid".into(), AZURE_CLI, "of-user"),
                "b": entry(serde_json::Value::Null, "app", "of-app"),
            },
            "Account": {"x": {"home_account_id": "uid.utid", "username": "me@contoso.com"}},
            "RefreshToken": {},
        });
        std::fs::write(dir.join(FILE), content.to_string()).unwrap();
    }

    #[test]
    fn tokens_are_found_by_their_whole_identity() {
        let dir = tempfile::tempdir().unwrap();
        cache(dir.path());
        let authority: Url = "https://login.microsoftonline.com".parse().unwrap();
        let find = |kind: &str, name: &str, tenant: &str, scope: &str| {
            let user = serde_json::json!({"name": name, "type": kind});
            let user: ProfileUser = serde_json::from_value(user).unwrap();
            let wanted = MsalQuery {
                user: &user,
                authority: &authority,
                tenant: tenant.parse().unwrap(),
                scope,
            };
            super::find_token(dir.path(), &wanted).map(|token| token.secret)
        };
        let arm = "https://management.core.windows.net//.default";
        let secret = |text: &str| Some(Secret::new(text.to_owned()));
        assert_eq!(find("user", "me@contoso.com", TENANT, arm), secret("of-user"));
        assert_eq!(find("servicePrincipal", "app", TENANT, arm), secret("of-app"));
        assert_eq!(find("user", "you@contoso.com", TENANT, arm), None);
        assert_eq!(find("user", "me@contoso.com", TENANT, "https://x/.default"), None);
        let other = "2b0de10d-6f29-4736-9952-f4a99e684c35";
        assert_eq!(find("user", "me@contoso.com", other, arm), None);
    }
}
