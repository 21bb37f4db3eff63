//! One function from request to answer: the fault that is armed, the listener's service, the headers every answer has.

use jiff::Timestamp;
use serde_json::Value;

use crate::core::{Core, http_date};
use crate::fault::{self, Fault};
use crate::journal::Call;
use crate::message::{Listener, Reply, Request};
use crate::{arm, control, entra, graph};

/// An answer with the fault to lay over it.
pub(crate) struct Outcome {
    pub(crate) reply: Reply,
    pub(crate) fault: Option<Fault>,
}

/// Answers a request, journals it and says which fault spoils the answer.
pub(crate) fn answer(core: &mut Core, request: &Request) -> Outcome {
    let now =
        if core.knobs.virtual_time { core.now_millis() } else { Timestamp::now().as_millisecond() };
    let millis = now - core.started.as_millisecond();
    let is_control = request.path.starts_with(control::PREFIX);
    if is_control && request.listener == Listener::Management {
        return Outcome { reply: control::answer(core, request), fault: None };
    }
    let mut call = Call::of(request, u64::try_from(millis).unwrap_or_default());
    let fault = fault::take(&mut core.faults, request);
    let reply = match &fault {
        Some(fault) if !fault.takes_effect() => Reply::empty(200),
        _ => route(core, request, &mut call),
    };
    if !request.path.to_ascii_lowercase().starts_with("/providers/microsoft.resourcegraph") {
        core.graph_rows.clear();
    }
    core.jobs.1 = core.jobs.1.max(core.jobs.0);
    call.status = fault.as_ref().map_or(reply.status, |fault| fault.shown_status(reply.status));
    core.journal.push(call);
    let reply = dress(core, request, reply, fault.as_ref());
    Outcome { reply, fault }
}

/// Moves Azure's clock forward, with what is due on the way.
pub(crate) fn advance(core: &mut Core, seconds: i64) {
    arm::advance(core, seconds);
}

fn route(core: &mut Core, request: &Request, call: &mut Call) -> Reply {
    match request.listener {
        Listener::Login => entra::answer(core, request),
        Listener::Management => arm::answer(core, request, call),
        Listener::Graph => graph::answer(core, request, call),
        Listener::Elsewhere => Reply::json(200, &Value::Null),
    }
}

/// Adds the headers every Azure answer carries.
fn dress(core: &Core, request: &Request, mut reply: Reply, fault: Option<&Fault>) -> Reply {
    let skew = match fault {
        Some(Fault { kind: fault::FaultKind::ClockSkew { seconds }, .. }) => *seconds,
        _ => 0,
    };
    let id = uuid::Uuid::new_v4().to_string();
    let correlation = request.header("x-ms-correlation-request-id").unwrap_or(&id).to_owned();
    let client_id = request.header("x-ms-client-request-id").map(str::to_owned);
    let is_counted =
        reply.headers.iter().any(|(name, _)| name.starts_with("x-ms-ratelimit-remaining-"));
    let mut add = |name: &str, value: &str| reply.headers.push((name.to_owned(), value.to_owned()));
    add("Date", &http_date(core.now() + core.knobs.date_skew + skew));
    add("Cache-Control", "no-cache");
    add("Pragma", "no-cache");
    add("Expires", "-1");
    add("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
    add("X-Content-Type-Options", "nosniff");
    add("x-ms-request-id", &id);
    if request.listener == Listener::Management {
        add("x-ms-correlation-request-id", &correlation);
        add("x-ms-routing-request-id", &format!("WESTEUROPE:20260101T000000Z:{id}"));
        if !is_counted {
            let (bucket, left) = match request.method.as_str() {
                "GET" | "HEAD" => ("reads", "11999"),
                "DELETE" => ("deletes", "14999"),
                _ => ("writes", "1199"),
            };
            add(&format!("x-ms-ratelimit-remaining-subscription-{bucket}"), left);
        }
    }
    if let Some(client_id) = client_id {
        add("x-ms-client-request-id", &client_id);
    }
    reply
}
