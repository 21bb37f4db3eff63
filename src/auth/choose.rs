//! Who signs in: `--credential`, `AZ_IMAGESHARE_CREDENTIAL`, the environment, the default credential, the `az`
//! login, in this order. What contradicts itself on one level is an error, never a choice. Inside `az`, its
//! login comes right behind what the user named: anyone who types `az` means that login.

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;

use super::application::Application;
use super::az_login::{AzLogin, az_program};
use super::context::SignInContext;
use super::credential_source::{ClientCredential, CredentialSource};
use super::credentials_document::read_document;
use super::error::AuthError;
use super::records::{Record, Records};
use super::reminder::remind_of_end;
use super::token::TokenSource;
use super::token_request::TokenRequestAddress;
use super::tokens::ApplicationTokens;
use crate::secrets::Secret;
use crate::settings::{Cloud, Environment, Origin, env};

/// Why it is this one who signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SignInReason {
    /// `--credential`.
    Flag,
    /// `AZ_IMAGESHARE_CREDENTIAL`.
    Variable,
    /// `AZURE_CLIENT_ID` and its like.
    Environment,
    /// It is the default credential.
    Default,
    /// There is nothing stronger than the `az` login, or `az` runs us.
    Az,
}

/// Who signs in.
pub(crate) enum ChosenIdentity {
    Stored(Box<Record>),
    Environment(Box<Application>),
    Az(Box<AzLogin>),
}

/// Who signs in, and why.
pub(crate) struct SignInChoice {
    pub who: ChosenIdentity,
    pub reason: SignInReason,
}

/// Finds out who signs in, without signing in.
///
/// # Errors
/// If no one can, two sources of one level contradict each other, or a source is incomplete.
pub(crate) fn choose_identity(context: &SignInContext) -> Result<SignInChoice, AuthError> {
    let settings = &context.settings;
    let chosen = |who, reason| Ok(SignInChoice { who, reason });
    if let Some(wanted) = &settings.credential {
        let records = Records::load(&settings.home)?;
        let record = records.find(&wanted.value)?.clone();
        let named = wanted.origin == Origin::Flag;
        let reason = if named { SignInReason::Flag } else { SignInReason::Variable };
        return chosen(ChosenIdentity::Stored(Box::new(record)), reason);
    }
    if !context.inside_az {
        let cloud = &settings.cloud;
        if let Some(application) = application_of_environment(&settings.environment, cloud)? {
            let who = ChosenIdentity::Environment(Box::new(application));
            return chosen(who, SignInReason::Environment);
        }
        if let Some(record) = Records::load(&settings.home)?.default_of(&cloud.name) {
            let who = ChosenIdentity::Stored(Box::new(record.clone()));
            return chosen(who, SignInReason::Default);
        }
    }
    match AzLogin::find(context)? {
        Some(login) => chosen(ChosenIdentity::Az(Box::new(login)), SignInReason::Az),
        None => {
            let has_az = context.inside_az || az_program(&settings.environment).is_some();
            let records = Records::load(&settings.home)?;
            let kept = records.of_cloud(&settings.cloud.name).next().map(|one| one.name.clone());
            Err(AuthError::NobodySignedIn { has_az, kept })
        }
    }
}

/// Chooses who signs in.
///
/// # Errors
/// As [`choose_identity`]; or if what a stored credential was made for has changed.
pub(crate) fn choose_source(context: &SignInContext) -> Result<Arc<dyn TokenSource>, AuthError> {
    match choose_identity(context)?.who {
        ChosenIdentity::Stored(record) => source_of_record(context, &record),
        ChosenIdentity::Environment(application) => {
            let records = Records::load(&context.settings.home)?;
            if let Some(record) = records.default_of(&context.settings.cloud.name) {
                (context.tell)(&format!(
                    "application {} of the environment signs in, before the default credential '{}'",
                    application.client, record.name
                ));
            }
            Ok(application_tokens(context, *application))
        }
        ChosenIdentity::Az(login) => Ok(Arc::from(login as Box<dyn TokenSource>)),
    }
}

/// The credential called `name`.
pub(crate) fn source_named(
    context: &SignInContext,
    name: &str,
) -> Result<Arc<dyn TokenSource>, AuthError> {
    let records = Records::load(&context.settings.home)?;
    source_of_record(context, records.find(name)?)
}

fn source_of_record(
    context: &SignInContext,
    record: &Record,
) -> Result<Arc<dyn TokenSource>, AuthError> {
    let application = application_of(record, &context.settings.cloud)?;
    remind_of_end(context, record);
    Ok(application_tokens(context, application))
}

fn application_tokens(context: &SignInContext, application: Application) -> Arc<dyn TokenSource> {
    Arc::new(ApplicationTokens::new(application, context.clone()))
}

/// The application behind a record. Its secret goes only to the authority it was made for.
pub(crate) fn application_of(record: &Record, cloud: &Cloud) -> Result<Application, AuthError> {
    if record.cloud != cloud.name {
        return Err(AuthError::OtherCloud {
            name: record.name.clone(),
            belongs_to: record.cloud.clone(),
            wanted: cloud.name.clone(),
        });
    }
    record.check_endpoints(cloud)?;
    Ok(Application {
        name: record.name.clone(),
        authority: cloud.active_directory.clone(),
        home: crate::id::TenantRef::Id(record.tenant_id),
        also: Some(record.also_tenant_ids.clone()),
        client: record.client_id,
        subscription: record.subscription.clone(),
        source: CredentialSource::of_record(record)?,
    })
}

/// The application that the environment describes, if it describes one.
pub(crate) fn application_of_environment(
    environment: &Environment,
    cloud: &Cloud,
) -> Result<Option<Application>, AuthError> {
    let names = &environment.names;
    let Some(source) = source_of_environment(environment)? else {
        // Many a shell has AZURE_TENANT_ID for other tools; with an application it is half a sign-in.
        return match (&environment.client_id, &environment.document) {
            (Some(_), _) => Err(incomplete_environment(environment, true)),
            (None, Some(document)) => application_of_document(document, cloud).map(Some),
            (None, None) => Ok(None),
        };
    };
    let (Some(tenant), Some(client)) = (&environment.tenant_id, &environment.client_id) else {
        return Err(incomplete_environment(environment, false));
    };
    let unusable = |variable: &str| AuthError::Variable { variable: variable.to_owned() };
    Ok(Some(Application {
        name: String::new(),
        authority: cloud.active_directory.clone(),
        home: tenant.parse().map_err(|_| unusable(names.tenant_id))?,
        also: None,
        subscription: None,
        client: client.parse().map_err(|_| unusable(names.client_id))?,
        source,
    }))
}

/// The application of the document in `AZURE_CREDENTIALS`.
fn application_of_document(document: &Secret, cloud: &Cloud) -> Result<Application, AuthError> {
    let read = read_document(document, env::CREDENTIALS_DOCUMENT, cloud)?;
    Ok(Application {
        name: String::new(),
        authority: cloud.active_directory.clone(),
        home: read.tenant,
        also: None,
        subscription: read.subscription,
        client: read.client,
        source: read.source,
    })
}

fn source_of_environment(environment: &Environment) -> Result<Option<CredentialSource>, AuthError> {
    let mut found: Vec<(&str, CredentialSource)> = Vec::new();
    if let Some(secret) = &environment.client_secret {
        let secret = secret.clone().map_err(|reason| AuthError::Unfit {
            variable: environment.names.client_secret.to_owned(),
            reason,
        })?;
        found.push((
            environment.names.client_secret,
            CredentialSource::Given(ClientCredential::Secret(secret)),
        ));
    }
    if let Some(path) = &environment.certificate {
        let password = environment.certificate_password.clone();
        let source = CredentialSource::CertificateFile(path.clone(), password);
        found.push((environment.names.certificate, source));
    }
    if let Some(path) = &environment.federated_token_file {
        found.push((
            environment.names.token_file,
            CredentialSource::Given(ClientCredential::TokenFile(absolute_path(path))),
        ));
    }
    if let (Some(token), Some(name)) = (&environment.federated_token, environment.names.token) {
        let source = CredentialSource::Given(ClientCredential::Token(token.clone()));
        found.push((name, source));
    }
    // A pipeline offers its tokens to every job: they count only where nothing else was given.
    let names_application = environment.client_id.is_some() && environment.tenant_id.is_some();
    if let (true, true, Some(variables)) =
        (found.is_empty(), names_application, environment.token_requests.first())
    {
        let address = Arc::new(TokenRequestAddress::of(variables)?);
        let source = CredentialSource::Given(ClientCredential::TokenRequest(address));
        found.push((variables.variable, source));
    }
    if let [(first, _), (second, _), ..] = &found[..] {
        return Err(AuthError::Contradiction {
            first: (*first).to_owned(),
            second: (*second).to_owned(),
        });
    }
    Ok(found.pop().map(|(_, source)| source))
}

/// The path goes into the token's identity: two folders' `token.jwt` are two tokens.
fn absolute_path(path: &Path) -> std::path::PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// Names everything that a sign-in by these variables lacks.
fn incomplete_environment(environment: &Environment, lacks_proof: bool) -> AuthError {
    let names = &environment.names;
    let lacking = [
        (environment.tenant_id.is_none(), names.tenant_id),
        (environment.client_id.is_none(), names.client_id),
        (lacks_proof, names.client_secret),
    ];
    let missing: Vec<&str> =
        lacking.iter().filter(|(lacks, _)| *lacks).map(|(_, name)| *name).collect();
    AuthError::Incomplete {
        source_name: "the sign-in by environment variables".to_owned(),
        missing: missing.join(" and "),
    }
}
