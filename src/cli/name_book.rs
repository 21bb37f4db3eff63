//! Names in what people read, instead of ids alone: a sentence of the layers below has the id, and this puts the
//! name beside it if an answer of Azure had one, in this run or before.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::console::Console;
use crate::app::Reporter;
use crate::error::Error;
use crate::index::{Index, NameCollector};
use crate::output::escape::escape_line;
use crate::output::speak_of_ids;
use crate::settings::Settings;

/// The names of tenants and subscriptions, and which of them were shown already.
pub(super) struct NameBook {
    learned: Arc<NameCollector>,
    home: PathBuf,
    cloud: String,
    now: i64,
    pages: Mutex<BookPages>,
}

#[derive(Default)]
struct BookPages {
    /// What the index has of an id, which is read once.
    indexed: BTreeMap<String, Option<String>>,
    /// By name, the id that was shown with it.
    shown: BTreeMap<String, String>,
}

impl NameBook {
    /// Knows what this run learns, and what the index had when it is first asked.
    pub(super) fn new(learned: Arc<NameCollector>, settings: &Settings, now: i64) -> NameBook {
        let (home, cloud) = (settings.home.clone(), settings.cloud.name.clone());
        NameBook { learned, home, cloud, now, pages: Mutex::default() }
    }

    /// Each name with its id: for what may be read alone.
    pub(super) fn in_full(&self, text: &str) -> String {
        speak_of_ids(text, |id| Some(format!("{} ({id})", self.name_of(id)?)))
    }

    /// Each name with its id where it comes up first: for what is read in turn.
    pub(super) fn in_turn(&self, text: &str) -> String {
        speak_of_ids(text, |id| {
            let name = self.name_of(id)?;
            let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
            let first = pages.shown.entry(name.clone()).or_default();
            let is_known = first == id;
            if first.is_empty() {
                id.clone_into(first);
            }
            Some(if is_known { name } else { format!("{name} ({id})") })
        })
    }

    fn name_of(&self, id: &str) -> Option<String> {
        let name = self.learned.name_of(id).or_else(|| self.indexed_name(id));
        name.or_else(|| self.learned.domain_of(id)).map(|name| escape_line(&name))
    }

    fn indexed_name(&self, id: &str) -> Option<String> {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        // Windows replaces no file that somebody has open: the index is closed again.
        let look_up = || Index::open(&self.home, self.now).name_of(&self.cloud, id);
        pages.indexed.entry(id.to_owned()).or_insert_with(look_up).clone()
    }
}

/// Passes everything on, with names.
pub(super) struct NamingConsole {
    pub inner: Arc<dyn Console>,
    pub book: Arc<NameBook>,
}

impl Console for NamingConsole {
    fn error(&self, error: &Error) {
        self.inner.error(&error.reworded(&|text| self.book.in_full(text)));
    }

    fn line(&self, text: &str) {
        self.inner.line(text);
    }
}

impl Reporter for NamingConsole {
    fn step(&self, text: &str) {
        self.inner.step(&self.book.in_full(text));
    }

    fn note(&self, text: &str) {
        self.inner.note(&self.book.in_turn(text));
    }

    fn plan_line(&self, text: &str) {
        self.inner.plan_line(&self.book.in_turn(text));
    }

    fn warn(&self, text: &str) {
        self.inner.warn(&self.book.in_full(text));
    }

    fn failure(&self, error: &Error) {
        self.inner.failure(&error.reworded(&|text| self.book.in_full(text)));
    }

    fn ask(&self, text: &str) {
        self.inner.ask(&self.book.in_turn(text));
    }

    fn resume_with(&self, command: Option<String>) {
        self.inner.resume_with(command);
    }
}
