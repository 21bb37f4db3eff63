//! The index is behind what was written: a query is answered from a snapshot that is renewed after so many
//! seconds of Azure's clock, and so many queries.

use crate::core::{Core, GraphSnapshot};

/// Renews the snapshot if it is old enough; without a lag there is none.
pub(super) fn renew(core: &mut Core) {
    let (seconds, queries) = (core.knobs.graph_lag_seconds, core.knobs.graph_lag_queries);
    if seconds == 0 && queries == 0 {
        core.graph_snapshot = None;
        return;
    }
    let now = core.now();
    let is_old = core
        .graph_snapshot
        .as_ref()
        .is_none_or(|taken| now - taken.taken_at >= seconds && taken.queries >= queries);
    if is_old {
        let state = core.state.clone();
        core.graph_snapshot = Some(GraphSnapshot { state, taken_at: now, queries: 0 });
    }
    if let Some(taken) = &mut core.graph_snapshot {
        taken.queries += 1;
    }
}
