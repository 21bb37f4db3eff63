//! How often a principal may ask: 15 queries in 5 seconds, and what the answers say of it.
//!
//! Source: <https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests>

use serde_json::json;

use super::refusal::support_words;
use crate::core::Core;
use crate::message::Reply;

/// Queries of one window.
const MOST: u32 = 15;
/// Milliseconds of one window.
const WINDOW: i64 = 5_000;

/// What is left of the window, in queries and milliseconds; `None` if this query is one too many.
pub(super) struct Left {
    queries: u32,
    millis: i64,
}

/// Takes one query out of the principal's window.
pub(super) fn take_query(core: &mut Core, principal: &str) -> Result<Left, Reply> {
    if !core.knobs.graph_quota {
        return Ok(Left { queries: MOST - 1, millis: WINDOW });
    }
    let now = core.now_millis();
    let (start, used) = core.graph_windows.entry(principal.to_owned()).or_insert((now, 0));
    if now - *start >= WINDOW {
        (*start, *used) = (now, 0);
    }
    let millis = WINDOW - (now - *start);
    if *used == MOST {
        return Err(Left { queries: 0, millis }.label(throttled(core)));
    }
    *used += 1;
    Ok(Left { queries: MOST - *used, millis })
}

impl Left {
    /// Adds both headers.
    pub(super) fn label(&self, reply: Reply) -> Reply {
        let seconds = u64::try_from(self.millis).unwrap_or_default().div_ceil(1_000);
        reply
            .header("x-ms-user-quota-remaining", self.queries.to_string())
            .header("x-ms-user-quota-resets-after", format!("00:00:{seconds:02}"))
    }
}

/// No `Retry-After`: the header with the quota says when.
fn throttled(core: &Core) -> Reply {
    let support = support_words(core);
    let detail = "Client application has been throttled and should not attempt to repeat the request until an amount of \
                  time has elapsed. Please see https://aka.ms/resourcegraph-throttling for help.";
    let error = json!({"code": "RateLimiting", "message": support,
        "details": [{"code": "RateLimiting", "message": detail}]});
    Reply::json(429, &json!({"error": error}))
}
