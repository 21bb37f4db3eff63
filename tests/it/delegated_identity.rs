//! Roles of managed identities that somebody of the managing tenant gives through a delegation: Azure takes them only
//! with the identity's resource, and only the roles that were lent.

use sandbox::world;
use serde_json::{Value, json};

use crate::support::galleries::gallery_roles;
use crate::support::lab::{Lab, Ran};
use crate::support::offers::{CONTRIBUTOR, IMAGES, READER, Standing, stand};

const ADMINISTRATOR: &str = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9";

/// The consumer's application manages a subscription of the publisher's, and may give managed identities there these
/// roles.
fn managed(lent: &[&str]) -> Lab {
    let lab = Lab::consumer();
    lab.azure.knob(|knobs| knobs.principal_replication_puts = 0);
    let id = stand(&lab.azure, &Standing { roles: &[CONTRIBUTOR], ..IMAGES });
    lab.azure.state(|state| {
        let definition = state.definitions.get_mut(&id.to_lowercase()).unwrap();
        definition.authorizations.push(json!({"principalId": world::CONSUMER_GROUP,
            "roleDefinitionId": ADMINISTRATOR, "delegatedRoleDefinitionIds": lent}));
        for assignment in state.assignments.values_mut() {
            assignment.scope = format!("/subscriptions/{}", world::PUBLISHER_SUBSCRIPTION);
        }
    });
    lab
}

/// An identity of the publisher's, made by whoever manages the group; gives its id.
fn identity(lab: &Lab, name: &str) -> (String, String) {
    let token = lab.run(&["token", "get", "--query", "accessToken", "-o", "tsv"]).stdout;
    let kind = "providers/Microsoft.ManagedIdentity/userAssignedIdentities";
    let group =
        format!("/subscriptions/{}/resourceGroups/images-rg", world::PUBLISHER_SUBSCRIPTION);
    let id = format!("{group}/{kind}/{name}");
    let url = format!("{id}?api-version=2024-11-30");
    let (status, made) = lab.azure.put(token.trim(), &url, &json!({"location": "westeurope"}));
    assert_eq!(status, 201, "{made}");
    (id, made["properties"]["principalId"].as_str().unwrap().to_owned())
}

fn add(lab: &Lab, who: &[&str]) -> Ran {
    let gallery = world::gallery_id();
    let args = ["share", "rbac", "add", "--gallery-id", &gallery, "--role", "Reader"];
    lab.run(&[&args[..], who].concat())
}

#[test]
fn the_identity_is_named_to_azure_however_the_user_names_it() {
    for by_id in [true, false] {
        let lab = managed(&[READER]);
        let (id, principal) = identity(&lab, "robot");
        let kind = ["--assignee-principal-type", "ServicePrincipal"];
        let who: Vec<&str> = if by_id {
            vec!["--assignee", &id]
        } else {
            [&["--assignee-object-id", principal.as_str()][..], &kind].concat()
        };
        let given = add(&lab, &who).json();
        assert_eq!(
            (&given["change"], &given["principalId"]),
            (&"create".into(), &json!(principal))
        );
        let stands = gallery_roles(&lab.azure);
        let told = stands[0].delegated_identity.as_deref().unwrap();
        assert!(told.eq_ignore_ascii_case(&id), "{told}");
        assert_eq!(add(&lab, &who).json()["change"], "keep");
        let list = ["share", "rbac", "list", "--gallery-id", &world::gallery_id()];
        let listed = lab.run(&list).json();
        let rows = listed.as_array().unwrap().iter();
        assert_eq!(rows.filter(|row| row["principalId"] == principal.as_str()).count(), 1);
    }
}

#[test]
fn what_is_no_identity_or_was_not_lent_is_refused_before_or_by_azure() {
    let lab = managed(&[READER]);
    let kind = ["--assignee-principal-type", "ServicePrincipal"];
    let who = [&["--assignee-object-id", world::READER_OBJECT][..], &kind].concat();
    let ran = add(&lab, &who);
    assert!(ran.refused(1).contains("only be given to managed identities"), "{ran:?}");
    let ran = add(&lab, &["--assignee", "image-reader"]);
    assert!(ran.refused(2).contains("full resource id"), "{ran:?}");
    let other = managed(&[CONTRIBUTOR]);
    let (id, _) = identity(&other, "robot");
    let ran = add(&other, &["--assignee", &id]);
    assert!(ran.refused(1).contains("ABAC condition"), "{ran:?}");
    assert_eq!(gallery_roles(&lab.azure).len() + gallery_roles(&other.azure).len(), 0);
}

#[test]
fn at_home_an_identity_may_be_named_by_its_id_and_nothing_else_is_told_to_azure() {
    let lab = Lab::publisher();
    let (id, principal) = identity(&lab, "robot");
    let given = add(&lab, &["--assignee", &id]).json();
    assert_eq!(given["principalId"], principal);
    assert_eq!(gallery_roles(&lab.azure)[0].delegated_identity, None);
    let absent = id.replace("robot", "nobody");
    assert!(add(&lab, &["--assignee", &absent]).refused(3).contains("az identity list"));
}

#[test]
fn the_sandbox_refuses_an_identity_that_is_not_named_as_azure_does() {
    let lab = managed(&[READER]);
    let (id, principal) = identity(&lab, "robot");
    let token = lab.run(&["token", "get", "--query", "accessToken", "-o", "tsv"]).stdout;
    let put = |name: &str, properties: Value| {
        let kind = "providers/Microsoft.Authorization/roleAssignments";
        let url = format!("{}/{kind}/{name}?api-version=2022-04-01", world::gallery_id());
        lab.azure.put(token.trim(), &url, &json!({ "properties": properties }))
    };
    let role = |guid: &str| {
        format!(
            "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/{guid}",
            world::PUBLISHER_SUBSCRIPTION
        )
    };
    let name = "6d2c9b0e-51f4-4a8d-9c37-0e8f1b2a4d55";
    let bare = json!({"roleDefinitionId": role(READER), "principalId": principal, "principalType": "ServicePrincipal"});
    let (status, answer) = put(name, bare.clone());
    assert_eq!(
        (status, &answer["error"]["code"]),
        (403, &json!("AuthorizationFailed")),
        "{answer}"
    );
    let mut named = bare;
    named["delegatedManagedIdentityResourceId"] = json!(id);
    let (status, answer) = put(name, named.clone());
    assert_eq!(status, 201, "{answer}");
    named["roleDefinitionId"] = json!(role(CONTRIBUTOR));
    assert_eq!(put("6d2c9b0e-51f4-4a8d-9c37-0e8f1b2a4d56", named).0, 403);
}

#[test]
fn image_builders_identity_gets_its_role_through_a_delegation() {
    let lab = managed(&[CONTRIBUTOR]);
    let args = ["builder", "setup", "--identity", "robot", "-g", world::IMAGES_GROUP];
    let rest = ["--staging-resource-group", world::IMAGES_GROUP, "--subscription"];
    let ran = lab.run(&[&args[..], &rest, &[world::PUBLISHER_SUBSCRIPTION]].concat());
    let made = ran.json();
    assert_eq!(made["assignments"][0]["role"], "Contributor", "{made}");
    let id = made["identity"]["id"].as_str().unwrap();
    let told = lab
        .azure
        .state(|state| state.role_assignments.last().unwrap().delegated_identity.clone().unwrap());
    assert!(told.eq_ignore_ascii_case(id), "{told}");
}
