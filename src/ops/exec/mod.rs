//! `exec`: runs a command that borrows an identity's tokens, and never sees what the identity signs in with.
//!
//! A listener on loopback lives exactly as long as the command. The command finds it by variables that Azure's
//! SDKs know from App Service, and by an `az` of this program in front of its `PATH`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::app::App;
use crate::auth::records::Records;
use crate::error::{Error, Kind, Result};
use crate::loopback::secret::RunSecret;
use crate::loopback::{LoopbackPort, user_of};

pub(crate) mod about;
mod child;
mod endpoint;
mod environment;
mod external;
#[cfg(windows)]
mod job;
mod journal;
mod loan;
mod managed_identity;
mod profile;
mod resources;
mod run_dir;

use about::About;
use endpoint::Endpoint;
use environment::{AzFolders, ChildEnvironment, Surrounding, child_environment};
use journal::RunJournal;
pub(crate) use loan::Limits;
use loan::Loan;
use run_dir::RunFolder;

/// A command, and what it may borrow.
#[derive(Clone, Debug)]
pub(crate) struct Errand {
    pub limits: Limits,
    /// Leave `az` and its folder alone.
    pub keep_az: bool,
    /// Where to note what is asked for.
    pub log: Option<PathBuf>,
    pub command: Vec<OsString>,
}

/// Runs the command to its end, and gives its exit code.
///
/// # Errors
/// If no one can sign in, the endpoint cannot be opened, or the command cannot be started.
pub(crate) fn run_errand(app: &App, errand: &Errand) -> Result<u8> {
    let journal = errand.log.as_deref().map(RunJournal::open).transpose()?;
    // Until the command runs, Ctrl-C ends us as it ends every other command.
    let loan = app.block_on(Loan::prepare(app, &errand.limits))?;
    let program = (app.program)().map_err(|err| {
        Error::new(Kind::Failure, format!("cannot find the path of this program: {err}"))
    })?;
    let folder = if errand.keep_az { None } else { Some(RunFolder::create(app)?) };
    let tenant = loan.default_tenant();
    let az = about::real_program(app, "az", &program);
    let about = About {
        az_version: az
            .as_deref()
            .and_then(about::version_of)
            .unwrap_or_else(|| about::RECENT_VERSION.to_owned()),
        azd: about::real_program(app, "azd", &program),
        az,
        cloud: app.settings.cloud.name.clone(),
        arm_scope: app.settings.cloud.arm_scope(),
        graph_scope: app.settings.cloud.graph_scope(),
        tenants: loan.tenants.clone(),
        subscription: about::subscription_of(app, tenant),
        user: loan.lender.credential.clone().unwrap_or_else(|| loan.lender.title.clone()),
    };
    if let Some(folder) = &folder {
        folder.put_shims(&program, &["az", "azd"])?;
        let (real, cloud) = (&app.settings.config_dir, &app.settings.cloud.name);
        profile::write_profile(&folder.config(), real, cloud, tenant, about.subscription.as_ref())?;
    }
    let secret = RunSecret::random().map_err(|err| {
        Error::new(Kind::Failure, format!("the system gives no random bytes: {err}"))
    })?;
    app.outlast(async {
        let port = LoopbackPort::open().await.map_err(|err| {
            Error::new(Kind::Failure, format!("cannot listen on 127.0.0.1: {err}"))
                .hint("Allow this user to open ports on loopback, or run the command elsewhere.")
        })?;
        let environment =
            environment_of(app, (&loan, &about, &secret), port.number, folder.as_ref());
        announce(app, &loan, &environment);
        let endpoint = Endpoint {
            port: port.number,
            secret,
            loan,
            about,
            clock: app.clock.clone(),
            journal,
            reporter: app.reporter.clone(),
            user_of,
            warned: AtomicBool::new(false),
        };
        // From here on the terminal is the command's.
        app.stores.ask_nobody();
        let signals = child::Signals::listen();
        let child = child::start_child(&errand.command, &environment.variables)?;
        let ended =
            port.serve_until(Arc::new(endpoint), child::exit_of_child(child, signals)).await;
        ended.map_err(|err| {
            Error::new(Kind::Failure, format!("waiting for the command failed: {err}"))
        })
    })
}

fn environment_of(
    app: &App,
    (loan, about, secret): (&Loan, &About, &RunSecret),
    port: u16,
    folder: Option<&RunFolder>,
) -> ChildEnvironment {
    let cloud = &app.settings.cloud;
    let authority = cloud.active_directory.as_str().trim_end_matches('/');
    let extensions = || {
        let elsewhere = app.variables.get(std::ffi::OsStr::new("AZURE_EXTENSION_DIR"));
        elsewhere.map_or_else(|| app.settings.config_dir.join("cliextensions"), PathBuf::from)
    };
    let run = Surrounding {
        port,
        secret: secret.text(),
        tenant: loan.default_tenant(),
        subscription: about.subscription.as_ref(),
        cloud: &cloud.name,
        authority: (cloud.name != "AzureCloud").then_some(authority),
        credential: loan.lender.credential.as_deref(),
        is_of_job: is_of_job(app, loan),
        title: &loan.lender.title,
        home: app.settings.home.clone(),
        az: folder.map(|folder| AzFolders {
            programs: folder.programs(),
            config: folder.config(),
            extensions: extensions(),
        }),
    };
    child_environment(&app.variables, &run)
}

/// True if a kept credential is lent that asks the pipeline of the job for its tokens.
fn is_of_job(app: &App, loan: &Loan) -> bool {
    let name = loan.lender.credential.as_deref();
    let records = Records::load(&app.settings.home).ok();
    let record = records.as_ref().zip(name).and_then(|(records, name)| records.find(name).ok());
    record.is_some_and(|record| record.token_issuer.is_some())
}

/// Says who is lent, to what, and what was taken out of the command's environment.
fn announce(app: &App, loan: &Loan, environment: &ChildEnvironment) {
    if let Some(outer) = app.variables.get(std::ffi::OsStr::new("AZ_IMAGESHARE_EXEC")) {
        let outer = outer.to_string_lossy();
        app.reporter.note(&format!(
            "This run is inside another, which lends '{outer}'; the inner one counts."
        ));
    }
    if !environment.removed.is_empty() {
        let names = environment.removed.join(", ");
        app.reporter.note(&format!("Removed from the command's environment: {names}"));
    }
    let tenants: Vec<String> = loan.tenants.iter().map(ToString::to_string).collect();
    app.reporter.step(&format!(
        "Lending tokens of {} in {} for {}",
        loan.lender.title,
        tenants.join(", "),
        loan.resources_shown()
    ));
}
