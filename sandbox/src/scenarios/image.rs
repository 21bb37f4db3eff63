//! A machine of the consumer from an image of the publisher: two tokens, or a delegation.

use serde_json::{Value, json};

use super::{ARM, Cloud, code, json_of};
use crate::arm::roles;
use crate::journal::Listener;
use crate::message::Request;
use crate::world;

fn create(cloud: &mut Cloud, token: &str, auxiliary: &str) -> (u16, Value) {
    let image = format!(
        "{}/images/{}/versions/1.1.0",
        world::gallery_id(),
        world::LINUX_IMAGE
    );
    let body = json!({"location": "westeurope", "properties": {
        "storageProfile": {"imageReference": {"id": image}}, "securityProfile": {"securityType": "TrustedLaunch"},
        "osProfile": {"computerName": "vm1", "adminUsername": "ada"}}});
    let request = Request {
        listener: Listener::Management,
        method: "PUT".to_owned(),
        path: format!(
            "/subscriptions/{}/resourceGroups/apps-rg/providers/Microsoft.Compute/virtualMachines/vm1",
            world::CONSUMER_SUBSCRIPTION
        ),
        query: vec![("api-version".to_owned(), "2024-07-01".to_owned())],
        headers: vec![
            ("authorization".to_owned(), format!("Bearer {token}")),
            (
                "x-ms-authorization-auxiliary".to_owned(),
                format!("Bearer {auxiliary}"),
            ),
        ],
        body: body.to_string().into(),
    };
    let reply = cloud.core.answer(&request).reply;
    (reply.status, json_of(&reply))
}

#[test]
fn a_second_token_opens_the_image_and_a_first_alone_does_not() {
    let mut cloud = Cloud::new();
    let client = world::MULTI_TENANT_CLIENT;
    let home = cloud.token(world::CONSUMER_TENANT, client, world::MULTI_TENANT_SECRET);
    let away = cloud.token(world::PUBLISHER_TENANT, client, world::MULTI_TENANT_SECRET);
    let (status, body) = create(&mut cloud, &home, &home);
    assert_eq!(
        (status, code(&body)),
        (403, "LinkedAuthorizationFailed"),
        "{body}"
    );
    assert_eq!(create(&mut cloud, &home, &away).0, 201);
    let journal = json!(cloud.core.journal).to_string();
    assert!(!journal.contains(&home) && !journal.contains(&away));
}

#[test]
fn a_delegation_opens_the_image_without_a_second_token() {
    let mut cloud = Cloud::new();
    let consumer = cloud.consumer();
    cloud.core.state.delegate(
        world::PUBLISHER_SUBSCRIPTION,
        world::IMAGES_GROUP,
        world::CONSUMER_TENANT,
        world::CONSUMER_GROUP,
        roles::READER,
    );
    assert_eq!(create(&mut cloud, &consumer, &consumer).0, 201);
    let url = format!(
        "/subscriptions/{}?api-version=2022-12-01",
        world::PUBLISHER_SUBSCRIPTION
    );
    assert_eq!(
        cloud.get(&consumer, &url).1["managedByTenants"],
        json!([{"tenantId": world::CONSUMER_TENANT}]),
        "{ARM}"
    );
}
