//! Puts back what a run changed: a plan made from its record and from what exists now.
//!
//! Each write of the run is looked at on its own, the last one first. What is as the run left it is put
//! back; what is as it was before needs nothing; what someone has changed since is not touched.

mod directory;
mod likeness;
mod limits;
mod local;
mod observe;
mod places;
mod restoration;
mod restore;

use serde_json::Value;

use crate::app::App;
use crate::error::{Error, Kind, Result};
use crate::ops::change::{ChangeKind, Plan, Run, Step, WriteKind, resume};
use crate::ops::history::{self, RecordedRun, RecordedStep};

use likeness::{Drift, drift};
use places::Places;
use restoration::Restoration;

/// A plan that puts back what a run changed.
pub(crate) struct Reversal<'a> {
    pub plan: Plan,
    /// What each step of the plan restores.
    restorations: Vec<Restoration>,
    places: Places<'a>,
    /// What someone has changed since.
    moved: usize,
    /// The run that is undone.
    of: String,
}

/// The step that restores a thing.
fn restoring_step(
    of: &Restoration,
    recorded: &RecordedStep,
    change: ChangeKind,
    found: Value,
) -> Step {
    let intent = &recorded.intent;
    let mut step = Step::new(change, of.kind, &of.id, limits::title(of, intent))
        .at(&intent.scope)
        .between(found, of.wanted.clone());
    if let Some(risk) = limits::risk(of, change) {
        step = step.risking(risk);
    }
    if recorded.outcome == "unknown" {
        step = step
            .because("the run recorded no outcome for it; it is as that run would have left it");
    }
    step
}

/// What undoing does to a thing that a run did this to.
fn reversed(change: ChangeKind, wanted: &Value) -> ChangeKind {
    match (change, wanted.is_null()) {
        (ChangeKind::Create, _) | (_, true) => ChangeKind::Remove,
        (ChangeKind::Remove, _) => ChangeKind::Create,
        (other, _) => other,
    }
}

/// Works out what it takes to put back what a run changed.
///
/// # Errors
/// If Azure does not answer, the run was made in another cloud, or it is under way.
pub(crate) async fn plan_reversal<'a>(app: &'a App, run: &RecordedRun) -> Result<Reversal<'a>> {
    require_cloud(app, run)?;
    require_ended(run)?;
    let mut reversal = Reversal {
        plan: Plan {
            nothing: Some(format!("Everything that run {} changed is as it was.", run.run)),
            warnings: other_identity(app, run).into_iter().collect(),
            // By its name: once this has begun, the latest run is this one.
            resume: Some(resume::other_command(app, &["history", "undo", &run.run, "--yes"])),
            ..Plan::titled(format!("Undo of run {} ({}):", run.run, run.verb()))
        },
        restorations: Vec::new(),
        places: Places::of(app, run),
        moved: 0,
        of: run.run.clone(),
    };
    for recorded in run.steps.iter().rev() {
        if limits::is_part_of_another(&recorded.intent, run) {
            continue;
        }
        reversal.add(recorded, run).await?;
    }
    Ok(reversal)
}

impl Reversal<'_> {
    async fn add(&mut self, recorded: &RecordedStep, run: &RecordedRun) -> Result<()> {
        let intent = &recorded.intent;
        // Nothing was made or changed then, as far as is known.
        let failed = recorded.outcome == "failed";
        if failed && intent.id.is_empty() {
            return Ok(());
        }
        if let Some(reason) = limits::of_restoring(intent, run) {
            if failed {
                return Ok(());
            }
            self.plan.stays.push(format!("{}: {reason}", intent.title()));
            return Ok(());
        }
        let restoration = Restoration::of(intent);
        let found = match self.planned(&restoration) {
            Some(planned) => Ok(planned),
            None => observe::observe(&self.places, &restoration).await,
        };
        let found = match found {
            Ok(found) => found,
            Err(err) if err.kind() == Kind::Failure => {
                let stays = format!("{}: it cannot be read ({err})", intent.title());
                self.plan.stays.push(stays);
                return Ok(());
            }
            Err(err) => return Err(err),
        };
        let change = match drift(&restoration, &found) {
            Drift::Restored => ChangeKind::Keep,
            Drift::Untouched => reversed(intent.change, &restoration.wanted),
            Drift::Moved => {
                let reason = limits::of_held(&restoration, &found).unwrap_or_else(|| {
                    self.moved += 1;
                    SINCE
                });
                self.plan.stays.push(format!("{}: {reason}", intent.title()));
                return Ok(());
            }
        };
        if matches!(change, ChangeKind::Create | ChangeKind::Update)
            && let Some(reason) = observe::out_of_reach(&self.places, &restoration).await?
        {
            self.plan.stays.push(format!("{}: {reason}", intent.title()));
            return Ok(());
        }
        self.plan.push(restoring_step(&restoration, recorded, change, found));
        self.restorations.push(restoration);
        Ok(())
    }

    /// What this plan makes of a policy assignment that the run wrote twice: first it deploys nothing, then it is enforced.
    fn planned(&self, restoration: &Restoration) -> Option<Value> {
        let is_same = |earlier: &&Restoration| {
            restoration.kind == WriteKind::PolicyAssignment
                && earlier.kind == restoration.kind
                && earlier.id.eq_ignore_ascii_case(&restoration.id)
        };
        self.restorations.iter().rfind(is_same).map(|earlier| earlier.wanted.clone())
    }

    /// Refuses where nothing is left to do but what someone has changed since.
    ///
    /// # Errors
    /// [`Kind::NotApproved`]: nothing was written.
    pub(crate) fn require_unmoved(&self) -> Result<()> {
        // What could not come back in any case ends as partly done.
        let all_moved = self.moved > 0 && self.moved == self.plan.stays.len();
        if !all_moved || !self.plan.is_settled() {
            return Ok(());
        }
        let text = format!("nothing was put back: {}", self.plan.stays.join("; "));
        Err(Error::new(Kind::NotApproved, text)
            .hint(format!("See what the run did with `az-imageshare history show {}`.", self.of)))
    }

    /// Puts back each step on its own, after another look at it: one that fails keeps no other from being done.
    pub(crate) async fn carry_out(&self, run: &Run<'_>) {
        for (place, restoration) in self.restorations.iter().enumerate() {
            if self.plan.steps[place].change == ChangeKind::Keep {
                continue;
            }
            run.attempt(place, self.restore(restoration)).await;
        }
    }

    async fn restore(&self, restoration: &Restoration) -> Result<()> {
        let found = observe::observe(&self.places, restoration).await?;
        match drift(restoration, &found) {
            Drift::Restored => Ok(()),
            Drift::Untouched => restore::restore(&self.places, restoration, &found).await,
            Drift::Moved => {
                Err(Error::new(Kind::NotApproved, format!("{}: {SINCE}", restoration.id)))
            }
        }
    }
}

/// Ids mean something else in another cloud, or nothing.
fn require_cloud(app: &App, run: &RecordedRun) -> Result<()> {
    let (then, now) = (&run.who.cloud, &app.settings.cloud.name);
    if then == now {
        return Ok(());
    }
    Err(Error::usage(format!("run {} was made in cloud {then}, and {now} is in use", run.run))
        .hint(format!("Choose it with `--cloud {then}`.")))
}

/// What is put back while a process goes on with the run would be written by it again.
fn require_ended(run: &RecordedRun) -> Result<()> {
    if run.outcome != history::RUNNING {
        return Ok(());
    }
    let message = format!("run {} is under way: another process carries it out", run.run);
    let see = format!("See how far it is with `az-imageshare history show {}`.", run.run);
    Err(Error::new(Kind::NotApproved, message).hint(see))
}

/// Who did it may have had other permissions than who undoes it.
fn other_identity(app: &App, run: &RecordedRun) -> Option<String> {
    let then = run.who.credential.as_ref()?;
    let named = app.settings.credential.as_ref().map(|named| named.value.clone());
    let now = named.or_else(|| app.tokens().ok()?.lender().credential);
    if now.as_ref() == Some(then) {
        return None;
    }
    Some(format!(
        "the run signed in with credential '{then}'; to use it here, add --credential {then}"
    ))
}

const SINCE: &str = "it was changed since the run, and is left as it is";
