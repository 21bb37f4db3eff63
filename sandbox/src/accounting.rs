//! Questions about what was asked of the cloud: how much, by whom, how soon, and how many jobs ran at once.

use std::collections::BTreeMap;

use crate::journal::Call;
use crate::message::Listener;

/// What a test may want to know of all requests so far.
#[derive(Clone, Debug)]
pub struct Accounting {
    calls: Vec<Call>,
    most_jobs: usize,
}

impl Accounting {
    pub(crate) fn new(calls: Vec<Call>, most_jobs: usize) -> Accounting {
        let is_arms = |call: &Call| call.listener == Listener::Management;
        Accounting { calls: calls.into_iter().filter(is_arms).collect(), most_jobs }
    }

    /// Requests to Resource Manager, refused ones too.
    pub fn requests(&self) -> usize {
        self.calls.len()
    }

    /// Requests that would change something, but for those of Resource Graph.
    pub fn writes(&self) -> usize {
        self.calls.iter().filter(|call| is_write(call)).count()
    }

    /// Writes by the subscription that they went to.
    pub fn writes_by_subscription(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for call in self.calls.iter().filter(|call| is_write(call)) {
            let lower = call.path.to_ascii_lowercase();
            if let Some(rest) = lower.strip_prefix("/subscriptions/") {
                let id = rest.split('/').next().unwrap_or_default();
                *counts.entry(id.to_owned()).or_default() += 1;
            }
        }
        counts
    }

    /// Requests that were answered with 429.
    pub fn throttled(&self) -> usize {
        self.calls.iter().filter(|call| call.status == 429).count()
    }

    /// Requests that came before the wait was over that an earlier refusal asked for.
    pub fn early_retries(&self) -> usize {
        self.calls.iter().filter(|call| call.is_early).count()
    }

    /// Requests by bucket: place, principal and kind.
    pub fn by_bucket(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for bucket in self.calls.iter().filter_map(|call| call.bucket.clone()) {
            *counts.entry(bucket).or_default() += 1;
        }
        counts
    }

    /// Most deployments, and jobs of assignments put by themselves, that were under way at one time.
    pub fn most_jobs_at_once(&self) -> usize {
        self.most_jobs
    }
}

fn is_write(call: &Call) -> bool {
    let is_graphs =
        call.path.to_ascii_lowercase().starts_with("/providers/microsoft.resourcegraph");
    !matches!(call.method.as_str(), "GET" | "HEAD") && !is_graphs
}
