//! How an image version spreads to its regions: a read brings it on, or Azure's clock does.
//!
//! Its home region has the first replica; the others follow one after the other. A region that was named in the
//! state's `failing_regions` when it began fails when its turn has come. States and shapes are those of
//! <https://learn.microsoft.com/rest/api/compute/gallery-image-versions/get>, version 2024-03-03.

use serde_json::{Value, json};

use super::super::subscriptions;
use super::place::{region, target_regions};
use crate::core::Core;

/// What one region has of a version.
struct RegionalReplica {
    name: String,
    state: &'static str,
    progress: u32,
    details: String,
}

/// Begins to replicate a version; without a knob that delays it, it is everywhere at once.
pub(super) fn begin(core: &mut Core, key: &str) {
    let (reads, now) = (core.knobs.replication_reads, core.now());
    core.state.replicating.insert(key.to_owned(), reads);
    core.state.replication_began.insert(key.to_owned(), now);
    let failing = core.state.failing_regions.clone();
    core.state.replication_failures.insert(key.to_owned(), failing);
}

/// Takes one step of a version's replication.
pub(crate) fn advance(core: &mut Core, key: &str) {
    if let Some(left) = core.state.replicating.get_mut(key) {
        *left = left.saturating_sub(1);
    }
}

/// How much of its way a version has gone, in thousandths.
fn share_done(core: &Core, key: &str) -> u32 {
    let seconds = core.knobs.replication_seconds;
    if seconds > 0 {
        let began = core.state.replication_began.get(key).copied();
        let passed = began.map_or(seconds, |began| core.now() - began).clamp(0, seconds);
        return u32::try_from(passed * 1_000 / seconds).unwrap_or(1_000);
    }
    let left = core.state.replicating.get(key).copied().unwrap_or_default();
    let all = core.knobs.replication_reads.max(left).max(1);
    (all - left) * 1_000 / all
}

fn replicas(core: &Core, key: &str, body: &Value) -> Vec<RegionalReplica> {
    let home = region(body["location"].as_str().unwrap_or_default());
    let mut names = target_regions(body);
    names.sort_by_key(|name| *name != home);
    let done = share_done(core, key);
    let count = u32::try_from(names.len().max(1)).unwrap_or(1);
    let replica = |(at, name): (usize, String)| {
        let begins = u32::try_from(at).unwrap_or_default() * 1_000 / count;
        let ends = u32::try_from(at + 1).unwrap_or_default() * 1_000 / count;
        let progress = done.saturating_sub(begins) * 100 / (ends - begins).max(1);
        let failures = core.state.replication_failures.get(key);
        let failure = failures.and_then(|failures| failures.get(&name));
        let (state, progress, details) = match failure {
            Some(why) if done >= ends => ("Failed", 0, why.clone()),
            _ if done >= ends => ("Completed", 100, String::new()),
            _ => ("Replicating", progress.min(99), String::new()),
        };
        RegionalReplica { name, state, progress, details }
    };
    names.into_iter().enumerate().map(replica).collect()
}

/// `Creating`, `Succeeded` or `Failed`.
pub(super) fn provisioning_state(core: &Core, key: &str, body: &Value) -> &'static str {
    let all = replicas(core, key, body);
    if all.iter().any(|one| one.state == "Replicating") {
        "Creating"
    } else if all.iter().any(|one| one.state == "Failed") {
        "Failed"
    } else {
        "Succeeded"
    }
}

/// Whether a version can be used in a region.
pub(super) fn is_complete(core: &Core, key: &str, body: &Value, location: &str) -> bool {
    replicas(core, key, body).iter().any(|one| one.name == location && one.state == "Completed")
}

/// How many versions are on their way.
pub(super) fn under_way(core: &Core) -> usize {
    let is_open = |key: &&String| {
        let known = core.state.resources.get(*key);
        known.is_some_and(|known| provisioning_state(core, key, &known.body) == "Creating")
    };
    core.state.replicating.keys().filter(is_open).count()
}

/// Why a version's making failed, as its operation says it.
pub(crate) fn failure(core: &Core, key: &str) -> Option<Value> {
    let body = core.state.body(key)?;
    let all = replicas(core, key, &body);
    let failed = all.iter().find(|one| one.state == "Failed")?;
    Some(json!({"code": "ReplicationJobsNotCompleted", "message": format!(
        "The replication of the gallery image version to region '{}' failed: {}", failed.name, failed.details)}))
}

/// True once nothing of a version is on its way any more.
pub(crate) fn has_ended(core: &Core, key: &str) -> bool {
    let body = core.state.body(key);
    body.is_none_or(|body| provisioning_state(core, key, &body) != "Creating")
}

/// `properties.replicationStatus`.
pub(super) fn status(core: &Core, key: &str, body: &Value) -> Value {
    let all = replicas(core, key, body);
    let is = |state: &str| all.iter().any(|one| one.state == state);
    let aggregated = match (is("Replicating"), is("Failed")) {
        (true, _) => "InProgress",
        (false, true) => "Failed",
        (false, false) => "Completed",
    };
    let summary: Vec<Value> = all
        .iter()
        .map(|one| {
            json!({"region": subscriptions::display_name(&one.name), "state": one.state,
                "progress": one.progress, "details": one.details})
        })
        .collect();
    json!({"aggregatedState": aggregated, "summary": summary})
}
