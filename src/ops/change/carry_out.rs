//! Carrying out a plan: each write between its intent and its outcome, and one judgment at the end.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::journal::Journal;
use super::plan::{Plan, PlanTotals};
use super::resume;
use super::step::Step;
use crate::app::App;
use crate::error::{Error, Kind, Result};

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StepState {
    /// Nothing was sent.
    Waiting,
    /// It was sent, and no answer is there yet.
    Sent,
    Done,
    Failed,
}

/// What became of a plan of which some was done: the shape that scripts rely on.
#[derive(Serialize)]
pub(crate) struct RunReport<'a> {
    title: &'a str,
    steps: Vec<EndedStep<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stays: Vec<&'a str>,
}

/// A step, and what became of it.
#[derive(Serialize)]
struct EndedStep<'a> {
    #[serde(flatten)]
    step: &'a Step,
    outcome: &'static str,
}

/// A plan that was agreed to, on its way.
pub(crate) struct Run<'a> {
    app: &'a App,
    plan: Plan,
    again: String,
    progress: Mutex<RunProgress>,
}

struct RunProgress {
    journal: Option<Journal>,
    states: Vec<StepState>,
    /// What only Azure could name, by step.
    ids: BTreeMap<usize, String>,
    failure: Option<Error>,
    /// Azure has taken what was sent, and goes on with it after this run.
    goes_on: bool,
}

impl<'a> Run<'a> {
    pub(super) fn begin(app: &'a App, plan: Plan, agreed: bool) -> Run<'a> {
        let again = match &plan.resume {
            Some(command) => command.clone(),
            None => resume::same_command(app, agreed),
        };
        let count = plan.steps.len();
        let progress = RunProgress {
            journal: None,
            states: vec![StepState::Waiting; count],
            ids: BTreeMap::new(),
            failure: None,
            goes_on: false,
        };
        Run { app, plan, again, progress: Mutex::new(progress) }
    }

    /// What is carried out.
    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Each step with what became of it.
    pub(crate) fn report(&self) -> RunReport<'_> {
        let progress = self.progress();
        let steps = self.plan.steps.iter().zip(&progress.states).map(|(step, state)| EndedStep {
            step,
            outcome: match state {
                _ if !step.change.writes() => "kept",
                StepState::Waiting => "not started",
                StepState::Sent => "unknown",
                StepState::Done => "done",
                StepState::Failed => "failed",
            },
        });
        RunReport {
            title: &self.plan.title,
            steps: steps.collect(),
            stays: self.plan.stays.iter().map(String::as_str).collect(),
        }
    }

    /// Does one step: its intent is on the disk before `work` starts, its outcome after it ended.
    ///
    /// # Errors
    /// What `work` says; or that the intent cannot be written, and then nothing was sent.
    pub(crate) async fn perform<T>(
        &self,
        step: usize,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.perform_all(&[step], work).await
    }

    /// Does several steps that one request carries out together.
    ///
    /// # Errors
    /// As [`Run::perform`].
    pub(crate) async fn perform_all<T>(
        &self,
        steps: &[usize],
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let writes = |step: &&usize| self.plan.steps[**step].change.writes();
        for step in steps.iter().filter(writes) {
            self.intend(*step)?;
        }
        let result = work.await;
        for step in steps.iter().filter(writes) {
            self.conclude(*step, result.as_ref().err());
        }
        result
    }

    /// Does all steps of the plan, which one write carries out together.
    ///
    /// # Errors
    /// As [`Run::perform`].
    pub(crate) async fn perform_every<T>(
        &self,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let steps: Vec<usize> = (0..self.plan.steps.len()).collect();
        self.perform_all(&steps, work).await
    }

    /// Does one step whose failure does not keep the others from being done; [`Run::finish`] reports it.
    pub(crate) async fn attempt<T>(
        &self,
        step: usize,
        work: impl Future<Output = Result<T>>,
    ) -> Option<T> {
        self.attempt_all(&[step], work).await
    }

    /// Does several steps that one request carries out together, as [`Run::attempt`].
    pub(crate) async fn attempt_all<T>(
        &self,
        steps: &[usize],
        work: impl Future<Output = Result<T>>,
    ) -> Option<T> {
        match self.perform_all(steps, work).await {
            Ok(done) => Some(done),
            Err(err) => {
                self.progress().failure.get_or_insert(err);
                None
            }
        }
    }

    /// Notes the id that Azure, Entra or the keyring gave to what a step made; called within its work, it is in
    /// the record beside the outcome.
    pub(crate) fn made(&self, step: usize, id: impl Into<String>) {
        self.progress().ids.insert(step, id.into());
    }

    /// Corrects the outcome of a step whose request failed although the step itself took effect.
    pub(crate) fn was_done(&self, step: usize) {
        self.conclude(step, None);
    }

    /// Notes that Azure goes on with what was sent: no one waits, so nothing is said to be done.
    pub(crate) fn goes_on(&self) {
        self.progress().goes_on = true;
    }

    /// Ends the run: all was done, or an error that says what was done and what was not.
    ///
    /// # Errors
    /// The failure itself if nothing was done; [`Kind::Partial`] if something was, or if something stays that
    /// should have gone.
    pub(crate) fn finish<T>(&self, result: Result<T>) -> Result<T> {
        self.app.reporter.resume_with(None);
        let failure = self.progress().failure.take();
        let outcome = match (result, failure) {
            (Ok(done), None) if self.plan.stays.is_empty() => {
                self.tell_done();
                Ok(done)
            }
            (Ok(_), None) => Err(self.stays()),
            (Ok(_), Some(err)) | (Err(err), _) => Err(self.judged(err)),
        };
        if let Some(journal) = &mut self.progress().journal {
            journal.end(match &outcome {
                Ok(_) => "done",
                Err(err) if err.kind() == Kind::Partial => "partly",
                Err(_) => "failed",
            });
        }
        outcome
    }

    /// The last sentence, with no more in it than was done.
    fn tell_done(&self) {
        let PlanTotals { create, update, replace, remove, .. } = self.plan.totals();
        let counts = [(create, "created"), (update + replace, "changed"), (remove, "removed")];
        let told: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        if !told.is_empty() && !self.progress().goes_on {
            self.app.reporter.note(&format!("Done: {}.", told.join(", ")));
        }
    }

    fn stays(&self) -> Error {
        let text = format!("left as it is: {}", self.plan.stays.join("; "));
        self.going_on(Error::new(Kind::Partial, text))
    }

    /// Nothing done: the failure as it is. Something done: what is missing, and how to go on.
    fn judged(&self, failure: Error) -> Error {
        let progress = self.progress();
        let writing: Vec<(&Step, StepState)> = self
            .plan
            .steps
            .iter()
            .zip(progress.states.iter().copied())
            .filter(|(step, _)| step.change.writes())
            .collect();
        let done = writing.iter().filter(|(_, state)| *state == StepState::Done).count();
        let is_sent = |state: StepState| state != StepState::Waiting;
        if !writing.iter().any(|(_, state)| is_sent(*state)) {
            return failure;
        }
        let open: Vec<&str> = writing
            .iter()
            .filter(|(_, state)| *state != StepState::Done)
            .map(|(step, _)| step.title())
            .chain(self.plan.stays.iter().map(String::as_str))
            .collect();
        if open.is_empty() {
            // What failed came after the change itself, such as taking a note of it away.
            return self.going_on(failure.of_kind(Kind::Partial));
        }
        if done == 0 && writing.len() == 1 {
            return self.going_on(failure);
        }
        if done == 0 {
            let failure = failure.while_doing(format!("not done: {}", open.join("; ")));
            return self.going_on(failure);
        }
        let text = format!("{done} of {} done; not done: {}", writing.len(), open.join("; "));
        let kind = if failure.kind() == Kind::Interrupted { failure.kind() } else { Kind::Partial };
        self.going_on(failure.while_doing(text).of_kind(kind))
    }

    fn going_on(&self, failure: Error) -> Error {
        let known = failure.hints().iter().any(|hint| hint.contains(&self.again));
        if known {
            failure
        } else {
            failure.hint(format!("Fix the cause, then go on with `{}`.", self.again))
        }
    }

    fn intend(&self, step: usize) -> Result<()> {
        let mut progress = self.progress();
        if progress.journal.is_none() {
            progress.journal = Some(Journal::open(self.app, &self.plan)?);
        }
        if let Some(journal) = &mut progress.journal {
            journal.intend(step, &self.plan.steps[step])?;
        }
        progress.states[step] = StepState::Sent;
        self.app.reporter.resume_with(Some(self.again.clone()));
        Ok(())
    }

    fn conclude(&self, step: usize, failure: Option<&Error>) {
        let mut progress = self.progress();
        progress.states[step] = match failure {
            None => StepState::Done,
            Some(err) if err.kind() == Kind::Network => StepState::Sent,
            Some(_) => StepState::Failed,
        };
        let id = progress.ids.get(&step).cloned();
        if let Some(journal) = &mut progress.journal {
            journal.conclude(step, failure, id);
        }
    }

    fn progress(&self) -> MutexGuard<'_, RunProgress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
