//! Service principals that lie in az's files or in the environment become credentials: planned first, then each
//! kept, read back, and only then, if that was asked for, taken out of az's file.

use std::sync::Arc;

use crate::app::App;
use crate::auth;
use crate::auth::certificate::Certificate;
use crate::auth::credential_source::{ClientCredential, CredentialSource};
use crate::auth::credentials_document::read_document;
use crate::auth::records::Records;
use crate::auth::service_principals::{self, AzEntries, AzServicePrincipal, EntryCredential};
use crate::error::{Error, Kind, Result};
use crate::id::{ClientId, TenantRef};
use crate::ops::change::{ChangeKind, Plan, Run, Step, WriteKind};
use crate::ops::credential as credentials;
use crate::ops::credential::name_pool::NamePool;
use crate::ops::credential::plan::addition_steps;
use crate::ops::credential::{CredentialDraft, Record};
use crate::secrets::Secret;
use crate::settings::az;

/// Where a service principal lies now.
#[derive(Clone, Debug)]
pub(crate) enum ImportSource {
    /// In az's file, as this entry.
    Az(AzServicePrincipal),
    /// In the environment.
    Environment,
    /// In a document that was named.
    Document,
}

/// A service principal that can be brought in, or that is in already.
#[derive(Clone, Debug)]
pub(crate) struct ImportCandidate {
    pub draft: CredentialDraft,
    pub source: ImportSource,
    /// The credential that holds the very same already.
    pub kept_as: Option<String>,
}

/// What an import does.
#[derive(Debug, Default)]
pub(crate) struct ImportPlan {
    /// What is brought in, and what is in already.
    pub candidates: Vec<ImportCandidate>,
    /// What stays where it is, and why.
    pub passed_over: Vec<String>,
}

impl ImportPlan {
    /// How many credentials it makes.
    pub(crate) fn new_ones(&self) -> usize {
        let is_new = |candidate: &&ImportCandidate| candidate.kept_as.is_none();
        self.candidates.iter().filter(is_new).count()
    }

    /// How many entries could be taken out of az's file.
    pub(crate) fn in_az(&self) -> usize {
        let in_az = |candidate: &&ImportCandidate| matches!(candidate.source, ImportSource::Az(_));
        self.candidates.iter().filter(in_az).count()
    }

    /// What it changes, without any secret. For each candidate the steps begin with its credential; the entries
    /// of az's file come last, where they go.
    ///
    /// # Errors
    /// If the records cannot be read.
    pub(crate) fn change_plan(&self, app: &App, remove_source: bool) -> Result<Plan> {
        let records = Records::load(&app.settings.home)?;
        let mut plan = Plan {
            nothing: Some(self.nothing()),
            warnings: self.passed_over.iter().map(|why| format!("not imported: {why}")).collect(),
            ..Plan::titled("Service principals to the keyring:")
        };
        for candidate in &self.candidates {
            match &candidate.kept_as {
                None => plan.steps.extend(addition_steps(app, &records, &candidate.draft)),
                Some(name) => {
                    let what = candidate.kept_line(name);
                    plan.push(Step::new(ChangeKind::Keep, WriteKind::Credential, name, what));
                }
            }
        }
        let removed = self.candidates.iter().filter_map(ImportCandidate::az_entry);
        for entry in removed.filter(|_| remove_source) {
            let what = format!("application {} in az's file", entry.client_id);
            let step = Step::new(ChangeKind::Remove, WriteKind::AzLogin, &entry.client_id, what);
            plan.push(step.because("az itself can no longer sign in as it"));
        }
        Ok(plan)
    }

    fn nothing(&self) -> String {
        let kept = self
            .candidates
            .iter()
            .filter_map(|candidate| Some(candidate.kept_line(candidate.kept_as.as_ref()?)));
        let lines: Vec<String> = kept.collect();
        if lines.is_empty() { "Nothing to import.".to_owned() } else { lines.join("; ") }
    }
}

impl ImportCandidate {
    fn kept_line(&self, name: &str) -> String {
        let draft = &self.draft;
        let (client, tenant) = (draft.client, draft.tenant);
        format!("application {client} in tenant {tenant} is credential '{name}' already")
    }

    fn az_entry(&self) -> Option<&AzServicePrincipal> {
        match &self.source {
            ImportSource::Az(entry) => Some(entry),
            ImportSource::Environment | ImportSource::Document => None,
        }
    }
}

/// Looks at what az keeps.
///
/// # Errors
/// If az keeps nothing that can be read, or a name that was asked for is taken.
pub(crate) async fn plan_from_az(app: &App, name: Option<&str>) -> Result<ImportPlan> {
    let folder = &app.settings.config_dir;
    let file = folder.join(service_principals::FILE).display().to_string();
    let entries = match service_principals::read_entries(folder) {
        AzEntries::Found(entries) => entries,
        AzEntries::Absent => {
            return Err(Error::new(
                Kind::NotFound,
                format!("az keeps no service principal: there is no {file}"),
            )
            .hint("Add the credential by hand: `az-imageshare credential add --help`."));
        }
        AzEntries::Encrypted => {
            return Err(Error::new(
                Kind::NotFound,
                "az keeps its service principals encrypted, and only az can read them",
            )
            .hint("Add the credential by hand: `az-imageshare credential add --help`."));
        }
        AzEntries::Damaged => {
            return Err(Error::new(Kind::Failure, format!("{file} is not what az writes"))
                .hint("Move it away and run `az login --service-principal` again."));
        }
    };
    let mut plan = ImportPlan::default();
    let mut names = NamePool::of(app)?;
    for entry in &entries {
        match import_candidate(app, entry, &mut names).await {
            Ok(candidate) => plan.candidates.push(candidate),
            Err(why) => plan.passed_over.push(format!("{}: {why}", entry.client_id)),
        }
    }
    with_name(app, plan, name)
}

/// Looks at what the environment describes.
pub(crate) async fn plan_from_environment(app: &App, name: Option<&str>) -> Result<ImportPlan> {
    let environment = &app.settings.environment;
    let found = auth::application_of_environment(environment, &app.settings.cloud)?;
    let application = found.ok_or_else(|| {
        Error::new(Kind::NotFound, "the environment describes no sign-in")
            .hint("Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or add it by hand: `az-imageshare credential add --help`.")
    })?;
    let draft = draft_of_source(
        app,
        (&application.home, application.client),
        application.source,
        application.subscription,
    );
    plan_of_one(app, ("environment", name), draft.await?, ImportSource::Environment).await
}

/// Looks at the document of `az ad sp create-for-rbac` in a file.
pub(crate) async fn plan_from_document(
    app: &App,
    document: &Secret,
    name: Option<&str>,
) -> Result<ImportPlan> {
    let read = read_document(document, "the file", &app.settings.cloud)?;
    let (tenant, client) = (read.tenant, read.client);
    let draft = draft_of_source(app, (&tenant, client), read.source, read.subscription).await?;
    let derived = format!("az-{}", client.to_string().chars().take(8).collect::<String>());
    plan_of_one(app, (&derived, name), draft, ImportSource::Document).await
}

async fn plan_of_one(
    app: &App,
    (derived, name): (&str, Option<&str>),
    draft: CredentialDraft,
    source: ImportSource,
) -> Result<ImportPlan> {
    let draft = CredentialDraft { name: NamePool::of(app)?.next(derived), ..draft };
    let kept_as = kept_as(app, &draft)?;
    let candidates = vec![ImportCandidate { draft, source, kept_as }];
    with_name(app, ImportPlan { candidates, passed_over: Vec::new() }, name)
}

async fn draft_of_source(
    app: &App,
    (tenant, client): (&TenantRef, ClientId),
    source: CredentialSource,
    subscription: Option<String>,
) -> Result<CredentialDraft> {
    let credential = match &source {
        CredentialSource::CertificateFile(path, password) => {
            let warn = |text: &str| app.reporter.warn(text);
            let read = Certificate::read_guarded(path, password.as_ref(), &warn)?;
            ClientCredential::Certificate(Arc::new(read))
        }
        other => other.fetch("", &app.settings.home, &*app.secrets)?,
    };
    // A pipeline gives every job tokens of its own: that it does is worth keeping, a token is not.
    let credential = match credential {
        ClientCredential::TokenRequest(address) => ClientCredential::Pipeline(address.trust()),
        other => other,
    };
    if matches!(credential, ClientCredential::Token(_)) {
        return Err(Error::usage("the environment signs in with a token that ends within minutes; there is nothing to keep")
            .hint("Use it as it is, or keep another credential: `az-imageshare credential add --help`."));
    }
    Ok(CredentialDraft { subscription, ..draft_of(app, tenant, client, credential).await? })
}

/// Gives the one new credential the name that was asked for.
fn with_name(app: &App, mut plan: ImportPlan, name: Option<&str>) -> Result<ImportPlan> {
    let Some(name) = name else {
        return Ok(plan);
    };
    let new = plan.new_ones();
    if new > 1 {
        return Err(Error::usage(format!("one name does not do for {new} credentials"))
            .hint("Leave --name out: the names are derived from the application ids."));
    }
    let mut candidates = plan.candidates.iter_mut();
    if let Some(only) = candidates.find(|candidate| candidate.kept_as.is_none()) {
        credentials::check_free(app, name)?;
        name.clone_into(&mut only.draft.name);
    }
    Ok(plan)
}

/// What an entry of az becomes, or why it stays where it is.
async fn import_candidate(
    app: &App,
    entry: &AzServicePrincipal,
    names: &mut NamePool,
) -> Result<ImportCandidate, String> {
    let told = |err: Error| match err.causes().last() {
        Some(cause) => format!("{err}: {cause}"),
        None => err.to_string(),
    };
    if let Some(cloud) = other_cloud(app, &entry.client_id) {
        return Err(format!("it is logged in to {cloud}; import it with `--cloud {cloud}`"));
    }
    let client: ClientId =
        entry.client_id.parse().map_err(|_| "its application ID is not a GUID".to_owned())?;
    let tenant: TenantRef =
        entry.tenant.parse().map_err(|_| "its tenant is neither a GUID nor a domain".to_owned())?;
    let credential = match &entry.proof {
        Some(EntryCredential::Secret(secret)) => ClientCredential::Secret(secret.clone()),
        Some(EntryCredential::Certificate(path)) => {
            ClientCredential::from_certificate(path, &|text| app.reporter.warn(text), |_| Ok(None))
                .map_err(told)?
        }
        Some(EntryCredential::Assertion) => {
            return Err("it signs in with a token that was given once and ends soon; use `credential add --federated-token-file`".to_owned());
        }
        None => return Err("az holds neither secret nor certificate of it".to_owned()),
    };
    let mut draft = draft_of(app, &tenant, client, credential).await.map_err(told)?;
    let kept_as = kept_as(app, &draft).map_err(told)?;
    if kept_as.is_none() {
        let short = entry.client_id.chars().take(8).collect::<String>();
        draft.name = names.next(&format!("az-{short}"));
    }
    Ok(ImportCandidate { draft, source: ImportSource::Az(entry.clone()), kept_as })
}

async fn draft_of(
    app: &App,
    tenant: &TenantRef,
    client: ClientId,
    credential: ClientCredential,
) -> Result<CredentialDraft> {
    Ok(CredentialDraft {
        name: String::new(),
        tenant: app.tenant_id(tenant).await?,
        also: Vec::new(),
        client,
        credential,
        secret_expires_on: None,
        is_default: false,
        subscription: None,
    })
}

/// The other cloud that the application is logged in to, if it is in that one only.
fn other_cloud(app: &App, client: &str) -> Option<String> {
    let folder = &app.settings.config_dir;
    let is_in = |cloud: &str| {
        let entries = az::login_subscriptions(folder, cloud);
        entries.iter().any(|entry| entry.user.name.eq_ignore_ascii_case(client))
    };
    if is_in(&app.settings.cloud.name) {
        return None;
    }
    let profile = std::fs::read_to_string(folder.join("azureProfile.json")).ok()?;
    az::profile_clouds(&profile)?.into_iter().find(|cloud| is_in(cloud))
}

/// The credential that holds the very same secret or certificate for the same application and tenant.
fn kept_as(app: &App, draft: &CredentialDraft) -> Result<Option<String>> {
    let records = Records::load(&app.settings.home)?;
    for record in &records.credentials {
        let same = record.client_id == draft.client
            && record.is_for(draft.tenant)
            && record.cloud == app.settings.cloud.name;
        if same && holds_same(app, record, &draft.credential)? {
            return Ok(Some(record.name.clone()));
        }
    }
    Ok(None)
}

/// True if a stored credential gives this very one back.
fn holds_same(app: &App, record: &Record, given: &ClientCredential) -> Result<bool> {
    if record.kind != given.kind() {
        return Ok(false);
    }
    let source = CredentialSource::of_record(record)?;
    match source.fetch(&record.name, &app.settings.home, &*app.secrets) {
        Ok(kept) => Ok(kept.is_same(given)),
        Err(auth::AuthError::SecretMissing(_)) => Ok(false),
        Err(err) => Err(err.into()),
    }
}

/// Keeps everything that is new, and proves that the keyring gives it back. What the keyring gave back is taken out
/// of az's file, where the plan says so.
///
/// # Errors
/// If the keyring does not take something; what was kept before stays kept.
pub(crate) async fn carry_out(app: &App, run: &Run<'_>, plan: &ImportPlan) -> Result<Vec<Record>> {
    let steps_of = |kind: fn(WriteKind) -> bool| {
        let steps = run.plan().steps.iter().enumerate();
        steps.filter(move |(_, step)| kind(step.kind)).map(|(place, _)| place).collect::<Vec<_>>()
    };
    let firsts = steps_of(|kind| kind == WriteKind::Credential);
    let mut made = Vec::new();
    for (place, candidate) in plan.candidates.iter().enumerate() {
        let first = firsts.get(place).copied().unwrap_or_default();
        let next = firsts.get(place + 1).copied().unwrap_or(run.plan().steps.len());
        let own: Vec<usize> = (first..next)
            .filter(|step| run.plan().steps[*step].kind != WriteKind::AzLogin)
            .collect();
        let record = run.perform_all(&own, async { keep_candidate(app, candidate) }).await?;
        if candidate.kept_as.is_none() {
            made.push(record);
        }
    }
    let entries = plan.candidates.iter().filter_map(ImportCandidate::az_entry);
    for (step, entry) in steps_of(|kind| kind == WriteKind::AzLogin).into_iter().zip(entries) {
        let folder = &app.settings.config_dir;
        let work = async { Ok(service_principals::remove_entry(folder, entry)?) };
        run.perform(step, work).await?;
    }
    Ok(made)
}

/// Keeps one that is new, and reads back what is kept.
fn keep_candidate(app: &App, candidate: &ImportCandidate) -> Result<Record> {
    let record = match &candidate.kept_as {
        Some(name) => credentials::find_record(app, name)?,
        None => credentials::add_credential(app, &candidate.draft)?,
    };
    if holds_same(app, &record, &candidate.draft.credential)? {
        return Ok(record);
    }
    let name = &record.name;
    Err(Error::new(
        Kind::Keyring,
        format!("the keyring does not give credential '{name}' back; az's file was not touched"),
    )
    .hint("Look at the keyring: `az-imageshare doctor -o table`."))
}
