//! Token buckets as Azure Resource Manager counts requests with, on a clock that is handed in.
//!
//! Source: <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling>

use std::collections::HashMap;

/// What a request counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RequestKind {
    Reads,
    Writes,
    Deletes,
}

impl RequestKind {
    pub(crate) fn of(method: &str) -> RequestKind {
        match method {
            "GET" | "HEAD" => RequestKind::Reads,
            "DELETE" => RequestKind::Deletes,
            _ => RequestKind::Writes,
        }
    }

    /// The word in headers.
    pub(crate) fn word(self) -> &'static str {
        match self {
            RequestKind::Reads => "reads",
            RequestKind::Writes => "writes",
            RequestKind::Deletes => "deletes",
        }
    }

    /// The word in messages.
    pub(crate) fn verb(self) -> &'static str {
        match self {
            RequestKind::Reads => "read",
            RequestKind::Writes => "write",
            RequestKind::Deletes => "delete",
        }
    }

    /// Size, and tokens that come back in a second.
    fn limits(self) -> (i64, i64) {
        match self {
            RequestKind::Reads => (250, 25),
            RequestKind::Writes | RequestKind::Deletes => (200, 10),
        }
    }
}

/// All principals of a subscription together may do this many times as much as one.
const SHARED: i64 = 15;

/// Milliseconds that a refused client is asked to wait, as captured answers have it.
pub(crate) const WAIT: i64 = 10_000;

/// One bucket: whose requests it counts. Without a principal it is that of all.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct BucketKey {
    place: String,
    principal: Option<String>,
    kind: RequestKind,
}

#[derive(Clone, Debug)]
struct Bucket {
    /// Thousandths of a token.
    millis_of_tokens: i64,
    at: i64,
    /// Refuses until then, whatever has come back.
    closed_until: i64,
}

/// Every bucket that was asked for.
#[derive(Debug, Default)]
pub(crate) struct Buckets {
    buckets: HashMap<BucketKey, Bucket>,
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Tokens left to the principal, and to all.
    Admitted { own: i64, shared: i64 },
    /// Refused; `is_early` if the client did not wait as long as it was asked to.
    Refused { is_early: bool },
}

impl Buckets {
    /// Takes one token out of the principal's bucket and out of that of all; sizes are divided by `divisor`.
    pub(crate) fn admit(
        &mut self,
        place: &str,
        principal: &str,
        kind: RequestKind,
        divisor: i64,
        now: i64,
    ) -> Admission {
        let key = |principal: Option<&str>| BucketKey {
            place: place.to_ascii_lowercase(),
            principal: principal.map(str::to_ascii_lowercase),
            kind,
        };
        let (size, refill) = kind.limits();
        let divisor = divisor.max(1);
        let own_key = key(Some(principal));
        let own = self.filled(&own_key, size * 1_000 / divisor, refill * 1_000 / divisor, now);
        let is_early = now < own.closed_until;
        let has_own = own.millis_of_tokens >= 1_000;
        if is_early || !has_own {
            // Too early: the wait begins anew.
            own.closed_until = now + WAIT;
            return Admission::Refused { is_early };
        }
        let size = size * SHARED * 1_000 / divisor;
        let shared = self.filled(&key(None), size, refill * SHARED * 1_000 / divisor, now);
        if shared.millis_of_tokens < 1_000 {
            let own = self.filled(&own_key, 0, 0, now);
            own.closed_until = now + WAIT;
            return Admission::Refused { is_early: false };
        }
        shared.millis_of_tokens -= 1_000;
        let shared = shared.millis_of_tokens / 1_000;
        let own = self.filled(&own_key, i64::MAX, 0, now);
        own.millis_of_tokens -= 1_000;
        Admission::Admitted { own: own.millis_of_tokens / 1_000, shared }
    }

    /// The bucket with what has come back since it was last asked for.
    fn filled(&mut self, key: &BucketKey, size: i64, refill: i64, now: i64) -> &mut Bucket {
        let full = Bucket { millis_of_tokens: size, at: now, closed_until: i64::MIN };
        let bucket = self.buckets.entry(key.clone()).or_insert(full);
        if refill > 0 {
            let back = (now - bucket.at).max(0).saturating_mul(refill) / 1_000;
            bucket.millis_of_tokens = bucket.millis_of_tokens.saturating_add(back).min(size);
            bucket.at = now;
        }
        bucket
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admit(buckets: &mut Buckets, principal: &str, now: i64) -> Admission {
        buckets.admit("s", principal, RequestKind::Writes, 1, now)
    }

    #[test]
    fn a_bucket_runs_dry_refuses_and_comes_back() {
        let mut buckets = Buckets::default();
        assert_eq!(admit(&mut buckets, "a", 0), Admission::Admitted { own: 199, shared: 2_999 });
        for _ in 0..199 {
            assert!(matches!(admit(&mut buckets, "a", 0), Admission::Admitted { .. }));
        }
        assert_eq!(admit(&mut buckets, "a", 0), Admission::Refused { is_early: false });
        assert_eq!(admit(&mut buckets, "b", 0), Admission::Admitted { own: 199, shared: 2_799 });
        // Tokens are back, but the wait is not over; and it begins anew.
        assert_eq!(admit(&mut buckets, "a", 9_999), Admission::Refused { is_early: true });
        assert_eq!(admit(&mut buckets, "a", 10_000), Admission::Refused { is_early: true });
        assert!(matches!(admit(&mut buckets, "a", 20_000), Admission::Admitted { own: 199, .. }));
    }

    #[test]
    fn all_principals_share_a_larger_bucket() {
        let mut buckets = Buckets::default();
        for principal in 0..15 {
            for _ in 0..200 {
                let admission = admit(&mut buckets, &principal.to_string(), 0);
                assert!(matches!(admission, Admission::Admitted { .. }));
            }
        }
        assert_eq!(admit(&mut buckets, "one more", 0), Admission::Refused { is_early: false });
    }
}
