//! `fleet apply`: a plan that was approved, carried out item by item, and taken up again where it stopped.
//!
//! The plan decides what is written, never the record: each item is read again right before its write, and one
//! that is not as the plan saw it is refused.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::Notify;

use super::events::{EventDetails, EventKind, EventLog};
use super::item::ItemChange;
use super::outcome::{CauseGroup, ItemOutcome, ItemState, grouped};
use super::plan_file::FleetPlan;
use super::policy::stages;
use super::waves::FleetShard;
use crate::app::{App, wait_for_stop};
use crate::error::{Error, Kind, Result};
use crate::ops::change::fan_out::fan_out;
use crate::ops::change::journal::SavedPlan;
use crate::ops::change::resume;
use conduct::{Conduct, WaveEnd, interrupted};
use record::{EarlierState, RunRecord};

mod admission;
mod comparison;
mod conduct;
mod group_write;
mod life;
mod progress;
mod queue;
mod record;
pub(crate) mod rehearsal;
mod remediate;
mod signer;
mod stand;
mod verification;
mod write;

/// What to do about items that are not as the plan saw them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum MovedPolicy {
    /// They are passed by.
    #[default]
    Skip,
    /// All are compared first; one of them ends the run before anything is written.
    Stop,
}

/// How a plan is to be carried out.
#[derive(Clone, Debug, Default)]
pub(crate) struct ApplyOptions {
    /// The hash that was approved.
    pub approve: Option<String>,
    /// The only wave that is meant.
    pub wave: Option<String>,
    /// Items in flight, instead of the plan's.
    pub at_once: Option<usize>,
    /// The part of the fleet that is meant.
    pub shard: Option<FleetShard>,
    pub if_moved: MovedPolicy,
    /// Go on although the probe of the plan found something.
    pub force_probe: bool,
}

/// What became of a run.
pub(crate) struct RunOutcome {
    /// Its name in the history; empty where none is kept.
    pub run: String,
    pub items: Vec<ItemOutcome>,
    pub groups: Vec<CauseGroup>,
    pub counts: BTreeMap<&'static str, usize>,
    /// Why it ended before its end, if so.
    pub ended_by: Option<Error>,
}

impl RunOutcome {
    /// How many ended so.
    pub(crate) fn count(&self, state: ItemState) -> usize {
        self.counts.get(state.word()).copied().unwrap_or_default()
    }

    /// 0 if all is as planned, 1 if nothing was done, 7 otherwise.
    pub(crate) fn exit_code(&self) -> u8 {
        let well = self.count(ItemState::Done) + self.count(ItemState::Kept);
        match self.items.len() - well {
            0 => 0,
            _ if well == 0 => Kind::Failure.exit_code(),
            _ => Kind::Partial.exit_code(),
        }
    }
}

/// Refuses what can be refused without asking anybody.
///
/// # Errors
/// [`Kind::NotApproved`], or a usage error if there is no such wave.
pub(crate) fn check(app: &App, plan: &FleetPlan, options: &ApplyOptions) -> Result<()> {
    signer::check_plan(app, plan, options.approve.as_deref())?;
    if !plan.head.probe.is_empty() && !options.force_probe {
        let found = plan.head.probe.iter().cloned();
        return Err(Error::of_list(
            Kind::NotApproved,
            "the probe of the plan found what will fail; nothing was written:",
            found,
        )
        .hint("Fix it and make the plan again, or go on with `--force-probe`."));
    }
    if let Some(name) = &options.wave
        && !plan.head.waves.iter().any(|wave| wave.name == *name)
    {
        let names: Vec<&str> = plan.head.waves.iter().map(|wave| wave.name.as_str()).collect();
        return Err(Error::usage(format!("the plan has no wave '{name}'"))
            .hint(format!("Its waves are: {}.", names.join(", "))));
    }
    if let Some(shard) = &options.shard
        && plan.head.shard != "1/1"
        && plan.head.shard != shard.to_string()
    {
        return Err(Error::usage(format!("the plan is for shard {}", plan.head.shard))
            .hint("Make the plan without --shard, and give --shard to `fleet apply` only."));
    }
    Ok(())
}

/// Carries out a plan.
///
/// # Errors
/// If nothing was written: it may not be, or no one signs in. What happens later is in the outcome.
pub(crate) async fn apply(
    app: &App,
    plan: &FleetPlan,
    options: &ApplyOptions,
    events: &EventLog,
) -> Result<RunOutcome> {
    let stop = Notify::new();
    let is_stopped = Cell::new(false);
    let work = carry_out(app, plan, options, events, &stop, &is_stopped);
    let patience = async {
        tokio::select! {
            () = wait_for_stop() => {}
            () = app.hang_up.notified() => {}
        }
        is_stopped.set(true);
        stop.notify_one();
        wait_for_stop().await;
    };
    tokio::select! {
        done = work => done,
        () = patience => Err(interrupted()),
    }
}

async fn carry_out(
    app: &App,
    plan: &FleetPlan,
    options: &ApplyOptions,
    events: &EventLog,
    stop: &Notify,
    is_stopped: &Cell<bool>,
) -> Result<RunOutcome> {
    check(app, plan, options)?;
    let clients = signer::sign_in(app, plan).await?;
    let chosen = chosen(plan, options);
    verification::check_verifiers(app, plan, &chosen)?;
    let signers = signer::names(plan);
    let (record, earlier) = RunRecord::open(app, &title(plan), &saved(plan, options), &signers)?;
    let todo = |index: &usize| {
        let key = plan.items[*index].key.as_str();
        earlier.items.get(key) != Some(&EarlierState::Done)
    };
    if options.if_moved == MovedPolicy::Stop {
        let todo: Vec<usize> = chosen.iter().copied().filter(todo).collect();
        comparison::refuse_moved(app, plan, &clients, &earlier, &todo, at_once(plan, options))
            .await?;
    }
    app.reporter.resume_with(Some(resume::same_command(app, true)));
    events.name_run(&record.run());
    events.tell(EventKind::RunBegin, EventDetails::default());
    let conduct = Conduct::new(
        app,
        plan,
        &clients,
        &record,
        &earlier,
        events,
        at_once(plan, options),
        stop,
        is_stopped,
        chosen.len(),
    );
    let ended_by = waves(&conduct, &chosen, &todo).await;
    app.reporter.resume_with(None);
    Ok(concluded(conduct, ended_by))
}

/// The places of the items that this run is about: all that the plan writes or would have liked to.
fn chosen(plan: &FleetPlan, options: &ApplyOptions) -> Vec<usize> {
    let number = |name: &String| plan.head.waves.iter().position(|wave| wave.name == *name);
    let wave = options.wave.as_ref().and_then(number).map(|place| place + 1);
    let is_meant = |index: &usize| {
        let item = &plan.items[*index];
        item.change.is_unmet()
            && wave.is_none_or(|wave| item.wave == wave)
            && options.shard.as_ref().is_none_or(|shard| shard.holds_item(item))
    };
    (0..plan.items.len()).filter(is_meant).collect()
}

fn at_once(plan: &FleetPlan, options: &ApplyOptions) -> usize {
    options.at_once.unwrap_or(plan.head.limits.at_once)
}

fn title(plan: &FleetPlan) -> String {
    format!("Fleet '{}', plan {}", plan.head.fleet, plan.approval())
}

fn saved(plan: &FleetPlan, options: &ApplyOptions) -> SavedPlan {
    let shard = options.shard.as_ref().map(ToString::to_string);
    SavedPlan {
        sha256: plan.end.sha256.clone(),
        fleet: plan.head.fleet.clone(),
        shard: shard.unwrap_or_else(|| plan.head.shard.clone()),
    }
}

/// One wave after the other, each only if the one before ended well and is verified.
async fn waves(
    conduct: &Conduct<'_>,
    chosen: &[usize],
    todo: &dyn Fn(&usize) -> bool,
) -> Option<Error> {
    let plan = conduct.plan;
    let mut by_wave: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut expected = Vec::new();
    for index in chosen {
        let item = &plan.items[*index];
        if item.change == ItemChange::Blocked {
            conduct.settle(blocked(plan, *index));
        } else if todo(index) && item.is_expected() {
            expected.push(*index);
        } else if todo(index) {
            by_wave.entry(item.wave).or_default().push(*index);
        } else {
            conduct.teller.begin();
            conduct.settle(ItemOutcome {
                index: *index,
                state: ItemState::Kept,
                fault: None,
                ms: 0,
            });
        }
    }
    let mut ended_by = None;
    let several = by_wave.len() > 1;
    let is_direct = |items: &Vec<usize>| stages::is_direct(&plan.items[items[0]]);
    let has_canary = by_wave.values().filter(|items| is_direct(items)).count() > 1;
    for (place, (number, items)) in by_wave.iter().enumerate() {
        if ended_by.is_some() {
            for index in items {
                let state = ItemState::Skipped;
                conduct.settle(ItemOutcome { index: *index, state, fault: None, ms: 0 });
            }
            continue;
        }
        let name = plan.head.waves.get(number - 1).map(|wave| wave.name.as_str());
        let details = || EventDetails { wave: name, ..EventDetails::default() };
        conduct.events.tell(EventKind::WaveBegin, details());
        let end = conduct.wave(items, place == 0 && has_canary).await;
        let counts = Some(conduct.teller.counts());
        conduct.events.tell(EventKind::WaveEnd, EventDetails { counts, ..details() });
        ended_by = match end {
            WaveEnd::Well => verification::verify_wave(conduct, *number, items).await.err(),
            WaveEnd::Failed if several && place + 1 < by_wave.len() => Some(Error::new(
                Kind::Partial,
                format!("wave '{}' failed more often than it may", name.unwrap_or_default()),
            )),
            WaveEnd::Failed => None,
            WaveEnd::Stopped => Some(conduct.take_fatal().unwrap_or_else(interrupted)),
        };
    }
    settle_expected(conduct, &expected, ended_by.is_some()).await;
    ended_by
}

/// What Azure Policy was to write and no remediation of this run has reported.
async fn settle_expected(conduct: &Conduct<'_>, expected: &[usize], has_ended: bool) {
    let told: BTreeSet<usize> =
        conduct.outcomes.borrow().iter().map(|outcome| outcome.index).collect();
    let left: Vec<usize> = expected.iter().filter(|index| !told.contains(index)).copied().collect();
    let reads = left.iter().map(|index| async {
        let item = &conduct.plan.items[*index];
        match conduct.clients.get(&item.publisher).filter(|_| !has_ended) {
            None => (ItemState::Skipped, None),
            Some(client) => remediate::settled(conduct, client, item).await,
        }
    });
    for (index, (state, fault)) in left.iter().zip(fan_out(conduct.at_once, reads).await) {
        conduct.settle_brought(ItemOutcome { index: *index, state, fault, ms: 0 });
    }
}

fn blocked(plan: &FleetPlan, index: usize) -> ItemOutcome {
    let why = plan.items[index].why.join("; ");
    let fault = super::outcome::ItemFault { code: "Blocked".to_owned(), message: why, hint: None };
    ItemOutcome { index, state: ItemState::Blocked, fault: Some(fault), ms: 0 }
}

fn concluded(conduct: Conduct<'_>, ended_by: Option<Error>) -> RunOutcome {
    let counts = conduct.teller.counts();
    let mut items = conduct.outcomes.take();
    items.sort_by_key(|ended| ended.index);
    let keyed = items.iter().map(|ended| (conduct.plan.items[ended.index].key.as_str(), ended));
    let groups = grouped(keyed);
    let outcome =
        RunOutcome { run: conduct.record.run(), groups, counts: counts.clone(), items, ended_by };
    let word = match (&outcome.ended_by, outcome.exit_code()) {
        (Some(err), _) if err.kind() == Kind::Interrupted => "interrupted",
        (None, 0) => "done",
        (_, 1) => "failed",
        _ => "partly",
    };
    conduct.record.end(word);
    let details = EventDetails { counts: Some(counts), ..EventDetails::default() };
    conduct.events.tell(EventKind::RunEnd, details);
    outcome
}
