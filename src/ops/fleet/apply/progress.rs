//! How far a run is: one line for people that always moves, and events for programs.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::app::App;
use crate::ops::fleet::events::{EventDetails, EventKind, EventLog};
use crate::ops::fleet::outcome::ItemState;
use crate::ops::fleet::shapes::with_commas;

/// Counts what ends, and shows it now and then.
pub(super) struct ProgressTeller<'a> {
    app: &'a App,
    events: &'a EventLog,
    total: usize,
    running: Cell<usize>,
    counts: RefCell<BTreeMap<ItemState, usize>>,
    started: Instant,
    last_event: Cell<Instant>,
    last_line: RefCell<(Instant, String)>,
}

impl<'a> ProgressTeller<'a> {
    pub(super) fn new(app: &'a App, events: &'a EventLog, total: usize) -> ProgressTeller<'a> {
        let now = Instant::now();
        ProgressTeller {
            app,
            events,
            total,
            running: Cell::new(0),
            counts: RefCell::default(),
            started: now,
            last_event: Cell::new(now),
            last_line: RefCell::new((now, String::new())),
        }
    }

    /// One item has begun.
    pub(super) fn begin(&self) {
        self.running.set(self.running.get() + 1);
    }

    /// One item waits again.
    pub(super) fn put_back(&self) {
        self.running.set(self.running.get().saturating_sub(1));
    }

    /// One item has ended.
    pub(super) fn end(&self, state: ItemState) {
        if !matches!(state, ItemState::Blocked | ItemState::Skipped) {
            self.running.set(self.running.get().saturating_sub(1));
        }
        *self.counts.borrow_mut().entry(state).or_default() += 1;
    }

    /// How many ended how.
    pub(super) fn counts(&self) -> BTreeMap<&'static str, usize> {
        self.counts.borrow().iter().map(|(state, count)| (state.word(), *count)).collect()
    }

    /// The user wants it to end.
    pub(super) fn tell_stop(&self, running: usize) {
        self.app.reporter.note(&format!(
            "Nothing more begins; {running} running end. Interrupt again to leave immediately."
        ));
    }

    /// Says how far it is, where it is time to.
    pub(super) fn tick(&self, closed: usize) {
        let now = Instant::now();
        if now.duration_since(self.last_event.get()) >= EVENT_EVERY {
            self.last_event.set(now);
            let details = EventDetails { counts: Some(self.counts()), ..EventDetails::default() };
            self.events.tell(EventKind::Progress, details);
        }
        let line = self.line(closed);
        let mut last = self.last_line.borrow_mut();
        if last.1 != line || now.duration_since(last.0) >= EVENT_EVERY {
            self.app.reporter.step(&line);
            *last = (now, line);
        }
    }

    /// `1,240 of 5,000 · 64 running · 3 failed · 1 waiting for quota · about 31 min`
    fn line(&self, closed: usize) -> String {
        let counts = self.counts.borrow();
        let ended: usize = counts.values().sum();
        let count = |state| counts.get(&state).copied().unwrap_or_default();
        let mut parts = vec![format!("{} of {}", with_commas(ended), with_commas(self.total))];
        let mut add = |count: usize, what: &str| {
            if count > 0 {
                parts.push(format!("{} {what}", with_commas(count)));
            }
        };
        add(self.running.get(), "running");
        add(count(ItemState::Failed), "failed");
        add(count(ItemState::Moved), "moved");
        add(closed, "waiting for quota");
        let elapsed = self.started.elapsed();
        if ended > 0 && ended < self.total && elapsed > SOON {
            let left = elapsed.as_secs_f64() / ended as f64 * (self.total - ended) as f64;
            parts.push(format!("about {}", spoken(Duration::from_secs_f64(left))));
        }
        parts.join(" · ")
    }
}

fn spoken(left: Duration) -> String {
    let seconds = left.as_secs();
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5400 => format!("{} min", seconds.div_ceil(60)),
        _ => format!("{} h", seconds.div_ceil(3600)),
    }
}

/// A reader may take less for a run that hangs (pulumi/pulumi#24408).
/// At least every 10 s, although a tick may come late.
const EVENT_EVERY: Duration = Duration::from_millis(9_500);
const SOON: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_read_them() {
        let times = [5, 120, 1_830, 7_300].map(|left| spoken(Duration::from_secs(left)));
        assert_eq!(times, ["5 s", "2 min", "31 min", "3 h"]);
    }
}
