//! The fake cloud behind its listeners: one value under one lock, one function from request to answer.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::entra::keys::SigningKey;
use crate::fault::{self, Fault};
use crate::journal::{Call, Listener};
use crate::knobs::Knobs;
use crate::message::{Reply, Request};
use crate::state::State;
use crate::{arm, control, entra, graph};

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
}

/// An answer with the fault to lay over it.
pub(crate) struct Outcome {
    pub(crate) reply: Reply,
    pub(crate) fault: Option<Fault>,
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
        }
    }

    /// Azure's own clock, in seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        Timestamp::now().as_second() + self.knobs.clock_advance
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

    /// Answers a request, journals it and says which fault spoils the answer.
    pub(crate) fn answer(&mut self, request: &Request) -> Outcome {
        let millis = Timestamp::now().as_millisecond() - self.started.as_millisecond();
        let is_control = request.path.starts_with(control::PREFIX);
        if is_control && request.listener == Listener::Management {
            return Outcome { reply: control::answer(self, request), fault: None };
        }
        let mut call = Call::of(request, u64::try_from(millis).unwrap_or_default());
        let fault = fault::take(&mut self.faults, request);
        let reply = match &fault {
            Some(fault) if !fault.takes_effect() => Reply::empty(200),
            _ => self.route(request, &mut call),
        };
        call.status = fault.as_ref().map_or(reply.status, |fault| fault.shown_status(reply.status));
        self.journal.push(call);
        let reply = self.dress(request, reply, fault.as_ref());
        Outcome { reply, fault }
    }

    fn route(&mut self, request: &Request, call: &mut Call) -> Reply {
        match request.listener {
            Listener::Login => entra::answer(self, request),
            Listener::Management => arm::answer(self, request, call),
            Listener::Graph => graph::answer(self, request, call),
            Listener::Elsewhere => Reply::json(200, &Value::Null),
        }
    }

    /// Adds the headers every Azure answer carries.
    fn dress(&self, request: &Request, mut reply: Reply, fault: Option<&Fault>) -> Reply {
        let skew = match fault {
            Some(Fault { kind: fault::FaultKind::ClockSkew { seconds }, .. }) => *seconds,
            _ => 0,
        };
        let id = uuid::Uuid::new_v4().to_string();
        let correlation = request.header("x-ms-correlation-request-id").unwrap_or(&id).to_owned();
        let client_id = request.header("x-ms-client-request-id").map(str::to_owned);
        let mut add =
            |name: &str, value: &str| reply.headers.push((name.to_owned(), value.to_owned()));
        add("Date", &http_date(self.now() + self.knobs.date_skew + skew));
        add("Cache-Control", "no-cache");
        add("Pragma", "no-cache");
        add("Expires", "-1");
        add("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
        add("X-Content-Type-Options", "nosniff");
        add("x-ms-request-id", &id);
        if request.listener == Listener::Management {
            add("x-ms-correlation-request-id", &correlation);
            add("x-ms-routing-request-id", &format!("WESTEUROPE:20260101T000000Z:{id}"));
            let (bucket, left) = match request.method.as_str() {
                "GET" | "HEAD" => ("reads", "11999"),
                "DELETE" => ("deletes", "14999"),
                _ => ("writes", "1199"),
            };
            add(&format!("x-ms-ratelimit-remaining-subscription-{bucket}"), left);
        }
        if let Some(client_id) = client_id {
            add("x-ms-client-request-id", &client_id);
        }
        reply
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
