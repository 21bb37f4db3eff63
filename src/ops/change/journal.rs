//! The record of a run: intents before writes, outcomes after them, one JSON line each.
//!
//! It is not a state: nothing is decided by it, and whoever deletes the folder loses only what `history`
//! could tell. An intent without an outcome says that nobody knows what became of the write.

use std::fs::File;
use std::io::Write;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::plan::Plan;
use super::step::Step;
use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::secrets::folder::PrivateFolder;
use crate::secrets::redact::redact_secrets;

/// Who did it, as far as it is known without asking.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunActor {
    pub credential: Option<String>,
    pub tenant_id: Option<String>,
    pub cloud: String,
}

/// One line of a record.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum JournalLine {
    /// The first: what is going to be done.
    Run { run: String, at: String, command: Vec<String>, title: String, who: RunActor },
    /// A write is about to be sent.
    Intent { step: usize, at: String, intent: Box<Step> },
    /// What came of it: `done`, `failed`, or `unknown` where the answer was lost.
    Outcome {
        step: usize,
        at: String,
        outcome: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        correlation_id: Option<String>,
        /// The id of what was made, where only Azure, Entra or the keyring could give it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
    },
    /// The last, of a run that was not killed.
    End { at: String, outcome: String },
}

/// The record of this run, open for its next line; nothing where history is switched off.
pub(crate) struct Journal {
    file: Option<File>,
    path: String,
    clock: crate::process::Clock,
    correlation: String,
}

/// The folder of all records, in ours.
pub(crate) const FOLDER: &str = "history";
/// What a record's name ends with.
pub(crate) const SUFFIX: &str = ".jsonl";
const MOST_RUNS: usize = 500;
const LONGEST_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

impl Journal {
    /// Begins a record, and forgets those that are too many or too old.
    ///
    /// # Errors
    /// If it cannot be written: nothing was sent then, and nothing will be.
    pub(crate) fn open(app: &App, plan: &Plan) -> Result<Journal> {
        let mut journal = Journal {
            file: None,
            path: String::new(),
            clock: app.clock.clone(),
            correlation: app.correlation.to_string(),
        };
        if !app.settings.keeps_history {
            return Ok(journal);
        }
        let folder = PrivateFolder::create(&app.settings.home)
            .and_then(|_| PrivateFolder::create(&app.settings.home.join(FOLDER)))
            .map_err(unwritable)?;
        forget_old_runs(&folder, app);
        let run = run_name(app);
        journal.path = folder.path_of(&format!("{run}{SUFFIX}")).display().to_string();
        journal.file = Some(folder.create_new(&format!("{run}{SUFFIX}")).map_err(unwritable)?);
        let first = JournalLine::Run {
            run,
            at: journal.now(),
            command: app.command_line.clone(),
            title: plan.title.clone(),
            who: actor(app),
        };
        journal.write(&first)?;
        Ok(journal)
    }

    /// Brings an intent to the disk.
    pub(super) fn intend(&mut self, step: usize, intent: &Step) -> Result<()> {
        let intent = Box::new(intent.clone());
        let line = JournalLine::Intent { step, at: self.now(), intent };
        self.write(&line)
    }

    /// Writes what came of a step. The write is done by then: a full disk only costs the record.
    pub(super) fn conclude(&mut self, step: usize, failure: Option<&Error>, id: Option<String>) {
        let outcome = match failure {
            None => "done",
            // The request may have arrived although no answer did.
            Some(err) if err.kind() == Kind::Network => "unknown",
            Some(_) => "failed",
        };
        let line = JournalLine::Outcome {
            step,
            at: self.now(),
            outcome: outcome.to_owned(),
            error: failure.map(ToString::to_string),
            correlation_id: Some(self.correlation.clone()),
            id,
        };
        let _ = self.write(&line);
    }

    /// Writes how the run ended.
    pub(super) fn end(&mut self, outcome: &str) {
        let line = JournalLine::End { at: self.now(), outcome: outcome.to_owned() };
        let _ = self.write(&line);
    }

    fn now(&self) -> String {
        Timestamp::try_from((self.clock)()).map(|at| at.to_string()).unwrap_or_default()
    }

    /// One line, whole and on the disk before this returns.
    fn write(&mut self, line: &JournalLine) -> Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        // Texts of a service are in it, and one may repeat what it was sent.
        let text = serde_json::to_string(line).expect("strings and numbers are JSON");
        let mut text = redact_secrets(&text);
        text.push('\n');
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_data());
        written.map_err(|err| {
            Error::new(Kind::Failure, format!("{} cannot be written: {err}", self.path)).hint(
                "Nothing more was sent. Make room on the disk, or set AZ_IMAGESHARE_HISTORY=off to work without a record.",
            )
        })
    }
}

fn unwritable(err: crate::secrets::folder::FolderError) -> Error {
    let fix = err.fix.clone();
    Error::new(Kind::Failure, "the record of this run cannot be written; nothing was changed")
        .caused_by(err)
        .hint(format!("{fix} AZ_IMAGESHARE_HISTORY=off works without a record."))
}

/// Sorts by time: `20261129T120301123Z-4f2a9c10`, with milliseconds.
fn run_name(app: &App) -> String {
    let at = Timestamp::try_from((app.clock)()).unwrap_or_default();
    let random = Uuid::new_v4().simple().to_string();
    format!("{}-{}", at.strftime("%Y%m%dT%H%M%S%3fZ"), &random[..8])
}

fn actor(app: &App) -> RunActor {
    // Only what is known already: a verb that needs no token must not open the keyring for this.
    let tokens = app.tokens.get();
    RunActor {
        credential: app.settings.credential.as_ref().map(|named| named.value.clone()),
        tenant_id: tokens.and_then(|tokens| tokens.home_tenant()).map(|tenant| tenant.to_string()),
        cloud: app.settings.cloud.name.clone(),
    }
}

fn forget_old_runs(folder: &PrivateFolder, app: &App) {
    let mut known: Vec<_> =
        folder.files().into_iter().filter(|(name, _)| name.ends_with(SUFFIX)).collect();
    known.sort();
    let too_many = known.len().saturating_sub(MOST_RUNS - 1);
    let oldest = (app.clock)().checked_sub(LONGEST_KEPT);
    for (place, (name, written)) in known.iter().enumerate() {
        if place < too_many || oldest.is_some_and(|oldest| *written < oldest) {
            let _ = folder.remove(name);
        }
    }
}
