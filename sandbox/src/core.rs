//! The fake cloud behind its listeners: one value under one lock.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::buckets::Buckets;
use crate::fault::Fault;
use crate::journal::Call;
use crate::keys::SigningKey;
use crate::knobs::Knobs;
use crate::state::State;

/// Where the listeners are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Endpoints {
    pub(crate) login: String,
    pub(crate) management: String,
    pub(crate) graph: String,
    pub(crate) elsewhere: String,
}

/// The whole cloud.
pub(crate) struct Core {
    pub(crate) state: State,
    pub(crate) initial: State,
    pub(crate) knobs: Knobs,
    pub(crate) faults: Vec<Fault>,
    pub(crate) journal: Vec<Call>,
    pub(crate) endpoints: Endpoints,
    pub(crate) keys: SigningKey,
    pub(crate) started: Timestamp,
    pub(crate) buckets: Buckets,
    /// Jobs under way, and the most there were.
    pub(crate) jobs: (usize, usize),
    /// Start of the window and queries in it, by principal.
    pub(crate) graph_windows: BTreeMap<String, (i64, u32)>,
    /// What the last queries found, for their next pages.
    pub(crate) graph_rows: Vec<QueryRows>,
    /// What Resource Graph answers from while it lags.
    pub(crate) graph_snapshot: Option<GraphSnapshot>,
}

/// What a query of Resource Graph found, over all its pages.
#[derive(Clone)]
pub(crate) struct QueryRows {
    /// Who asked, and what.
    pub(crate) question: String,
    /// Each as JSON.
    pub(crate) rows: Arc<Vec<Box<str>>>,
    /// Whether subscriptions were left out.
    pub(crate) is_cut: bool,
}

/// The state as Resource Graph last saw it.
pub(crate) struct GraphSnapshot {
    pub(crate) state: State,
    pub(crate) taken_at: i64,
    pub(crate) queries: u32,
}

impl Core {
    pub(crate) fn new(state: State) -> Core {
        Core {
            initial: state.clone(),
            state,
            knobs: Knobs::default(),
            faults: Vec::new(),
            journal: Vec::new(),
            endpoints: Endpoints::default(),
            keys: SigningKey::generate(),
            started: Timestamp::now(),
            buckets: Buckets::default(),
            jobs: (0, 0),
            graph_windows: BTreeMap::new(),
            graph_rows: Vec::new(),
            graph_snapshot: None,
        }
    }

    /// Forgets what was counted: buckets, jobs, windows, and what Resource Graph remembers.
    pub(crate) fn forget_counts(&mut self) {
        self.buckets = Buckets::default();
        self.jobs = (0, 0);
        self.graph_windows.clear();
        self.graph_rows.clear();
        self.graph_snapshot = None;
    }

    /// Azure's own clock, in seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.now_millis().div_euclid(1_000)
    }

    /// Azure's own clock, in milliseconds since 1970.
    pub(crate) fn now_millis(&self) -> i64 {
        let machine = if self.knobs.virtual_time { self.started } else { Timestamp::now() };
        machine.as_millisecond()
            + self.knobs.clock_advance * 1_000
            + self.knobs.clock_advance_millis
    }

    /// Remembers that a directory has a new principal, which role assignments do not know at once.
    pub(crate) fn principal_created(&mut self, id: &str) {
        let refusals = self.knobs.principal_replication_puts;
        self.state.unreplicated_principals.insert(id.to_ascii_lowercase(), refusals);
    }

    /// Whether a role can be given to a principal yet; every time it is asked brings that nearer.
    pub(crate) fn has_replicated(&mut self, principal: &str) -> bool {
        let id = principal.to_ascii_lowercase();
        match self.state.unreplicated_principals.get_mut(&id) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        }
    }

    /// Azure's own clock as ARM writes it.
    pub(crate) fn timestamp(&self) -> String {
        let now = Timestamp::from_second(self.now()).expect("clocks are set within jiff's range");
        now.strftime("%Y-%m-%dT%H:%M:%S.0000000Z").to_string()
    }
}

/// An HTTP date.
pub(crate) fn http_date(seconds: i64) -> String {
    let time =
        Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(TimeZone::UTC);
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_http_dates() {
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
