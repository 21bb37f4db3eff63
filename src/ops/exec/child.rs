//! The command itself: started, sent signals, waited for.
//!
//! It shares this process's group, so the terminal's Ctrl-C, Ctrl-\ and Ctrl-Z reach it directly; this process
//! ignores the first two and stops with the third. A signal to this process alone is handed on. There is no
//! parent-death signal: it hangs on a thread, and on Unix the port closes with this process anyway.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::process::ExitStatus;

use tokio::process::{Child, Command};

use crate::error::{Error, Kind, Result};

/// Starts the command.
///
/// # Errors
/// If there is no such program, or it cannot be run.
pub(crate) fn start_child(
    command: &[OsString],
    variables: &BTreeMap<OsString, OsString>,
) -> Result<Child> {
    let (program, args) = command.split_first().expect("the grammar asks for a command");
    let started = Command::new(program).args(args).env_clear().envs(variables).spawn();
    started.map_err(|err| {
        let name = program.to_string_lossy();
        if err.kind() == ErrorKind::NotFound {
            Error::new(Kind::NoCommand, format!("command '{name}' not found"))
                .hint(format!("Check that it is on PATH: `command -v -- '{name}'`."))
        } else {
            Error::new(Kind::Unrunnable, format!("cannot run '{name}': {err}"))
                .hint(format!("Look at its permissions: `ls -l -- '{name}'`."))
        }
    })
}

/// Waits for the command, and gives its exit code as a shell would.
#[cfg(unix)]
pub(crate) async fn exit_of_child(mut child: Child, mut signals: Signals) -> std::io::Result<u8> {
    loop {
        tokio::select! {
            ended = child.wait() => return Ok(exit_code(ended?)),
            number = signals.next() => {
                // Between its end and our noticing, the number is still the child's: it is not reaped yet.
                let process = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
                if let Some(process) = process {
                    let _ = rustix::process::kill_process(process, number);
                }
            }
        }
    }
}

#[cfg(unix)]
fn exit_code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let killed = status.signal().map(|number| 128 + number);
    let code = status.code().or(killed).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

#[cfg(unix)]
pub(crate) use unix::Signals;

#[cfg(unix)]
mod unix {
    use rustix::process::Signal;
    use tokio::signal::unix::{self, SignalKind};

    use crate::process::is_signal_ignored;

    /// The signals that would end us before the command. Listened to from before the command starts.
    pub(crate) struct Signals {
        interrupt: Option<unix::Signal>,
        quit: Option<unix::Signal>,
        terminate: Option<unix::Signal>,
        hang_up: Option<unix::Signal>,
    }

    impl Signals {
        /// Begins to listen. A signal that this process was started to ignore is not listened for, so that the
        /// command ignores it, too: `nohup` works as ever.
        pub(crate) fn listen() -> Signals {
            let listen = |kind: SignalKind| {
                if is_signal_ignored(kind.as_raw_value()) { None } else { unix::signal(kind).ok() }
            };
            Signals {
                interrupt: listen(SignalKind::interrupt()),
                quit: listen(SignalKind::quit()),
                terminate: listen(SignalKind::terminate()),
                hang_up: listen(SignalKind::hangup()),
            }
        }

        /// The next signal that has to be handed on.
        pub(crate) async fn next(&mut self) -> Signal {
            loop {
                tokio::select! {
                    () = received(&mut self.interrupt) => {}
                    () = received(&mut self.quit) => {}
                    () = received(&mut self.terminate) => return Signal::TERM,
                    () = received(&mut self.hang_up) => return Signal::HUP,
                }
            }
        }
    }

    async fn received(signal: &mut Option<unix::Signal>) {
        match signal {
            Some(signal) => {
                signal.recv().await;
            }
            None => std::future::pending().await,
        }
    }
}

#[cfg(windows)]
pub(crate) use windows::Signals;

/// Waits for the command, and gives its exit code.
#[cfg(windows)]
pub(crate) async fn exit_of_child(mut child: Child, mut signals: Signals) -> std::io::Result<u8> {
    let _job = super::job::KillOnClose::around(&child);
    let ended: ExitStatus = tokio::select! {
        ended = child.wait() => ended?,
        () = signals.ignore() => unreachable!("it never ends"),
    };
    Ok(ended.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

#[cfg(windows)]
mod windows {
    /// The console sends Ctrl-C to the command itself; listening keeps it from ending this process.
    pub(crate) struct Signals;

    impl Signals {
        pub(crate) fn listen() -> Signals {
            Signals
        }

        pub(super) async fn ignore(&mut self) {
            while tokio::signal::ctrl_c().await.is_ok() {}
            std::future::pending::<()>().await;
        }
    }
}
