//! Image Builder's rights as the documents give them: identity, custom roles, assignments, image template.

use serde_json::{Value, json};

use super::{Cloud, code};
use crate::world;

const ROLE: &str = "3d1f6c52-0b7e-4b7e-9c51-6a2f8d9e4101";
const OTHER_ROLE: &str = "3d1f6c52-0b7e-4b7e-9c51-6a2f8d9e4102";
const GIVEN: &str = "3d1f6c52-0b7e-4b7e-9c51-6a2f8d9e4201";

fn group(name: &str) -> String {
    format!("/subscriptions/{}/resourceGroups/{name}", world::PUBLISHER_SUBSCRIPTION)
}

fn role_url(guid: &str) -> String {
    let scope = group(world::IMAGES_GROUP);
    format!(
        "{scope}/providers/Microsoft.Authorization/roleDefinitions/{guid}?api-version=2022-04-01"
    )
}

fn role(name: &str, scope: &str, actions: &[&str]) -> Value {
    json!({"properties": {"roleName": name, "type": "CustomRole", "assignableScopes": [scope],
        "permissions": [{"actions": actions, "notActions": []}]}})
}

fn images_role(name: &str) -> Value {
    let actions = [
        "Microsoft.Compute/galleries/read",
        "Microsoft.Compute/galleries/images/read",
        "Microsoft.Compute/galleries/images/versions/read",
        "Microsoft.Compute/galleries/images/versions/write",
        "Microsoft.Compute/images/write",
        "Microsoft.Compute/images/read",
        "Microsoft.Compute/images/delete",
    ];
    role(name, &group(world::IMAGES_GROUP), &actions)
}

fn identity_url() -> String {
    let place = "providers/Microsoft.ManagedIdentity/userAssignedIdentities/aibIdentity";
    format!("{}/{place}?api-version=2024-11-30", group(world::IMAGES_GROUP))
}

fn assignment_url(scope: &str) -> String {
    format!(
        "{scope}/providers/Microsoft.Authorization/roleAssignments/{GIVEN}?api-version=2022-04-01"
    )
}

fn assignment(principal: &str) -> Value {
    let subscription = world::PUBLISHER_SUBSCRIPTION;
    json!({"properties": {"principalId": principal, "principalType": "ServicePrincipal", "roleDefinitionId":
        format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}")}})
}

fn template(identity: &str) -> Value {
    let definition = format!("{}/images/{}", world::gallery_id(), world::LINUX_IMAGE);
    json!({"location": "westeurope",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {identity: {}}},
        "properties": {"source": {"type": "SharedImageVersion", "imageVersionId": format!("{definition}/versions/1.0.0")},
            "distribute": [{"type": "SharedImage", "galleryImageId": definition, "runOutputName": "out"}]}})
}

fn template_url(name: &str) -> String {
    let place = format!("providers/Microsoft.VirtualMachineImages/imageTemplates/{name}");
    format!("{}/{place}?api-version=2024-02-01", group(world::IMAGES_GROUP))
}

#[test]
fn a_template_builds_only_with_what_its_identity_may_do() {
    let mut cloud = Cloud::new();
    let token = cloud.deployer();
    let (status, identity) =
        cloud.arm(&token, "PUT", &identity_url(), &json!({"location": "westeurope"}));
    assert_eq!(status, 201, "{identity}");
    let (again, same) =
        cloud.arm(&token, "PUT", &identity_url(), &json!({"location": "westeurope"}));
    assert_eq!((again, &same["properties"]), (200, &identity["properties"]));
    let id = identity["id"].as_str().unwrap();
    let principal = identity["properties"]["principalId"].as_str().unwrap();
    let (_, poor) = cloud.arm(&token, "PUT", &template_url("t1"), &template(id));
    assert_eq!(poor["properties"]["provisioningState"], "Failed", "{poor}");
    assert_eq!(cloud.arm(&token, "PUT", &role_url(ROLE), &images_role("AIB")).0, 201);
    let scope = assignment_url(&group(world::IMAGES_GROUP));
    let refusals: Vec<String> = (0..2)
        .map(|_| cloud.arm(&token, "PUT", &scope, &assignment(principal)))
        .map(|(_, body)| code(&body).to_owned())
        .collect();
    assert_eq!(refusals, ["RoleDefinitionDoesNotExist", "PrincipalNotFound"]);
    assert_eq!(cloud.arm(&token, "PUT", &scope, &assignment(principal)).0, 201);
    let (_, rich) = cloud.arm(&token, "PUT", &template_url("t2"), &template(id));
    assert_eq!(rich["properties"]["provisioningState"], "Succeeded", "{rich}");
    let (status, body) = cloud.arm(&token, "PUT", &template_url("t2"), &template(id));
    assert_eq!((status, code(&body)), (409, "Conflict"));
    assert_eq!(cloud.arm(&token, "DELETE", &identity_url(), &Value::Null).0, 200);
    assert!(cloud.core.state.principal(world::PUBLISHER_TENANT, principal).is_none());
}

#[test]
fn a_template_with_a_word_that_it_does_not_have_is_refused() {
    let mut cloud = Cloud::new();
    let token = cloud.deployer();
    let location = json!({"location": "westeurope"});
    let (_, identity) = cloud.arm(&token, "PUT", &identity_url(), &location);
    let mut wrong = template(identity["id"].as_str().unwrap());
    wrong["properties"]["vmProfil"] = json!({});
    let (status, body) = cloud.arm(&token, "PUT", &template_url("t3"), &wrong);
    assert_eq!((status, code(&body)), (400, "InvalidRequestContent"), "{body}");
}

#[test]
fn custom_roles_have_names_scopes_and_actions_that_hold() {
    let mut cloud = Cloud::new();
    let token = cloud.deployer();
    let scope = group(world::IMAGES_GROUP);
    let mut refused = |guid: &str, body: &Value| {
        let (status, answer) = cloud.arm(&token, "PUT", &role_url(guid), body);
        (status, code(&answer).to_owned())
    };
    assert_eq!(refused(ROLE, &images_role("AIB")).0, 201);
    let expected = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(
        refused(OTHER_ROLE, &images_role("aib")),
        expected(409, "RoleDefinitionWithSameNameExists")
    );
    assert_eq!(
        refused(OTHER_ROLE, &role("x", "/", &["*"])),
        expected(400, "InvalidAssignableScopes")
    );
    assert_eq!(
        refused(OTHER_ROLE, &role("x", &group("absent"), &["*"])),
        expected(404, "ResourceGroupNotFound")
    );
    assert_eq!(
        refused(OTHER_ROLE, &role("x", &scope, &["Microsoft.Compute/imgaes/read"])),
        expected(400, "InvalidActionOrNotAction")
    );
    let data = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read";
    assert_eq!(
        refused(OTHER_ROLE, &role("x", &scope, &[data])),
        expected(400, "InvalidActionOrNotAction")
    );
    let foreign = format!("/subscriptions/{}", world::CONSUMER_SUBSCRIPTION);
    assert_eq!(
        refused(OTHER_ROLE, &role("x", &foreign, &["*"])),
        expected(400, "InvalidAssignableScopes")
    );
}

#[test]
fn a_role_is_deleted_only_when_nobody_has_it_and_azure_knows_so() {
    let mut cloud = Cloud::new();
    cloud.core.knobs.role_replication_reads = 0;
    let token = cloud.deployer();
    let scope = group(world::IMAGES_GROUP);
    cloud.arm(&token, "PUT", &role_url(ROLE), &images_role("AIB"));
    let gallery = assignment_url(&world::gallery_id());
    assert_eq!(cloud.arm(&token, "PUT", &gallery, &assignment(world::READER_OBJECT)).0, 201);
    let outside = assignment_url(&group(world::OTHER_GROUP));
    let (status, body) = cloud.arm(&token, "PUT", &outside, &assignment(world::READER_OBJECT));
    assert_eq!((status, code(&body)), (404, "RoleDefinitionDoesNotExist"));
    let moved = role("AIB", &group(world::OTHER_GROUP), &["*"]);
    let (status, body) = cloud.arm(&token, "PUT", &role_url(ROLE), &moved);
    assert_eq!((status, code(&body)), (400, "RoleScopeBeingRemovedContainsAssignments"));
    let mut delete = |url: &str| {
        let (status, body) = cloud.arm(&token, "DELETE", url, &Value::Null);
        (status, code(&body).to_owned())
    };
    assert_eq!(delete(&role_url(ROLE)).1, "RoleDefinitionHasAssignments");
    assert_eq!(delete(&gallery).0, 200);
    assert_eq!(delete(&role_url(ROLE)).1, "RoleDefinitionHasAssignments");
    assert_eq!(delete(&role_url(ROLE)).0, 200);
    assert_eq!(delete(&role_url(ROLE)).0, 204);
    assert!(scope.ends_with(world::IMAGES_GROUP));
}

#[test]
fn a_contributor_may_neither_make_roles_nor_hand_on_what_is_not_his() {
    let mut cloud = Cloud::new();
    let owner = cloud.deployer();
    cloud.arm(&owner, "PUT", &identity_url(), &json!({"location": "westeurope"}));
    let token = cloud.token(world::PUBLISHER_TENANT, world::READER_CLIENT, world::READER_SECRET);
    let (status, body) = cloud.arm(&token, "PUT", &role_url(ROLE), &images_role("AIB"));
    assert_eq!((status, code(&body)), (403, "AuthorizationFailed"));
    cloud.core.state.assign_role(
        &group(world::IMAGES_GROUP),
        crate::arm::roles::CONTRIBUTOR,
        world::READER_OBJECT,
    );
    let (status, body) = cloud.arm(&token, "PUT", &role_url(ROLE), &images_role("AIB"));
    assert_eq!((status, code(&body)), (403, "AuthorizationFailed"));
}
