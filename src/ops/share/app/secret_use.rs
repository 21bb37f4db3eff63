//! Which client secrets of an application are in use: those that credentials here sign in with, and those that cannot
//! be, because the run that asked for them was killed before it kept them.
//!
//! A secret bears the name of the run that asked for it. Entra shows a secret once; where the record of a run has
//! only the intent, its secret is lost. The lock says that no other process is about to keep it.

use serde_json::{Value, json};

use super::{TAG, credentials};
use crate::app::App;
use crate::auth::credential_source::{ClientCredential, CredentialSource};
use crate::error::Result;
use crate::graph::applications::{AppPassword, AppRegistration};
use crate::ops::change::journal::{LOCK_SUFFIX, history_folder};
use crate::ops::change::{ChangeKind, Risk, Step, WriteKind};
use crate::ops::credential::CredentialKind;
use crate::ops::history::recorded_runs;
use crate::secrets::folder::Lock;

/// The name that a secret of this run bears in Entra.
pub(super) fn secret_name(app: &App) -> String {
    format!("{TAG} {}", app.correlation)
}

/// Whether a secret of this name was made here: by this version, or by one that named them all alike.
pub(crate) fn is_our_name(name: &str) -> bool {
    name.strip_prefix(TAG).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Held while a secret is made and kept; nothing where no record is written, or another process has it.
pub(super) fn hold(app: &App) -> Result<Option<Lock>> {
    if !app.settings.keeps_history {
        return Ok(None);
    }
    Ok(history_folder(app)?.try_lock(&format!("client-secret{LOCK_SUFFIX}"))?)
}

/// Steps that remove what runs of this computer left that were killed.
///
/// # Errors
/// If the records or the keyring cannot be read.
pub(super) fn lost_secret_steps(app: &App, application: &AppRegistration) -> Result<Vec<Step>> {
    let is_ours = |secret: &&AppPassword| is_our_name(name_of(secret));
    let ours: Vec<&AppPassword> = application.password_credentials.iter().filter(is_ours).collect();
    if ours.is_empty() || hold(app)?.is_none() {
        return Ok(Vec::new());
    }
    let runs = recorded_runs(app)?;
    let steps = runs.iter().flat_map(|run| &run.steps);
    let lost: Vec<&str> = steps
        .filter(|step| step.intent.kind == WriteKind::ClientSecret && step.outcome == "unknown")
        .filter_map(|step| step.intent.after["displayName"].as_str())
        .collect();
    let lost: Vec<&AppPassword> =
        ours.into_iter().filter(|secret| lost.contains(&name_of(secret))).collect();
    if lost.is_empty() {
        return Ok(Vec::new());
    }
    let used = in_use(app, application)?;
    let unused =
        lost.into_iter().filter(|secret| !used.iter().any(|(key, _)| *key == secret.key_id));
    let step = |secret| {
        secret_step(ChangeKind::Remove, application, secret)
            .because("a run that did not come to its end left it, and its value is lost")
            .risking(Risk::None)
    };
    Ok(unused.map(step).collect())
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
