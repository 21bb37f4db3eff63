//! Who has been asked to wait, and until when: one wait for everyone who shares an allowance, and for no one else.
//!
//! Resource Manager counts by subscription, principal and kind of request, Resource Graph by principal. A request
//! that comes too early is refused again, with a new wait. What answers say about the allowance is believed: nothing
//! is sent that would be refused. Sources:
//! <https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling> and
//! <https://learn.microsoft.com/azure/governance/resource-graph/concepts/guidance-for-throttled-requests>

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{HeaderMap, Method};
use tokio::sync::Notify;
use tokio::time::Instant;
use url::Url;

use crate::transport::retry;

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
            (Some("providers"), Some("microsoft.resourcegraph")) => GRAPH.to_owned(),
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

/// The buckets of a run that something is known of.
#[derive(Default)]
pub struct QuotaBook {
    state: Mutex<QuotaState>,
    /// Notified when an answer has come for a bucket that others wait for.
    answered: Notify,
}

#[derive(Default)]
struct QuotaState {
    allowances: HashMap<QuotaBucket, Allowance>,
    refusals: usize,
}

/// What is known of a bucket while requests of it are under way, or it is nearly used up.
struct Allowance {
    opens: Option<Instant>,
    /// How many more requests it takes, by the last answer.
    left: usize,
    in_flight: usize,
}

/// A request's place in its bucket; it is given back when dropped.
pub(super) struct QuotaPass<'a> {
    book: &'a QuotaBook,
    bucket: &'a QuotaBucket,
}

/// Why a request cannot be sent yet.
enum Hindrance {
    Closed(Duration),
    /// As many are under way as the bucket takes: one of their answers will say more.
    Full,
}

impl QuotaBook {
    /// Waits for a place in a bucket; one that stays closed for longer than `patience` is tried immediately. So many
    /// requests as `unknown` go into one that nothing is known of.
    pub(super) async fn enter<'a>(
        &'a self,
        bucket: &'a QuotaBucket,
        unknown: usize,
        patience: Duration,
    ) -> QuotaPass<'a> {
        loop {
            // Listening begins before the look, so that no answer is missed.
            let answered = self.answered.notified();
            tokio::pin!(answered);
            answered.as_mut().enable();
            match self.try_enter(bucket, unknown, patience) {
                None => return QuotaPass { book: self, bucket },
                Some(Hindrance::Closed(wait)) => tokio::time::sleep(wait).await,
                Some(Hindrance::Full) => answered.await,
            }
        }
    }

    fn try_enter(
        &self,
        bucket: &QuotaBucket,
        unknown: usize,
        patience: Duration,
    ) -> Option<Hindrance> {
        let mut state = self.state();
        let fresh = Allowance { opens: None, left: unknown, in_flight: 0 };
        let known = state.allowances.entry(bucket.clone()).or_insert(fresh);
        let wait = known.wait(Instant::now());
        if let Some(wait) = wait.filter(|wait| *wait <= patience) {
            return Some(Hindrance::Closed(wait));
        }
        if wait.is_none() {
            known.opens = None;
        }
        if known.in_flight > 0 && known.in_flight >= known.left {
            return Some(Hindrance::Full);
        }
        known.in_flight += 1;
        None
    }

    /// A request of this bucket was refused; the next may come after `wait`.
    pub(super) fn close(&self, bucket: &QuotaBucket, wait: Duration) {
        let mut state = self.state();
        state.refusals += 1;
        if let Some(known) = state.allowances.get_mut(bucket) {
            known.close(wait);
        }
    }

    /// Notes what an answer reports of its bucket.
    pub(super) fn learn(&self, bucket: &QuotaBucket, headers: &HeaderMap) {
        let mut state = self.state();
        let Some(known) = state.allowances.get_mut(bucket) else { return };
        match told_allowance(bucket, headers) {
            Some((0, refilled_in)) => known.close(refilled_in),
            Some((left, _)) => known.left = left,
            // Not every service tells, and then nothing holds requests up.
            None if known.opens.is_none() => known.left = usize::MAX,
            None => {}
        }
    }

    /// How many buckets are closed now.
    pub(crate) fn closed_buckets(&self) -> usize {
        let now = Instant::now();
        self.state().allowances.values().filter(|known| known.wait(now).is_some()).count()
    }

    /// How many requests were refused so far.
    pub(crate) fn refusals(&self) -> usize {
        self.state().refusals
    }

    fn state(&self) -> MutexGuard<'_, QuotaState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Allowance {
    fn wait(&self, now: Instant) -> Option<Duration> {
        let left = self.opens?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Nothing more for a while; then one request, whose answer says how much there is again.
    fn close(&mut self, wait: Duration) {
        let opens = Instant::now() + wait;
        self.opens = Some(self.opens.map_or(opens, |known| known.max(opens)));
        self.left = 1;
    }
}

impl Drop for QuotaPass<'_> {
    fn drop(&mut self) {
        let mut state = self.book.state();
        if let Some(known) = state.allowances.get_mut(self.bucket) {
            known.in_flight -= 1;
            // Thousands of subscriptions: what is far from its end need not be remembered.
            if known.in_flight == 0 && known.opens.is_none() && known.left > NEARLY_USED_UP {
                state.allowances.remove(self.bucket);
            }
        }
        drop(state);
        self.book.answered.notify_waiters();
    }
}

/// How many more requests a bucket takes, and how long it takes to be refilled.
fn told_allowance(bucket: &QuotaBucket, headers: &HeaderMap) -> Option<(usize, Duration)> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse().ok();
    if bucket.place == GRAPH {
        return Some((number("x-ms-user-quota-remaining")?, retry::quota_reset(headers)?));
    }
    let level = if bucket.place.is_empty() { "tenant" } else { "subscription" };
    let left = number(&format!("x-ms-ratelimit-remaining-{level}-{}", bucket.kind))?;
    Some((left, REFILL))
}

/// Where requests to Resource Graph are counted.
const GRAPH: &str = "graph";
/// Resource Manager gives 10 to 25 requests back in a second.
const REFILL: Duration = Duration::from_secs(1);
/// More requests than are ever under way in one bucket.
const NEARLY_USED_UP: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(300);

    fn bucket(method: &Method, path: &str) -> QuotaBucket {
        let url = Url::parse(&format!("https://management.azure.com{path}")).unwrap();
        QuotaBucket::of(method, &url, "t")
    }

    fn graph() -> QuotaBucket {
        bucket(&Method::POST, "/providers/Microsoft.ResourceGraph/resources")
    }

    fn told(name: &'static str, left: &str) -> HeaderMap {
        let reset = ("x-ms-user-quota-resets-after", "00:00:05");
        let pairs = [(name, left), reset];
        pairs
            .into_iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect::<HeaderMap>()
    }

    /// How long it takes until a request may be sent, on a clock of its own.
    async fn waited(book: &QuotaBook, bucket: &QuotaBucket) -> u64 {
        let began = Instant::now();
        drop(book.enter(bucket, usize::MAX, PATIENCE).await);
        began.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_holds_up_its_own_bucket_only() {
        let book = QuotaBook::default();
        let reads = bucket(&Method::GET, "/subscriptions/A/providers/x");
        assert_eq!(reads, bucket(&Method::HEAD, "/Subscriptions/a/resourceGroups/g"));
        let pass = book.enter(&reads, usize::MAX, PATIENCE).await;
        book.close(&reads, Duration::from_secs(60));
        drop(pass);
        assert_eq!((book.closed_buckets(), book.refusals()), (1, 1));
        for (method, path) in [
            (Method::PUT, "/subscriptions/A/providers/x"),
            (Method::DELETE, "/subscriptions/A/providers/x"),
            (Method::GET, "/subscriptions/B/providers/x"),
            (Method::POST, "/providers/Microsoft.ResourceGraph/resources"),
            (Method::GET, "/subscriptions"),
        ] {
            assert_eq!(waited(&book, &bucket(&method, path)).await, 0, "{path}");
        }
        assert_eq!(waited(&book, &reads).await, 60);
        assert_eq!(book.closed_buckets(), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_shorter_wait_does_not_open_a_bucket_early() {
        let book = QuotaBook::default();
        let writes = bucket(&Method::PUT, "/subscriptions/A/x");
        let pass = book.enter(&writes, usize::MAX, PATIENCE).await;
        book.close(&writes, Duration::from_secs(60));
        book.close(&writes, Duration::ZERO);
        drop(pass);
        assert_eq!(waited(&book, &writes).await, 60);
    }

    #[tokio::test(start_paused = true)]
    async fn what_an_answer_tells_is_not_exceeded() {
        let book = QuotaBook::default();
        let (one, other) = (graph(), graph());
        let first = book.enter(&one, usize::MAX, PATIENCE).await;
        book.learn(&one, &told("x-ms-user-quota-remaining", "1"));
        // One more is under way, and there is room for one: the next has to hear of it first.
        let second = tokio::time::timeout(PATIENCE, book.enter(&other, usize::MAX, PATIENCE)).await;
        assert!(second.is_err());
        drop(first);
        let second = book.enter(&other, usize::MAX, PATIENCE).await;
        book.learn(&other, &told("x-ms-user-quota-remaining", "0"));
        drop(second);
        assert_eq!(waited(&book, &one).await, 5);
        assert_eq!(book.refusals(), 0);
        let writes = bucket(&Method::PUT, "/subscriptions/A/x");
        let pass = book.enter(&writes, usize::MAX, PATIENCE).await;
        book.learn(&writes, &told("x-ms-ratelimit-remaining-subscription-writes", "0"));
        drop(pass);
        assert_eq!(waited(&book, &writes).await, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn one_request_tells_whether_there_is_room_for_more() {
        let book = QuotaBook::default();
        let reads = bucket(&Method::GET, "/subscriptions/A/x");
        let first = book.enter(&reads, 1, PATIENCE).await;
        assert!(tokio::time::timeout(PATIENCE, book.enter(&reads, 1, PATIENCE)).await.is_err());
        book.learn(&reads, &told("x-ms-ratelimit-remaining-subscription-reads", "9"));
        drop(first);
        let _second = book.enter(&reads, 1, PATIENCE).await;
        let _third = book.enter(&reads, 1, PATIENCE).await;
        // An answer that tells nothing is no reason to wait either.
        let writes = bucket(&Method::PUT, "/subscriptions/A/x");
        let first = book.enter(&writes, 1, PATIENCE).await;
        book.learn(&writes, &HeaderMap::new());
        let _second = book.enter(&writes, 1, PATIENCE).await;
        drop(first);
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_that_is_far_from_its_end_is_forgotten() {
        let book = QuotaBook::default();
        let writes = bucket(&Method::PUT, "/subscriptions/A/x");
        let pass = book.enter(&writes, usize::MAX, PATIENCE).await;
        book.learn(&writes, &told("x-ms-ratelimit-remaining-subscription-writes", "199"));
        drop(pass);
        assert_eq!(book.state().allowances.len(), 0);
    }
}
