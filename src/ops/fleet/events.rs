//! What happens in a run, one JSON object a line, for programs; the schema is `docs/fleet-events.schema.json`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::Write;

use jiff::Timestamp;
use serde::Serialize;

use super::item::ItemChange;
use super::outcome::{ItemFault, ItemState};
use crate::process::Clock;

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum EventKind {
    #[serde(rename = "run.begin")]
    RunBegin,
    #[serde(rename = "wave.begin")]
    WaveBegin,
    #[serde(rename = "item.begin")]
    ItemBegin,
    #[serde(rename = "item.wait")]
    ItemWait,
    #[serde(rename = "item.done")]
    ItemDone,
    #[serde(rename = "item.failed")]
    ItemFailed,
    #[serde(rename = "item.moved")]
    ItemMoved,
    #[serde(rename = "item.blocked")]
    ItemBlocked,
    #[serde(rename = "throttled")]
    Throttled,
    #[serde(rename = "progress")]
    Progress,
    #[serde(rename = "wave.end")]
    WaveEnd,
    #[serde(rename = "run.end")]
    RunEnd,
}

impl EventKind {
    /// The event that ends an item; none for one that never began.
    pub(crate) fn of_end(state: ItemState) -> Option<EventKind> {
        match state {
            ItemState::Done | ItemState::Kept => Some(EventKind::ItemDone),
            ItemState::Failed => Some(EventKind::ItemFailed),
            ItemState::Moved => Some(EventKind::ItemMoved),
            ItemState::Blocked => Some(EventKind::ItemBlocked),
            ItemState::Skipped => None,
        }
    }
}

/// What an event contains besides its kind.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventDetails<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    pub change: Option<ItemChange>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wave: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<&'a str>,
    /// Where Azure can be asked, without what signs the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'a ItemFault>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<BTreeMap<&'static str, usize>>,
}

#[derive(Serialize)]
struct FleetEvent<'a> {
    at: String,
    run: &'a str,
    seq: u64,
    event: EventKind,
    #[serde(flatten)]
    details: EventDetails<'a>,
}

/// Where events go; nowhere if no one asked for them.
pub(crate) struct EventLog {
    sink: Option<RefCell<Box<dyn Write>>>,
    clock: Clock,
    run: RefCell<String>,
    seq: Cell<u64>,
}

impl EventLog {
    /// A log that writes there.
    pub(crate) fn new(sink: Option<Box<dyn Write>>, clock: Clock) -> EventLog {
        let sink = sink.map(RefCell::new);
        EventLog { sink, clock, run: RefCell::default(), seq: Cell::new(0) }
    }

    /// Names the run in all that follows.
    pub(crate) fn name_run(&self, run: &str) {
        run.clone_into(&mut self.run.borrow_mut());
    }

    /// Writes one event, whole and immediately. A reader that has gone is not a failure.
    pub(crate) fn tell(&self, event: EventKind, details: EventDetails<'_>) {
        let Some(sink) = &self.sink else {
            return;
        };
        self.seq.set(self.seq.get() + 1);
        let at = Timestamp::try_from((self.clock)()).map(|at| at.to_string()).unwrap_or_default();
        let run = self.run.borrow();
        let event = FleetEvent { at, run: &run, seq: self.seq.get(), event, details };
        let mut line = serde_json::to_vec(&event).expect("strings and numbers are JSON");
        line.push(b'\n');
        let mut sink = sink.borrow_mut();
        let _ = sink.write_all(&line).and_then(|()| sink.flush());
    }
}
