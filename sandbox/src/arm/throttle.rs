//! Throttling: each request takes a token for its subscription, or its tenant, its principal and its kind.
//!
//! Source: <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling>;
//! the headers and words are those of captured answers. Resource Graph has a quota of its own.

use super::target;
use crate::buckets::{Admission, RequestKind, WAIT};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::journal::Call;
use crate::message::{Reply, Request};

/// The headers of an admitted request.
pub(super) type Remaining = Vec<(String, String)>;

/// Takes a token, or refuses.
pub(super) fn admit_request(
    core: &mut Core,
    caller: &Caller,
    request: &Request,
    call: &mut Call,
) -> Result<Remaining, Reply> {
    let is_graphs =
        request.path.to_ascii_lowercase().starts_with("/providers/microsoft.resourcegraph/");
    if !core.knobs.throttling || is_graphs {
        return Ok(Vec::new());
    }
    let kind = RequestKind::of(&request.method);
    let (level, place) = match target::subscription(&request.path) {
        Some(id) => ("subscription", id.to_ascii_lowercase()),
        None => ("tenant", caller.tenant.clone()),
    };
    call.bucket = Some(format!("{place} {} {}", caller.object_id, kind.word()));
    let now = core.now_millis();
    let divisor = core.knobs.throttling_divisor;
    let key = format!("{level} {place}");
    match core.buckets.admit(&key, &caller.object_id, kind, divisor, now) {
        Admission::Admitted { own, shared } => {
            let name =
                |part: &str| format!("x-ms-ratelimit-remaining-{level}-{part}{}", kind.word());
            Ok(vec![(name(""), own.to_string()), (name("global-"), shared.to_string())])
        }
        Admission::Refused { is_early } => {
            call.is_early = is_early;
            Err(refuse(level, &place, caller, kind))
        }
    }
}

fn refuse(level: &str, place: &str, caller: &Caller, kind: RequestKind) -> Reply {
    let seconds = (WAIT / 1_000).to_string();
    let code = match level {
        "tenant" => "TenantRequestsThrottled",
        _ => "SubscriptionRequestsThrottled",
    };
    let message = format!(
        "Number of '{}' requests for {level} '{place}' actor '{}' exceeded. Please try again after '{seconds}' seconds.",
        kind.verb(),
        caller.object_id
    );
    Reply::from(ArmError::new(429, code, message)).header("Retry-After", seconds)
}
