//! Resource Graph: every table, whose rows are seen, pages that lose nothing, and each way in which they may.

use serde_json::{Value, json};

use super::{Cloud, code, header, json_of};
use crate::arm::roles;
use crate::message::{Listener, Reply};
use crate::world;

const URL: &str = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";
const SUBSCRIPTIONS: &str = "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' \
    | project id, subscriptionId, name, tenantId, properties | order by id asc";
const ASSIGNMENTS: &str = "managedservicesresources \
    | where type =~ 'microsoft.managedservices/registrationassignments' | project id, properties | order by id asc";
const ROLES: &str = "authorizationresources | where type =~ 'microsoft.authorization/roleassignments' \
    | project id, subscriptionId, properties | order by id asc";

fn ask(cloud: &mut Cloud, token: &str, body: &Value) -> Reply {
    cloud.send(Listener::Management, "POST", URL, token, &body.to_string())
}

fn rows(cloud: &mut Cloud, token: &str, query: &str) -> Vec<Value> {
    let reply = ask(cloud, token, &json!({"query": query}));
    assert_eq!(reply.status, 200, "{}", json_of(&reply));
    json_of(&reply)["data"].as_array().unwrap().clone()
}

fn detail(reply: &Reply) -> (u16, String) {
    let body = json_of(reply);
    let details = body["error"]["details"].as_array().and_then(|all| all.last().cloned());
    (reply.status, details.unwrap_or_default()["code"].as_str().unwrap_or_default().to_owned())
}

fn group(name: &str) -> String {
    format!("/providers/Microsoft.Management/managementGroups/{name}")
}

/// The publisher's two subscriptions in a group below another, and both delegated.
fn fleet() -> (Cloud, String, String) {
    let mut cloud = Cloud::new();
    let state = &mut cloud.core.state;
    state.add_management_group(world::PUBLISHER_TENANT, "mg-images", None);
    state.add_management_group(world::PUBLISHER_TENANT, "mg-emea", Some("mg-images"));
    state.move_subscription(world::PUBLISHER_SUBSCRIPTION, "mg-emea");
    state.assign_role(&group("mg-images"), roles::READER, world::DEPLOYER_OBJECT);
    for (subscription, group) in [
        (world::PUBLISHER_SUBSCRIPTION, world::IMAGES_GROUP),
        (world::SECOND_SUBSCRIPTION, "lab-rg"),
    ] {
        state.delegate(
            subscription,
            group,
            world::CONSUMER_TENANT,
            world::CONSUMER_OBJECT,
            roles::READER,
        );
    }
    let (owner, consumer) = (cloud.deployer(), cloud.consumer());
    (cloud, owner, consumer)
}

#[test]
fn subscriptions_tell_their_groups_their_state_and_who_manages_them() {
    let (mut cloud, owner, consumer) = fleet();
    let found = rows(&mut cloud, &owner, SUBSCRIPTIONS);
    assert_eq!(found.len(), 2);
    let properties = &found[0]["properties"];
    let chain = properties["managementGroupAncestorsChain"].as_array().unwrap();
    let names: Vec<_> = chain.iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["mg-emea", "mg-images", world::PUBLISHER_TENANT]);
    assert_eq!(properties["state"], "Enabled");
    assert_eq!(properties["managedByTenants"], json!([{"tenantId": world::CONSUMER_TENANT}]));
    // A consumer sees what is lent to it, with the publisher's tenant and without its tree.
    let found = rows(&mut cloud, &consumer, SUBSCRIPTIONS);
    assert_eq!(found.len(), 3);
    assert_eq!(found[0]["tenantId"], world::PUBLISHER_TENANT);
    assert!(found[0]["properties"].get("managementGroupAncestorsChain").is_none());
    let groups = "resourcecontainers | where type == 'microsoft.management/managementgroups' | project id, name";
    assert_eq!(rows(&mut cloud, &owner, groups).len(), 2);
    assert_eq!(rows(&mut cloud, &consumer, groups).len(), 0);
}

#[test]
fn offers_are_seen_where_they_may_be_read() {
    let (mut cloud, owner, consumer) = fleet();
    let found = rows(&mut cloud, &owner, ASSIGNMENTS);
    assert_eq!(found.len(), 2);
    assert!(found[0]["properties"].get("registrationDefinition").is_none());
    assert_eq!(rows(&mut cloud, &consumer, ASSIGNMENTS).len(), 2);
    let definitions = "managedservicesresources | where type =~ 'microsoft.managedservices/registrationdefinitions' \
        | where properties.managedByTenantId == '8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002' | project id, properties";
    let found = rows(&mut cloud, &owner, definitions);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0]["properties"]["authorizations"][0]["principalId"], world::CONSUMER_OBJECT);
    // A reader of resource groups does not see what is kept at the subscription.
    assert_eq!(rows(&mut cloud, &consumer, definitions).len(), 0);
}

#[test]
fn inherited_roles_are_seen_when_they_are_asked_for() {
    let (mut cloud, owner, _) = fleet();
    let count = |cloud: &mut Cloud, filter: &str| {
        let body = json!({"query": ROLES, "subscriptions": [world::PUBLISHER_SUBSCRIPTION],
            "options": {"authorizationScopeFilter": filter}});
        let reply = ask(cloud, &owner, &body);
        let found = json_of(&reply)["data"].as_array().unwrap().clone();
        let inherited = found.iter().filter(|row| row["subscriptionId"] == "").count();
        (found.len() - inherited, inherited)
    };
    assert_eq!(count(&mut cloud, "AtScopeAndBelow"), (7, 0));
    assert_eq!(count(&mut cloud, "AtScopeAboveAndBelow"), (7, 1));
    let wrong = json!({"query": ROLES, "options": {"authorizationScopeFilter": "Everything"}});
    assert_eq!(
        detail(&ask(&mut cloud, &owner, &wrong)),
        (400, "InvalidAuthorizationScopeFilter".to_owned())
    );
    let old = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01";
    let reply = cloud.send(Listener::Management, "POST", old, &owner, &wrong.to_string());
    assert_eq!((reply.status, code(&json_of(&reply))), (400, "BadRequest"));
}

#[test]
fn a_scope_narrows_and_one_without_access_is_denied() {
    let (mut cloud, owner, _) = fleet();
    let count = |cloud: &mut Cloud, scope: Value| {
        let mut body = scope;
        body["query"] = json!(SUBSCRIPTIONS);
        let reply = ask(cloud, &owner, &body);
        (reply.status, json_of(&reply)["count"].as_u64().unwrap_or_default())
    };
    assert_eq!(count(&mut cloud, json!({"managementGroups": ["mg-images"]})), (200, 1));
    assert_eq!(count(&mut cloud, json!({"managementGroups": ["none"]})), (403, 0));
    assert_eq!(count(&mut cloud, json!({"subscriptions": [world::SECOND_SUBSCRIPTION]})), (200, 1));
    assert_eq!(
        count(&mut cloud, json!({"subscriptions": [world::CONSUMER_SUBSCRIPTION]})),
        (403, 0)
    );
    let many: Vec<String> =
        (0..1_001).map(|n| format!("{n:08}-0000-4000-8000-000000000000")).collect();
    assert_eq!(count(&mut cloud, json!({"subscriptions": many})), (400, 0));
}

/// Forty subscriptions more, and a role that sees them all.
fn crowd() -> (Cloud, String) {
    let (mut cloud, owner, _) = fleet();
    for n in 0..40 {
        let id = format!("{n:08}-0000-4000-8000-00000000abcd");
        let known =
            crate::state::Subscription::new(&id, &format!("img-{n}"), world::PUBLISHER_TENANT);
        cloud.core.state.subscriptions.push(known);
        cloud.core.state.move_subscription(&id, "mg-images");
    }
    (cloud, owner)
}

fn read_all(cloud: &mut Cloud, token: &str, query: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut options = json!({"$top": 15});
    loop {
        let reply = ask(cloud, token, &json!({"query": query, "options": options}));
        let body = json_of(&reply);
        assert_eq!(reply.status, 200, "{body}");
        found.extend(body["data"].as_array().unwrap().iter().map(|row| row["id"].clone()));
        match body.get("$skipToken") {
            None => return found,
            Some(token) => options["$skipToken"] = token.clone(),
        }
    }
}

#[test]
fn pages_join_to_the_whole_and_lose_rows_only_without_an_order() {
    let (mut cloud, owner) = crowd();
    let all = read_all(&mut cloud, &owner, SUBSCRIPTIONS);
    assert_eq!(all.len(), 42);
    let mut sorted = all.clone();
    sorted.sort_by_key(|id| id.as_str().unwrap().to_owned());
    assert_eq!(all, sorted);
    cloud.core.knobs.graph_row_loss = 1;
    assert_eq!(read_all(&mut cloud, &owner, SUBSCRIPTIONS).len(), 42);
    let unordered = SUBSCRIPTIONS.replace("| order by id asc", "");
    assert_eq!(read_all(&mut cloud, &owner, &unordered).len(), 40);
}

#[test]
fn rows_that_cannot_be_told_apart_are_cut_off_and_said_to_be() {
    let (mut cloud, owner) = crowd();
    let top = json!({"$top": 15});
    let nameless = "resourcecontainers | project name | order by name asc";
    let reply = ask(&mut cloud, &owner, &json!({"query": nameless, "options": top}));
    let body = json_of(&reply);
    assert_eq!((&body["resultTruncated"], body.get("$skipToken")), (&json!("true"), None));
    cloud.core.knobs.graph_truncates = true;
    let body = json_of(&ask(&mut cloud, &owner, &json!({"query": SUBSCRIPTIONS, "options": top})));
    assert_eq!((&body["resultTruncated"], body.get("$skipToken")), (&json!("true"), None));
    cloud.core.knobs.graph_truncates = false;
    cloud.core.knobs.graph_payload_limit = 2_000;
    let reply = ask(&mut cloud, &owner, &json!({"query": SUBSCRIPTIONS, "options": top}));
    assert_eq!(detail(&reply), (400, "ResponsePayloadTooLarge".to_owned()));
    cloud.core.knobs.graph_payload_limit = 0;
    cloud.core.knobs.graph_subscription_limit = 10;
    let reply = ask(&mut cloud, &owner, &json!({"query": SUBSCRIPTIONS}));
    assert_eq!(header(&reply, "x-ms-tenant-subscription-limit-hit"), Some("true"));
    assert_eq!(json_of(&reply)["count"], 10);
    let too_many = json!({"query": SUBSCRIPTIONS, "options": {"$top": 1_001}});
    assert_eq!(detail(&ask(&mut cloud, &owner, &too_many)), (400, "InvalidTop".to_owned()));
}

#[test]
fn the_quota_is_fifteen_in_five_seconds_for_each_principal() {
    let (mut cloud, owner, consumer) = fleet();
    cloud.core.knobs.graph_quota = true;
    cloud.core.knobs.virtual_time = true;
    let body = json!({"query": SUBSCRIPTIONS});
    for left in (0..15).rev() {
        let reply = ask(&mut cloud, &owner, &body);
        let shown = header(&reply, "x-ms-user-quota-remaining").map(str::to_owned);
        assert_eq!((reply.status, shown), (200, Some(left.to_string())));
        cloud.core.knobs.clock_advance_millis += 100;
    }
    let reply = ask(&mut cloud, &owner, &body);
    assert_eq!(detail(&reply), (429, "RateLimiting".to_owned()));
    assert_eq!(header(&reply, "x-ms-user-quota-resets-after"), Some("00:00:04"));
    assert_eq!(ask(&mut cloud, &consumer, &body).status, 200);
    cloud.core.knobs.clock_advance += 4;
    assert_eq!(ask(&mut cloud, &owner, &body).status, 200);
}

#[test]
fn what_was_written_a_moment_ago_may_not_be_seen_yet() {
    let (mut cloud, owner, _) = fleet();
    let write = |cloud: &mut Cloud| {
        let (subscription, group) = (world::PUBLISHER_SUBSCRIPTION, world::OTHER_GROUP);
        let state = &mut cloud.core.state;
        state.delegate(
            subscription,
            group,
            world::CONSUMER_TENANT,
            world::CONSUMER_OBJECT,
            roles::READER,
        );
    };
    cloud.core.knobs.virtual_time = true;
    cloud.core.knobs.graph_lag_seconds = 10;
    assert_eq!(rows(&mut cloud, &owner, ASSIGNMENTS).len(), 2);
    write(&mut cloud);
    cloud.core.knobs.clock_advance += 9;
    assert_eq!(rows(&mut cloud, &owner, ASSIGNMENTS).len(), 2);
    cloud.core.knobs.clock_advance += 1;
    assert_eq!(rows(&mut cloud, &owner, ASSIGNMENTS).len(), 3);
    cloud.core.knobs.graph_lag_seconds = 0;
    cloud.core.knobs.graph_lag_queries = 3;
    write(&mut cloud);
    let seen: Vec<usize> = (0..4).map(|_| rows(&mut cloud, &owner, ASSIGNMENTS).len()).collect();
    assert_eq!(seen, [3, 3, 4, 4]);
}

#[test]
fn what_the_service_does_not_take_is_refused_as_it_does() {
    let (mut cloud, owner, _) = fleet();
    for (query, wanted) in [
        ("managedserviceresources | project id", "DisallowedLogicalTableName"),
        ("resources | summarize count() by type", "InvalidQueryLanguage"),
        ("resources | where type contains 'x'", "ParserFailure"),
    ] {
        let reply = ask(&mut cloud, &owner, &json!({"query": query}));
        assert_eq!(detail(&reply), (400, wanted.to_owned()), "{query}");
    }
    let url = URL.split_once('?').unwrap();
    let request = crate::message::Request {
        listener: Listener::Management,
        method: "POST".to_owned(),
        path: url.0.to_owned(),
        query: vec![("api-version".to_owned(), "2024-04-01".to_owned())],
        headers: vec![
            ("authorization".to_owned(), format!("Bearer {owner}")),
            ("content-type".to_owned(), "application/json; charset=utf-8".to_owned()),
        ],
        body: json!({"query": SUBSCRIPTIONS}).to_string().into(),
    };
    assert_eq!(crate::router::answer(&mut cloud.core, &request).reply.status, 500);
}
