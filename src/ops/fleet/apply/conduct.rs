//! Carrying out the waves of a plan: who begins when, and when nothing more begins.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::admission::Admission;
use super::life::carry;
use super::progress::ProgressTeller;
use super::queue::ItemQueue;
use super::record::{DONE, EarlierRun, EarlierState, RunRecord};
use super::remediate::remediate;
use super::write::ItemSite;
use crate::app::App;
use crate::arm::Client;
use crate::error::{Error, Kind, Result};
use crate::ops::fleet::events::{EventDetails, EventKind, EventLog};
use crate::ops::fleet::item::ItemPlan;
use crate::ops::fleet::outcome::{ItemFailure, ItemFault, ItemOutcome, ItemState};
use crate::ops::fleet::plan_file::FleetPlan;
use crate::ops::fleet::view::PolicyPart;

/// Everything that the waves of one run share.
pub(super) struct Conduct<'a> {
    pub app: &'a App,
    pub plan: &'a FleetPlan,
    pub clients: &'a BTreeMap<String, Client>,
    pub record: &'a RunRecord,
    pub earlier: &'a EarlierRun,
    pub events: &'a EventLog,
    pub at_once: usize,
    /// Notified when the user wants the run to end.
    pub stop: &'a Notify,
    pub is_stopped: &'a Cell<bool>,
    pub outcomes: RefCell<Vec<ItemOutcome>>,
    pub teller: ProgressTeller<'a>,
    /// How far the slow start has got.
    window: Cell<usize>,
    /// Why nothing can be asked any more.
    fatal: RefCell<Option<Error>>,
    attempts: RefCell<HashMap<usize, u32>>,
    last_causes: RefCell<(String, usize)>,
}

/// How a wave ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaveEnd {
    /// Within its limit: the next may begin.
    Well,
    /// Too much failed.
    Failed,
    /// Stopped by the user, or no one can be asked.
    Stopped,
}

/// What came of one admission.
struct EndedItem {
    index: usize,
    result: Result<ItemState, ItemFailure>,
    /// What became of others by it.
    others: Vec<ItemOutcome>,
    ms: u64,
}

/// Waits for people and networks that come back: so often, each twice as long as the one before.
struct Pauses {
    count: u32,
    until: Option<Instant>,
}

impl<'a> Conduct<'a> {
    #[allow(clippy::too_many_arguments)]
    pub(super) fn new(
        app: &'a App,
        plan: &'a FleetPlan,
        clients: &'a BTreeMap<String, Client>,
        record: &'a RunRecord,
        earlier: &'a EarlierRun,
        events: &'a EventLog,
        at_once: usize,
        stop: &'a Notify,
        is_stopped: &'a Cell<bool>,
        total: usize,
    ) -> Conduct<'a> {
        Conduct {
            app,
            plan,
            clients,
            record,
            earlier,
            events,
            at_once,
            stop,
            is_stopped,
            outcomes: RefCell::default(),
            teller: ProgressTeller::new(app, events, total),
            window: Cell::new(1),
            fatal: RefCell::default(),
            attempts: RefCell::default(),
            last_causes: RefCell::default(),
        }
    }

    /// Why nothing could be asked any more, if so.
    pub(super) fn take_fatal(&self) -> Option<Error> {
        self.fatal.borrow_mut().take()
    }

    /// Carries out the items at these places; `is_canary` ends at three equal causes in a row.
    pub(super) async fn wave(&self, items: &[usize], is_canary: bool) -> WaveEnd {
        let limit = self.plan.head.limits.failures.of(items.len());
        let mut slots = Admission::new(self.at_once, limit, self.window.get());
        let mut queue = ItemQueue::of(items.iter().map(|index| (*index, self.item(*index).lane())));
        let mut running = FuturesUnordered::new();
        let mut pauses = Pauses { count: 0, until: None };
        let mut refusals = self.app.quota.refusals();
        let mut ticker = tokio::time::interval(TICK);
        loop {
            while slots.may_admit() && !self.is_stopped.get() && pauses.are_over() {
                let Some(index) = queue.next() else { break };
                slots.begin();
                running.push(self.admit(index));
            }
            if running.is_empty() && (queue.len() == 0 || self.is_over(&slots)) {
                break;
            }
            tokio::select! {
                Some(ended) = running.next(), if !running.is_empty() => {
                    self.take(ended, &mut slots, &mut queue, &mut pauses, is_canary);
                }
                _ = ticker.tick() => self.tick(&mut slots, &mut refusals),
                () = self.stop.notified() => self.teller.tell_stop(slots.in_flight()),
            }
        }
        self.window.set(slots.window());
        self.close(queue.into_rest());
        if self.is_stopped.get() || self.fatal.borrow().is_some() {
            WaveEnd::Stopped
        } else if slots.failed() > limit || slots.is_closed() {
            WaveEnd::Failed
        } else {
            WaveEnd::Well
        }
    }

    fn is_over(&self, slots: &Admission) -> bool {
        slots.is_closed() || self.is_stopped.get() || self.fatal.borrow().is_some()
    }

    fn item(&self, index: usize) -> &'a ItemPlan {
        &self.plan.items[index]
    }

    /// Begins an item.
    fn admit(&self, index: usize) -> impl Future<Output = EndedItem> + use<'_, 'a> {
        let item = self.item(index);
        let attempt = {
            let mut attempts = self.attempts.borrow_mut();
            let count = attempts.entry(index).or_default();
            *count += 1;
            *count
        };
        let details = EventDetails {
            key: Some(item.key.as_str()),
            change: Some(item.change),
            attempt: Some(attempt),
            ..EventDetails::default()
        };
        self.events.tell(EventKind::ItemBegin, details);
        self.teller.begin();
        let known = self.earlier.items.get(item.key.as_str());
        // What this run itself began and could not end is as unknown as what an earlier one left.
        let begun = known == Some(&EarlierState::Begun) || attempt > 1;
        let client = self.clients.get(&item.publisher);
        async move {
            let started = Instant::now();
            let mut others = Vec::new();
            let result = match client {
                Some(client) if item.policy_part() == Some(PolicyPart::Remediation) => {
                    let (result, brought) = remediate(self, client, item).await;
                    others = brought;
                    result
                }
                Some(client) => {
                    let (app, record, events) = (self.app, self.record, self.events);
                    carry(&ItemSite { app, client, record, events }, item, begun).await
                }
                None => Err(ItemFailure::new("UnknownPublisher", "no identity signs in for it")),
            };
            let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
            EndedItem { index, result, others, ms }
        }
    }

    fn take(
        &self,
        ended: EndedItem,
        slots: &mut Admission,
        queue: &mut ItemQueue,
        pauses: &mut Pauses,
        is_canary: bool,
    ) {
        let subscription = self.item(ended.index).lane();
        ended.others.into_iter().for_each(|outcome| self.settle_brought(outcome));
        let outcome = match ended.result {
            Err(failure) if failure.is_passing() => {
                slots.put_back();
                self.teller.put_back();
                queue.put_back(ended.index, subscription);
                if !pauses.again(self.app) {
                    slots.close();
                    self.fatal.borrow_mut().get_or_insert(failure.error);
                }
                return;
            }
            Err(failure) => {
                self.outcome(ended.index, ItemState::Failed, Some(failure.fault()), ended.ms)
            }
            Ok(ItemState::Moved) => {
                self.outcome(ended.index, ItemState::Moved, Some(moved_fault()), ended.ms)
            }
            Ok(state) => self.outcome(ended.index, state, None, ended.ms),
        };
        pauses.count = 0;
        slots.end(outcome.state == ItemState::Failed);
        queue.release(subscription);
        if is_canary && self.repeats(&outcome) {
            slots.close();
        }
        self.settle(outcome);
    }

    fn outcome(
        &self,
        index: usize,
        state: ItemState,
        fault: Option<ItemFault>,
        ms: u64,
    ) -> ItemOutcome {
        ItemOutcome { index, state, fault, ms }
    }

    /// True at the third equal cause in a row.
    fn repeats(&self, outcome: &ItemOutcome) -> bool {
        let mut last = self.last_causes.borrow_mut();
        match outcome.fault.as_ref().filter(|_| outcome.state == ItemState::Failed) {
            None => *last = (String::new(), 0),
            Some(fault) if fault.code == last.0 => last.1 += 1,
            Some(fault) => *last = (fault.code.clone(), 1),
        }
        last.1 >= EQUAL_CAUSES
    }

    /// Records and reports the end of an item.
    pub(super) fn settle(&self, outcome: ItemOutcome) {
        let item = self.item(outcome.index);
        let (key, state) = (&item.key, outcome.state);
        let fault = outcome.fault.as_ref();
        let word = if state.is_well() { DONE } else { state.word() };
        if !matches!(state, ItemState::Blocked | ItemState::Skipped) {
            self.record.settle(key, word, fault.map(|fault| fault.message.clone()));
        }
        if let Some(event) = EventKind::of_end(state) {
            let correlation = self.app.correlation.to_string();
            let details = EventDetails {
                key: Some(key.as_str()),
                change: Some(item.change),
                ms: Some(outcome.ms),
                request_id: Some(&correlation),
                error: fault,
                ..EventDetails::default()
            };
            self.events.tell(event, details);
        }
        self.teller.end(state);
        self.outcomes.borrow_mut().push(outcome);
    }

    /// Records and says what became of an item that Azure Policy was to write.
    pub(super) fn settle_brought(&self, outcome: ItemOutcome) {
        let item = self.item(outcome.index);
        let details = EventDetails {
            key: Some(item.key.as_str()),
            change: Some(item.change),
            attempt: Some(1),
            ..EventDetails::default()
        };
        if outcome.state != ItemState::Skipped {
            self.events.tell(EventKind::ItemBegin, details);
            self.teller.begin();
        }
        self.settle(outcome);
    }

    /// What waited when the wave ended: what had begun is unknown, the rest was not reached.
    fn close(&self, rest: Vec<usize>) {
        for index in rest {
            let has_begun = self.attempts.borrow().contains_key(&index);
            let fatal = self.fatal.borrow().as_ref().map(ToString::to_string);
            let outcome = match fatal.filter(|_| has_begun) {
                Some(message) => {
                    let fault = ItemFault { code: "NoAnswer".to_owned(), message, hint: None };
                    self.outcome(index, ItemState::Failed, Some(fault), 0)
                }
                None => self.outcome(index, ItemState::Skipped, None, 0),
            };
            self.settle(outcome);
        }
    }

    fn tick(&self, slots: &mut Admission, refusals: &mut usize) {
        let seen = self.app.quota.refusals();
        let closed = self.app.quota.closed_buckets();
        if seen > *refusals {
            *refusals = seen;
            self.events.tell(EventKind::Throttled, EventDetails::default());
            if closed >= SEVERAL {
                slots.halve();
            }
        }
        self.teller.tick(closed);
    }
}

fn moved_fault() -> ItemFault {
    ItemFault {
        code: "Moved".to_owned(),
        message: "it is not as the plan saw it; nothing was written".to_owned(),
        hint: Some("Make the plan again.".to_owned()),
    }
}

impl Pauses {
    fn are_over(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() >= until)
    }

    /// Pauses once more; false if it was often enough.
    fn again(&mut self, app: &App) -> bool {
        if !self.are_over() {
            return true;
        }
        // Tests do not wait.
        let (most, pause) = if app.settings.poll_interval.is_zero() {
            (1, Duration::ZERO)
        } else {
            (MOST_PAUSES, FIRST_PAUSE * (1 << self.count))
        };
        if self.count >= most {
            return false;
        }
        self.count += 1;
        self.until = Some(Instant::now() + pause);
        app.reporter.warn(&format!("Azure does not answer; going on in {} s", pause.as_secs()));
        true
    }
}

/// What is not known better than that it failed, as an error of the run.
pub(super) fn interrupted() -> Error {
    Error::new(Kind::Interrupted, "interrupted")
}

/// 30 s, 1, 2 and 4 min, and 10 min in all.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const MOST_PAUSES: u32 = 4;
const TICK: Duration = Duration::from_millis(250);
/// So many allowances used up at the same time are more than one subscription's trouble.
const SEVERAL: usize = 2;
const EQUAL_CAUSES: usize = 3;
