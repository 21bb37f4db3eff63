//! Who has been asked to wait, and until when: one wait for everybody who shares an allowance, and for nobody else.
//!
//! Resource Manager counts by subscription, principal and kind of request, Resource Graph by principal. A request
//! that comes too early is refused again, with a new wait. Source:
//! <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling>

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::Method;
use url::Url;

/// The allowance that a request is counted against.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct QuotaBucket {
    /// The service and the tenant that was signed in to.
    whose: String,
    /// The subscription in lower case, `graph`, or empty for the tenant's own.
    place: String,
    kind: &'static str,
}

impl QuotaBucket {
    /// The bucket of a request.
    pub(super) fn of(method: &Method, url: &Url, tenant: &str) -> QuotaBucket {
        let path = url.path().to_ascii_lowercase();
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let place = match (segments.next(), segments.next()) {
            (Some("subscriptions"), Some(id)) => id.to_owned(),
            (Some("providers"), Some("microsoft.resourcegraph")) => "graph".to_owned(),
            _ => String::new(),
        };
        let kind = match *method {
            Method::GET | Method::HEAD => "reads",
            Method::DELETE => "deletes",
            _ => "writes",
        };
        QuotaBucket { whose: format!("{}|{tenant}", url.authority()), place, kind }
    }
}

/// The buckets of a run that are closed.
#[derive(Default)]
pub struct QuotaBook(Mutex<QuotaState>);

#[derive(Default)]
struct QuotaState {
    closed: HashMap<QuotaBucket, Instant>,
    refusals: usize,
}

impl QuotaBook {
    /// How long a request of this bucket has to wait yet.
    pub(super) fn wait_of(&self, bucket: &QuotaBucket) -> Option<Duration> {
        let mut state = self.state();
        let until = *state.closed.get(bucket)?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            state.closed.remove(bucket);
            return None;
        }
        Some(left)
    }

    /// A request of this bucket was refused; the next may come after `wait`.
    pub(super) fn close(&self, bucket: &QuotaBucket, wait: Duration) {
        let until = Instant::now() + wait;
        let mut state = self.state();
        state.refusals += 1;
        let known = state.closed.entry(bucket.clone()).or_insert(until);
        *known = until.max(*known);
    }

    /// How many buckets are closed now.
    pub(crate) fn closed_buckets(&self) -> usize {
        let mut state = self.state();
        let now = Instant::now();
        state.closed.retain(|_, until| *until > now);
        state.closed.len()
    }

    /// How many requests were refused so far.
    pub(crate) fn refusals(&self) -> usize {
        self.state().refusals
    }

    fn state(&self) -> MutexGuard<'_, QuotaState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(method: &Method, path: &str) -> QuotaBucket {
        let url = Url::parse(&format!("https://management.azure.com{path}")).unwrap();
        QuotaBucket::of(method, &url, "t")
    }

    #[test]
    fn a_wait_holds_up_its_own_bucket_only() {
        let book = QuotaBook::default();
        let reads = bucket(&Method::GET, "/subscriptions/A/providers/x");
        assert_eq!(reads, bucket(&Method::HEAD, "/Subscriptions/a/resourceGroups/g"));
        book.close(&reads, Duration::from_secs(60));
        assert!(book.wait_of(&reads).is_some());
        for (method, path) in [
            (Method::PUT, "/subscriptions/A/providers/x"),
            (Method::DELETE, "/subscriptions/A/providers/x"),
            (Method::GET, "/subscriptions/B/providers/x"),
            (Method::POST, "/providers/Microsoft.ResourceGraph/resources"),
            (Method::GET, "/subscriptions"),
        ] {
            assert_eq!(book.wait_of(&bucket(&method, path)), None, "{path}");
        }
        assert_eq!((book.closed_buckets(), book.refusals()), (1, 1));
    }

    #[test]
    fn a_shorter_wait_does_not_open_a_bucket_early() {
        let book = QuotaBook::default();
        let writes = bucket(&Method::PUT, "/subscriptions/A/x");
        book.close(&writes, Duration::from_secs(60));
        book.close(&writes, Duration::ZERO);
        assert!(book.wait_of(&writes).is_some_and(|left| left.as_secs() > 50));
        let other = bucket(&Method::PUT, "/subscriptions/B/x");
        book.close(&other, Duration::ZERO);
        assert_eq!(book.wait_of(&other), None);
    }
}
