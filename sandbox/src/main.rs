//! Runs the default world until standard input closes or the process is told to end.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use sandbox::Sandbox;
use tokio::sync::oneshot;

const USAGE: &str = "usage: sandbox [--config-dir DIR] [--port-file FILE] [--keep-running] [--fleet N [--delegated] | --estate]
Azure on loopback: prints its endpoints and identities as JSON and runs until standard input closes or SIGTERM.";

#[derive(Default)]
struct Options {
    config_dir: Option<PathBuf>,
    port_file: Option<PathBuf>,
    keep_running: bool,
    fleet: usize,
    delegated: bool,
    estate: bool,
}

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "only a main reads the arguments")]
    let arguments = std::env::args_os().skip(1);
    let options = match parse(arguments) {
        Ok(options) => options,
        Err(message) => {
            // Nothing can be done if standard error is closed.
            let _ = writeln!(io::stderr(), "{message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "ERROR: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = OsString>) -> Result<Options, String> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().map(PathBuf::from).ok_or("a value is missing");
        match argument.to_str() {
            Some("--config-dir") => options.config_dir = Some(value()?),
            Some("--port-file") => options.port_file = Some(value()?),
            Some("--keep-running") => options.keep_running = true,
            Some("--delegated") => options.delegated = true,
            Some("--estate") => options.estate = true,
            Some("--fleet") => {
                let count = value()?;
                let count = count.to_str().and_then(|count| count.parse().ok());
                options.fleet = count.ok_or("--fleet takes a number of subscriptions")?;
            }
            _ => return Err(format!("unknown argument {}", argument.to_string_lossy())),
        }
    }
    Ok(options)
}

fn run(options: &Options) -> io::Result<()> {
    let azure = match options.fleet {
        _ if options.estate => Sandbox::builder().world(sandbox::shared_fleet()).start(),
        0 => Sandbox::start(),
        count if options.delegated => {
            Sandbox::builder().world(sandbox::delegated_fleet(count)).start()
        }
        count => Sandbox::builder().world(sandbox::contoso_fleet(count)).start(),
    };
    let description = serde_json::to_string_pretty(&azure.describe())?;
    if let Some(dir) = &options.config_dir {
        azure.write_azure_config(dir)?;
    }
    writeln!(io::stdout(), "{description}")?;
    io::stdout().flush()?;
    if let Some(file) = &options.port_file {
        std::fs::write(file, format!("{description}\n"))?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(wait(options.keep_running))?;
    runtime.shutdown_background();
    Ok(())
}

/// Waits for the end of standard input, SIGINT or SIGTERM.
async fn wait(keep_running: bool) -> io::Result<()> {
    let (ended, input) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        // Reading to the end is all; what is read or fails does not matter.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        drop(ended);
    });
    let input = async {
        // The sender is dropped when standard input ends, never used.
        let _ = input.await;
        if keep_running {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = input => Ok(()),
        ended = tokio::signal::ctrl_c() => ended,
        ended = terminated() => ended,
    }
}

#[cfg(unix)]
async fn terminated() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::terminate())?.recv().await;
    Ok(())
}

#[cfg(not(unix))]
async fn terminated() -> io::Result<()> {
    std::future::pending().await
}
