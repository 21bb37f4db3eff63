//! The tree of management groups: built, moved, read and taken down, with the rights that it hands on.

use serde_json::{Value, json};

use super::{Cloud, code};
use crate::arm::roles;
use crate::state::SubscriptionState;
use crate::world;

const VERSION: &str = "api-version=2021-04-01";

fn group(name: &str) -> String {
    format!("/providers/Microsoft.Management/managementGroups/{name}")
}

fn url(name: &str, rest: &str) -> String {
    format!("{}{rest}{}{VERSION}", group(name), if rest.contains('?') { "&" } else { "?" })
}

fn below(parent: &str) -> Value {
    json!({"properties": {"displayName": "Images", "details": {"parent": {"id": group(parent)}}}})
}

/// The deployer owns the root, as somebody must.
fn rooted() -> (Cloud, String) {
    let mut cloud = Cloud::new();
    cloud.core.state.assign_role(
        &group(world::PUBLISHER_TENANT),
        roles::OWNER,
        world::DEPLOYER_OBJECT,
    );
    let token = cloud.deployer();
    (cloud, token)
}

#[test]
fn a_group_is_created_filled_listed_and_emptied() {
    let (mut cloud, token) = rooted();
    let (status, body) =
        cloud.arm(&token, "PUT", &url("mg-images", ""), &json!({"properties": {}}));
    assert_eq!((status, body["status"].as_str()), (202, Some("NotStarted")), "{body}");
    let done = "/providers/Microsoft.Management/operationResults/create/managementGroups/mg-images";
    let (status, body) = cloud.get(&token, &format!("{done}?{VERSION}"));
    assert_eq!((status, body["status"].as_str()), (200, Some("Succeeded")), "{body}");
    assert_eq!(cloud.arm(&token, "PUT", &url("mg-emea", ""), &below("mg-images")).0, 202);
    let into = url("mg-emea", &format!("/subscriptions/{}", world::PUBLISHER_SUBSCRIPTION));
    let (status, body) = cloud.arm(&token, "PUT", &into, &Value::Null);
    assert_eq!(
        (status, body["properties"]["parent"]["id"].as_str()),
        (200, Some(group("mg-emea").as_str()))
    );
    let (_, body) = cloud.get(&token, &url("mg-images", "?$expand=children&$recurse=true"));
    let child = &body["properties"]["children"][0];
    assert_eq!(child["name"], "mg-emea");
    assert_eq!(child["children"][0]["name"], world::PUBLISHER_SUBSCRIPTION);
    let (_, body) = cloud.get(&token, &url("mg-emea", "?$expand=ancestors"));
    let ancestors = body["properties"]["details"]["managementGroupAncestors"].clone();
    assert_eq!(ancestors, json!(["mg-images", world::PUBLISHER_TENANT]));
    let (status, body) = cloud.arm(&token, "DELETE", &url("mg-emea", ""), &Value::Null);
    assert_eq!((status, code(&body)), (400, "BadRequest"));
    assert_eq!(cloud.arm(&token, "DELETE", &into, &Value::Null).0, 200);
    assert_eq!(cloud.arm(&token, "DELETE", &url("mg-emea", ""), &Value::Null).0, 202);
    assert_eq!(cloud.arm(&token, "DELETE", &url("mg-emea", ""), &Value::Null).0, 204);
    let (_, body) = cloud.get(&token, &format!("{}?{VERSION}", group("").trim_end_matches('/')));
    let names: Vec<_> = body["value"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, [world::PUBLISHER_TENANT, "mg-images"]);
}

#[test]
fn descendants_are_read_page_by_page() {
    let (mut cloud, token) = rooted();
    cloud.arm(&token, "PUT", &url("mg-images", ""), &json!({"properties": {}}));
    let mut next = Some(url(world::PUBLISHER_TENANT, "/descendants?$top=2"));
    let mut pages = Vec::new();
    while let Some(page) = next {
        let (status, body) = cloud.get(&token, &page);
        assert_eq!(status, 200, "{body}");
        pages.push(body["value"].as_array().unwrap().len());
        next = body["nextLink"].as_str().map(super::local);
    }
    assert_eq!(pages, [2, 1]);
}

#[test]
fn a_role_at_a_group_reaches_what_is_below_and_nothing_else() {
    let (mut cloud, token) = rooted();
    cloud.arm(&token, "PUT", &url("mg-images", ""), &json!({"properties": {}}));
    cloud.arm(&token, "PUT", &url("mg-emea", ""), &below("mg-images"));
    let reader = cloud.token(world::PUBLISHER_TENANT, world::READER_CLIENT, world::READER_SECRET);
    let groups = format!(
        "/subscriptions/{}/resourcegroups?api-version=2021-04-01",
        world::SECOND_SUBSCRIPTION
    );
    let seen = |cloud: &mut Cloud| {
        let (_, body) = cloud.get(&reader, &groups);
        body["value"].as_array().unwrap().len()
    };
    assert_eq!(seen(&mut cloud), 0);
    let given = format!(
        "{}/providers/Microsoft.Authorization/roleAssignments/0d5a8c4e-0000-4000-8000-000000000001?api-version=2022-04-01",
        group("mg-images")
    );
    let role = json!({"properties": {"principalId": world::READER_OBJECT, "principalType": "ServicePrincipal",
        "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{}", roles::READER)}});
    let (status, body) = cloud.arm(&token, "PUT", &given, &role);
    assert_eq!(status, 201, "{body}");
    assert_eq!(seen(&mut cloud), 0);
    cloud.core.state.move_subscription(world::SECOND_SUBSCRIPTION, "mg-emea");
    assert_eq!(seen(&mut cloud), 1);
    let listed = format!(
        "/subscriptions/{}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=atScope()",
        world::SECOND_SUBSCRIPTION
    );
    let (_, body) = cloud.get(&token, &listed);
    let scopes: Vec<_> =
        body["value"].as_array().unwrap().iter().map(|one| &one["properties"]["scope"]).collect();
    assert!(scopes.contains(&&json!(group("mg-images"))), "{scopes:?}");
}

#[test]
fn what_the_tree_does_not_allow_is_refused() {
    let (mut cloud, token) = rooted();
    let empty = json!({"properties": {}});
    for level in 1..=6 {
        let body = if level == 1 { empty.clone() } else { below(&format!("level-{}", level - 1)) };
        let (status, body) = cloud.arm(&token, "PUT", &url(&format!("level-{level}"), ""), &body);
        assert_eq!(status, 202, "{body}");
    }
    let refused = |cloud: &mut Cloud, method: &str, url: &str, body: &Value| {
        let (status, answer) = cloud.arm(&token, method, url, body);
        (status, code(&answer).to_owned())
    };
    let at = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(
        refused(&mut cloud, "PUT", &url("level-7", ""), &below("level-6")),
        at(400, "MaximumDepthReached")
    );
    let up = json!({"parentGroupId": group("level-3")});
    assert_eq!(refused(&mut cloud, "PATCH", &url("level-2", ""), &up), at(400, "BadRequest"));
    assert_eq!(
        refused(&mut cloud, "PUT", &url("no.", ""), &empty),
        at(400, "InvalidManagementGroupId")
    );
    assert_eq!(refused(&mut cloud, "PUT", &url("x", ""), &below("none")), at(404, "NotFound"));
    assert_eq!(refused(&mut cloud, "GET", &url("none", ""), &Value::Null), at(404, "NotFound"));
    assert_eq!(
        refused(&mut cloud, "GET", &url("level-1", "?$expand=all"), &Value::Null),
        at(400, "BadRequest")
    );
    let consumer = cloud.consumer();
    let (status, body) = cloud.get(&consumer, &url("level-1", ""));
    assert_eq!((status, code(&body)), (403, "AuthorizationFailed"));
}

#[test]
fn a_disabled_subscription_can_be_read_and_not_written() {
    let (mut cloud, token) = rooted();
    let known = cloud.core.state.subscription_mut(world::PUBLISHER_SUBSCRIPTION).unwrap();
    known.state = SubscriptionState::Disabled;
    let (status, body) = cloud.arm(
        &token,
        "PUT",
        &super::definition_url("x", super::VERSION),
        &super::offer(roles::READER),
    );
    assert_eq!((status, code(&body)), (409, "ReadOnlyDisabledSubscription"));
    let (_, body) = cloud.get(
        &token,
        &format!("/subscriptions/{}?api-version=2022-12-01", world::PUBLISHER_SUBSCRIPTION),
    );
    assert_eq!(body["state"], "Disabled");
}
