//! Which client secrets of an application are in use: those that credentials here sign in with, and those that cannot
//! be, because the run that asked for them was killed before it kept them.
//!
//! A secret bears the name of the run that asked for it. Entra shows a secret once; where a run left its note
//! ([`secret_note`]) and no credential here has the secret, its value is lost.

use serde_json::{Value, json};

use super::{TAG, credentials, secret_note};
use crate::app::App;
use crate::auth::credential_source::{ClientCredential, CredentialSource};
use crate::error::Result;
use crate::graph::applications::{AppPassword, AppRegistration};
use crate::ops::change::{ChangeKind, Risk, Step, WriteKind};
use crate::ops::credential::CredentialKind;

/// What runs of this computer left that ended before they kept their secret.
#[derive(Debug, Default)]
pub(super) struct LeftSecrets {
    /// Steps that remove those whose value is lost.
    pub steps: Vec<Step>,
    /// The names of those.
    pub lost: Vec<String>,
    /// The names of those that a credential here has after all.
    pub kept: Vec<String>,
}

/// Whether a secret of this name was made here: by this version, or by one that named them all alike.
pub(crate) fn is_our_name(name: &str) -> bool {
    name.strip_prefix(TAG).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Finds what runs of this computer left that ended before they kept their secret.
///
/// # Errors
/// If the notes or the keyring cannot be read.
pub(super) fn left_secrets(app: &App, application: &AppRegistration) -> Result<LeftSecrets> {
    let noted = secret_note::left(app)?;
    let is_noted = |secret: &&AppPassword| noted.iter().any(|name| name == name_of(secret));
    let secrets: Vec<&AppPassword> =
        application.password_credentials.iter().filter(is_noted).collect();
    if secrets.is_empty() {
        return Ok(LeftSecrets::default());
    }
    let used = in_use(app, application)?;
    let mut left = LeftSecrets::default();
    for secret in secrets {
        let name = name_of(secret).to_owned();
        if used.iter().any(|(key, _)| *key == secret.key_id) {
            left.kept.push(name);
            continue;
        }
        left.lost.push(name);
        left.steps.push(
            secret_step(ChangeKind::Remove, application, secret)
                .because("a run that did not come to its end left it, and its value is lost")
                .risking(Risk::None),
        );
    }
    // A lost answer is asked for again: two may bear the name of one run.
    left.kept.retain(|name| !left.lost.contains(name));
    Ok(left)
}

/// The key ids of the secrets that credentials here sign in with, each with the credential's name. Graph shows the
/// first characters of every secret; two that begin alike both count.
pub(super) fn in_use(app: &App, application: &AppRegistration) -> Result<Vec<(String, String)>> {
    let mut used = Vec::new();
    let known = credentials(app, application.app_id)?;
    for record in known.iter().filter(|record| record.kind == CredentialKind::Secret) {
        let source = CredentialSource::of_record(record)?;
        let shown = source.fetch(&record.name, &app.settings.home, &*app.secrets)?;
        let ClientCredential::Secret(secret) = shown else {
            continue;
        };
        let begins =
            |found: &&AppPassword| secret.begins_with(found.hint.as_deref().unwrap_or_default());
        let matching = application.password_credentials.iter().filter(begins);
        used.extend(matching.map(|found| (found.key_id.clone(), record.name.clone())));
    }
    Ok(used)
}

/// What happens to a secret that Entra has.
pub(super) fn secret_step(
    change: ChangeKind,
    application: &AppRegistration,
    secret: &AppPassword,
) -> Step {
    let end = secret.end_date_time.as_deref().and_then(|end| end.get(..10)).unwrap_or("?");
    let what = format!("client secret {} {} until {end}", secret.key_id, name_of(secret));
    // Not its hint: that is the beginning of the secret.
    let body = json!({"keyId": secret.key_id, "displayName": secret.display_name,
        "endDateTime": secret.end_date_time});
    let after = if change == ChangeKind::Keep { body.clone() } else { Value::Null };
    Step::new(change, WriteKind::ClientSecret, &secret.key_id, what)
        .at(&format!("/applications/{}", application.id))
        .between(body, after)
}

fn name_of(secret: &AppPassword) -> &str {
    secret.display_name.as_deref().unwrap_or_default()
}
