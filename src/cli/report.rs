//! What people see on stderr: progress, warnings, errors with their causes and hints.

use std::sync::Mutex;

use crate::app::Reporter;
use crate::error::Error;
use crate::process::Sink;

/// Writes to stderr, as the settings allow.
pub(crate) struct Stderr {
    sink: Sink,
    quiet: bool,
    progress: bool,
    resume: Mutex<Option<String>>,
}

impl Stderr {
    /// Progress is for terminals (or `--verbose`); warnings are for everybody who did not say no.
    pub(crate) fn new(sink: Sink, quiet: bool, progress: bool) -> Stderr {
        Stderr {
            sink,
            quiet,
            progress: progress && !quiet,
            resume: Mutex::new(None),
        }
    }

    /// Prints an error: what failed, why, what to do now.
    pub(crate) fn error(&self, error: &Error) {
        self.line(&format!("ERROR: {error}"));
        for cause in error.causes() {
            self.line(&format!("Caused by: {cause}"));
        }
        for hint in error.hints() {
            self.line(&format!("Hint: {hint}"));
        }
        let resume = self.resume.lock().ok().and_then(|mut held| held.take());
        if let Some(command) = resume {
            self.line(&format!(
                "Hint: The work goes on in Azure; take it up again with `{command}`."
            ));
        }
    }

    /// Writes one line; a closed stderr is nobody's failure.
    pub(crate) fn line(&self, text: &str) {
        if let Ok(mut sink) = self.sink.lock() {
            let _ = writeln!(sink, "{}", harmless(text));
        }
    }
}

impl Reporter for Stderr {
    fn step(&self, text: &str) {
        if self.progress {
            self.line(text);
        }
    }

    fn note(&self, text: &str) {
        if !self.quiet {
            self.line(text);
        }
    }

    fn warn(&self, text: &str) {
        if !self.quiet {
            self.line(&format!("WARNING: {text}"));
        }
    }

    fn ask(&self, text: &str) {
        if let Ok(mut sink) = self.sink.lock() {
            let _ = write!(sink, "{}", harmless(text)).and_then(|()| sink.flush());
        }
    }

    fn resume_with(&self, command: Option<String>) {
        if let Ok(mut held) = self.resume.lock() {
            *held = command;
        }
    }
}

/// Text may come from a service: it must not steer the terminal.
fn harmless(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}
