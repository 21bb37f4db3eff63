//! A credential renews itself: a certificate with a proof by the one it has and without any permission, a client
//! secret by a permission for its own application.
//!
//! At every moment one of the two works: the new one is made, waited for until it signs in and kept, and only then
//! the old one leaves Entra. What a killed run leaves there is noted in the record, or is known by its name, and goes
//! with the next run.
//!
//! Source: <https://learn.microsoft.com/graph/api/application-addkey>,
//! <https://learn.microsoft.com/graph/api/application-addpassword>

mod carry_out;

use std::sync::Arc;

use jiff::civil::Date;

use super::{CredentialKind, Record, application_in_use, find_record};
use crate::app::App;
use crate::auth::TokenSource;
use crate::auth::credential_source::{ClientCredential, CredentialSource, begins_with};
use crate::error::{Error, Kind, Result};
use crate::graph::Directory;
use crate::graph::applications::AppRegistration;
use crate::ops::change::observe::Observed;
use crate::ops::change::{ChangeKind, Plan, Risk, Step, WriteKind};
use crate::ops::expiry;

/// How a credential is to be renewed.
#[derive(Clone, Debug, Default)]
pub(crate) struct RenewalOptions {
    /// How long the new one lives.
    pub days: Option<u16>,
    /// The old one stays valid in Entra.
    pub keep_old: bool,
    /// The application's object id, where this identity may not read it.
    pub object_id: Option<String>,
}

/// A renewal that was worked out.
pub(crate) struct CredentialRenewal {
    record: Record,
    directory: Directory,
    object_id: String,
    /// What it signs in with now.
    shown: ClientCredential,
    last_day: Date,
    /// What the new one is called in Entra.
    mark: String,
    /// False where a renewal that was killed has only to be finished.
    makes_new: bool,
    /// The key id of what is in use now, if it is known.
    old_key: Option<String>,
    keep_old: bool,
    /// Key ids that leave Entra.
    leaving: Vec<String>,
}

/// The days that a new one lives by default: CISA's baseline for secrets is 180.
const SECRET_DAYS: u16 = 180;
const CERTIFICATE_DAYS: u16 = 365;

/// Works out the renewal of one credential.
///
/// # Errors
/// If it cannot renew itself: the hints say who can.
pub(crate) async fn plan_renewal(
    app: &App,
    name: &str,
    options: &RenewalOptions,
) -> Result<CredentialRenewal> {
    let record = find_record(app, name)?;
    application_in_use(app, &record)?;
    check_renewable(app, &record)?;
    let tokens = app.tokens_of(name)?;
    let (directory, registration) = own_registration(app, &record, tokens).await?;
    let given = options.object_id.clone().or_else(|| record.application_object_id.clone());
    let object_id = match (&registration, given) {
        (Some(found), _) => found.id.clone(),
        (None, Some(given)) => given,
        (None, None) => return Err(unreadable(&record)),
    };
    let source = CredentialSource::of_record(&record)?;
    let shown = source.fetch(name, &app.settings.home, &*app.secrets)?;
    let today = expiry::today(app);
    let usual = match record.kind {
        CredentialKind::Certificate => CERTIFICATE_DAYS,
        _ => SECRET_DAYS,
    };
    let days = i64::from(options.days.unwrap_or(usual));
    let prefix = format!("az-imageshare {} {name} ", app.host_name());
    let old_key = old_key(&record, registration.as_ref(), &shown);
    let mut renewal = CredentialRenewal {
        directory,
        object_id,
        last_day: today.saturating_add(jiff::Span::new().days(days)),
        mark: format!("{prefix}{today}"),
        makes_new: record.retiring.is_none(),
        old_key,
        keep_old: options.keep_old,
        leaving: Vec::new(),
        shown,
        record,
    };
    renewal.leaving = renewal.leaving_keys(registration.as_ref(), &prefix);
    Ok(renewal)
}

/// The credentials of the cloud in use that end within so many days, by name; one without a known last day is left
/// out.
pub(crate) fn due_credentials(app: &App, days: u16) -> Result<Vec<String>> {
    let limit = expiry::today(app).saturating_add(jiff::Span::new().days(i64::from(days)));
    let cloud = &app.settings.cloud.name;
    let ends = |record: &Record| record.secret_expires_on.as_ref()?.parse::<Date>().ok();
    let due = |record: &Record| {
        record.cloud == *cloud
            && (record.retiring.is_some() || ends(record).is_some_and(|day| day <= limit))
    };
    Ok(super::all_records(app)?.into_iter().filter(due).map(|record| record.name).collect())
}

impl CredentialRenewal {
    /// Adds its steps to a plan, and gives the place of the first.
    pub(crate) fn add_steps(&self, plan: &mut Plan) -> usize {
        let first = plan.steps.len();
        let record = &self.record;
        plan.signers.push(record.name.clone());
        let (kind, noun) = self.kind();
        let scope = format!("/applications/{}", self.object_id);
        if self.makes_new {
            let what =
                format!("{noun} of application {} until {}", record.client_id, self.last_day);
            let made = Step::new(ChangeKind::Create, kind, "", what).at(&scope);
            plan.push(made.detail(format!("named '{}'", self.mark)));
            let what = format!("credential '{}' signs in with it, once it is seen to", record.name);
            plan.push(Step::new(ChangeKind::Update, WriteKind::Credential, &record.name, what));
            let what = format!("{noun} of '{}', where the old one is kept", record.name);
            let kept = Step::new(ChangeKind::Replace, WriteKind::KeyringEntry, &record.name, what);
            plan.push(kept.risking(Risk::None));
        }
        for key in &self.leaving {
            let what = format!("{noun} {key} of application {}", record.client_id);
            let step = Step::new(ChangeKind::Remove, kind, key, what).at(&scope);
            let why = if Some(key) == self.record.retiring.as_ref().or(self.old_key.as_ref()) {
                "it is replaced, and no longer signs in then"
            } else {
                "a renewal that did not come to its end left it, and nothing signs in with it"
            };
            plan.push(step.because(why));
        }
        if self.makes_new && self.old_key.is_none() && !self.keep_old {
            plan.warnings.push(format!("the old {noun} of '{name}' stays valid in Entra: its key ID is not known here. An owner removes it with `az ad app credential delete --id {id} --key-id KEY`", name = record.name, id = record.client_id));
        }
        first
    }

    fn kind(&self) -> (WriteKind, &'static str) {
        match self.record.kind {
            CredentialKind::Certificate => (WriteKind::AppCertificate, "certificate"),
            _ => (WriteKind::ClientSecret, "client secret"),
        }
    }

    fn leaving_keys(&self, registration: Option<&AppRegistration>, prefix: &str) -> Vec<String> {
        let current = self.record.key_id.as_ref().or(self.old_key.as_ref());
        let mut leaving: Vec<String> = match (&self.record.retiring, &self.old_key) {
            (Some(retiring), _) => vec![retiring.clone()],
            (None, Some(old)) if !self.keep_old => vec![old.clone()],
            _ => Vec::new(),
        };
        let is_ours = |name: &Option<String>| {
            name.as_ref().is_some_and(|name| name.trim_start_matches("CN=").starts_with(prefix))
        };
        let named: Vec<(&String, &Option<String>)> = match (registration, self.record.kind) {
            (None, _) => Vec::new(),
            (Some(found), CredentialKind::Certificate) => {
                found.key_credentials.iter().map(|key| (&key.key_id, &key.display_name)).collect()
            }
            (Some(found), _) => found
                .password_credentials
                .iter()
                .map(|key| (&key.key_id, &key.display_name))
                .collect(),
        };
        for (key, _) in named.into_iter().filter(|(_, name)| is_ours(name)) {
            let is_meant_to_stay = self.record.kept_keys.contains(key);
            if Some(key) != current && !leaving.contains(key) && !is_meant_to_stay {
                leaving.push(key.clone());
            }
        }
        leaving
    }
}

/// The key id of what is in use: noted when this program made it, else read from Graph.
fn old_key(
    record: &Record,
    registration: Option<&AppRegistration>,
    shown: &ClientCredential,
) -> Option<String> {
    if record.key_id.is_some() {
        return record.key_id.clone();
    }
    let found = registration?;
    let matching: Vec<&String> = match shown {
        ClientCredential::Certificate(certificate) => {
            let mark = certificate.key_identifier();
            let keys = found.key_credentials.iter();
            keys.filter(|key| key.custom_key_identifier.as_ref() == Some(&mark))
                .map(|key| &key.key_id)
                .collect()
        }
        ClientCredential::Secret(secret) => {
            let keys = found.password_credentials.iter();
            let alike = |hint: &String| begins_with(secret, hint);
            keys.filter(|key| key.hint.as_ref().is_some_and(alike)).map(|key| &key.key_id).collect()
        }
        _ => Vec::new(),
    };
    // Two that begin alike cannot be told apart: neither is taken away.
    match matching[..] {
        [only] => Some(only.clone()),
        _ => None,
    }
}

/// The application in its home tenant, which is not always the first that the credential signs in to.
async fn own_registration(
    app: &App,
    record: &Record,
    tokens: Arc<dyn TokenSource>,
) -> Result<(Directory, Option<AppRegistration>)> {
    let tenants = std::iter::once(&record.tenant_id).chain(&record.also_tenant_ids);
    let mut unread = None;
    for tenant in tenants {
        let directory = Directory::new(app.graph_as(tokens.clone(), Some(*tenant))?);
        match Observed::permitted(directory.application(record.client_id).await)? {
            Observed::Told(Some(found)) => return Ok((directory, Some(found))),
            Observed::Told(None) => {}
            Observed::Untold(_) => {
                unread.get_or_insert(directory);
            }
        }
    }
    match unread {
        // A certificate needs no permission; a secret needs one that lets it read itself, too.
        Some(directory) if record.kind == CredentialKind::Certificate => Ok((directory, None)),
        Some(_) => Err(not_permitted(record)),
        None => Err(Error::new(
            Kind::NotFound,
            format!("application {} is registered in none of the tenants of credential '{}'", record.client_id, record.name),
        )
        .hint("Sign in as an owner in the tenant where it is registered, and run `az-imageshare share app secret add --client-id APPID`.")),
    }
}

fn check_renewable(app: &App, record: &Record) -> Result<()> {
    let (name, client) = (&record.name, record.client_id);
    if record.kind == CredentialKind::Federated {
        return Err(Error::usage(format!(
            "credential '{name}' signs in with a token of another issuer, and there is nothing to renew"
        )));
    }
    if record.kind == CredentialKind::User {
        return Err(Error::usage(format!(
            "credential '{name}' is a person's, and there is nothing to renew"
        ))
        .hint(format!("Sign in anew: `az-imageshare credential login -n {name}`.")));
    }
    let ended = record.secret_expires_on.as_ref().and_then(|day| day.parse::<Date>().ok());
    match ended {
        Some(day) if day < expiry::today(app) => Err(Error::new(
            Kind::SignIn,
            format!("credential '{name}' ended on {day}, and what has ended cannot renew itself"),
        )
        .hint(format!("As an owner of the application, make and keep a new one with `az-imageshare share app secret add --client-id {client}`."))),
        _ => Ok(()),
    }
}

fn unreadable(record: &Record) -> Error {
    let (name, client) = (&record.name, record.client_id);
    Error::usage(format!("the object ID of application {client} is not known: credential '{name}' may not read its own registration"))
        .hint(format!("Give it once, it is kept: `az-imageshare credential renew -n {name} --application-object-id ID`. An owner sees it with `az ad app show --id {client} --query id -o tsv`."))
}

/// What a client secret needs to renew itself, and what would be better.
pub(super) fn not_permitted(record: &Record) -> Error {
    let client = record.client_id;
    Error::new(
        Kind::Failure,
        format!("credential '{}' may not make a secret for its own application", record.name),
    )
    .hint(format!("Let it: `az ad app permission add --id {client} --api 00000003-0000-0000-c000-000000000000 --api-permissions 18a4783c-866b-4cc7-a460-3d5e5662c884=Role`, `az ad app permission admin-consent --id {client}`, and make it an owner: `az ad app owner add --id {client} --owner-object-id OBJECT_ID`."))
    .hint("Better: use a certificate, which renews itself without any permission, or a federated token, which never ends.")
}
