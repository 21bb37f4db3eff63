//! `run`: parse, resolve, run, print, give a code. The only place that prints, and the one that
//! picks the real keyring, network and clock.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::sync::{Arc, OnceLock};

use clap::FromArgMatches;

use crate::app::{App, Reporter};
use crate::commands::refresh;
use crate::error::{Error, Kind, Result};
use crate::index::Learned;
use crate::ops::names;
use crate::output::{self, Output, Rendering};
use crate::process::{Process, Sink};
use crate::secrets::SecretStore;
use crate::settings::{Flags, Settings, env};
use crate::transport::{Connect, Transport, TransportError, network, trace};

mod args;
mod complete;
mod report;
mod usage;

use args::Cli;
use report::Stderr;

/// Opens the keyring of a process.
pub type MakeStore = Box<dyn Fn(&Settings, &Process) -> Arc<dyn SecretStore>>;

/// Makes the way to the network.
pub type MakeTransport =
    Box<dyn Fn(&Settings) -> Result<Arc<dyn Transport>, TransportError> + Send + Sync>;

/// The parts of the outside that a test replaces.
pub struct Parts {
    /// Opens the keyring.
    pub secrets: MakeStore,
    /// Opens the network.
    pub transport: MakeTransport,
}

impl Parts {
    /// The operating system's keyring and the real network.
    #[must_use]
    pub fn real() -> Parts {
        Parts {
            secrets: Box::new(|settings, process| {
                // A keyring asks in a window of its own: without a display nobody can answer it.
                let display = [env::DISPLAY, env::WAYLAND_DISPLAY]
                    .iter()
                    .any(|name| process.var(name).is_some());
                let attended = process.terminals.stdin
                    && process.terminals.stderr
                    && (display || !cfg!(target_os = "linux"));
                Arc::new(crate::secrets::keyring::Keyring::new(
                    settings.keyring_timeout,
                    attended,
                ))
            }),
            transport: Box::new(|settings| {
                let options = network::NetworkOptions {
                    ca_bundle: settings.ca_bundle.clone(),
                    timeout: settings.http_timeout,
                };
                Ok(Arc::new(network::Network::new(&options)?))
            }),
        }
    }
}

/// The whole grammar of the command line, for whoever makes something of it: documentation, man pages, tests.
#[must_use]
pub fn command() -> clap::Command {
    let mut command = args::command();
    // A group's grammar is there only after this.
    command.build();
    command
}

/// Runs the program and gives its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>, process: &Process) -> u8 {
    run_with(args, process, Parts::real())
}

/// Runs the program with other parts than the real ones.
pub fn run_with(args: impl IntoIterator<Item = OsString>, process: &Process, parts: Parts) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(code) = complete::answer(&args, process) {
        return code;
    }
    let (cli, refresh) = match parse(&args) {
        Ok(parsed) => parsed,
        Err(err) => return usage::explain(&err, &args, process),
    };
    let flags = Flags::from(cli.globals.clone());
    let loud = process.terminals.stderr || flags.verbose || flags.debug;
    let stderr = Stderr::new(process.stderr.clone(), flags.only_show_errors, loud);
    match execute(cli, refresh, flags, process, parts) {
        Ok(code) => code,
        Err((Some(reporter), err)) => failed(&reporter, &err),
        Err((None, err)) => failed(&stderr, &err),
    }
}

/// What was asked for, and whether completion is to be filled.
fn parse(args: &[OsString]) -> Result<(Cli, bool), clap::Error> {
    let matches = args::command().try_get_matches_from(args)?;
    let refresh = refresh::is_wanted(&matches);
    Ok((Cli::from_arg_matches(&matches)?, refresh))
}

fn failed(stderr: &Stderr, err: &Error) -> u8 {
    stderr.error(err);
    err.kind().exit_code()
}

type Failure = (Option<Arc<Stderr>>, Error);

fn execute(
    cli: Cli,
    refresh: bool,
    flags: Flags,
    process: &Process,
    parts: Parts,
) -> Result<u8, Failure> {
    let bare = |err: Error| (None, err);
    if let Some(query) = &flags.query {
        output::check_query(query).map_err(|err| bare(err.into()))?;
    }
    let merge = if cli.command.examines_settings() {
        Settings::forgiving
    } else {
        Settings::merge
    };
    let settings = merge(flags, process).map_err(|err| bare(err.into()))?;
    let loud = process.terminals.stderr || settings.verbose || settings.debug;
    let reporter = Arc::new(Stderr::new(
        process.stderr.clone(),
        settings.only_show_errors,
        loud,
    ));
    let told = |err: Error| (Some(reporter.clone()), err);
    let app = app(settings, process, parts, reporter.clone());
    let answer = cli.command.run(&app);
    let answer = match refresh {
        true => answer.and_then(|answer| names::refresh(&app).map(|()| answer)),
        false => answer,
    };
    // Whatever became of the command: what was read on the way is worth knowing.
    app.learned.save(&app.settings.home, app.now());
    let answer = answer.map_err(told)?;
    print(&answer, &app, process).map_err(told)?;
    Ok(answer.exit_code())
}

fn app(settings: Settings, process: &Process, parts: Parts, reporter: Arc<Stderr>) -> App {
    App {
        secrets: (parts.secrets)(&settings, process),
        connect: connect(parts.transport, settings.clone(), reporter.clone()),
        reporter: reporter as Arc<dyn Reporter>,
        clock: process.clock.clone(),
        stdin: process.stdin.clone(),
        hidden_prompt: process.hidden_prompt.clone(),
        terminals: process.terminals,
        tokens: OnceLock::new(),
        learned: Arc::new(Learned::new(&settings.cloud.name)),
        settings,
    }
}

/// One transport for the whole run, made when the first request is due.
fn connect(make: MakeTransport, settings: Settings, log: Arc<Stderr>) -> Connect {
    let made: OnceLock<Arc<dyn Transport>> = OnceLock::new();
    Arc::new(move || {
        if let Some(made) = made.get() {
            return Ok(made.clone());
        }
        let mut transport = make(&settings)?;
        if settings.debug {
            let log = log.clone();
            let lines = Arc::new(move |line: &str| log.line(line));
            transport = Arc::new(trace::Traced::new(transport, lines));
        }
        Ok(made.get_or_init(|| transport).clone())
    })
}

fn print(answer: &Output, app: &App, process: &Process) -> Result<()> {
    let terminals = process.terminals;
    let how = Rendering {
        format: app.settings.output,
        query: app.settings.query.as_deref(),
        color: terminals.stdout && terminals.stderr && !app.settings.no_color,
    };
    write_out(&process.stdout, &answer.render(&how)?)
}

/// Writes the answer. A reader that has gone away (`| head`) wanted no more: that is no failure.
fn write_out(sink: &Sink, text: &str) -> Result<()> {
    let broken =
        |err: std::io::Error| Error::new(Kind::Failure, format!("cannot write the answer: {err}"));
    let mut sink = sink
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    match sink.write_all(text.as_bytes()).and_then(|()| sink.flush()) {
        Err(err) if err.kind() != ErrorKind::BrokenPipe => Err(broken(err)),
        _ => Ok(()),
    }
}
