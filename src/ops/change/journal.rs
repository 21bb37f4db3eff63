//! The record of a run: intents before writes, outcomes after them, one JSON line each.
//!
//! It is not a state: anyone who deletes the folder loses what `history` shows, and nothing else.
//! An intent without an outcome says that no one knows what became of the write.

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
    /// The names of those who write, where a plan chose them step by step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<String>,
}

impl RunActor {
    /// In a word or a few: a name rather than an id.
    pub(crate) fn label(&self) -> Option<String> {
        let several = (!self.identities.is_empty()).then(|| self.identities.join(", "));
        several.or_else(|| self.credential.clone()).or_else(|| self.tenant_id.clone())
    }
}

/// A plan that was saved before it is carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SavedPlan {
    /// Its hash.
    pub sha256: String,
    pub fleet: String,
    /// The part of it, such as `1/8`.
    pub shard: String,
}

/// One line of a record.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum JournalLine {
    /// The first: what is going to be done.
    Run {
        run: String,
        at: String,
        command: Vec<String>,
        title: String,
        who: RunActor,
        /// The saved plan that is carried out, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan: Option<SavedPlan>,
        /// The command that goes on with it, where that is another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resume: Option<String>,
    },
    /// A write is about to be sent.
    Intent {
        step: usize,
        at: String,
        /// The item of a saved plan that it belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        item: Option<String>,
        intent: Box<Step>,
    },
    /// Azure goes on on its own; where it can be asked, without what signs the address.
    Await { step: usize, at: String, operation: String },
    /// What became of an item of a saved plan.
    Item {
        item: String,
        at: String,
        outcome: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
    },
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
    /// The last, of a run that was not killed; or that a later run found nothing left to do.
    End { at: String, outcome: String },
}

/// The record of this run, open for its next line; nothing where history is switched off.
pub(crate) struct Journal {
    file: Option<File>,
    run: String,
    path: String,
    clock: crate::process::Clock,
    correlation: String,
}

/// The folder of all records, in this program's folder.
pub(crate) const FOLDER: &str = "history";
/// What a record's name ends with.
pub(crate) const SUFFIX: &str = ".jsonl";
/// What the name of a lock ends with that keeps a plan from being carried out twice at the same time.
pub(crate) const LOCK_SUFFIX: &str = ".lock";
/// No record comes near this many bytes: a fleet of 20,000 leaves a tenth of it.
pub(crate) const LARGEST_RECORD: u64 = 1 << 30;
const MOST_RUNS: usize = 500;
const LONGEST_KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

impl Journal {
    /// Begins a record, and forgets those that are too many or too old.
    ///
    /// # Errors
    /// If it cannot be written: nothing was sent then, and nothing will be.
    pub(crate) fn open(app: &App, plan: &Plan) -> Result<Journal> {
        Journal::make(app, &plan.title, None, &plan.signers, plan.resume.clone())
    }

    /// Begins a record of a saved plan, or of one that is made and carried out immediately.
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub(crate) fn begin(
        app: &App,
        title: &str,
        plan: Option<SavedPlan>,
        signers: &[String],
    ) -> Result<Journal> {
        Journal::make(app, title, plan, signers, None)
    }

    fn make(
        app: &App,
        title: &str,
        plan: Option<SavedPlan>,
        signers: &[String],
        resume: Option<String>,
    ) -> Result<Journal> {
        let mut journal = Journal::closed(app);
        if !app.settings.keeps_history {
            return Ok(journal);
        }
        let folder = history_folder(app)?;
        forget_old_runs(&folder, app);
        journal.run = run_name(app);
        let name = format!("{}{SUFFIX}", journal.run);
        journal.path = folder.path_of(&name).display().to_string();
        journal.file = Some(folder.create_new(&name).map_err(unwritable)?);
        let first = JournalLine::Run {
            run: journal.run.clone(),
            at: journal.now(),
            command: app.command_line.clone(),
            title: title.to_owned(),
            who: actor(app, signers),
            plan,
            resume,
        };
        journal.write(&first)?;
        Ok(journal)
    }

    /// Goes on with the record of a run that did not come to its end; a last line that was cut is taken away.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn take_up(app: &App, run: &str) -> Result<Journal> {
        let folder = history_folder(app)?;
        let file = folder.append_whole_lines(&format!("{run}{SUFFIX}")).map_err(unwritable)?;
        Ok(Journal::over(app, &folder, run, file))
    }

    /// As [`Journal::take_up`], but nothing if the run lives.
    ///
    /// # Errors
    /// As [`Journal::take_up`].
    pub(crate) fn take_up_left(app: &App, run: &str) -> Result<Option<Journal>> {
        let folder = history_folder(app)?;
        let file = folder.append_if_left(&format!("{run}{SUFFIX}")).map_err(unwritable)?;
        Ok(file.map(|file| Journal::over(app, &folder, run, file)))
    }

    fn over(app: &App, folder: &PrivateFolder, run: &str, file: File) -> Journal {
        let path = folder.path_of(&format!("{run}{SUFFIX}")).display().to_string();
        Journal { file: Some(file), run: run.to_owned(), path, ..Journal::closed(app) }
    }

    fn closed(app: &App) -> Journal {
        Journal {
            file: None,
            run: String::new(),
            path: String::new(),
            clock: app.clock.clone(),
            correlation: app.correlation.to_string(),
        }
    }

    /// The run's name; empty where history is switched off.
    pub(crate) fn run(&self) -> &str {
        &self.run
    }

    /// What Azure's support asks for.
    pub(crate) fn correlation(&self) -> &str {
        &self.correlation
    }

    /// Writes lines with one request of the disk; `durable` waits until they are on it.
    ///
    /// # Errors
    /// If the disk does not take them.
    pub(crate) fn append(&mut self, lines: &[JournalLine], durable: bool) -> Result<()> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        // Texts of a service are in it, and one may repeat what it was sent.
        let text_of = |line| serde_json::to_string(line).expect("strings and numbers are JSON");
        let text: String = lines.iter().map(|line| redact_secrets(&text_of(line)) + "\n").collect();
        let written = file
            .write_all(text.as_bytes())
            .and_then(|()| if durable { file.sync_data() } else { Ok(()) });
        written.map_err(|err| {
            Error::new(Kind::Failure, format!("{} cannot be written: {err}", self.path)).hint(
                "Nothing more was sent. Make room on the disk, or set AZ_IMAGESHARE_HISTORY=off to work without a record.",
            )
        })
    }

    /// Brings an intent to the disk.
    pub(super) fn intend(&mut self, step: usize, intent: &Step) -> Result<()> {
        let intent = Box::new(intent.clone());
        let line = JournalLine::Intent { step, at: self.now(), item: None, intent };
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
    pub(crate) fn end(&mut self, outcome: &str) {
        let line = JournalLine::End { at: self.now(), outcome: outcome.to_owned() };
        let _ = self.write(&line);
    }

    /// The time now, as it is in every line.
    pub(crate) fn now(&self) -> String {
        Timestamp::try_from((self.clock)()).map(|at| at.to_string()).unwrap_or_default()
    }

    /// One line, whole and on the disk before this returns.
    fn write(&mut self, line: &JournalLine) -> Result<()> {
        self.append(std::slice::from_ref(line), true)
    }
}

/// The folder of all records, made if it is not there.
///
/// # Errors
/// If it cannot be made, or is not the user's alone.
pub(crate) fn history_folder(app: &App) -> Result<PrivateFolder> {
    PrivateFolder::create(&app.settings.home)
        .and_then(|_| PrivateFolder::create(&app.settings.home.join(FOLDER)))
        .map_err(unwritable)
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

/// Who does it, without asking.
pub(crate) fn actor(app: &App, signers: &[String]) -> RunActor {
    // Only what is known already: a verb that needs no token must not open the keyring for this.
    let tokens = app.tokens.get();
    let named = app.settings.credential.as_ref().map(|named| named.value.clone());
    RunActor {
        credential: named.or_else(|| tokens?.lender().credential),
        tenant_id: tokens.and_then(|tokens| tokens.home_tenant()).map(|tenant| tenant.to_string()),
        cloud: app.settings.cloud.name.clone(),
        identities: signers.to_vec(),
    }
}

fn forget_old_runs(folder: &PrivateFolder, app: &App) {
    let mut known: Vec<_> =
        folder.files().into_iter().filter(|(name, _)| name.ends_with(SUFFIX)).collect();
    known.sort();
    let locks: Vec<_> =
        folder.files().into_iter().filter(|(name, _)| name.ends_with(LOCK_SUFFIX)).collect();
    let too_many = known.len().saturating_sub(MOST_RUNS - 1);
    let oldest = (app.clock)().checked_sub(LONGEST_KEPT);
    for (place, (name, written)) in known.iter().enumerate() {
        if place < too_many || oldest.is_some_and(|oldest| *written < oldest) {
            let _ = folder.remove(name);
        }
    }
    for (name, written) in &locks {
        if oldest.is_some_and(|oldest| *written < oldest) {
            let _ = folder.remove(name);
        }
    }
}
