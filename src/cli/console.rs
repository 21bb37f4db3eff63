//! What people read: progress, warnings, errors with their causes and hints; as text on stderr here, as events for
//! `az` in `cli::bridge`.

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Instant;

use super::waiting::{ProgressAudience, ProgressLine, WaitClock};

use crate::app::Reporter;
use crate::error::Error;
use crate::output::escape::{escape_line, escape_lines};
use crate::output::painted_line;
use crate::process::Sink;
use crate::secrets::redact::redact_secrets;

/// Where a run's words go besides its answer.
pub(crate) trait Console: Reporter {
    /// Prints an error: what failed, why, what to do now.
    fn error(&self, error: &Error);

    /// Prints one line that was asked for with `--debug`.
    fn line(&self, text: &str);
}

/// How to take up again what an interruption would leave behind.
#[derive(Default)]
pub(crate) struct ResumeCommand(Mutex<Option<String>>);

impl ResumeCommand {
    /// Keeps the command, instead of an earlier one.
    pub(crate) fn set(&self, command: Option<String>) {
        if let Ok(mut held) = self.0.lock() {
            *held = command;
        }
    }

    /// Takes the hint out, if work is left behind.
    pub(crate) fn hint(&self) -> Option<String> {
        let command = self.0.lock().ok().and_then(|mut held| held.take())?;
        Some(format!("The work goes on in Azure; take it up again with `{command}`."))
    }
}

/// Writes to stderr, as the settings allow.
pub(crate) struct Stderr {
    sink: Sink,
    quiet: bool,
    color: bool,
    progress: WaitClock,
    resume: ResumeCommand,
    /// What was warned of already: several steps may meet the same trouble.
    warned: Mutex<HashSet<String>>,
}

impl Stderr {
    /// Progress is for terminals (or `--verbose`), and for others now and then; warnings are for everyone who
    /// did not say no.
    pub(crate) fn new(sink: Sink, quiet: bool, progress: bool, color: bool) -> Stderr {
        let audience = match (progress, color) {
            (true, true) => ProgressAudience::Screen,
            (true, false) => ProgressAudience::Reader,
            (false, _) => ProgressAudience::Log,
        };
        let progress = WaitClock::start(audience, Instant::now());
        let (resume, warned) = (ResumeCommand::default(), Mutex::default());
        Stderr { sink, quiet, color, progress, resume, warned }
    }
}

impl Console for Stderr {
    fn error(&self, error: &Error) {
        // A message of ours may be a list; whatever of others is in it is on one line already.
        self.write_line(&escape_lines(&redact_secrets(&format!("ERROR: {error}"))));
        for cause in error.causes() {
            self.line(&format!("Caused by: {cause}"));
        }
        for hint in error.hints() {
            self.line(&format!("Hint: {hint}"));
        }
        if let Some(hint) = self.resume.hint() {
            self.line(&format!("Hint: {hint}"));
        }
    }

    fn line(&self, text: &str) {
        self.write_line(&shown_line(text));
    }
}

impl Stderr {
    /// Writes one line; a closed stderr is not a failure.
    fn write_line(&self, text: &str) {
        self.progress.passed(Instant::now());
        if let Ok(mut sink) = self.sink.lock() {
            let _ = writeln!(sink, "{text}");
        }
    }
}

impl Reporter for Stderr {
    fn step(&self, text: &str) {
        if self.quiet {
            return;
        }
        let said = self.progress.step(&shown_line(text), Instant::now());
        if let Ok(mut sink) = self.sink.lock() {
            let _ = match said {
                Some(ProgressLine::Fresh(line)) => writeln!(sink, "{line}"),
                // Up one line, which is taken away and written anew.
                Some(ProgressLine::Again(line)) => writeln!(sink, "\x1b[1A\x1b[2K{line}"),
                None => Ok(()),
            };
        }
    }

    fn note(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    fn plan_line(&self, text: &str) {
        self.progress.passed(Instant::now());
        if !self.quiet
            && let Ok(mut sink) = self.sink.lock()
        {
            let _ = writeln!(sink, "{}", painted_line(&shown_line(text), self.color));
        }
    }

    fn warn(&self, text: &str) {
        let is_new = self.warned.lock().is_ok_and(|mut warned| warned.insert(text.to_owned()));
        if !self.quiet && is_new {
            self.line(&format!("WARNING: {text}"));
        }
    }

    fn failure(&self, error: &Error) {
        self.error(error);
    }

    fn ask(&self, text: &str) {
        self.progress.passed(Instant::now());
        if let Ok(mut sink) = self.sink.lock() {
            let _ =
                write!(sink, "{}", escape_lines(&redact_secrets(text))).and_then(|()| sink.flush());
        }
    }

    fn resume_with(&self, command: Option<String>) {
        self.resume.set(command);
    }
}

/// Text may come from a service: it must not steer the terminal, forge a line, or give a secret back.
pub(crate) fn shown_line(text: &str) -> String {
    escape_line(&redact_secrets(text))
}
