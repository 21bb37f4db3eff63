//! Client secrets of an application that is registered: one more, or the removal of those not used here any more.

use super::Home;
use super::credential_upkeep::{KeptSecret, Upkeep, Wish};
use super::secret_use::{in_use, secret_step};
use crate::app::App;
use crate::error::{Error, Result};
use crate::graph::applications::{AppPassword, AppRegistration};
use crate::ops::change::{ChangeKind, Plan, Run};

/// A secret that an application is to have.
pub(crate) struct SecretAddition<'a> {
    app: &'a App,
    pub home: Home,
    pub application: AppRegistration,
    upkeep: Upkeep,
    pub plan: Plan,
}

/// Works out where a new secret is kept.
///
/// # Errors
/// If the name of a credential that has yet to be added is taken.
pub(crate) fn plan_addition(
    app: &App,
    home: Home,
    application: AppRegistration,
    wish: Wish,
) -> Result<SecretAddition<'_>> {
    let what = format!("application '{}'", application.label());
    let mut plan = Plan::titled(format!("A client secret of {what}:"));
    let upkeep = Upkeep::planned(app, &home, Some(&application), &what, wish, &mut plan)?;
    Ok(SecretAddition { app, home, application, upkeep, plan })
}

impl SecretAddition<'_> {
    /// Makes the secret and keeps it.
    ///
    /// # Errors
    /// If Graph refuses, or the secret cannot be kept: it is removed again then.
    pub(crate) async fn carry_out(&self, run: &Run<'_>) -> Result<KeptSecret> {
        self.upkeep.carry_out(self.app, &self.home, run, &self.application).await
    }
}

/// Works out which secrets of an application go: those named by their key ids, else all but the one in use here.
///
/// # Errors
/// If none is named and none is in use here, so that all would go; if the keyring cannot be read.
pub(crate) fn plan_removal(
    app: &App,
    application: &AppRegistration,
    keys: &[String],
) -> Result<Plan> {
    let name = application.label();
    let used = in_use(app, application);
    let used = match (used, keys.is_empty()) {
        (Ok(used), true) if used.is_empty() => return Err(unknown_use(application)),
        (Err(err), true) => return Err(err),
        (used, _) => used.unwrap_or_default(),
    };
    let is_named =
        |secret: &AppPassword| keys.iter().any(|key| key.eq_ignore_ascii_case(&secret.key_id));
    let mut plan = Plan {
        whom: Some(format!("application '{name}'")),
        nothing: Some("The application has no such client secret: nothing to remove.".to_owned()),
        ..Plan::titled(format!("Client secrets of application '{name}':"))
    };
    for secret in &application.password_credentials {
        let user = used.iter().find(|(key, _)| *key == secret.key_id).map(|(_, user)| user);
        let goes = if keys.is_empty() { user.is_none() } else { is_named(secret) };
        let change = if goes { ChangeKind::Remove } else { ChangeKind::Keep };
        let step = secret_step(change, application, secret);
        plan.push(match (user, change) {
            (Some(user), _) => step.because(format!("credential '{user}' signs in with it")),
            (None, ChangeKind::Remove) => step.because("it can no longer be used to sign in"),
            (None, _) => step,
        });
    }
    Ok(plan)
}

/// Removes what the plan says; one that stays does not keep the others from going.
pub(crate) async fn carry_out_removal(home: &Home, application: &AppRegistration, run: &Run<'_>) {
    for (place, step) in run.plan().steps.iter().enumerate() {
        if step.change == ChangeKind::Remove {
            let work = home.directory.remove_password(&application.id, &step.id);
            run.attempt(place, async { Ok(work.await.map(|_| ())?) }).await;
        }
    }
}

fn unknown_use(application: &AppRegistration) -> Error {
    let client = application.app_id;
    Error::usage(format!(
        "no credential here signs in with a client secret of application {client}, so which one is in use is not known"
    ))
    .hint(format!(
        "Name those that are to go with --key-id; see them with `az-imageshare share app show --client-id {client} --query secrets`."
    ))
}
