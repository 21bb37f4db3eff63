//! `run`: parse, resolve, run, print, give a code. The only place that prints, and the one that
//! picks the real keyring, network and clock.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use clap::ArgMatches;

use crate::app::{App, Reporter};
use crate::commands::refresh;
use crate::error::{Error, Kind, Result};
use crate::index::{Index, NameCollector};
use crate::ops::access::role::BUILT_IN;
use crate::ops::change::resume::{ShellSyntax, quoted_word};
use crate::ops::refresh_completions;
use crate::output::{self, Format, Labels, Output, Rendering};
use crate::process::{Process, unix_seconds};
use crate::secrets::SecretStore;
use crate::secrets::stores::ChosenStore;
use crate::secrets::stores::chosen::StoreSurroundings;
use crate::settings::{Flags, Settings, env};
use crate::transport::{Connect, Transport, TransportError, network, trace};

mod args;
mod bridge;
mod complete;
mod console;
mod frontend;
mod name_book;
mod pipe;
mod shim;
mod stream;
mod tree;
mod usage;
mod waiting;

use args::Cli;
use console::Console;
use frontend::{BesideAz, Frontend, Terminal};
use name_book::{NameBook, NamingConsole};

/// Opens the keyring of a process.
pub type MakeStore = Box<dyn Fn(&Settings, &Process) -> Arc<dyn SecretStore>>;

/// Makes the way to the network.
pub type MakeTransport =
    Box<dyn Fn(&Settings) -> Result<Arc<dyn Transport>, TransportError> + Send + Sync>;

/// The parts of the outside that a test replaces.
pub struct ReplaceableParts {
    /// Opens the keyring.
    pub secrets: MakeStore,
    /// Opens the network.
    pub transport: MakeTransport,
    /// The path of the program that replaces `az`.
    pub program: fn() -> std::io::Result<PathBuf>,
}

impl ReplaceableParts {
    /// The operating system's keyring and the real network.
    pub fn real() -> ReplaceableParts {
        ReplaceableParts {
            program: crate::process::program_path,
            secrets: Box::new(|settings, process| {
                // A keyring asks in a window of its own: without a display nobody can answer it.
                let display = [env::DISPLAY, env::WAYLAND_DISPLAY]
                    .iter()
                    .any(|name| process.var(name).is_some());
                let attended = process.terminals.stdin
                    && process.terminals.stderr
                    && (display || !cfg!(target_os = "linux"));
                Arc::new(crate::secrets::keyring::Keyring::new(settings.keyring_timeout, attended))
            }),
            transport: Box::new(|settings| {
                let proxy = settings.observed.proxy();
                let proxy = proxy
                    .map_err(|(variable, problem)| TransportError::Proxy { variable, problem })?;
                let options = network::NetworkOptions {
                    ca_bundle: settings.ca_bundle.clone(),
                    timeout: settings.http_timeout,
                    proxy,
                };
                Ok(Arc::new(network::Network::new(&options)?))
            }),
        }
    }
}

/// The whole grammar of the command line, for documentation, man pages and tests.
pub fn command() -> clap::Command {
    args::built_grammar()
}

/// Runs the program and gives its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>, process: &Process) -> u8 {
    run_with(args, process, ReplaceableParts::real())
}

/// Runs the program with other parts than the real ones.
pub fn run_with(
    args: impl IntoIterator<Item = OsString>,
    process: &Process,
    parts: ReplaceableParts,
) -> u8 {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(code) = shim::answer_as_az(&args, process) {
        return code;
    }
    if let Some(code) = complete::answer_shell(&args, process) {
        return code;
    }
    match args.get(1).and_then(|word| word.to_str()) {
        Some(tree::WORD) => {
            stream::write_out(&process.stdout, &tree::tree_text()).map_or(1, |()| 0)
        }
        Some(bridge::WORD) => bridge::run_bridge(process, parts),
        Some(bridge::RUN_WORD) => {
            let args = [&args[..1], &args[2..]].concat();
            run_for_frontend(&args, process, parts, &BesideAz(Terminal(process)))
        }
        _ => run_for_frontend(&args, process, parts, &Terminal(process)),
    }
}

/// Runs one command line; its output goes to the given frontend.
fn run_for_frontend(
    args: &[OsString],
    process: &Process,
    parts: ReplaceableParts,
    audience: &dyn Frontend,
) -> u8 {
    let asked = match parse_command(args) {
        Ok(asked) => asked,
        Err(err) => return audience.refuse(&err, args),
    };
    let flags = Flags::from(asked.cli.globals.clone());
    let loud = process.terminals.stderr || flags.verbose || flags.debug;
    let before = audience.reporter(flags.only_show_errors, loud, false);
    let line = args.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let (reporter, err) = match execute_command(asked, line, flags, process, parts, audience) {
        Ok(code) => return code,
        Err((reporter, err)) => (reporter.unwrap_or(before), err),
    };
    let err = with_suggestions(err, args, process);
    reporter.error(&err);
    err.kind().exit_code()
}

/// Adds what a name on the line is most likely a slip of, where completion knows one that is nearly the same.
fn with_suggestions(err: Error, args: &[OsString], process: &Process) -> Error {
    let existing = match err.kind() {
        Kind::NotFound => true,
        Kind::Failure | Kind::Usage => false,
        _ => return err,
    };
    let words: Vec<String> = args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let found = complete::likely_values(&words, existing, process).into_iter();
    found.fold(err, |err, (flag, name)| {
        let name = quoted_word(&name, ShellSyntax::Posix);
        err.first_hint(format!("Did you mean `{flag} {name}`?"))
    })
}

/// What was asked for, and whether completion is to be filled besides.
struct ParsedCommand {
    cli: Cli,
    refresh: bool,
}

fn parse_command(args: &[OsString]) -> Result<ParsedCommand, clap::Error> {
    // With the grammar of one group a line is understood in half the time; whatever is wrong with it, and
    // whoever asks for help, is told by the whole.
    let known = args::command_of(args).and_then(|grammar| parse_matches(grammar, args).ok());
    let matches = match known {
        Some(matches) => matches,
        None => parse_matches(args::whole_grammar(), args)?,
    };
    Ok(ParsedCommand { refresh: refresh::is_wanted(&matches), cli: Cli::from_matches(&matches)? })
}

fn parse_matches(mut grammar: clap::Command, args: &[OsString]) -> Result<ArgMatches, clap::Error> {
    let matches = grammar.try_get_matches_from_mut(args);
    // The end of the process is near, and frees it for nothing: piece by piece it takes as long as a
    // fourth of the parsing.
    std::mem::forget(grammar);
    matches
}

type RunFailure = (Option<Arc<dyn Console>>, Error);

fn execute_command(
    asked: ParsedCommand,
    command_line: Vec<String>,
    flags: Flags,
    process: &Process,
    parts: ReplaceableParts,
    audience: &dyn Frontend,
) -> Result<u8, RunFailure> {
    let bare = |err: Error| (None, err);
    if let Some(query) = &flags.query {
        output::check_query(query).map_err(|err| bare(err.into()))?;
    }
    let merge =
        if asked.cli.command.examines_settings() { Settings::forgiving } else { Settings::merge };
    let settings = merge(flags, process).map_err(|err| bare(err.into()))?;
    let loud = process.terminals.stderr || settings.verbose || settings.debug;
    let has_color = process.terminals.stderr && !settings.no_color;
    let learned = Arc::new(NameCollector::new(&settings.cloud.name));
    let book = Arc::new(NameBook::new(learned.clone(), &settings, unix_seconds((process.clock)())));
    let reporter: Arc<dyn Console> = Arc::new(NamingConsole {
        inner: audience.reporter(settings.only_show_errors, loud, has_color),
        book: book.clone(),
    });
    let told = |err: Error| (Some(reporter.clone()), err);
    let app = App {
        command_line,
        in_hand: audience.in_hand(),
        hang_up: audience.hang_up(),
        inside_az: audience.is_az(),
        learned,
        ..make_app(settings, process, parts, reporter.clone())
    };
    let answer = asked.cli.command.run(&app).and_then(|answer| {
        if asked.refresh {
            refresh_completions::refresh_completions(&app, app.settings.subscription.as_deref())
                .map(|()| answer)
        } else {
            Ok(answer)
        }
    });
    // Whatever became of the command: what was read on the way is worth knowing.
    app.learned.save(&app.settings.home, app.now());
    if let Err(err) = &answer
        && let Some(part) = err.answer()
    {
        let code = err.kind().exit_code();
        let part = Output::of_json(&part.json, &part.table).failed(code);
        if app.inside_az {
            // `az` prints nothing of a command that failed, so this one answers.
            app.reporter.failure(err);
        }
        show_answer(&part, &app, process, audience).map_err(told)?;
        if app.inside_az {
            return Ok(code);
        }
    }
    let answer = answer.map_err(told)?;
    let answer = answer.reworded(|line| book.in_turn(line));
    show_answer(&answer, &app, process, audience).map_err(told)?;
    Ok(answer.exit_code())
}

fn make_app(
    settings: Settings,
    process: &Process,
    parts: ReplaceableParts,
    reporter: Arc<dyn Console>,
) -> App {
    let stores = open_stores(&settings, process, (parts.secrets)(&settings, process));
    App {
        secrets: stores.clone(),
        stores,
        connect: connect_once(parts.transport, settings.clone(), reporter.clone()),
        reporter: reporter as Arc<dyn Reporter>,
        command_line: Vec::new(),
        correlation: uuid::Uuid::new_v4(),
        in_hand: None,
        hang_up: Arc::default(),
        quota: Arc::default(),
        stdout: process.stdout.clone(),
        clock: process.clock.clone(),
        stdin: process.stdin.clone(),
        hidden_prompt: process.hidden_prompt.clone(),
        terminals: process.terminals,
        variables: process.variables(),
        program: parts.program,
        inside_az: false,
        tokens: OnceLock::new(),
        learned: Arc::new(NameCollector::new(&settings.cloud.name)),
        settings,
    }
}

/// The store in use: the keyring, unless another was chosen.
fn open_stores(
    settings: &Settings,
    process: &Process,
    keyring: Arc<dyn SecretStore>,
) -> Arc<ChosenStore> {
    let attended = process.terminals.stdin && process.terminals.stderr;
    Arc::new(ChosenStore::new(StoreSurroundings {
        home: settings.home.clone(),
        keyring,
        prompt: attended.then(|| process.hidden_prompt.clone()),
        uses_kernel: settings.key_cache,
        clock: process.clock.clone(),
    }))
}

/// One transport for the whole run, made when the first request is due.
fn connect_once(make: MakeTransport, settings: Settings, log: Arc<dyn Console>) -> Connect {
    let made: OnceLock<Arc<dyn Transport>> = OnceLock::new();
    Arc::new(move || {
        if let Some(made) = made.get() {
            return Ok(made.clone());
        }
        let mut transport = make(&settings)?;
        for warning in transport.warnings() {
            log.warn(warning);
        }
        if settings.debug {
            let log = log.clone();
            let lines = Arc::new(move |line: &str| log.line(line));
            transport = Arc::new(trace::TraceTransport::new(transport, lines));
        }
        Ok(made.get_or_init(|| transport).clone())
    })
}

fn show_answer(
    answer: &Output,
    app: &App,
    process: &Process,
    audience: &dyn Frontend,
) -> Result<()> {
    let terminals = process.terminals;
    let known = OnceLock::new();
    let read = || Index::open(&app.settings.home, app.now()).all_names(&app.settings.cloud.name);
    let name_of = |id: &str| {
        let built_in = BUILT_IN.iter().find(|role| role.guid.eq_ignore_ascii_case(id));
        let seen = || known.get_or_init(read).get(&id.to_lowercase()).cloned();
        built_in.map(|role| role.name.to_owned()).or_else(seen)
    };
    let how = Rendering {
        format: app.settings.output,
        query: app.settings.query.as_deref(),
        color: terminals.stdout && terminals.stderr && !app.settings.no_color,
        on_terminal: terminals.stdout,
        for_people: app.prints_text(),
        width: process.columns.filter(|_| terminals.stdout).map(|columns| columns.max(NARROWEST)),
        labels: Labels::new(&name_of),
    };
    // A table without rows is a blank line, and `[]` does not say what was looked at.
    let is_read = terminals.stdout || (how.format == Format::Table && how.query.is_none());
    if let (true, Some(text)) = (is_read, answer.said_of_nothing()) {
        app.reporter.note(text);
    }
    audience.answer(answer, &how)
}

/// Columns of the smallest window that tables are made for.
const NARROWEST: usize = 80;
