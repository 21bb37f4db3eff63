//! The record of a fleet's run: many intents with one wait for the disk, and what an earlier run left.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::time::Duration;

use tokio::sync::Notify;

use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::ops::change::journal::{
    self, Journal, JournalLine, LOCK_SUFFIX, SUFFIX, SavedPlan, history_folder,
};
use crate::ops::change::{Step, WriteKind};
use crate::ops::fleet::item::ItemKey;
use crate::ops::fleet::outcome::ItemState;
use crate::secrets::folder::{Lock, PrivateFolder};

/// How long intents gather before they go to the disk together.
const GATHER: Duration = Duration::from_millis(5);

/// What an earlier run of the same plan is known to have done with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EarlierState {
    /// It began to write, and no one knows how that ended.
    Begun,
    /// It ended well.
    Done,
}

/// An earlier run of the same plan.
#[derive(Debug, Default)]
pub(super) struct EarlierRun {
    pub run: String,
    pub items: HashMap<String, EarlierState>,
    /// The remediations that it began and did not see the end of, by their items.
    pub remediations: HashMap<String, String>,
    /// It came to its end, well or not.
    pub has_ended: bool,
    steps: usize,
}

/// The record of this run.
pub(super) struct RunRecord {
    state: RefCell<RecordState>,
    flushed: Notify,
    _lock: Option<Lock>,
}

struct RecordState {
    journal: Journal,
    pending: Vec<JournalLine>,
    gathered: u64,
    durable: u64,
    is_flushing: bool,
    broken: Option<String>,
    next_step: usize,
}

impl RunRecord {
    /// Begins the record of a plan, or goes on with that of a run that did not come to its end.
    ///
    /// # Errors
    /// If it cannot be written, or another process carries out the same plan.
    pub(super) fn open(
        app: &App,
        title: &str,
        plan: &SavedPlan,
        signers: &[String],
    ) -> Result<(RunRecord, EarlierRun)> {
        if !app.settings.keeps_history {
            let journal = Journal::begin(app, title, Some(plan.clone()), signers)?;
            return Ok((RunRecord::over(journal, None, 0), EarlierRun::default()));
        }
        let folder = history_folder(app)?;
        let lock = folder.try_lock(&lock_name(plan))?;
        let Some(lock) = lock else {
            return Err(Error::new(
                Kind::NotApproved,
                "this plan is being carried out by another process; nothing was written",
            )
            .hint("Wait for it; see how far it is with `az-imageshare history show latest`."));
        };
        let earlier = earlier_run(&folder, plan);
        let journal = if earlier.run.is_empty() || earlier.has_ended {
            Journal::begin(app, title, Some(plan.clone()), signers)?
        } else {
            Journal::take_up(app, &earlier.run)?
        };
        Ok((RunRecord::over(journal, Some(lock), earlier.steps), earlier))
    }

    fn over(journal: Journal, lock: Option<Lock>, next_step: usize) -> RunRecord {
        let state = RecordState {
            journal,
            pending: Vec::new(),
            gathered: 0,
            durable: 0,
            is_flushing: false,
            broken: None,
            next_step,
        };
        RunRecord { state: RefCell::new(state), flushed: Notify::new(), _lock: lock }
    }

    /// The run's name; empty where history is switched off.
    pub(super) fn run(&self) -> String {
        self.state.borrow().journal.run().to_owned()
    }

    /// Brings the intents of an item to the disk, together with those of others; gives their numbers.
    ///
    /// # Errors
    /// If the disk does not take them: then nothing of them may be sent.
    pub(super) async fn intend(&self, item: &ItemKey, steps: &[Step]) -> Result<Vec<usize>> {
        let (numbers, ticket) = self.gather(item, steps)?;
        loop {
            let others_flush = {
                let mut state = self.state.borrow_mut();
                if let Some(broken) = &state.broken {
                    return Err(Error::new(Kind::Failure, broken.clone()).hint(
                        "Make room on the disk, then run the command again: it goes on where it stopped.",
                    ));
                }
                if state.durable >= ticket {
                    return Ok(numbers);
                }
                std::mem::replace(&mut state.is_flushing, true)
            };
            if others_flush {
                self.flushed.notified().await;
                continue;
            }
            tokio::time::sleep(GATHER).await;
            self.flush();
        }
    }

    fn gather(&self, item: &ItemKey, steps: &[Step]) -> Result<(Vec<usize>, u64)> {
        let mut state = self.state.borrow_mut();
        let first = state.next_step;
        state.next_step += steps.len();
        let at = state.journal.now();
        for (place, step) in steps.iter().enumerate() {
            state.pending.push(JournalLine::Intent {
                step: first + place,
                at: at.clone(),
                item: Some(item.as_str().to_owned()),
                intent: Box::new(step.clone()),
            });
        }
        state.gathered += 1;
        Ok(((first..first + steps.len()).collect(), state.gathered))
    }

    fn flush(&self) {
        let mut state = self.state.borrow_mut();
        let lines = std::mem::take(&mut state.pending);
        let up_to = state.gathered;
        match state.journal.append(&lines, true) {
            Ok(()) => state.durable = up_to,
            // A part of a line may be there: nothing may be written behind it.
            Err(err) => state.broken = Some(err.to_string()),
        }
        state.is_flushing = false;
        drop(state);
        self.flushed.notify_waiters();
    }

    /// Notes where Azure can be asked about a step.
    pub(super) fn awaits(&self, step: usize, operation: Option<String>) {
        if let Some(operation) = operation {
            self.note(|at| JournalLine::Await { step, at, operation });
        }
    }

    /// Notes what became of a step. The write is done by then: a full disk only costs the record.
    pub(super) fn conclude(&self, step: usize, failure: Option<&Error>) {
        let outcome = match failure {
            None => "done",
            Some(err) if err.kind() == Kind::Network => "unknown",
            Some(_) => "failed",
        };
        let correlation = self.state.borrow().journal.correlation().to_owned();
        self.note(|at| JournalLine::Outcome {
            step,
            at,
            outcome: outcome.to_owned(),
            error: failure.map(ToString::to_string),
            correlation_id: Some(correlation),
            id: None,
        });
    }

    /// Notes what became of an item.
    pub(super) fn settle(&self, item: &ItemKey, outcome: &str, error: Option<String>) {
        self.note(|at| JournalLine::Item {
            item: item.as_str().to_owned(),
            at,
            outcome: outcome.to_owned(),
            error,
        });
    }

    /// Notes how the run ended.
    pub(super) fn end(&self, outcome: &str) {
        self.note(|at| JournalLine::End { at, outcome: outcome.to_owned() });
    }

    fn note(&self, line: impl FnOnce(String) -> JournalLine) {
        let mut state = self.state.borrow_mut();
        if state.broken.is_none() {
            let line = line(state.journal.now());
            if let Err(err) = state.journal.append(&[line], false) {
                state.broken = Some(err.to_string());
            }
        }
    }
}

/// What an earlier run of the same plan has done; opens no record.
///
/// # Errors
/// If the folder of the records cannot be opened.
pub(super) fn look_back(app: &App, plan: &SavedPlan) -> Result<EarlierRun> {
    if !app.settings.keeps_history {
        return Ok(EarlierRun::default());
    }
    Ok(earlier_run(&history_folder(app)?, plan))
}

fn lock_name(plan: &SavedPlan) -> String {
    format!("{}-{}{LOCK_SUFFIX}", &plan.sha256[..12], plan.shard.replace('/', "-of-"))
}

/// What all runs of this plan left; the newest counts, and is the one that is gone on with.
fn earlier_run(folder: &PrivateFolder, plan: &SavedPlan) -> EarlierRun {
    let mut names: Vec<String> = folder.files().into_iter().map(|(name, _)| name).collect();
    names.retain(|name| name.ends_with(SUFFIX));
    names.sort();
    let mut earlier = EarlierRun::default();
    for name in names {
        read_earlier(folder, &name, plan, &mut earlier);
    }
    earlier
}

fn read_earlier(
    folder: &PrivateFolder,
    name: &str,
    plan: &SavedPlan,
    earlier: &mut EarlierRun,
) -> Option<()> {
    let file = folder.open_file(name).ok()??;
    let limited = std::io::Read::take(file, journal::LARGEST_RECORD);
    let mut lines = BufReader::new(limited)
        .lines()
        .map_while(|line| serde_json::from_str::<JournalLine>(&line.ok()?).ok());
    let Some(JournalLine::Run { run, plan: Some(saved), .. }) = lines.next() else {
        return None;
    };
    if saved != *plan {
        return None;
    }
    earlier.run = run;
    earlier.has_ended = false;
    for line in lines {
        earlier.has_ended = matches!(line, JournalLine::End { .. });
        match line {
            JournalLine::Intent { step, item: Some(item), intent, .. } => {
                earlier.steps = earlier.steps.max(step + 1);
                if intent.kind == WriteKind::Remediation {
                    earlier.remediations.insert(item.clone(), intent.id);
                }
                earlier.items.insert(item, EarlierState::Begun);
            }
            JournalLine::Item { item, outcome, .. } => {
                if outcome != ItemState::Skipped.word() {
                    earlier.remediations.remove(&item);
                }
                if outcome == DONE {
                    earlier.items.insert(item, EarlierState::Done);
                }
            }
            _ => {}
        }
    }
    Some(())
}

/// The word of a record for an item that is as planned.
pub(super) const DONE: &str = "done";
