//! `fleet apply` on virtual time: jobs of half a minute, Azure's buckets, a throttled subscription, a network that is
//! away for minutes. The program's own pauses count, as Azure's clock is the program's.

use std::io::Write;
use std::time::Duration;

use sandbox::{Fault, FaultKind, fleet_subscription};
use serde_json::{Value, json};

use crate::fleet_apply::{assert_each_ends_once, events, peopled, standing};
use crate::support::fleets::MANIFEST;
use crate::support::lab::Lab;

/// Seconds of Azure's clock that the job of an assignment takes.
const JOB: i64 = 30;

/// A fleet with the program's usual pauses.
pub(crate) fn timed(count: usize) -> Lab {
    peopled(count).env("AZ_IMAGESHARE_POLL_INTERVAL", "")
}

pub(crate) fn planned(lab: &Lab, manifest: &str) -> String {
    let (_, plan) = lab.planned(manifest, &[]);
    lab.azure.clear_journal();
    plan
}

/// The strict limit of failures allows as many slots as failures: two percent of a few hundred are few.
fn tolerant() -> String {
    MANIFEST.replace("limits: {removals: 5}", "limits: {failures: 50%}")
}

/// How many jobs one after the other so many items are at least, if the slots double from one until there are so many.
fn rounds(items: usize, slots: usize) -> usize {
    let start = slots.ilog2() as usize;
    start + (items - (slots - 1)).div_ceil(slots)
}

/// More items than the suite has time for: `AZ_IMAGESHARE_TEST_FLEET=2500`, which makes 5,000.
pub(crate) fn setting(otherwise: usize) -> usize {
    let text = std::env::var("AZ_IMAGESHARE_TEST_FLEET").ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn jobs_of_half_a_minute_are_waited_for_side_by_side() {
    let count = setting(160);
    for slots in [64, 128] {
        let lab = timed(count);
        let plan = planned(&lab, &tolerant());
        lab.azure.knob(|knobs| {
            knobs.job_seconds = JOB;
            knobs.throttling = true;
        });
        let args = ["fleet", "apply", &plan, "--yes", "--at-once", &slots.to_string()];
        let (ran, passed) = lab.run_in_virtual_time(&args);
        assert_eq!(ran.json()["counts"], json!({"done": 2 * count}), "{ran:?}");
        let account = lab.azure.accounting();
        writeln!(
            std::io::stdout(),
            "{} items, {slots} at once: {:.1} virtual minutes, {} requests, {} refused, {} early, {} jobs at once",
            2 * count,
            passed.as_secs_f64() / 60.0,
            account.requests(),
            account.throttled(),
            account.early_retries(),
            account.most_jobs_at_once()
        ).unwrap();
        // A round is a job, the requests around it, and the interval in which its end is noticed.
        let most = Duration::from_secs(32) * u32::try_from(rounds(2 * count, slots)).unwrap();
        assert!(passed <= most, "{passed:?} of {most:?}");
        if count == 2500 {
            assert!(passed <= Duration::from_secs(if slots == 64 { 50 * 60 } else { 25 * 60 }));
        }
        assert_eq!(account.most_jobs_at_once(), slots.min(2 * count));
        assert_eq!((account.early_retries(), account.throttled()), (0, 0));
        assert!(account.requests() <= 10 * 2 * count, "{}", account.requests());
    }
}

#[test]
fn small_buckets_are_kept_within_and_no_request_comes_too_early() {
    // A tenth of Azure's size, and a hundredth: two writes, and then one in ten seconds.
    for (divisor, count) in [(10, 60), (100, 20)] {
        let lab = timed(count);
        // The plan is made on the machine's clock: buckets begin to count after it.
        let plan = planned(&lab, &tolerant());
        lab.azure.knob(|knobs| {
            knobs.job_seconds = JOB;
            knobs.throttling = true;
            knobs.throttling_divisor = divisor;
        });
        let (ran, passed) = lab.run_in_virtual_time(&["fleet", "apply", &plan, "--yes"]);
        assert_eq!(ran.json()["counts"], json!({"done": 2 * count}), "{ran:?}");
        let account = lab.azure.accounting();
        writeln!(
            std::io::stdout(),
            "buckets of 1/{divisor}: {passed:?}, {} requests, {} refused, {} early",
            account.requests(),
            account.throttled(),
            account.early_retries()
        )
        .unwrap();
        assert_eq!(account.early_retries(), 0, "of {}", account.requests());
        assert!(account.throttled() * 50 <= account.requests() || divisor > 10);
    }
}

#[test]
fn a_subscription_that_has_to_wait_holds_up_no_other() {
    let lab = timed(20);
    lab.azure.knob(|knobs| knobs.job_seconds = JOB);
    let plan = planned(&lab, MANIFEST);
    let slow = fleet_subscription(7);
    let kind = FaultKind::Status { status: 429, retry_after: Some("120".into()), code: None };
    lab.azure.inject(Fault::new(kind).method("PUT").path(&slow).times(1));
    let log = lab.home.path().join("events").to_str().unwrap().to_owned();
    let (ran, passed) =
        lab.run_in_virtual_time(&["fleet", "apply", &plan, "--yes", "--events", &log]);
    assert_eq!(ran.json()["counts"], json!({"done": 40}), "{ran:?}");
    assert!(passed > Duration::from_secs(120), "{passed:?}");
    let events = events(&log);
    assert_each_ends_once(&events);
    assert!(events.iter().any(|event| event["event"] == "throttled"));
    // A sign of life at least every ten seconds, although nothing moves for two minutes.
    let told = events.iter().filter(|event| event["event"] == "progress").count() as u64;
    assert!(10 * (told + 1) >= passed.as_secs(), "{told} in {passed:?}");
    for event in events.iter().filter(|event| event["event"] == "item.done") {
        let (key, ms) = (event["key"].as_str().unwrap(), event["ms"].as_u64().unwrap());
        let waits = key.contains(&slow) && ms > 120_000;
        assert!(waits || ms < 60_000, "{key}: {ms} ms");
    }
    let waiting = |event: &Value| event["key"].as_str().is_some_and(|key| key.contains(&slow));
    let long =
        |event: &&Value| waiting(event) && event["ms"].as_u64().is_some_and(|ms| ms > 120_000);
    assert_eq!(events.iter().filter(long).count(), 1, "one of its two items met the refusal");
}

#[test]
fn a_network_that_is_away_for_five_minutes_is_waited_for() {
    let lab = timed(30);
    lab.azure.knob(|knobs| knobs.job_seconds = JOB);
    let plan = planned(&lab, MANIFEST);
    let away = Duration::from_secs(60)..Duration::from_secs(360);
    let (ran, passed) = lab.run_through_outage(&["fleet", "apply", &plan, "--yes"], away);
    if ran.code != 0 {
        let again = lab.run(&["fleet", "apply", &plan, "--yes"]);
        assert_eq!(again.code, 0, "{again:?}");
    }
    writeln!(std::io::stdout(), "away for five minutes: exit {}, {passed:?}", ran.code).unwrap();
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("Azure does not answer"), "{ran:?}");
    assert!(passed > Duration::from_secs(360));
    let undisturbed = peopled(30);
    let (_, plan) = undisturbed.planned(MANIFEST, &[]);
    assert_eq!(undisturbed.run(&["fleet", "apply", &plan, "--yes"]).code, 0);
    assert_eq!(standing(&lab), standing(&undisturbed));
}
