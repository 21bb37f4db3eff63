//! What a command may use. Everything costly is made on demand: a command opens only what it needs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::future::Future;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};

use tokio::sync::Notify;
use uuid::Uuid;

use crate::auth::bridge::LoginInHand;
use crate::auth::{self, SignInContext, TokenSource};
use crate::error::{Error, Kind, Result};
use crate::id::{SubscriptionId, TenantId, TenantRef};
use crate::index::{AnsweringService, NameCollector, ResponseObserver};
use crate::process::{Clock, HiddenPrompt, Sink, Source, Terminals};
use crate::secrets::SecretStore;
use crate::secrets::stores::ChosenStore;
use crate::settings::Settings;
use crate::transport::retry::Patience;
use crate::transport::{Connect, Transport};
use crate::{arm, graph, rest};

mod ask;
pub(crate) mod names;

/// Shows a person how long work goes on. Nothing else below `cli` knows that someone is watching.
pub trait Reporter: Send + Sync {
    /// Something has begun or moved on.
    fn step(&self, text: &str);

    /// Something the user asked for: shown unless only errors are wanted.
    fn note(&self, text: &str) {
        self.step(text);
    }

    /// A line of a plan, which begins with its sign: shown as a note, in color where there is some.
    fn plan_line(&self, text: &str) {
        self.note(text);
    }

    /// Something is wrong, but not so wrong that the work ends.
    fn warn(&self, text: &str);

    /// What went wrong with a part of the work, while the answer says what became of the rest.
    fn failure(&self, error: &Error) {
        self.warn(&error.to_string());
        for hint in error.hints() {
            self.note(&format!("Hint: {hint}"));
        }
    }

    /// A question, to be answered on standard input; the cursor stays behind it.
    fn ask(&self, text: &str);

    /// From now on an interruption leaves work behind; `command` is how to take it up again.
    fn resume_with(&self, command: Option<String>);
}

/// What one run of a command may use.
pub struct App {
    pub settings: Settings,
    pub secrets: Arc<dyn SecretStore>,
    /// The same, for the one who chooses, locks or unlocks it.
    pub(crate) stores: Arc<ChosenStore>,
    /// Shows progress.
    pub reporter: Arc<dyn Reporter>,
    /// The words of the command line, without the program's name.
    pub command_line: Vec<String>,
    /// What all requests of this run carry; ARM makes it the correlation id of what they start.
    pub correlation: Uuid,
    /// What time it is.
    pub clock: Clock,
    pub stdin: Source,
    /// How a secret is asked for.
    pub hidden_prompt: HiddenPrompt,
    /// Which streams are terminals.
    pub terminals: Terminals,
    /// All variables, for a program to be started.
    pub variables: Arc<BTreeMap<OsString, OsString>>,
    /// Where this program lies.
    pub program: fn() -> std::io::Result<PathBuf>,
    /// The names that Azure's answers held, for completion.
    pub learned: Arc<NameCollector>,
    /// Where a stream for programs goes that was asked for instead of an answer.
    pub(crate) stdout: Sink,
    /// Which allowances of Azure's are used up.
    pub(crate) quota: Arc<rest::QuotaBook>,
    pub(crate) connect: Connect,
    pub(crate) in_hand: Option<Arc<dyn LoginInHand>>,
    /// `az` runs us: its login is meant where no other is named.
    pub(crate) inside_az: bool,
    pub(crate) hang_up: Arc<Notify>,
    pub(crate) tokens: OnceLock<Arc<dyn TokenSource>>,
}

impl App {
    /// True if people read standard output and asked for no format.
    pub(crate) fn prints_text(&self) -> bool {
        let settings = &self.settings;
        self.terminals.stdout && !settings.output_is_chosen && settings.query.is_none()
    }

    /// True if the answer, a table of this program's own, has names instead of ids.
    pub(crate) fn prints_names(&self) -> bool {
        self.settings.prints_table() && self.settings.query.is_none()
    }

    /// What this computer calls itself, for marks that people read.
    pub(crate) fn host_name(&self) -> String {
        crate::process::host_name()
    }

    /// Seconds since 1970.
    pub fn now(&self) -> i64 {
        crate::process::unix_seconds((self.clock)())
    }

    /// The way to the network.
    pub fn transport(&self) -> Result<Arc<dyn Transport>> {
        Ok((self.connect)()?)
    }

    /// Who signs in for this run, in the order that the command line's contract fixes.
    pub fn tokens(&self) -> Result<Arc<dyn TokenSource>> {
        if let Some(made) = self.tokens.get() {
            return Ok(made.clone());
        }
        let made = auth::choose_source(&self.sign_in_context())?;
        Ok(self.tokens.get_or_init(|| made).clone())
    }

    /// The credential called `name`, no matter who else signs in for this run.
    ///
    /// # Errors
    /// If there is no such credential, or it was made for another cloud.
    pub fn tokens_of(&self, name: &str) -> Result<Arc<dyn TokenSource>> {
        Ok(auth::source_named(&self.sign_in_context(), name)?)
    }

    /// What signing in needs of this run.
    pub fn sign_in_context(&self) -> SignInContext {
        let (reporter, teller) = (self.reporter.clone(), self.reporter.clone());
        SignInContext {
            settings: self.settings.clone(),
            secrets: self.secrets.clone(),
            clock: self.clock.clone(),
            connect: self.connect.clone(),
            warn: Arc::new(move |text| reporter.warn(text)),
            tell: Arc::new(move |text| teller.step(text)),
            in_hand: self.in_hand.clone(),
            inside_az: self.inside_az,
        }
    }

    /// The id of a tenant that may be named by its domain; the cloud's authority knows.
    ///
    /// # Errors
    /// If no tenant of the cloud has the domain, or the authority cannot be reached.
    pub async fn tenant_id(&self, tenant: &TenantRef) -> Result<TenantId> {
        match tenant {
            TenantRef::Id(id) => Ok(*id),
            TenantRef::Domain(domain) => {
                let authority = &self.settings.cloud.active_directory;
                let transport = self.transport()?;
                let found = auth::discovery::tenant_of_domain(authority, &*transport, domain).await;
                let found = found.map_err(|err| unknown_tenant(err.into(), domain))?;
                self.learned.resolved(domain.as_str(), found);
                Ok(found)
            }
        }
    }

    /// The tenant of a subscription, which anybody may know; `None` if the cloud has no such subscription.
    pub async fn tenant_of_subscription(&self, id: SubscriptionId) -> Result<Option<TenantId>> {
        let endpoint = &self.settings.cloud.resource_manager;
        let transport = self.transport()?;
        Ok(auth::discovery::tenant_of_subscription(endpoint, &*transport, id).await?)
    }

    /// A client of Resource Manager for `tenant`, or for the signed-in identity's own.
    pub fn arm(&self, tenant: Option<TenantId>) -> Result<arm::Client> {
        self.arm_as(self.tokens()?, tenant)
    }

    /// A client of Resource Manager for someone else than the run's own identity.
    pub fn arm_as(
        &self,
        tokens: Arc<dyn TokenSource>,
        tenant: Option<TenantId>,
    ) -> Result<arm::Client> {
        let cloud = &self.settings.cloud;
        let (endpoint, scope) = (cloud.resource_manager.clone(), cloud.arm_scope());
        self.client(AnsweringService::ResourceManager, tokens, tenant, endpoint, scope)
    }

    /// A client of Microsoft Graph for `tenant`, or for the signed-in identity's own.
    pub fn graph(&self, tenant: Option<TenantId>) -> Result<graph::Client> {
        self.graph_as(self.tokens()?, tenant)
    }

    /// A client of Microsoft Graph for someone else than the run's own identity.
    pub fn graph_as(
        &self,
        tokens: Arc<dyn TokenSource>,
        tenant: Option<TenantId>,
    ) -> Result<graph::Client> {
        let cloud = &self.settings.cloud;
        let (endpoint, scope) = (cloud.graph.clone(), cloud.graph_scope());
        self.client(AnsweringService::Graph, tokens, tenant, endpoint, scope)
    }

    fn client<S: rest::Service>(
        &self,
        service: AnsweringService,
        tokens: Arc<dyn TokenSource>,
        tenant: Option<TenantId>,
        endpoint: url::Url,
        scope: String,
    ) -> Result<rest::ServiceClient<S>> {
        let reporter = self.reporter.clone();
        let connection = rest::Connection {
            endpoint,
            scope,
            tokens,
            transport: self.transport()?,
            clock: self.clock.clone(),
            poll_interval: self.settings.poll_interval,
            patience: Patience::default(),
            notice: Arc::new(move |text: &str| reporter.note(text)),
            quota: self.quota.clone(),
            witness: ResponseObserver::new(&self.learned, service),
        };
        Ok(rest::ServiceClient::new(connection, tenant).correlated(self.correlation))
    }

    /// Runs network work to its end, or to the user's Ctrl-C.
    ///
    /// The runtime starts here and nowhere else, so that completion, `--help` and a cached token
    /// never pay for it.
    ///
    /// # Errors
    /// What the work says; [`Kind::Interrupted`] after SIGINT or SIGTERM.
    pub fn block_on<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.outlast(async {
            let mut outcome = None;
            self.until_stopped(pin!(async { outcome = Some(work.await) })).await?;
            finished(outcome)
        })
    }

    /// Runs work to its end that decides itself what a signal means.
    ///
    /// # Errors
    /// What the work says.
    pub fn outlast<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let mut outcome = None;
        run_to_end(pin!(async { outcome = Some(work.await) }))?;
        finished(outcome)
    }

    async fn until_stopped(&self, work: Work<'_>) -> Result<()> {
        tokio::select! {
            // Signals are listened for first: the work may print something that a person answers with one.
            biased;
            () = wait_for_stop() => Err(Error::new(Kind::Interrupted, "interrupted")),
            () = work => Ok(()),
            () = self.hang_up.notified() => Err(Error::new(Kind::Interrupted, "az has gone")),
        }
    }
}

fn finished<T>(outcome: Option<Result<T>>) -> Result<T> {
    outcome.unwrap_or_else(|| Err(Error::new(Kind::Interrupted, "interrupted")))
}

/// Work of any kind: every command has its own, and each would bring a runtime of its own into the program.
type Work<'a> = Pin<&'a mut dyn Future<Output = ()>>;

fn run_to_end(work: Work<'_>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|err| Error::new(Kind::Failure, format!("cannot start the runtime: {err}")))?;
    runtime.block_on(work);
    // A name lookup or a keyring call may hang in a thread of its own; we do not wait for it.
    runtime.shutdown_background();
    Ok(())
}

/// Waits for SIGINT or SIGTERM.
#[cfg(unix)]
pub(crate) async fn wait_for_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(crate) async fn wait_for_stop() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A domain that no tenant has; other failures stay as they are.
fn unknown_tenant(err: Error, domain: &str) -> Error {
    if UNKNOWN_TENANT.iter().any(|code| err.has_entra_code(*code)) {
        err.while_doing(format!("there is no tenant '{domain}' in this cloud"))
            .of_kind(Kind::NotFound)
    } else {
        err
    }
}

/// "No such tenant", and "not a tenant name".
const UNKNOWN_TENANT: [i64; 2] = [90_002, 900_023];
