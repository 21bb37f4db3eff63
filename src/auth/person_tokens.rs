//! A person's access tokens, by the refresh token that is kept.
//!
//! One process at a time redeems it. What it brings is sealed instead of the old before the access token is
//! used, so a kill at any moment leaves one that works: Entra keeps the old one valid.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::application::Application;
use super::context::SignInContext;
use super::credential_source::CredentialSource;
use super::entra::{Entra, GrantRequest, IssuedToken};
use super::error::AuthError;
use super::person::{PersonGrant, open_grant, seal_grant};
use super::person_endpoint::PersonEndpoint;
use super::records::{CERTIFICATES, CredentialKind, Records};
use crate::id::{TenantId, TenantRef};
use crate::secrets::folder::{Lock, PrivateFolder};
use crate::secrets::sealed::SealKey;
use crate::secrets::{Secret, SecretStore};

/// True if it is a person who signs in.
pub(super) fn is_person(source: &CredentialSource) -> bool {
    matches!(source, CredentialSource::Stored { kind: CredentialKind::User, .. })
}

/// The command by which the person of a credential signs in with what a tenant asks for.
pub(super) fn stronger_sign_in(
    application: &Application,
    tenant: Option<TenantId>,
    claims: &str,
) -> Option<String> {
    let other = tenant.filter(|tenant| application.home != TenantRef::Id(*tenant));
    let other = other.map_or_else(String::new, |tenant| format!(" --tenant {tenant}"));
    let name = &application.name;
    is_person(&application.source)
        .then(|| format!("az-imageshare credential login -n {name}{other} --claims {claims}"))
}

/// Where one credential's grant lies, and how it is opened.
struct GrantPlace {
    name: String,
    item: String,
    home: PathBuf,
    secrets: Arc<dyn SecretStore>,
}

/// What was found there.
struct OpenGrant {
    place: GrantPlace,
    key: SealKey,
    grant: PersonGrant,
    /// Held until the new one is sealed. Without it (a folder that cannot be written to) there is no single flight.
    _turn: Option<Lock>,
}

/// Gets a token of a tenant for a person.
///
/// # Errors
/// If the sign-in is gone, or the tenant wants the person to sign in again.
pub(super) async fn token_of_person(
    context: &SignInContext,
    application: &Application,
    request: GrantRequest<'_>,
) -> Result<IssuedToken, AuthError> {
    let CredentialSource::Stored { item, .. } = &application.source else {
        return Err(AuthError::SecretMissing(application.name.clone()));
    };
    let place = GrantPlace {
        name: application.name.clone(),
        item: item.clone(),
        home: context.settings.home.clone(),
        secrets: context.secrets.clone(),
    };
    let open = off_the_runtime(move || place.open()).await?;
    let entra = Entra::at(&application.authority, context)?;
    let endpoint = PersonEndpoint { entra: &entra, request };
    let answer = endpoint
        .refresh(&open.grant)
        .await
        .map_err(|err| person_needed(err, &application.name, request, &open.grant))?;
    if let Some(newer) = answer.refresh_token {
        let kept = off_the_runtime(move || open.keep(newer)).await;
        if let Err(err) = kept {
            (context.warn)(&format!(
                "the renewed sign-in of '{}' could not be kept ({err}); the one before it stays valid",
                application.name
            ));
        }
    }
    Ok(answer.issued)
}

impl GrantPlace {
    /// Opens the grant, under the lock that single flight needs. A new sign-in may take the item after the record was
    /// read: then the record is read again, once.
    fn open(mut self) -> Result<OpenGrant, AuthError> {
        let folder = PrivateFolder::open(&self.home.join(CERTIFICATES))?;
        let turn = folder.and_then(|folder| folder.lock(LOCK, PATIENCE).ok());
        let opened = open_grant(&self.name, &self.home, &self.item, &*self.secrets);
        let (key, grant) = match opened {
            Err(AuthError::SecretMissing(name)) => {
                let records = Records::load(&self.home)?;
                let found = records.find(&name)?.item.clone();
                self.item = found.ok_or(AuthError::SecretMissing(name))?;
                let opened = open_grant(&self.name, &self.home, &self.item, &*self.secrets);
                opened.map_err(|err| match err {
                    AuthError::SecretMissing(name) => AuthError::StoredSignIn(name),
                    other => other,
                })?
            }
            opened => opened?,
        };
        Ok(OpenGrant { place: self, key, grant, _turn: turn })
    }
}

impl OpenGrant {
    fn keep(self, newer: Secret) -> Result<(), AuthError> {
        let GrantPlace { home, item, .. } = &self.place;
        let grant = self.grant.renewed(newer);
        // A change of the credentials tidies the folder, and may take away what is being written: once more, then.
        seal_grant(home, item, &self.key, &grant)
            .or_else(|_| seal_grant(home, item, &self.key, &grant))
    }
}

/// What only the person can answer becomes the command that signs in again.
fn person_needed(
    err: AuthError,
    name: &str,
    request: GrantRequest<'_>,
    grant: &PersonGrant,
) -> AuthError {
    match &err {
        AuthError::Refused { error, codes, claims, .. }
            if ["invalid_grant", "interaction_required"].contains(&error.as_str())
                && !codes.iter().any(|code| NOT_THE_PERSON.contains(code)) =>
        {
            AuthError::PersonNeeded {
                name: name.to_owned(),
                tenant: request.tenant,
                claims: together(
                    grant.claims.get(&request.tenant).map(String::as_str),
                    claims.as_deref(),
                ),
                said: err.to_string(),
            }
        }
        _ => err,
    }
}

/// The claims that a tenant had asked for before, and those that it asks for now: a sign-in replaces the old ones.
fn together(before: Option<&str>, now: Option<&str>) -> Option<String> {
    let read = |text: &str| serde_json::from_str::<BTreeMap<String, Map<String, Value>>>(text);
    let (Some(before), Some(now)) = (before, now) else {
        return now.or(before).map(str::to_owned);
    };
    let (Ok(mut all), Ok(asked)) = (read(before), read(now)) else {
        return Some(now.to_owned());
    };
    for (token, claims) in asked {
        all.entry(token).or_default().extend(claims);
    }
    serde_json::to_string(&all).ok()
}

/// Does what blocks on a thread of its own.
pub(super) async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => std::panic::resume_unwind(failed.into_panic()),
    }
}

/// No consent in that tenant, and no such person there: signing in again changes neither.
const NOT_THE_PERSON: [i64; 3] = [65_001, 50_020, 700_016];
const LOCK: &str = "sign-in.lock";
const PATIENCE: Duration = Duration::from_secs(30);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_tenant_asks_for_now_joins_what_it_had_asked_for() {
        let before = r#"{"access_token":{"acrs":{"values":["p1"]}}}"#.to_owned();
        let now = r#"{"access_token":{"capolids":{"values":["x"]}},"id_token":{}}"#.to_owned();
        let both = together(Some(&before), Some(&now)).unwrap();
        for part in ["acrs", "capolids", "id_token"] {
            assert!(both.contains(part), "{both}");
        }
        assert_eq!(together(Some(&before), None).as_ref(), Some(&before));
        assert_eq!(together(None, Some(&now)).as_ref(), Some(&now));
        assert_eq!(together(Some("[]"), Some(&now)).as_ref(), Some(&now));
    }
}
