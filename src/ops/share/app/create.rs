//! Registers the application, so that a second run changes nothing.

use jiff::civil::Date;
use serde_json::json;

use super::{Home, REDIRECT, TAG, Wanted, credentials, tags_for, unique_name};
use crate::app::App;
use crate::auth::credential_source::ClientCredential;
use crate::error::{Error, Kind, Result};
use crate::graph::ObjectSort;
use crate::graph::applications::{AppRegistration, FederatedIdentity, NewAppPassword};
use crate::id::{ClientId, TenantId, arm_guid};
use crate::ops::change::wait::Deadline;
use crate::ops::credential;
use crate::secrets::Secret;

/// An application that is to be.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub name: String,
    /// The tenants that will use it, for the credential.
    pub consumers: Vec<TenantId>,
    /// How it proves itself.
    pub proof: Proof,
}

/// How an application proves itself.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// By a client secret that is kept as a credential of this name and ends after this day.
    Secret {
        credential: String,
        /// The last day of the secret.
        last_day: Date,
    },
    /// By tokens that somebody else issues.
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
    /// True if anything was made.
    pub changed: bool,
}

/// Registers an application and keeps its secret; a second run finds both.
///
/// # Errors
/// If the keyring does not take a secret, Graph refuses, or the credential's name is taken.
pub(crate) fn create(app: &App, draft: &Draft) -> Result<Created> {
    if let Proof::Secret { .. } = draft.proof {
        // A secret is told once: there must be somewhere to put it.
        app.secrets.probe()?;
    }
    let (home, mut created) = app.block_on(register(app, draft))?;
    let client = created.application.app_id;
    let Proof::Secret { credential, last_day } = &draft.proof else {
        return Ok(created);
    };
    if let Some(known) = credentials(app, client)?.into_iter().next() {
        created.credential = Some(known.name);
        return Ok(created);
    }
    credential::check_free(app, credential)?;
    let application = created.application.id.clone();
    let made = app.block_on(new_secret(&home, &application, *last_day))?;
    let kept = keep(app, draft, &created, credential, *last_day, &made.secret);
    if let Err(err) = kept {
        let undone = app.block_on(async {
            Ok(home.directory.remove_password(&application, &made.key_id).await?)
        });
        return Err(lost(err, undone, client));
    }
    created.credential = Some(credential.clone());
    created.secret = Some(made.secret);
    created.changed = true;
    Ok(created)
}

async fn register(app: &App, draft: &Draft) -> Result<(Home, Created)> {
    let home = Home::open(app, None).await?;
    let wanted = Wanted::Named(draft.name.clone());
    let known = home.registration(&wanted).await?;
    let mut changed = false;
    let application = match known {
        Some(known) if is_as_drafted(&known, draft) => known,
        found => {
            if found.is_none() {
                warn_of_namesakes(app, &home, &draft.name).await?;
            }
            changed = true;
            let tags = found.map(|known| known.tags).unwrap_or_default();
            put(app, &home, draft, &tags).await?
        }
    };
    let (principal, installed) = home.install(app, application.app_id).await?;
    if let Proof::Federated { issuer, subject } = &draft.proof {
        changed |= federate(app, &home, &application, issuer, subject).await?;
    }
    let created = Created {
        tenant: home.tenant,
        application,
        service_principal: principal.id,
        credential: None,
        secret: None,
        changed: changed || installed,
    };
    Ok((home, created))
}

/// Names are not unique in Entra, and `az ad app create` changes whatever has the name.
async fn warn_of_namesakes(app: &App, home: &Home, name: &str) -> Result<()> {
    let others = home.directory.having(ObjectSort::Application, "displayName", name).await?;
    for other in others {
        app.reporter.warn(&format!(
            "there is another application named '{name}' ({}), which is left as it is",
            other.app_id.unwrap_or(other.id)
        ));
    }
    Ok(())
}

fn is_as_drafted(known: &AppRegistration, draft: &Draft) -> bool {
    known.sign_in_audience.as_deref() == Some(AUDIENCE)
        && tags_for(&known.tags, &draft.consumers) == known.tags
}

async fn put(app: &App, home: &Home, draft: &Draft, tags: &[String]) -> Result<AppRegistration> {
    let key = unique_name(home.tenant, &draft.name);
    let body = json!({
        "displayName": draft.name.trim(), "signInAudience": AUDIENCE,
        "web": {"redirectUris": [REDIRECT]}, "tags": tags_for(tags, &draft.consumers),
    });
    home.directory
        .put_application(&key, &body)
        .await
        .map_err(|err| {
            let denied = err.is_forbidden();
            let err = Error::from(err)
                .while_doing(format!("application '{}' could not be registered", draft.name));
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

async fn federate(
    app: &App,
    home: &Home,
    application: &AppRegistration,
    issuer: &str,
    subject: &str,
) -> Result<bool> {
    let known = home.directory.federated(&application.id).await?;
    let same = |known: &FederatedIdentity| known.issuer == issuer && known.subject == subject;
    if known.iter().any(same) {
        return Ok(false);
    }
    let wanted = FederatedIdentity {
        name: format!("{TAG}-{}", arm_guid(&[issuer, subject])),
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
    };
    let audience = exchange_audience(&app.settings.cloud.name);
    home.directory.add_federated(&application.id, &wanted, audience).await?;
    Ok(true)
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

async fn new_secret(home: &Home, application: &str, last_day: Date) -> Result<NewAppPassword> {
    let end = format!("{last_day}T23:59:59Z");
    home.directory
        .add_password(application, TAG, &end)
        .await
        .map_err(|err| {
            let by_policy = err.code().ends_with("AsPerAppPolicy");
            let err = Error::from(err).while_doing("the application is registered, but got no client secret");
            if by_policy { err.hint("The tenant's policy limits secrets: give an earlier --secret-expires, or do without one (--federated-issuer and --federated-subject).") } else { err.hint("Run the command again: it goes on where it stopped.") }
        })
}

fn keep(
    app: &App,
    draft: &Draft,
    created: &Created,
    name: &str,
    last_day: Date,
    secret: &Secret,
) -> Result<()> {
    let mut also = draft.consumers.clone();
    also.retain(|tenant| *tenant != created.tenant);
    let kept = credential::CredentialDraft {
        name: name.to_owned(),
        tenant: created.tenant,
        also,
        client: created.application.app_id,
        credential: ClientCredential::Secret(secret.clone()),
        secret_expires_on: Some(last_day.to_string()),
        is_default: false,
        subscription: None,
    };
    credential::add_credential(app, &kept).map(|_| ())
}

fn lost(err: Error, undone: Result<()>, client: ClientId) -> Error {
    let err = err.while_doing(format!(
        "the new client secret of {client} could not be stored and was removed"
    ));
    match undone {
        Ok(()) => err.hint("Run the command again: it goes on where it stopped."),
        Err(cause) => err
            .while_doing(format!(
                "the new client secret of {client} could not be stored, nor removed ({cause})"
            ))
            .of_kind(Kind::Partial)
            .hint("Delete it in Entra under Certificates & secrets, then run the command again."),
    }
}

/// Any organization, but no personal accounts: nobody needs those for images.
const AUDIENCE: &str = "AzureADMultipleOrgs";
