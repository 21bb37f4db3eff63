//! What is the same for each of many machines is worth one line, not one for each.

use std::collections::HashSet;
use std::sync::Mutex;

use crate::app::Reporter;
use crate::error::Error;

/// Passes everything on, and each note once.
pub(crate) struct SaidOnce<'a> {
    inner: &'a dyn Reporter,
    noted: Mutex<HashSet<String>>,
}

impl<'a> SaidOnce<'a> {
    /// Has passed nothing on to `inner` yet.
    pub(crate) fn new(inner: &'a dyn Reporter) -> SaidOnce<'a> {
        SaidOnce { inner, noted: Mutex::default() }
    }
}

impl Reporter for SaidOnce<'_> {
    fn step(&self, text: &str) {
        self.inner.step(text);
    }

    fn note(&self, text: &str) {
        if self.noted.lock().is_ok_and(|mut noted| noted.insert(text.to_owned())) {
            self.inner.note(text);
        }
    }

    fn plan_line(&self, text: &str) {
        self.inner.plan_line(text);
    }

    fn warn(&self, text: &str) {
        self.inner.warn(text);
    }

    fn failure(&self, error: &Error) {
        self.inner.failure(error);
    }

    fn ask(&self, text: &str) {
        self.inner.ask(text);
    }

    fn resume_with(&self, command: Option<String>) {
        self.inner.resume_with(command);
    }
}
