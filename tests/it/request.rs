//! `delegation request`: names become object ids, and what Lighthouse would refuse is refused here.

use sandbox::{Fault, FaultKind, Listener, Principal, PrincipalKind, world};
use serde_json::json;

use crate::support::lab::Lab;

fn forbidden(path: &str) -> Fault {
    let kind = FaultKind::Status {
        status: 403,
        retry_after: None,
        code: Some("Authorization_RequestDenied".into()),
    };
    Fault::new(kind).on(Listener::Graph).path(path).always()
}

fn request(lab: &Lab, principal: &str) -> crate::support::lab::Ran {
    lab.run(&["delegation", "request", "--principal", principal])
}

#[test]
fn a_group_by_name_goes_into_a_file_without_secrets() {
    let lab = Lab::consumer();
    let file = lab.home.path().join("request.json");
    let path = file.to_str().unwrap();
    let args = ["delegation", "request", "--principal", world::CONSUMER_GROUP_NAME];
    let made = lab.run(&[&args[..], &["--output-file", path]].concat()).json();
    assert_eq!(made["kind"], "az-imageshare/delegation-request");
    assert_eq!(made["version"].to_string(), "1");
    assert_eq!(made["cloud"], sandbox::CLOUD);
    assert_eq!(made["consumerTenantId"], world::CONSUMER_TENANT);
    assert_eq!(made["consumerTenantName"], "Fabrikam");
    assert_eq!(
        made["principals"],
        json!([{"principalId": world::CONSUMER_GROUP, "principalName": world::CONSUMER_GROUP_NAME,
            "principalType": "Group"}])
    );
    assert_eq!(made["file"], path);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(world::CONSUMER_SECRET) && !text.contains("request.json"));
    let mut written: serde_json::Value = serde_json::from_str(&text).unwrap();
    written["file"] = json!(path);
    assert_eq!(written, made);
}

#[test]
fn the_publisher_can_plan_with_the_file() {
    let lab = Lab::consumer();
    let path = lab.home.path().join("request.json");
    let path = path.to_str().unwrap();
    let args = ["delegation", "request", "--principal", world::CONSUMER_GROUP_NAME];
    lab.run(&[&args[..], &["--output-file", path]].concat()).json();
    let lab =
        lab.signed_in(world::PUBLISHER_TENANT, world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET);
    let args = ["delegation", "plan", "-n", "images", "-g", world::IMAGES_GROUP];
    let plan = lab.publish(&[&args[..], &["--request", path]].concat()).json();
    assert_eq!(plan["consumerTenantId"], world::CONSUMER_TENANT);
    assert_eq!(plan["authorizations"][0]["principalId"], world::CONSUMER_GROUP);
}

#[test]
fn sign_in_names_and_application_ids_are_understood() {
    let lab = Lab::consumer();
    for (text, id, kind) in [
        (world::CONSUMER_USER_NAME, world::CONSUMER_USER, "User"),
        (world::CONSUMER_CLIENT, world::CONSUMER_OBJECT, "ServicePrincipal"),
        (world::CONSUMER_OBJECT, world::CONSUMER_OBJECT, "ServicePrincipal"),
        ("image-consumer", world::CONSUMER_OBJECT, "ServicePrincipal"),
        (world::CONSUMER_GROUP, world::CONSUMER_GROUP, "Group"),
    ] {
        let found = &request(&lab, text).json()["principals"][0];
        assert_eq!(found["principalId"], id, "{text}");
        assert_eq!(found["principalType"], kind, "{text}");
    }
}

#[test]
fn one_principal_under_two_names_is_taken_once() {
    let lab = Lab::consumer();
    let args = ["delegation", "request", "--principal", world::CONSUMER_GROUP];
    let made = lab.run(&[&args[..], &[world::CONSUMER_GROUP_NAME]].concat()).json();
    assert_eq!(made["principals"].as_array().unwrap().len(), 1);
}

#[test]
fn a_microsoft_365_group_is_refused_with_the_way_out() {
    let lab = Lab::consumer();
    let ran = request(&lab, "All Fabrikam");
    let stderr = ran.refused(2);
    assert!(stderr.contains("Microsoft 365 group"), "{stderr}");
    assert!(stderr.contains("az ad group create"), "{stderr}");
    request(&lab, world::CONSUMER_M365_GROUP).refused(2);
}

#[test]
fn the_registration_of_an_application_leads_to_its_service_principal() {
    let lab = Lab::publisher();
    let ran = request(&lab, world::DEPLOYER_APPLICATION);
    let stderr = ran.refused(2);
    assert!(stderr.contains(world::DEPLOYER_OBJECT), "{stderr}");
}

#[test]
fn an_ambiguous_name_is_refused_with_all_it_could_be() {
    let lab = Lab::consumer();
    let twin = "5aaafb22-b8e0-4b96-96a7-17e8da843701";
    lab.azure.state(|state| {
        state.principals.push(Principal {
            id: twin.to_owned(),
            tenant: world::CONSUMER_TENANT.to_owned(),
            kind: PrincipalKind::User,
            name: world::CONSUMER_GROUP_NAME.to_owned(),
            login: "twin@fabrikam.onmicrosoft.com".to_owned(),
            members: Vec::new(),
        });
    });
    let ran = request(&lab, world::CONSUMER_GROUP_NAME);
    let stderr = ran.refused(2);
    assert!(stderr.contains(twin) && stderr.contains(world::CONSUMER_GROUP), "{stderr}");
}

#[test]
fn without_graph_an_id_is_taken_unverified_and_a_name_is_not() {
    let lab = Lab::consumer();
    lab.azure.inject(forbidden("/v1.0/"));
    let ran = request(&lab, world::CONSUMER_GROUP);
    assert_eq!(ran.json()["principals"], json!([{"principalId": world::CONSUMER_GROUP}]));
    assert!(ran.stderr.contains("unverified"), "{}", ran.stderr);
    let ran = request(&lab, world::CONSUMER_GROUP_NAME);
    let stderr = ran.refused(1);
    assert!(stderr.contains("Give the object id"), "{stderr}");
}

#[test]
fn nobody_of_that_name_is_not_found() {
    let lab = Lab::consumer();
    for text in ["nobody", "nobody@fabrikam.com", "5aaafb22-b8e0-4b96-96a7-17e8da849999"] {
        request(&lab, text).refused(3);
    }
    request(&lab, "00000000-0000-0000-0000-000000000000").refused(2);
}

#[test]
fn another_file_is_not_overwritten() {
    let lab = Lab::consumer();
    let path = lab.file("precious.json", "{\"precious\": true}");
    let args = ["delegation", "request", "--principal", world::CONSUMER_GROUP];
    lab.run(&[&args[..], &["--output-file", &path]].concat()).refused(2);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"precious\": true}");
}
