//! Deployments of the official sample template: what-if, run, failure and history.

use serde_json::{Value, json};

use super::{Cloud, code, header, local};
use crate::arm::roles;
use crate::message::Listener;
use crate::world;

const TEMPLATE: &str =
    include_str!("../../data/lighthouse-samples/delegated-resource-management/rg/rg.json");

fn url(action: &str) -> String {
    format!(
        "/subscriptions/{}/providers/Microsoft.Resources/deployments/share{action}?api-version=2025-04-01",
        world::PUBLISHER_SUBSCRIPTION
    )
}

/// A body as azure-cli sends it: the template unquoted and with its comments.
fn body(role: &str, group: &str) -> String {
    let parameters = json!({"mspOfferName": {"value": "Images"}, "mspOfferDescription": {"value": "d"},
        "rgName": {"value": group}, "managedByTenantId": {"value": world::CONSUMER_TENANT},
        "authorizations": {"value": [{"principalId": world::CONSUMER_GROUP, "roleDefinitionId": role}]}});
    format!(
        "{{\"location\": \"West Europe\", \"properties\": {{\"mode\": \"Incremental\", \"parameters\": {parameters}, \
         template:/* as it is */{TEMPLATE}}}}}"
    )
}

fn run(cloud: &mut Cloud, token: &str, body: &str) -> Vec<Value> {
    let reply = cloud.send(Listener::Management, "PUT", &url(""), token, body);
    assert!([200, 201].contains(&reply.status), "{}", super::json_of(&reply));
    let status = local(header(&reply, "Azure-AsyncOperation").unwrap());
    let mut answers = Vec::new();
    for _ in 0..10 {
        answers.push(cloud.get(token, &status).1);
        if answers.last().unwrap()["status"] != "Running" {
            break;
        }
    }
    answers
}

#[test]
fn the_sample_template_delegates_and_reports() {
    let mut cloud = Cloud::new();
    let token = cloud.deployer();
    let answers = run(&mut cloud, &token, &body(roles::READER, world::IMAGES_GROUP));
    assert_eq!(answers.len(), 3);
    assert_eq!(answers[2], json!({"status": "Succeeded"}));
    let (_, shown) = cloud.get(&token, &url(""));
    assert_eq!(shown["location"], "westeurope");
    assert_eq!(shown["properties"]["outputs"]["mspOfferName"]["value"], "Managed by Images");
    assert_eq!(cloud.core.state.assignments.len(), 1);
    let consumer = cloud.consumer();
    let gallery = format!("{}?api-version=2024-03-03", world::gallery_id());
    assert_eq!(cloud.get(&consumer, &gallery).0, 200);
    let (_, operations) = cloud.get(&token, &url("/operations"));
    assert_eq!(operations["value"].as_array().unwrap().len(), 3);
}

#[test]
fn what_if_moves_its_address_and_then_knows_no_change() {
    let mut cloud = Cloud::new();
    let token = cloud.deployer();
    let sent = body(roles::READER, world::IMAGES_GROUP);
    for expected in ["Create", "NoChange"] {
        let reply = cloud.send(Listener::Management, "POST", &url("/whatIf"), &token, &sent);
        let first = local(header(&reply, "Location").unwrap());
        let reply = cloud.send(Listener::Management, "GET", &first, &token, "");
        let second = local(header(&reply, "Location").unwrap());
        assert!(reply.status == 202 && first != second);
        let (status, result) = cloud.get(&token, &second);
        let changes = result["properties"]["changes"].as_array().unwrap();
        assert!(status == 200 && changes.len() == 2, "{result}");
        assert!(changes.iter().all(|change| change["changeType"] == expected), "{result}");
        run(&mut cloud, &token, &sent);
    }
}

#[test]
fn failures_come_before_during_and_stringified() {
    let mut cloud = Cloud::new();
    let token = cloud.deployer();
    let missing = body(roles::READER, "nope-rg");
    let reply = cloud.send(Listener::Management, "PUT", &url(""), &token, &missing);
    assert_eq!((reply.status, code(&super::json_of(&reply))), (404, "ResourceGroupNotFound"));
    cloud.core.knobs.stringified_errors = true;
    let answers = run(&mut cloud, &token, &body(roles::OWNER, world::IMAGES_GROUP));
    let error = &answers.last().unwrap()["error"];
    assert_eq!(error["code"], "DeploymentFailed");
    let inner: Value =
        serde_json::from_str(error["details"][0]["message"].as_str().unwrap()).unwrap();
    assert_eq!(code(&inner), "InvalidRegistrationDefinitionCreateRequest");
    let reader = cloud.token(world::PUBLISHER_TENANT, world::READER_CLIENT, world::READER_SECRET);
    let reply = cloud.send(Listener::Management, "PUT", &url(""), &reader, &missing);
    assert_eq!((reply.status, code(&super::json_of(&reply))), (403, "AuthorizationFailed"));
}

#[test]
fn an_active_deployment_is_not_replaced_and_a_finished_one_not_cancelled() {
    let mut cloud = Cloud::new();
    let token = cloud.deployer();
    let sent = body(roles::READER, world::IMAGES_GROUP);
    assert_eq!(cloud.send(Listener::Management, "PUT", &url(""), &token, &sent).status, 201);
    let second = cloud.send(Listener::Management, "PUT", &url(""), &token, &sent);
    assert_eq!(code(&super::json_of(&second)), "DeploymentActive");
    let elsewhere = sent.replace("West Europe", "eastus");
    let moved = cloud.send(Listener::Management, "PUT", &url(""), &token, &elsewhere);
    assert_eq!(code(&super::json_of(&moved)), "InvalidDeploymentLocation");
    assert_eq!(cloud.arm(&token, "POST", &url("/cancel"), &Value::Null).0, 204);
    let (status, body) = cloud.arm(&token, "POST", &url("/cancel"), &Value::Null);
    assert_eq!((status, code(&body)), (409, "DeploymentCannotBeCancelled"));
    assert_eq!(cloud.arm(&token, "DELETE", &url(""), &Value::Null).0, 202);
    assert_eq!(code(&cloud.get(&token, &url("")).1), "DeploymentNotFound");
}
