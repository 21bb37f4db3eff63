//! The client secret of an application and the credential that keeps it: planned together and made together, so that
//! no secret is left unkept.

use std::cell::Cell;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::secret_note::{self, SecretNote, secret_name};
use super::secret_use::{LeftSecrets, left_secrets};
use super::{Home, credentials};
use crate::app::App;
use crate::auth::AuthError;
use crate::auth::credential_source::ClientCredential;
use crate::error::{Error, Kind, Result};
use crate::graph::GraphError;
use crate::graph::applications::{AppRegistration, NewAppPassword};
use crate::id::{ClientId, TenantId};
use crate::ops::change::wait::Deadline;
use crate::ops::change::{ChangeKind, Plan, Risk, Run, Step, WriteKind};
use crate::ops::credential::plan::update_plan;
use crate::ops::credential::proof::sign_in;
use crate::ops::credential::update::{self, RecordUpdate};
use crate::ops::credential::{self, CredentialDraft, CredentialKind, Record};
use crate::secrets::Secret;

/// What is wanted of an application's secret and credential.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// The name of a credential that has yet to be added.
    pub name: String,
    /// The tenants that the credential may sign in to besides.
    pub consumers: Vec<TenantId>,
    /// The last day of a secret that is made.
    pub last_day: Date,
    /// Whether a secret is made although one is kept already.
    pub renews: bool,
    /// Whether a new secret has to sign in before it takes the place of the one that is kept.
    pub tests: bool,
}

/// What of it has to be done.
#[derive(Debug)]
pub(crate) struct Upkeep {
    wish: Wish,
    /// The credential here that signs in as the application.
    known: Option<Record>,
    /// The step that makes a secret, if one has to be made; those that keep it follow.
    secret: Option<usize>,
    credential: usize,
    /// What runs left that were killed.
    left: LeftSecrets,
    /// The first of the steps that remove what is lost of that.
    lost: usize,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct KeptSecret {
    /// The name of the credential.
    pub credential: String,
    /// The key id of a secret that was made now.
    pub key_id: Option<String>,
    pub secret: Option<Secret>,
}

impl Upkeep {
    /// Adds its steps to a plan; there may be no `application` yet.
    ///
    /// # Errors
    /// If the credential's name is taken by another application's.
    pub(super) fn planned(
        app: &App,
        home: &Home,
        application: Option<&AppRegistration>,
        what: &str,
        wish: Wish,
        plan: &mut Plan,
    ) -> Result<Upkeep> {
        let (mut known, mut left) = match application {
            Some(made) => (credentials(app, made.app_id)?, left_secrets(app, made)?),
            None => (Vec::new(), LeftSecrets::default()),
        };
        known.retain(|record| !wish.renews || record.kind == CredentialKind::Secret);
        let known = known.into_iter().next();
        if known.is_none() {
            credential::check_free(app, &wish.name)?;
        }
        let makes = known.is_none() || wish.renews;
        let secret = makes.then(|| plan.push(secret_step(app, what, home.tenant, wish.last_day)));
        let credential = plan.push(credential_step(known.as_ref(), &wish, home.tenant, makes)?);
        if makes {
            plan.push(keyring_step(app, known.as_ref(), &wish));
        }
        let lost = plan.steps.len();
        plan.steps.append(&mut left.steps);
        Ok(Upkeep { wish, known, secret, credential, left, lost })
    }

    /// Makes the secret and keeps it, as far as that was planned.
    ///
    /// # Errors
    /// If Graph refuses, or the secret cannot be kept: it is removed again then.
    pub(super) async fn carry_out(
        &self,
        app: &App,
        home: &Home,
        run: &Run<'_>,
        application: &AppRegistration,
    ) -> Result<KeptSecret> {
        // Before another secret takes its place: one that no credential has counts as lost.
        self.left.kept.iter().for_each(|name| secret_note::remove(app, name));
        let kept = self.make_and_keep(app, home, run, application).await?;
        let mut all_gone = true;
        for step in (self.lost..).take(self.left.lost.len()) {
            let key = &run.plan().steps[step].id;
            let work = home.directory.remove_password(&application.id, key);
            let gone = run.attempt(step, async { Ok(work.await.map(|_| ())?) }).await;
            all_gone &= gone.is_some();
        }
        if all_gone {
            self.left.lost.iter().for_each(|name| secret_note::remove(app, name));
        }
        Ok(kept)
    }

    async fn make_and_keep(
        &self,
        app: &App,
        home: &Home,
        run: &Run<'_>,
        application: &AppRegistration,
    ) -> Result<KeptSecret> {
        let name = self.known.as_ref().map_or(&self.wish.name, |known| &known.name).clone();
        let Some(step) = self.secret else {
            if run.plan().steps[self.credential].change.writes() {
                run.perform(self.credential, async { self.admit(app, &name) }).await?;
            }
            return Ok(KeptSecret { credential: name, key_id: None, secret: None });
        };
        let steps = [step, self.credential, self.credential + 1];
        let note = SecretNote::write(app)?;
        let none_was_made = Cell::new(false);
        let made = run.perform_all(&steps, async {
            let (named, end) = (secret_name(app), end_of(self.wish.last_day));
            let made = home.directory.add_password(&application.id, &named, &end).await;
            let made = made.map_err(|err| {
                none_was_made.set(err.is_without_effect());
                no_secret(err)
            })?;
            run.made(step, &made.key_id);
            match self.keep(app, home, application, &name, &made.secret).await {
                Ok(()) => Ok(made),
                Err(err) => Err(given_up(err, home, application, &made).await),
            }
        });
        let made = match made.await {
            Ok(made) => made,
            Err(err) if none_was_made.get() => {
                note.settle();
                return Err(err);
            }
            // Its note stays: the next run sees what became of the secret.
            Err(err) => {
                // It could not be removed either: it stands, and nobody keeps it.
                if err.kind() == Kind::Partial {
                    run.was_done(step);
                }
                return Err(err);
            }
        };
        note.settle();
        if self.known.is_some() {
            credential::forget_replaced(app, &name)?;
        }
        let NewAppPassword { key_id, secret } = made;
        Ok(KeptSecret { credential: name, key_id: Some(key_id), secret: Some(secret) })
    }

    async fn keep(
        &self,
        app: &App,
        home: &Home,
        application: &AppRegistration,
        name: &str,
        secret: &Secret,
    ) -> Result<()> {
        let proof = ClientCredential::Secret(secret.clone());
        let expires = Some(self.wish.last_day.to_string());
        if self.known.is_some() {
            if self.wish.tests {
                until_signed_in(app, application.app_id, home.tenant, &proof).await?;
            }
            self.admit(app, name)?;
            return credential::rotate_credential(app, name, &proof, expires).map(|_| ());
        }
        let mut also = self.wish.consumers.clone();
        also.retain(|tenant| *tenant != home.tenant);
        let kept = CredentialDraft {
            name: name.to_owned(),
            tenant: home.tenant,
            also,
            client: application.app_id,
            credential: proof,
            secret_expires_on: expires,
            is_default: false,
            subscription: None,
        };
        credential::add_credential(app, &kept).map(|_| ())
    }

    /// Lets the credential that is kept already sign in to all consumers.
    fn admit(&self, app: &App, name: &str) -> Result<()> {
        let also_tenants = self.wish.consumers.clone();
        let update = RecordUpdate { also_tenants, ..RecordUpdate::default() };
        update::update_credential(app, &update, name).map(|_| ())
    }
}

fn secret_step(app: &App, what: &str, tenant: TenantId, last_day: Date) -> Step {
    let what = format!("client secret of {what}, until {last_day}");
    Step::new(ChangeKind::Create, WriteKind::ClientSecret, "", what)
        .at(&format!("/tenants/{tenant}"))
        .between(
            Value::Null,
            json!({"displayName": secret_name(app), "endDateTime": end_of(last_day)}),
        )
        .because("Entra shows it once; it goes straight to the credential")
}

fn credential_step(
    known: Option<&Record>,
    wish: &Wish,
    tenant: TenantId,
    makes: bool,
) -> Result<Step> {
    let Some(known) = known else {
        let what = format!("credential '{}', which signs in with it", wish.name);
        let after = json!({"name": wish.name, "tenantId": tenant, "alsoTenantIds": wish.consumers});
        let step = Step::new(ChangeKind::Create, WriteKind::Credential, &wish.name, what);
        return Ok(step.between(Value::Null, after));
    };
    let also_tenants = wish.consumers.clone();
    let update = RecordUpdate { also_tenants, ..RecordUpdate::default() };
    let mut updated = update::updated_record(known, &update)?;
    if makes {
        updated.secret_expires_on = Some(wish.last_day.to_string());
    }
    let step = update_plan(known, &updated).steps.remove(0);
    // Another secret is a change, though it may end on the same day.
    Ok(if makes { Step { change: ChangeKind::Update, ..step } } else { step })
}

fn keyring_step(app: &App, known: Option<&Record>, wish: &Wish) -> Step {
    let name = known.map_or(&wish.name, |known| &known.name);
    let what = format!("client secret of '{name}' in {}", app.stores.title());
    match known {
        None => Step::new(ChangeKind::Create, WriteKind::KeyringEntry, name, what),
        Some(_) => Step::new(ChangeKind::Replace, WriteKind::KeyringEntry, name, what)
            .detail("the one before it stays valid in Entra until it ends or is removed")
            .risking(Risk::None),
    }
}

fn end_of(last_day: Date) -> String {
    format!("{last_day}T23:59:59Z")
}

fn no_secret(err: GraphError) -> Error {
    let by_policy = err.code().ends_with("AsPerAppPolicy");
    let err =
        Error::from(err).while_doing("the application is registered, but got no client secret");
    if by_policy {
        err.hint("The tenant's policy limits secrets: give an earlier last day, or do without one (`share app create` with --federated-issuer and --federated-subject).")
    } else {
        err
    }
}

/// It takes a while until all of Entra knows a new secret.
async fn until_signed_in(
    app: &App,
    client: ClientId,
    tenant: TenantId,
    proof: &ClientCredential,
) -> Result<()> {
    let mut deadline = Deadline::new(app, SPREAD);
    loop {
        match sign_in(app, client, tenant, proof).await {
            Ok(_) => return Ok(()),
            Err(err @ AuthError::Refused { .. }) => {
                app.reporter.step("Waiting until Entra takes the new secret");
                if deadline.pause().await.is_err() {
                    return Err(Error::from(err).while_doing("the new secret does not sign in"));
                }
            }
            Err(err) => return Err(err.into()),
        }
    }
}

/// A secret that cannot be kept is of no use to anybody: it goes again.
async fn given_up(
    err: Error,
    home: &Home,
    application: &AppRegistration,
    made: &NewAppPassword,
) -> Error {
    let client = application.app_id;
    let err = err.while_doing(format!(
        "the new client secret of {client} could not be stored and was removed"
    ));
    match home.directory.remove_password(&application.id, &made.key_id).await {
        Ok(_) => err,
        Err(cause) => err
            .while_doing(format!(
                "the new client secret of {client} could not be stored, nor removed ({cause})"
            ))
            .of_kind(Kind::Partial)
            .hint(format!(
                "Remove it: `az-imageshare share app secret remove --client-id {client} --key-id {}`.",
                made.key_id
            )),
    }
}

/// How long Entra may take to hear of a new secret.
const SPREAD: std::time::Duration = std::time::Duration::from_secs(180);
