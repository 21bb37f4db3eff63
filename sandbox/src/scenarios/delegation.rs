//! An offer from its first PUT to the last DELETE, and the refusals on the way.

use serde_json::{Value, json};

use super::{
    Cloud, VERSION, assignment_of, assignment_url, code, definition_url, header, local, offer,
};
use crate::arm::roles;
use crate::message::Listener;
use crate::world;

const NAME: &str = "0b1f6471-1bf0-4dda-aec3-111122223333";
const OTHER: &str = "1c2f6471-1bf0-4dda-aec3-111122224444";

fn image_url() -> String {
    format!("{}/images?api-version=2024-03-03", world::gallery_id())
}

/// Puts an offer and its assignment, and returns the address of the assignment's status.
fn delegate(cloud: &mut Cloud, owner: &str, role: &str) -> String {
    let (status, body) = cloud.arm(owner, "PUT", &definition_url(NAME, VERSION), &offer(role));
    assert_eq!(
        (status, &body["properties"]["provisioningState"]),
        (201, &json!("Succeeded")),
        "{body}"
    );
    let sent = assignment_of(NAME).to_string();
    let reply = cloud.send(Listener::Management, "PUT", &assignment_url(NAME), owner, &sent);
    assert_eq!(reply.status, 201);
    local(header(&reply, "Azure-AsyncOperation").unwrap())
}

fn remove_definition(cloud: &mut Cloud, owner: &str) -> (u16, Value) {
    cloud.arm(owner, "DELETE", &definition_url(NAME, VERSION), &Value::Null)
}

#[test]
fn the_consumer_gains_the_resource_group_when_the_job_is_done() {
    let mut cloud = Cloud::new();
    let (owner, consumer) = (cloud.deployer(), cloud.consumer());
    assert_eq!(cloud.get(&consumer, &image_url()).0, 401);
    let status_url = delegate(&mut cloud, &owner, roles::READER);
    assert_eq!(cloud.get(&owner, &status_url).1, json!({"status": "Running"}));
    assert_eq!(cloud.get(&consumer, &image_url()).0, 401);
    assert_eq!(cloud.get(&owner, &status_url).1, json!({"status": "Succeeded"}));
    assert_eq!(cloud.get(&consumer, &image_url()).1["value"].as_array().unwrap().len(), 2);
    let (_, list) = cloud.get(&consumer, "/subscriptions?api-version=2022-12-01");
    assert!(list.to_string().contains(world::PUBLISHER_SUBSCRIPTION));
}

#[test]
fn a_lock_keeps_what_is_below_it_until_it_is_removed() {
    let mut cloud = Cloud::new();
    let owner = cloud.deployer();
    let status_url = delegate(&mut cloud, &owner, roles::READER);
    for _ in 0..2 {
        cloud.get(&owner, &status_url);
    }
    let group = format!(
        "/subscriptions/{}/resourceGroups/{}",
        world::PUBLISHER_SUBSCRIPTION,
        world::IMAGES_GROUP
    );
    let lock =
        format!("{group}/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01");
    let level = json!({"properties": {"level": "CanNotDelete"}});
    assert_eq!(cloud.arm(&owner, "PUT", &lock, &level).0, 201);
    for kept in [assignment_url(NAME), format!("{group}?api-version=2021-04-01")] {
        let (status, body) = cloud.arm(&owner, "DELETE", &kept, &Value::Null);
        assert_eq!((status, code(&body)), (409, "ScopeLocked"), "{kept}");
    }
    assert_eq!(cloud.arm(&owner, "DELETE", &lock, &Value::Null).0, 200);
    assert_eq!(cloud.arm(&owner, "DELETE", &assignment_url(NAME), &Value::Null).0, 202);
}

#[test]
fn the_consumer_sees_a_delegation_only_after_the_delay() {
    let mut cloud = Cloud::new();
    let (owner, consumer) = (cloud.deployer(), cloud.consumer());
    cloud.core.knobs.assignment_polls = 0;
    cloud.core.knobs.delegation_delay = 600;
    cloud.core.knobs.delegation_hidden_calls = 1;
    let status_url = delegate(&mut cloud, &owner, roles::READER);
    cloud.get(&owner, &status_url);
    cloud.core.knobs.clock_advance = 601;
    let seen: Vec<u16> = (0..2).map(|_| cloud.get(&consumer, &image_url()).0).collect();
    assert_eq!(seen, [401, 200]);
}

#[test]
fn an_unknown_principal_fails_the_assignment() {
    let mut cloud = Cloud::new();
    let owner = cloud.deployer();
    cloud.core.knobs.assignment_polls = 0;
    let mut stranger = offer(roles::READER);
    stranger["properties"]["authorizations"][0]["principalId"] = json!(OTHER);
    assert_eq!(cloud.arm(&owner, "PUT", &definition_url(NAME, VERSION), &stranger).0, 201);
    let sent = assignment_of(NAME).to_string();
    let reply = cloud.send(Listener::Management, "PUT", &assignment_url(NAME), &owner, &sent);
    let (_, body) = cloud.get(&owner, &local(header(&reply, "Azure-AsyncOperation").unwrap()));
    assert_eq!((&body["status"], code(&body)), (&json!("Failed"), "PrincipalNotFound"));
}

#[test]
fn removal_goes_assignment_first_and_the_offer_settles_later() {
    let mut cloud = Cloud::new();
    let (owner, consumer) = (cloud.deployer(), cloud.consumer());
    cloud.core.knobs.assignment_linger_reads = 1;
    let status_url = delegate(&mut cloud, &owner, roles::READER);
    cloud.get(&owner, &status_url);
    cloud.get(&owner, &status_url);
    let (_, body) = remove_definition(&mut cloud, &owner);
    assert_eq!(code(&body), "InvalidRegistrationDefinitionDeleteRequest");
    let reply = cloud.send(Listener::Management, "DELETE", &assignment_url(NAME), &owner, "");
    assert_eq!((reply.status, header(&reply, "Azure-AsyncOperation")), (202, None));
    let location = local(header(&reply, "Location").unwrap());
    assert_eq!(cloud.get(&owner, &location).0, 202);
    assert_eq!(cloud.get(&owner, &location).1, json!({"status": "Succeeded"}));
    let reads: Vec<u16> = (0..2).map(|_| cloud.get(&owner, &assignment_url(NAME)).0).collect();
    assert_eq!(reads, [200, 404]);
    assert_eq!(cloud.get(&consumer, &image_url()).0, 401);
    let removals: Vec<u16> = (0..3).map(|_| remove_definition(&mut cloud, &owner).0).collect();
    assert_eq!(removals, [409, 200, 204]);
}

#[test]
fn refused_roles_say_why() {
    let mut cloud = Cloud::new();
    let owner = cloud.deployer();
    for (role, part) in [
        (roles::OWNER, "is restricted for registration"),
        (roles::USER_ACCESS_ADMINISTRATOR, "is restricted for registration"),
        ("92aaf0da-9dab-42b6-94a3-d43ce8d16293", "with data actions not allowed"),
        ("e5e2a7ff-d759-4cd2-bb51-3152d37e2eb1", "because of restricted actions"),
        ("f58310d9-a9f6-439a-9e8d-f62e7b41a168", "because of restricted actions"),
        ("5f1e7a0c-93d4-4e62-a7b8-0c6d2e4f9c01", "is not allowed"),
    ] {
        let (status, body) = cloud.arm(&owner, "PUT", &definition_url(NAME, VERSION), &offer(role));
        assert_eq!((status, code(&body)), (400, "InvalidRegistrationDefinitionCreateRequest"));
        assert!(body["error"]["message"].as_str().unwrap().contains(part), "{body}");
    }
}

#[test]
fn refused_tenants_and_principals_say_why() {
    let mut cloud = Cloud::new();
    let owner = cloud.deployer();
    let url = definition_url(NAME, VERSION);
    let mut own = offer(roles::READER);
    own["properties"]["managedByTenantId"] = json!(world::PUBLISHER_TENANT);
    assert!(cloud.arm(&owner, "PUT", &url, &own).1.to_string().contains("not allowed to use"));
    let mut wrong = offer(roles::READER);
    wrong["properties"]["authorizations"][0]["principalId"] = json!(world::DEPLOYER_APPLICATION);
    assert_eq!(code(&cloud.arm(&owner, "PUT", &url, &wrong).1), "PrincipalTypeNotSupported");
    wrong["properties"]["authorizations"][0]["principalId"] = json!(world::CONSUMER_M365_GROUP);
    assert_eq!(code(&cloud.arm(&owner, "PUT", &url, &wrong).1), "PrincipalTypeNotSupported");
    assert_eq!(cloud.arm(&owner, "PUT", &url, &offer(roles::CONTRIBUTOR)).0, 201);
    let mut moved = offer(roles::READER);
    moved["properties"]["managedByTenantId"] = json!(world::THIRD_TENANT);
    assert_eq!(
        code(&cloud.arm(&owner, "PUT", &url, &moved).1),
        "RegistrationDefinitionInvalidUpdate"
    );
}

#[test]
fn a_contributor_is_not_owner_enough() {
    let mut cloud = Cloud::new();
    let token =
        cloud.token(world::PUBLISHER_TENANT, world::CONTRIBUTOR_CLIENT, world::CONTRIBUTOR_SECRET);
    let (status, body) =
        cloud.arm(&token, "PUT", &definition_url(NAME, VERSION), &offer(roles::READER));
    assert_eq!((status, code(&body)), (403, "InsufficientPrivilegesForManagedServiceResource"));
}

#[test]
fn old_versions_refuse_eligible_authorizations() {
    let mut cloud = Cloud::new();
    let owner = cloud.deployer();
    let mut eligible = offer(roles::READER);
    eligible["properties"]["eligibleAuthorizations"] = json!([{"principalId": world::CONSUMER_GROUP,
        "roleDefinitionId": roles::CONTRIBUTOR,
        "justInTimeAccessPolicy": {"multiFactorAuthProvider": "Azure", "maximumActivationDuration": "PT8H"}}]);
    assert_eq!(cloud.arm(&owner, "PUT", &definition_url(NAME, "2019-06-01"), &eligible).0, 400);
    let (status, body) = cloud.arm(&owner, "PUT", &definition_url(NAME, VERSION), &eligible);
    assert_eq!(status, 201, "{body}");
    let (status, body) = cloud.get(&owner, &definition_url(NAME, "2019-06-01"));
    assert!(status == 400 && body.to_string().contains("2020-02-01-preview"), "{body}");
    eligible["properties"]["eligibleAuthorizations"][0]["justInTimeAccessPolicy"]["maximumActivationDuration"] =
        json!("PT9H");
    assert_eq!(cloud.arm(&owner, "PUT", &definition_url(OTHER, VERSION), &eligible).0, 400);
}

#[test]
fn one_offer_is_assigned_once_per_scope_and_groups_take_theirs_along() {
    let mut cloud = Cloud::new();
    let owner = cloud.deployer();
    cloud.arm(&owner, "PUT", &definition_url(NAME, VERSION), &offer(roles::READER));
    cloud.core.knobs.assignment_polls = 0;
    assert_eq!(cloud.arm(&owner, "PUT", &assignment_url(NAME), &assignment_of(NAME)).0, 201);
    let (status, body) = cloud.arm(&owner, "PUT", &assignment_url(OTHER), &assignment_of(NAME));
    assert!(
        status == 409 && body.to_string().contains("Another registration assignment"),
        "{body}"
    );
    let group = format!(
        "/subscriptions/{}/resourcegroups/{}?api-version=2021-04-01",
        world::PUBLISHER_SUBSCRIPTION,
        world::IMAGES_GROUP
    );
    assert_eq!(cloud.arm(&owner, "DELETE", &group, &Value::Null).0, 202);
    assert!(cloud.core.state.assignments.is_empty() && cloud.core.state.definitions.len() == 1);
}

#[test]
fn an_unregistered_provider_is_named() {
    let mut cloud = Cloud::new();
    let owner = cloud.deployer();
    let url = definition_url(NAME, VERSION)
        .replace(world::PUBLISHER_SUBSCRIPTION, world::SECOND_SUBSCRIPTION);
    let (status, body) = cloud.arm(&owner, "PUT", &url, &offer(roles::READER));
    assert_eq!((status, code(&body)), (409, "MissingSubscriptionRegistration"));
    let provider = format!(
        "/subscriptions/{}/providers/Microsoft.ManagedServices",
        world::SECOND_SUBSCRIPTION
    );
    let (_, body) = cloud.arm(
        &owner,
        "POST",
        &format!("{provider}/register?api-version=2021-04-01"),
        &Value::Null,
    );
    assert_eq!(body["registrationState"], "Registering");
    let states: Vec<Value> = (0..2)
        .map(|_| {
            cloud.get(&owner, &format!("{provider}?api-version=2021-04-01")).1["registrationState"]
                .clone()
        })
        .collect();
    assert_eq!(states, [json!("Registering"), json!("Registered")]);
    assert_eq!(cloud.arm(&owner, "PUT", &url, &offer(roles::READER)).0, 201);
}

#[test]
fn the_delete_role_lets_the_consumer_leave_and_no_more() {
    let mut cloud = Cloud::new();
    let (owner, consumer) = (cloud.deployer(), cloud.consumer());
    let delete_role = "91c1777a-f3dc-4fae-b103-61d183457e46";
    cloud.core.knobs.assignment_polls = 0;
    cloud.arm(&owner, "PUT", &definition_url(NAME, VERSION), &offer(delete_role));
    let sent = assignment_of(NAME).to_string();
    let reply = cloud.send(Listener::Management, "PUT", &assignment_url(NAME), &owner, &sent);
    cloud.get(&owner, &local(header(&reply, "Azure-AsyncOperation").unwrap()));
    assert_eq!(cloud.arm(&consumer, "DELETE", &definition_url(NAME, VERSION), &Value::Null).0, 403);
    assert_eq!(cloud.arm(&consumer, "DELETE", &assignment_url(NAME), &Value::Null).0, 202);
}
