//! Faults on demand: what goes wrong, for which requests, and how often.

use serde::{Deserialize, Serialize};

use crate::message::{Listener, Request};

/// One fault to lay over matching requests.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// What happens.
    pub kind: FaultKind,
    /// Only this listener.
    #[serde(default)]
    pub listener: Option<Listener>,
    /// Only this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only paths that contain this, whatever the case.
    #[serde(default)]
    pub path: Option<String>,
    /// How many matching requests pass untouched first.
    #[serde(default)]
    pub skip: u32,
    /// How many matching requests are hit; `None` is every one.
    #[serde(default)]
    pub times: Option<u32>,
    /// Whether the request takes effect before its answer is spoiled.
    #[serde(default)]
    pub applied: bool,
    /// How many of a thousand matching requests are hit, by a sequence that this seed begins; `None` is every one.
    #[serde(default)]
    pub chance: Option<Chance>,
}

/// Which matching requests are hit, when not all are: the same ones for the same seed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chance {
    /// Out of a thousand.
    pub permille: u64,
    /// Where the sequence begins.
    pub seed: u64,
}

impl Chance {
    /// Whether the next request is hit. The sequence is splitmix64: <https://prng.di.unimi.it/splitmix64.c>.
    fn draw(&mut self) -> bool {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.seed ^ (self.seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % 1_000 < self.permille
    }
}

/// What goes wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FaultKind {
    /// An error status with Azure's error body; `retry_after` is seconds or an HTTP date, as sent.
    Status {
        /// The status.
        status: u16,
        /// The `Retry-After` header.
        #[serde(default)]
        retry_after: Option<String>,
        /// The error code in the body.
        #[serde(default)]
        code: Option<String>,
    },
    /// `Retry-After` as an HTTP date this many seconds from now, with this status.
    RetryAfterDate {
        /// The status.
        status: u16,
        /// Seconds from now.
        seconds: i64,
    },
    /// The connection is reset (TCP RST) without an answer.
    Reset,
    /// The connection is closed in order without an answer.
    Close,
    /// `Content-Length` promises more than is sent.
    Truncate,
    /// A chunked answer ends without its last chunk.
    ChunkTruncate,
    /// 200 without a body.
    Empty,
    /// 200 with `{}`, as a cache or a proxy may answer for a service.
    EmptyObject,
    /// The request is accepted and never answered.
    Hang,
    /// The answer comes one byte per this many milliseconds.
    Slow {
        /// Milliseconds between two bytes.
        every_ms: u64,
    },
    /// An HTML page with this status.
    Html {
        /// The status.
        status: u16,
    },
    /// 200 with a body that is cut in the middle of a string.
    InvalidJson,
    /// A redirect to the same path on the `elsewhere` listener.
    RedirectElsewhere {
        /// 302, 307 or 308.
        status: u16,
    },
    /// The answer's `nextLink` points to the `elsewhere` listener.
    NextLinkElsewhere,
    /// `Location` and `Azure-AsyncOperation` point to the `elsewhere` listener.
    LocationElsewhere,
    /// An endless body.
    Huge,
    /// The `Date` header is off by this many seconds.
    ClockSkew {
        /// Seconds to add.
        seconds: i64,
    },
}

impl Fault {
    /// Makes a fault that hits every request, once.
    pub fn new(kind: FaultKind) -> Fault {
        Fault {
            kind,
            listener: None,
            method: None,
            path: None,
            skip: 0,
            times: Some(1),
            applied: false,
            chance: None,
        }
    }

    /// Makes an error status, hitting once.
    pub fn status(status: u16) -> Fault {
        Fault::new(FaultKind::Status { status, retry_after: None, code: None })
    }

    /// Makes a 429 with `Retry-After` in seconds, hitting once.
    pub fn throttled(seconds: u32) -> Fault {
        Fault::new(FaultKind::Status {
            status: 429,
            retry_after: Some(seconds.to_string()),
            code: None,
        })
    }

    /// Restricts it to one listener.
    pub fn on(mut self, listener: Listener) -> Fault {
        self.listener = Some(listener);
        self
    }

    /// Restricts it to one method.
    pub fn method(mut self, method: &str) -> Fault {
        self.method = Some(method.to_owned());
        self
    }

    /// Restricts it to paths that contain this.
    pub fn path(mut self, part: &str) -> Fault {
        self.path = Some(part.to_owned());
        self
    }

    /// Lets it start at the n-th matching request, counted from 1.
    pub fn nth(mut self, n: u32) -> Fault {
        self.skip = n.saturating_sub(1);
        self
    }

    /// Sets how many matching requests are hit.
    pub fn times(mut self, times: u32) -> Fault {
        self.times = Some(times);
        self
    }

    /// Lets it hit until faults are cleared.
    pub fn always(mut self) -> Fault {
        self.times = None;
        self
    }

    /// Lets it hit so many of a thousand matching requests until faults are cleared, the same ones for the same seed.
    pub fn by_chance(mut self, permille: u64, seed: u64) -> Fault {
        self.chance = Some(Chance { permille, seed });
        self.always()
    }

    /// Lets the request take effect before its answer is spoiled.
    pub fn applied(mut self) -> Fault {
        self.applied = true;
        self
    }

    /// Whether the request takes effect although its answer is spoiled.
    pub(crate) fn takes_effect(&self) -> bool {
        self.applied
            || matches!(
                self.kind,
                FaultKind::Truncate
                    | FaultKind::ChunkTruncate
                    | FaultKind::Slow { .. }
                    | FaultKind::NextLinkElsewhere
                    | FaultKind::LocationElsewhere
                    | FaultKind::ClockSkew { .. }
            )
    }

    /// The status the client sees; 0 if it sees none.
    pub(crate) fn shown_status(&self, untouched: u16) -> u16 {
        match &self.kind {
            FaultKind::Status { status, .. }
            | FaultKind::RetryAfterDate { status, .. }
            | FaultKind::Html { status }
            | FaultKind::RedirectElsewhere { status } => *status,
            FaultKind::Reset | FaultKind::Close | FaultKind::Hang => 0,
            FaultKind::Empty
            | FaultKind::EmptyObject
            | FaultKind::InvalidJson
            | FaultKind::Huge => 200,
            _ => untouched,
        }
    }

    fn matches(&self, request: &Request) -> bool {
        self.listener.is_none_or(|listener| listener == request.listener)
            && self
                .method
                .as_ref()
                .is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
            && self.path.as_ref().is_none_or(|part| {
                request.path.to_ascii_lowercase().contains(&part.to_ascii_lowercase())
            })
    }
}

/// Takes the first armed fault that hits this request, and counts it.
pub(crate) fn take(faults: &mut Vec<Fault>, request: &Request) -> Option<Fault> {
    let mut hit = None;
    for fault in faults.iter_mut().filter(|fault| fault.matches(request)) {
        if fault.skip > 0 {
            fault.skip -= 1;
            continue;
        }
        if fault.chance.as_mut().is_some_and(|chance| !chance.draw()) {
            continue;
        }
        if let Some(times) = fault.times.as_mut() {
            *times = times.saturating_sub(1);
        }
        hit = Some(fault.clone());
        break;
    }
    faults.retain(|fault| fault.times != Some(0));
    hit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, path: &str) -> Request {
        Request {
            listener: Listener::Management,
            method: method.to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: bytes::Bytes::new(),
        }
    }

    #[test]
    fn chance_hits_its_share_and_the_same_requests_for_the_same_seed() {
        let hits = |seed| -> Vec<bool> {
            let mut faults = vec![Fault::status(500).by_chance(100, seed)];
            (0..1_000).map(|_| take(&mut faults, &request("PUT", "/things/1")).is_some()).collect()
        };
        let count = hits(1).iter().filter(|hit| **hit).count();
        assert!((70..130).contains(&count), "{count}");
        assert_eq!(hits(1), hits(1));
        assert_ne!(hits(1), hits(2));
    }

    #[test]
    fn the_second_matching_request_is_hit_once() {
        let mut faults = vec![Fault::status(503).method("PUT").path("Things").nth(2)];
        assert!(take(&mut faults, &request("GET", "/things/1")).is_none());
        assert!(take(&mut faults, &request("PUT", "/things/1")).is_none());
        assert!(take(&mut faults, &request("PUT", "/things/1")).is_some());
        assert!(take(&mut faults, &request("PUT", "/things/1")).is_none());
        assert!(faults.is_empty());
    }
}
