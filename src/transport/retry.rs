//! When to ask again, and after how long.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, Method};

use super::TransportError;

/// How patient one call is.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// How often a request is sent at most.
    pub attempts: u32,
    /// How much waiting is allowed in all.
    pub budget: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        // Resource Manager refills its token bucket every second, so a short wait often helps. A person who waits
        // for a command should hear of a longer one. Source:
        // <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling>
        Patience { attempts: 5, budget: Duration::from_secs(90) }
    }
}

/// True if a request may be repeated although it may have had an effect.
///
/// ARM's POST actions are not all idempotent; PUT and DELETE are.
pub(crate) fn may_repeat(method: &Method) -> bool {
    // RFC 9110, 9.2.2: "A client SHOULD NOT automatically retry a request with a non-idempotent method".
    *method != Method::POST && *method != Method::PATCH
}

/// True if this status is worth another try.
pub(crate) fn is_passing_status(status: u16, method: &Method) -> bool {
    match status {
        // The service says that it did not begin: RFC 9110, 15.5.9 and 15.6.4, RFC 6585, 4.
        408 | 429 | 503 => true,
        // It may have begun, and only the answer is lost.
        500 | 502 | 504 => may_repeat(method),
        _ => false,
    }
}

/// True if this failure is worth another try.
pub(crate) fn is_passing_failure(failure: &TransportError, method: &Method) -> bool {
    failure.is_passing() && (failure.never_arrived() || may_repeat(method))
}

/// A wait up to here is taken for the network's own slowness; a longer one is said.
pub(crate) const UNNOTICED: Duration = Duration::from_secs(2);

/// No honest service asks for more patience in one answer; a larger number is clamped where it is read.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// How long the service asks us to wait: seconds, milliseconds, or a date.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    // Azure's own two headers are finer than the standard one and go first, as in the Azure SDKs:
    // <https://github.com/Azure/azure-sdk-for-rust/pull/1517>.
    for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
        if let Some(milliseconds) = text(name).and_then(|value| value.trim().parse().ok()) {
            return Some(Duration::from_millis(milliseconds).min(LONGEST_WAIT));
        }
    }
    // Resource Graph says it in a header of its own, and in no other.
    let Some(value) = text("retry-after").map(str::trim) else {
        return quota_reset(headers);
    };
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds).min(LONGEST_WAIT));
    }
    // A date is judged by the sender's own clock where it tells it: ours may be wrong.
    let until = httpdate::parse_http_date(value).ok()?;
    let from = text("date").and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or(now);
    Some(until.duration_since(from).unwrap_or_default().min(LONGEST_WAIT))
}

/// How long Resource Graph's quota is used up: `x-ms-user-quota-resets-after: 00:00:05`.
///
/// Source: <https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests>
pub(crate) fn quota_reset(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("x-ms-user-quota-resets-after")?.to_str().ok()?;
    let parts: Vec<u64> = value.trim().split(':').map_while(|part| part.parse().ok()).collect();
    let [hours, minutes, seconds] = parts[..] else { return None };
    let seconds =
        hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(seconds)?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

/// How long to wait before attempt number `attempt` + 1, when no one says.
pub(crate) fn backoff_pause(attempt: u32, jitter: u64) -> Duration {
    // Doubling, with a jitter of up to the same again: clients that were refused together do not come back together.
    // <https://learn.microsoft.com/azure/architecture/patterns/retry>
    let base = 200_u64 << attempt.min(6);
    Duration::from_millis(base + jitter % base)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()))
            .collect::<HeaderMap>()
    }

    #[test]
    fn waiting_times_are_read_in_every_form() {
        let now = httpdate::parse_http_date("Sun, 22 Nov 2026 12:00:00 GMT").unwrap();
        let read = |pairs: &[(&'static str, &str)]| retry_after(&headers(pairs), now);
        assert_eq!(read(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(read(&[("x-ms-retry-after-ms", "250")]), Some(Duration::from_millis(250)));
        assert_eq!(
            read(&[("retry-after", "Sun, 22 Nov 2026 12:00:09 GMT")]),
            Some(Duration::from_secs(9))
        );
        let skewed = [
            ("retry-after", "Sun, 22 Nov 2026 14:00:05 GMT"),
            ("date", "Sun, 22 Nov 2026 14:00:00 GMT"),
        ];
        assert_eq!(read(&skewed), Some(Duration::from_secs(5)));
        assert_eq!(read(&[("retry-after", "soon")]), None);
        let quota = |value: &str| read(&[("x-ms-user-quota-resets-after", value)]);
        assert_eq!(quota("00:01:05"), Some(Duration::from_secs(65)));
        assert_eq!((quota("00:05"), quota("a:b:c"), quota("5")), (None, None, None));
        // adversary A3: a number that overflows the clock ended the process.
        let largest = u64::MAX.to_string();
        for name in ["retry-after", "retry-after-ms", "x-ms-retry-after-ms"] {
            assert_eq!(read(&[(name, &largest)]), Some(LONGEST_WAIT), "{name}");
        }
        let late = [("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")];
        assert_eq!(read(&late), Some(LONGEST_WAIT));
    }

    #[test]
    fn posts_are_repeated_only_when_they_had_no_effect() {
        assert!(is_passing_status(429, &Method::POST));
        assert!(!is_passing_status(500, &Method::POST));
        assert!(is_passing_status(500, &Method::PUT));
        let broken = TransportError::BrokenOff { host: "h".into(), reason: "r".into() };
        assert!(!is_passing_failure(&broken, &Method::POST));
        assert!(is_passing_failure(&broken, &Method::DELETE));
    }
}
