//! Buckets of Resource Manager on a clock of their own, jobs that take time, and what the accounting says of both.

use serde_json::Value;

use super::{Cloud, assignment_of, assignment_url, code, definition_url, header, json_of, offer};
use crate::accounting::Accounting;
use crate::arm::roles;
use crate::message::{Listener, Reply};
use crate::world;

fn strict() -> (Cloud, String) {
    let mut cloud = Cloud::new();
    let token = cloud.deployer();
    cloud.core.knobs.virtual_time = true;
    cloud.core.knobs.throttling = true;
    (cloud, token)
}

fn read(cloud: &mut Cloud, token: &str, subscription: &str) -> Reply {
    let url = format!("/subscriptions/{subscription}/resourcegroups?api-version=2021-04-01");
    cloud.send(Listener::Management, "GET", &url, token, "")
}

fn accounting(cloud: &Cloud) -> Accounting {
    Accounting::new(cloud.core.journal.clone(), cloud.core.jobs.1)
}

#[test]
fn a_full_bucket_counts_down_and_an_empty_one_says_when_to_come_back() {
    let (mut cloud, token) = strict();
    let first = read(&mut cloud, &token, world::PUBLISHER_SUBSCRIPTION);
    assert_eq!(header(&first, "x-ms-ratelimit-remaining-subscription-reads"), Some("249"));
    assert_eq!(header(&first, "x-ms-ratelimit-remaining-subscription-global-reads"), Some("3749"));
    for _ in 0..249 {
        assert_eq!(read(&mut cloud, &token, world::PUBLISHER_SUBSCRIPTION).status, 200);
    }
    let refused = read(&mut cloud, &token, world::PUBLISHER_SUBSCRIPTION);
    assert_eq!((refused.status, header(&refused, "retry-after")), (429, Some("10")));
    let body = json_of(&refused);
    assert_eq!(code(&body), "SubscriptionRequestsThrottled");
    assert!(body["error"]["message"].as_str().unwrap().contains(world::DEPLOYER_OBJECT), "{body}");
    // Another subscription has a bucket of its own, and so has the tenant.
    assert_eq!(read(&mut cloud, &token, world::SECOND_SUBSCRIPTION).status, 200);
    let tenant = cloud.send(
        Listener::Management,
        "GET",
        "/subscriptions?api-version=2022-12-01",
        &token,
        "",
    );
    assert_eq!(header(&tenant, "x-ms-ratelimit-remaining-tenant-reads"), Some("249"));
    assert_eq!(accounting(&cloud).early_retries(), 0);
    cloud.core.knobs.clock_advance += 9;
    assert_eq!(read(&mut cloud, &token, world::PUBLISHER_SUBSCRIPTION).status, 429);
    cloud.core.knobs.clock_advance += 10;
    assert_eq!(read(&mut cloud, &token, world::PUBLISHER_SUBSCRIPTION).status, 200);
    let counted = accounting(&cloud);
    assert_eq!((counted.early_retries(), counted.throttled()), (1, 2));
    assert_eq!(counted.by_bucket().len(), 3);
}

#[test]
fn jobs_take_time_and_are_counted_while_they_run() {
    let (mut cloud, token) = strict();
    cloud.core.knobs.job_seconds = 30;
    cloud.core.knobs.throttling_divisor = 10;
    let name = "0d5a8c4e-0000-4000-8000-000000000001";
    let body = offer(roles::READER);
    assert_eq!(cloud.arm(&token, "PUT", &definition_url(name, super::VERSION), &body).0, 201);
    let (status, _) = cloud.arm(&token, "PUT", &assignment_url(name), &assignment_of(name));
    assert_eq!(status, 201);
    let state = |cloud: &mut Cloud| {
        let (_, body) = cloud.get(&token, &assignment_url(name));
        body["properties"]["provisioningState"].as_str().unwrap().to_owned()
    };
    for _ in 0..5 {
        assert_eq!(state(&mut cloud), "Accepted");
    }
    cloud.core.knobs.clock_advance += 30;
    // A read tells what was, and sees the end of the job.
    state(&mut cloud);
    assert_eq!(state(&mut cloud), "Succeeded");
    let counted = accounting(&cloud);
    assert_eq!((counted.most_jobs_at_once(), counted.writes()), (1, 2));
    assert_eq!(counted.writes_by_subscription()[world::PUBLISHER_SUBSCRIPTION], 2);
    let (status, body) = cloud.arm(&token, "DELETE", &assignment_url(name), &Value::Null);
    assert_eq!(status, 202, "{body}");
    assert_eq!(cloud.core.jobs.0, 1);
}
