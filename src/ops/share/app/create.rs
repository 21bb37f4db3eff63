//! Registers the application, so that a second run changes nothing.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::credential_upkeep::{Upkeep, Wish};
use super::installation::{self, Installation};
use super::{Home, REDIRECT, TAG, Wanted, tags_for, unique_name};
use crate::app::App;
use crate::error::{Error, Result};
use crate::graph::applications::{AppRegistration, FederatedIdentity};
use crate::graph::{DirectoryObject, ObjectSort};
use crate::id::{TenantId, arm_guid};
use crate::ops::change::wait::Deadline;
use crate::ops::change::{ChangeKind, Plan, Run, Step, WriteKind};
use crate::secrets::Secret;

/// An application that is to be.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub name: String,
    /// The tenants that will use it: its tags say so, and its credential may sign in there.
    pub consumers: Vec<TenantId>,
    /// Pages of the publisher's own that a browser may end on after consent.
    pub redirect_uris: Vec<String>,
    /// How it proves itself.
    pub credential: NewAppCredential,
}

/// How an application proves itself.
#[derive(Clone, Debug)]
pub(crate) enum NewAppCredential {
    /// By a client secret that is kept as a credential of this name and ends after this day.
    Secret {
        credential: String,
        /// The last day of the secret.
        last_day: Date,
    },
    /// By tokens of another issuer.
    Federated {
        issuer: String,
        /// Whom they are for.
        subject: String,
    },
}

/// What creating came to.
#[derive(Debug)]
pub(crate) struct Created {
    pub application: AppRegistration,
    /// The object id of its service principal at home.
    pub service_principal: String,
    /// The tenant it is registered in.
    pub tenant: TenantId,
    /// The credential that holds its secret.
    pub credential: Option<String>,
    /// A secret that was made now.
    pub secret: Option<Secret>,
    pub change: ChangeKind,
}

/// An application that is to be, and what of that has to be done.
pub(crate) struct AppCreation<'a> {
    app: &'a App,
    draft: Draft,
    home: Home,
    /// Its registration, if it was made before.
    registration: Option<AppRegistration>,
    /// Its service principal at home, if it has one.
    installation: Option<Installation>,
    credential: PlannedCredential,
    pub plan: Plan,
}

/// What of an application's credential exists, and which steps of the plan do the rest.
enum PlannedCredential {
    Federated(FederatedIdentity, usize),
    Secret(Box<Upkeep>),
}

/// Works out what it takes that an application is registered, known at home, and proves itself.
///
/// # Errors
/// If Graph refuses, or the credential's name is taken.
pub(crate) async fn plan_creation(app: &App, draft: Draft) -> Result<AppCreation<'_>> {
    let home = Home::open(app, None).await?;
    let registration = home.registration(&Wanted::Named(draft.name.clone())).await?;
    let mut plan = Plan {
        nothing: Some("The application is registered as wanted already; nothing is sent.".into()),
        ..Plan::titled(format!("Application '{}' in tenant {}:", draft.name, home.tenant))
    };
    if registration.is_none() {
        plan.warnings.extend(namesakes(&home, &draft.name).await?);
    }
    plan.push(application_step(registration.as_ref(), &draft, home.tenant));
    let installation = match &registration {
        Some(known) => Some(Installation::read(&home, known.app_id).await?),
        None => None,
    };
    plan.push(match &installation {
        Some(installation) => installation.step(),
        None => installation::step(None, None, home.tenant),
    });
    let credential =
        planned_credential(app, &home, registration.as_ref(), &draft, &mut plan).await?;
    Ok(AppCreation { app, draft, home, registration, installation, credential, plan })
}

async fn planned_credential(
    app: &App,
    home: &Home,
    registration: Option<&AppRegistration>,
    draft: &Draft,
    plan: &mut Plan,
) -> Result<PlannedCredential> {
    match &draft.credential {
        NewAppCredential::Secret { credential, last_day } => {
            let wish = Wish {
                name: credential.clone(),
                consumers: draft.consumers.clone(),
                last_day: *last_day,
                renews: false,
                tests: false,
            };
            let what = format!("application '{}'", draft.name);
            let upkeep = Upkeep::planned(app, home, registration, &what, wish, plan)?;
            Ok(PlannedCredential::Secret(Box::new(upkeep)))
        }
        NewAppCredential::Federated { issuer, subject } => {
            let known = match registration {
                Some(known) => home.directory.federated(&known.id).await?,
                None => Vec::new(),
            };
            let wanted = federated_identity(issuer, subject);
            let same = |one: &FederatedIdentity| &one.issuer == issuer && &one.subject == subject;
            let step = federated_step(known.iter().find(|one| same(one)), &wanted, home.tenant);
            Ok(PlannedCredential::Federated(wanted, plan.push(step)))
        }
    }
}

fn application_step(known: Option<&AppRegistration>, draft: &Draft, tenant: TenantId) -> Step {
    let what = format!("application '{}', which any tenant can accept", draft.name.trim());
    let after = wanted_body(known, draft);
    let (change, id, before) = match known {
        None => (ChangeKind::Create, "", Value::Null),
        Some(known) => {
            let before = known.body();
            let change = if before == after { ChangeKind::Keep } else { ChangeKind::Update };
            (change, known.id.as_str(), before)
        }
    };
    let step = Step::new(change, WriteKind::Application, id, what)
        .at(&format!("/tenants/{tenant}"))
        .between(before, after);
    draft
        .consumers
        .iter()
        .fold(step, |step, consumer| step.detail(format!("for tenant {consumer}")))
}

/// The registration as it should be; what was added to it stays.
fn wanted_body(known: Option<&AppRegistration>, draft: &Draft) -> Value {
    let mut redirects = known.map(|known| known.web.redirect_uris.clone()).unwrap_or_default();
    for uri in std::iter::once(REDIRECT).chain(draft.redirect_uris.iter().map(String::as_str)) {
        if !redirects.iter().any(|known| known == uri) {
            redirects.push(uri.to_owned());
        }
    }
    let tags = known.map(|known| known.tags.as_slice()).unwrap_or_default();
    // It is found by a key that knows no case: what it is called already stays.
    let name = known.and_then(|known| known.display_name.as_deref()).unwrap_or(draft.name.trim());
    json!({
        "displayName": name, "signInAudience": AUDIENCE,
        "web": {"redirectUris": redirects}, "tags": tags_for(tags, &draft.consumers),
    })
}

fn federated_step(
    known: Option<&FederatedIdentity>,
    wanted: &FederatedIdentity,
    tenant: TenantId,
) -> Step {
    let what = format!("tokens of {} for '{}' sign in as it", wanted.issuer, wanted.subject);
    let body = |one: &FederatedIdentity| json!({"name": one.name, "issuer": one.issuer, "subject": one.subject});
    let (change, found) = match known {
        Some(known) => (ChangeKind::Keep, known),
        None => (ChangeKind::Create, wanted),
    };
    Step::new(change, WriteKind::FederatedCredential, &found.name, what)
        .at(&format!("/tenants/{tenant}"))
        .between(known.map_or(Value::Null, body), body(wanted))
}

fn federated_identity(issuer: &str, subject: &str) -> FederatedIdentity {
    FederatedIdentity {
        name: format!("{TAG}-{}", arm_guid(&[issuer, subject])),
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
    }
}

impl AppCreation<'_> {
    /// Registers the application and keeps its secret.
    ///
    /// # Errors
    /// If Graph refuses, or the keyring does not take the secret, which is removed again then.
    pub(crate) async fn carry_out(&self, run: &Run<'_>) -> Result<Created> {
        let application = self.register(run).await?;
        let installation = match &self.installation {
            Some(known) => known.clone(),
            None => Installation::absent(&self.home, application.app_id),
        };
        let principal = installation.carry_out(self.app, &self.home, run, PRINCIPAL_STEP).await?;
        let (mut credential, mut secret) = (None, None);
        match &self.credential {
            PlannedCredential::Federated(wanted, step) => {
                self.federate(run, &application, wanted, *step).await?;
            }
            PlannedCredential::Secret(upkeep) => {
                let kept = upkeep.carry_out(self.app, &self.home, run, &application).await?;
                (credential, secret) = (Some(kept.credential), kept.secret);
            }
        }
        Ok(Created {
            tenant: self.home.tenant,
            application,
            service_principal: principal.id.to_string(),
            credential,
            secret,
            change: self.change(),
        })
    }

    fn change(&self) -> ChangeKind {
        let totals = self.plan.totals();
        match (totals.create, self.plan.is_settled()) {
            (0, true) => ChangeKind::Keep,
            (0, false) => ChangeKind::Update,
            _ => ChangeKind::Create,
        }
    }

    async fn register(&self, run: &Run<'_>) -> Result<AppRegistration> {
        let step = &run.plan().steps[APPLICATION_STEP];
        if let (Some(known), ChangeKind::Keep) = (&self.registration, step.change) {
            return Ok(known.clone());
        }
        run.perform(APPLICATION_STEP, async {
            let made = put(self.app, &self.home, &self.draft.name, &step.after).await?;
            run.made(APPLICATION_STEP, &made.id);
            Ok(made)
        })
        .await
    }

    async fn federate(
        &self,
        run: &Run<'_>,
        application: &AppRegistration,
        wanted: &FederatedIdentity,
        step: usize,
    ) -> Result<()> {
        if run.plan().steps[step].change == ChangeKind::Keep {
            return Ok(());
        }
        let audience = exchange_audience(&self.app.settings.cloud.name);
        let work = self.home.directory.add_federated(&application.id, wanted, audience);
        run.perform(step, async { Ok(work.await?) }).await
    }
}

const APPLICATION_STEP: usize = 0;
const PRINCIPAL_STEP: usize = 1;

/// Names are not unique in Entra, and `az ad app create` changes whatever has the name.
async fn namesakes(home: &Home, name: &str) -> Result<Vec<String>> {
    let others = home.directory.having(ObjectSort::Application, "displayName", name).await?;
    let line = |other: DirectoryObject| {
        format!(
            "there is another application named '{name}' ({}), which is left as it is",
            other.app_id.unwrap_or(other.id.to_string())
        )
    };
    Ok(others.into_iter().map(line).collect())
}

async fn put(app: &App, home: &Home, name: &str, body: &Value) -> Result<AppRegistration> {
    let key = unique_name(home.tenant, name);
    home.directory
        .put_application(&key, body)
        .await
        .map_err(|err| {
            let denied = err.is_forbidden();
            let err = Error::from(err)
                .while_doing(format!("application '{name}' could not be registered"));
            if denied { err.hint("Registering takes the directory role Application Developer, or Application.ReadWrite.All for an application.") } else { err }
        })?;
    // What was written is not read everywhere at once.
    let mut deadline = Deadline::new(app, super::REPLICATION);
    loop {
        if let Some(made) = home.directory.application_named(&key).await? {
            return Ok(made);
        }
        app.reporter.step("Waiting until the directory shows the application");
        deadline.pause().await?;
    }
}

/// What tokens for Entra's exchange are made out to. Source:
/// <https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations>
fn exchange_audience(cloud: &str) -> &'static str {
    match cloud {
        "AzureChinaCloud" => "api://AzureADTokenExchangeChina",
        "AzureUSGovernment" => "api://AzureADTokenExchangeUSGov",
        _ => "api://AzureADTokenExchange",
    }
}

/// Any organization, but no personal accounts: those are not needed for images.
const AUDIENCE: &str = "AzureADMultipleOrgs";
