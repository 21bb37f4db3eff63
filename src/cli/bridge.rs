//! A run inside `az`: the extension starts this program with one word, sends the arguments over a pipe, and gets
//! the answer back as a value, so that `az` prints it by its own `-o` and `--query`.

use std::collections::HashSet;
use std::ffi::OsString;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde::Deserialize;
use tokio::sync::Notify;

use super::console::{Console, ResumeCommand, shown_line};
use super::frontend::Frontend;
use super::pipe::{BridgeEvent, Pipe, PipeLines, PipedInput};
use super::tree::in_az;
use super::waiting::{ProgressAudience, ProgressLine, WaitClock};
use super::{ReplaceableParts, run_for_frontend, usage};
use crate::app::Reporter;
use crate::auth::bridge::LoginInHand;
use crate::error::{Error, Kind, Result};
use crate::output::escape::escape_lines;
use crate::output::{Output, Rendering};
use crate::process::{Process, Terminals};
use crate::secrets::redact::redact_secrets;

/// The word that the extension starts the program with.
pub(crate) const WORD: &str = "__az-bridge";

/// The word that it starts the program with to run a command, which gets the streams of `az` itself.
pub(crate) const RUN_WORD: &str = "__az-run";

/// The first line that comes in.
#[derive(Deserialize)]
struct BridgeGreeting {
    protocol: u32,
    arguments: Vec<String>,
    terminals: TerminalFlags,
}

/// Which streams of `az` are terminals.
#[derive(Deserialize)]
struct TerminalFlags {
    stdin: bool,
    stdout: bool,
    stderr: bool,
}

/// Raised when a line changes its meaning: extension and program come in one wheel and have the same.
const PROTOCOL: u32 = 1;

/// Runs what the extension asks for, and gives the exit code.
pub(crate) fn run_bridge(process: &Process, parts: ReplaceableParts) -> u8 {
    let mut lines = PipeLines::of(process.stdin.clone());
    let first = lines.next().ok().flatten();
    let greeting = first.and_then(|line| serde_json::from_slice::<BridgeGreeting>(&line).ok());
    let pipe = Pipe::open(process.stdout.clone(), lines);
    let has_reader = greeting.as_ref().is_some_and(|greeting| greeting.terminals.stderr);
    let console = BridgeConsole::new(pipe.clone(), has_reader, Instant::now());
    let extension = Extension(Arc::new(console));
    let Some(greeting) = greeting.filter(|greeting| greeting.protocol == PROTOCOL) else {
        let err = Error::new(
            Kind::Failure,
            "extension and program do not understand each other",
        )
        .hint("Install the extension again: `az extension remove -n imageshare`, then `az extension add`.");
        extension.0.error(&err);
        return err.kind().exit_code();
    };
    let mut process = process.clone();
    process.stdin = Arc::new(Mutex::new(PipedInput::new(pipe)));
    process.terminals = Terminals {
        stdin: greeting.terminals.stdin,
        stdout: greeting.terminals.stdout,
        stderr: greeting.terminals.stderr,
    };
    let name = std::iter::once("az-imageshare".to_owned());
    let args: Vec<OsString> = name.chain(greeting.arguments).map(OsString::from).collect();
    run_for_frontend(&args, &process, parts, &extension)
}

/// `az`, behind the pipe.
struct Extension(Arc<BridgeConsole>);

struct BridgeConsole {
    pipe: Arc<Pipe>,
    resume: ResumeCommand,
    /// What was warned of already.
    warned: Mutex<HashSet<String>>,
    /// For a terminal; elsewhere `az` shows steps only with `--verbose`.
    progress: WaitClock,
    /// Progress of long work where there is no terminal.
    log: Option<WaitClock>,
}

impl BridgeConsole {
    fn new(pipe: Arc<Pipe>, has_terminal: bool, now: Instant) -> BridgeConsole {
        let log = (!has_terminal).then(|| WaitClock::start(ProgressAudience::Log, now));
        let progress = WaitClock::start(ProgressAudience::Reader, now);
        let (resume, warned) = (ResumeCommand::default(), Mutex::default());
        BridgeConsole { pipe, resume, warned, progress, log }
    }

    fn step_at(&self, text: &str, now: Instant) {
        let text = neutral_mentions(text);
        let said = self.progress.step(&text, now);
        if let Some(ProgressLine::Fresh(line)) =
            self.log.as_ref().and_then(|log| log.step(&text, now))
        {
            self.pipe.send(&BridgeEvent::Note { text: &line });
        } else if let Some(ProgressLine::Fresh(line) | ProgressLine::Again(line)) = said {
            self.pipe.send(&BridgeEvent::Step { text: &line });
        }
    }

    /// Another line is sent.
    fn passed(&self) {
        if let Some(log) = &self.log {
            log.passed(Instant::now());
        }
    }
}

impl Frontend for Extension {
    /// `az` knows itself who wants to hear what.
    fn reporter(&self, _quiet: bool, _loud: bool, _color: bool) -> Arc<dyn Console> {
        self.0.clone()
    }

    fn answer(&self, answer: &Output, how: &Rendering<'_>) -> Result<()> {
        let below: Vec<String> =
            answer.said_below().iter().map(|line| neutral_mentions(line)).collect();
        self.0.pipe.send_line(&format!(
            r#"{{"event":"answer","exitCode":{},"table":{},"below":{},"value":{}}}"#,
            answer.exit_code(),
            serde_json::to_string(&answer.az_table(how)).expect("text is JSON"),
            serde_json::to_string(&below).expect("texts are JSON"),
            answer.compact()
        ));
        Ok(())
    }

    fn refuse(&self, err: &clap::Error, args: &[OsString]) -> u8 {
        let hints = usage::usage_hints(err, args)
            .iter()
            .map(|hint| neutral_mentions(hint))
            .collect::<Vec<_>>();
        let kind = Kind::Usage;
        self.0.pipe.send(&BridgeEvent::Failed {
            kind: error_class(kind),
            exit_code: kind.exit_code(),
            message: &usage::usage_message(err),
            causes: &[],
            hints: &hints,
        });
        kind.exit_code()
    }

    fn in_hand(&self) -> Option<Arc<dyn LoginInHand>> {
        Some(self.0.pipe.clone())
    }

    fn hang_up(&self) -> Arc<Notify> {
        self.0.pipe.hang_up.clone()
    }
}

impl Console for BridgeConsole {
    fn error(&self, error: &Error) {
        let hints = error.hints().iter().cloned().chain(self.resume.hint());
        let hints: Vec<String> = hints.map(|hint| neutral_mentions(&hint)).collect();
        let causes: Vec<String> =
            error.causes().iter().map(|cause| neutral_mentions(cause)).collect();
        self.pipe.send(&BridgeEvent::Failed {
            kind: error_class(error.kind()),
            exit_code: error.kind().exit_code(),
            message: &neutral_lines(&error.to_string()),
            causes: &causes,
            hints: &hints,
        });
    }

    fn line(&self, text: &str) {
        self.pipe.send(&BridgeEvent::Debug { text: &neutral_mentions(text) });
    }
}

impl Reporter for BridgeConsole {
    fn step(&self, text: &str) {
        self.step_at(text, Instant::now());
    }

    fn note(&self, text: &str) {
        self.passed();
        self.pipe.send(&BridgeEvent::Note { text: &neutral_mentions(text) });
    }

    fn warn(&self, text: &str) {
        if !self.warned.lock().is_ok_and(|mut warned| warned.insert(text.to_owned())) {
            return;
        }
        self.passed();
        self.pipe.send(&BridgeEvent::Warning { text: &neutral_mentions(text) });
    }

    fn failure(&self, error: &Error) {
        let causes = error.causes().into_iter().map(|cause| format!("\nCaused by: {cause}"));
        let text: String = std::iter::once(error.to_string()).chain(causes).collect();
        self.pipe.send(&BridgeEvent::Error { text: &neutral_lines(&text) });
        for hint in error.hints() {
            self.note(&format!("Hint: {hint}"));
        }
    }

    fn ask(&self, text: &str) {
        self.pipe.send(&BridgeEvent::Ask { text: &neutral_lines(text) });
    }

    fn resume_with(&self, command: Option<String>) {
        self.resume.set(command);
    }
}

/// Text that may come from a service and name this program's commands.
fn neutral_mentions(text: &str) -> String {
    shown_line(&in_az(text))
}

/// The same for a text with line breaks of this program.
fn neutral_lines(text: &str) -> String {
    escape_lines(&redact_secrets(&in_az(text)))
}

/// The kind as the extension knows it; it has an error class of `az` for each.
fn error_class(kind: Kind) -> &'static str {
    match kind {
        Kind::Usage => "usage",
        Kind::Failure | Kind::Unrunnable | Kind::NoCommand => "failure",
        Kind::NotFound => "not-found",
        Kind::SignIn => "sign-in",
        Kind::Partial => "partial",
        Kind::NotApproved => "not-approved",
        Kind::Network => "network",
        Kind::Origin => "origin",
        Kind::Keyring => "keyring",
        Kind::Interrupted => "interrupted",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// What is sent of these steps, which come so many seconds after the beginning.
    fn sent(has_terminal: bool, steps: &[(u64, &str)]) -> Vec<String> {
        let out: Arc<Mutex<Vec<u8>>> = Arc::default();
        let nothing = PipeLines::of(Arc::new(Mutex::new(std::io::empty())));
        let start = Instant::now();
        let console = BridgeConsole::new(Pipe::open(out.clone(), nothing), has_terminal, start);
        for (seconds, text) in steps {
            console.step_at(text, start + Duration::from_secs(*seconds));
        }
        let text = String::from_utf8(out.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn without_a_terminal_a_wait_is_a_note_every_half_minute() {
        let steps = [(0, "Running"), (1, "Running"), (31, "Running"), (40, "Running")];
        let step = r#"{"event":"step","text":"Running"}"#;
        let note = r#"{"event":"note","text":"Running (31 s)"}"#;
        assert_eq!(sent(false, &steps), [step, note]);
        assert_eq!(sent(true, &steps), [step, &note.replace("note", "step")]);
    }
}
