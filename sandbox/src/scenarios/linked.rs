//! Tokens of other tenants, and who may refer to an image: every rule, kept and broken.

use serde_json::{Value, json};

use super::{Cloud, code, json_of};
use crate::arm::roles;
use crate::message::{Listener, Request};
use crate::router;
use crate::world;

const READER: &str = "cf7c76d2-98a3-4358-a134-615aa78bf44d";

fn version() -> String {
    format!("{}/versions/1.1.0", definition())
}

fn definition() -> String {
    format!("{}/images/{}", world::gallery_id(), world::LINUX_IMAGE)
}

fn group(subscription: &str, name: &str) -> String {
    format!("/subscriptions/{subscription}/resourceGroups/{name}")
}

/// A resource that refers to an image: its path, its api-version and its body.
type Sent = (String, &'static str, Value);

fn machine(image: &str) -> Sent {
    let body = json!({"location": "westeurope", "properties": {
        "storageProfile": {"imageReference": {"id": image}}, "osProfile": {"adminUsername": "azureuser"},
        "securityProfile": {"securityType": "TrustedLaunch"}}});
    let place = group(world::CONSUMER_SUBSCRIPTION, "apps-rg");
    let path = format!("{place}/providers/Microsoft.Compute/virtualMachines/vm1");
    (path, "2024-11-01", body)
}

impl Cloud {
    /// The application that both tenants know, as one of them knows it.
    fn bridge(&mut self, tenant: &str) -> String {
        self.token(tenant, world::MULTI_TENANT_CLIENT, world::MULTI_TENANT_SECRET)
    }

    fn put(&mut self, token: &str, auxiliary: Option<&str>, sent: &Sent) -> (u16, Value) {
        self.ask("PUT", token, auxiliary, sent)
    }

    fn ask(
        &mut self,
        method: &str,
        token: &str,
        auxiliary: Option<&str>,
        sent: &Sent,
    ) -> (u16, Value) {
        let (path, version, body) = sent;
        let mut headers = vec![("authorization".to_owned(), format!("Bearer {token}"))];
        let name = "x-ms-authorization-auxiliary".to_owned();
        headers.extend(auxiliary.map(|value| (name, value.to_owned())));
        let request = Request {
            listener: Listener::Management,
            method: method.to_owned(),
            path: path.clone(),
            query: vec![("api-version".to_owned(), (*version).to_owned())],
            headers,
            body: body.to_string().into(),
        };
        let reply = router::answer(&mut self.core, &request).reply;
        (reply.status, json_of(&reply))
    }

    /// Takes the application's roles in the publisher's tenant away.
    fn without_role(&mut self) {
        let known = &mut self.core.state.role_assignments;
        known.retain(|known| known.principal != world::MULTI_TENANT_PUBLISHER_OBJECT);
    }
}

fn message(body: &Value) -> &str {
    body["error"]["message"].as_str().unwrap_or_default()
}

#[track_caller]
fn is_refused(answer: &(u16, Value), expected: &str, words: &str) {
    let (status, body) = answer;
    assert_eq!((*status, code(body)), (403, expected), "{body}");
    assert!(message(body).contains(words), "{body}");
}

const NO_TOKEN: &str = "is not authorized to access linked subscription";
const NO_ROLE: &str = "it does not have permission to perform action 'read' on the linked scope(s)";

#[test]
fn tokens_are_separated_by_commas_and_each_has_to_be_good() {
    let mut cloud = Cloud::new();
    let home = cloud.bridge(world::CONSUMER_TENANT);
    let away = cloud.bridge(world::PUBLISHER_TENANT);
    let graph = {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", world::MULTI_TENANT_CLIENT),
            ("client_secret", world::MULTI_TENANT_SECRET),
            ("scope", "https://localhost:3/.default"),
        ];
        let (_, body) = cloud.token_reply(world::PUBLISHER_TENANT, &fields);
        body["access_token"].as_str().unwrap().to_owned()
    };
    cloud.core.knobs.token_lifetime = -1;
    let expired = cloud.bridge(world::PUBLISHER_TENANT);
    cloud.core.knobs.token_lifetime = 3599;
    let sent = machine(&version());
    let (good, other) = (format!("Bearer {away}"), format!("Bearer {home}"));
    for (header, status) in [
        (good.clone(), 201),
        (format!("{good}, {other}"), 200),
        (format!("{other},{good},{other}"), 200),
        (format!("{other}, {good}, {other}, {good}"), 401),
        (format!("{good}; {other}"), 401),
        (format!("{good};"), 401),
        (format!("{good},"), 401),
        (away.clone(), 401),
        (format!("EncryptedBearer {away}"), 401),
        (format!("{good}, Bearer {expired}"), 401),
        (format!("{good}, Bearer {graph}"), 401),
        (format!("Bearer {away}x"), 401),
        (String::new(), 401),
    ] {
        let (told, body) = cloud.put(&home, Some(&header), &sent);
        assert_eq!(told, status, "{header}: {body}");
        if status == 401 {
            assert_eq!(code(&body), "InvalidAuthenticationToken");
        }
        if status == 401 && !header.is_empty() && header != format!("{good},") {
            let named = message(&body);
            assert!(
                named.contains(world::MULTI_TENANT_CLIENT)
                    && named.contains(world::PUBLISHER_TENANT),
                "{header}: {named}"
            );
        }
    }
    let journal = json!(cloud.core.journal).to_string();
    assert!(!journal.contains(&home) && !journal.contains(&away));
}

#[test]
fn a_deployment_is_refused_before_it_is_one() {
    let mut cloud = Cloud::new();
    cloud.core.knobs.what_if_polls = 0;
    let home = cloud.bridge(world::CONSUMER_TENANT);
    let away = format!("Bearer {}", cloud.bridge(world::PUBLISHER_TENANT));
    let (_, version, mut resource) = machine(&version());
    resource["type"] = json!("Microsoft.Compute/virtualMachines");
    resource["apiVersion"] = json!(version);
    resource["name"] = json!("vm1");
    let template = json!({"contentVersion": "1.0.0.0", "resources": [resource],
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"});
    let body = json!({"properties": {"mode": "Incremental", "template": template}});
    let place = group(world::CONSUMER_SUBSCRIPTION, "apps-rg");
    let path = format!("{place}/providers/Microsoft.Resources/deployments/d1");
    for (method, rest) in [("POST", "/validate"), ("PUT", "")] {
        let sent = (format!("{path}{rest}"), "2025-04-01", body.clone());
        let answer = cloud.ask(method, &home, None, &sent);
        is_refused(&answer, "LinkedAuthorizationFailed", NO_TOKEN);
    }
    // What-if says it in its result.
    let sent = (format!("{path}/whatIf"), "2025-04-01", body);
    let (status, told) = cloud.ask("POST", &home, None, &sent);
    assert_eq!((status, code(&told)), (200, "LinkedAuthorizationFailed"), "{told}");
    let (_, told) = cloud.ask("POST", &home, Some(&away), &sent);
    assert_eq!(told["status"], "Succeeded", "{told}");
    cloud.without_role();
    let (_, told) = cloud.ask("POST", &home, Some(&away), &sent);
    assert!(message(&told).contains(NO_ROLE), "{told}");
}

#[test]
fn a_bad_token_spoils_a_request_that_does_not_need_it() {
    let mut cloud = Cloud::new();
    let home = cloud.consumer();
    let path = format!(
        "{}/providers/Microsoft.Network/networkSecurityGroups/nsg1",
        group(world::CONSUMER_SUBSCRIPTION, "apps-rg")
    );
    let sent = (path, "2024-05-01", json!({"location": "westeurope", "properties": {}}));
    assert_eq!(cloud.put(&home, Some("Bearer no.such.token"), &sent).0, 401);
    assert_eq!(cloud.put(&home, None, &sent).0, 201);
}

#[test]
fn without_a_token_of_the_images_tenant_the_subscription_is_named() {
    let mut cloud = Cloud::new();
    let home = cloud.bridge(world::CONSUMER_TENANT);
    for (image, action) in [
        (version(), "Microsoft.Compute/galleries/images/versions/read"),
        (definition(), "Microsoft.Compute/galleries/images/read"),
    ] {
        let answer = cloud.put(&home, None, &machine(&image));
        is_refused(&answer, "LinkedAuthorizationFailed", NO_TOKEN);
        let told = message(&answer.1);
        assert!(
            told.starts_with(&format!(
                "The client has permission to perform action '{action}' on scope"
            )) && told.contains(&format!("current tenant '{}'", world::CONSUMER_TENANT))
                && told.contains(world::PUBLISHER_SUBSCRIPTION),
            "{told}"
        );
    }
    // A token of one's own tenant, or of a third one, is none of the image's.
    let own = format!("Bearer {home}");
    let answer = cloud.put(&home, Some(&own), &machine(&version()));
    is_refused(&answer, "LinkedAuthorizationFailed", NO_TOKEN);
}

#[test]
fn a_token_of_the_right_tenant_needs_a_role_there() {
    let mut cloud = Cloud::new();
    cloud.without_role();
    let home = cloud.bridge(world::CONSUMER_TENANT);
    let away = format!("Bearer {}", cloud.bridge(world::PUBLISHER_TENANT));
    let answer = cloud.put(&home, Some(&away), &machine(&version()));
    is_refused(&answer, "LinkedAuthorizationFailed", NO_ROLE);
    assert!(message(&answer.1).contains(world::MULTI_TENANT_CONSUMER_OBJECT));
    let state = &mut cloud.core.state;
    state.assign_role(&definition(), READER, world::MULTI_TENANT_PUBLISHER_OBJECT);
    assert_eq!(cloud.put(&home, Some(&away), &machine(&version())).0, 201);
    // Whoever writes it again needs the image again; what leaves the image alone does not.
    let answer = cloud.put(&home, None, &machine(&version()));
    is_refused(&answer, "LinkedAuthorizationFailed", NO_TOKEN);
    let url = format!("{}?api-version=2024-11-01", machine(&version()).0);
    let (status, _) = cloud.arm(&home, "PATCH", &url, &json!({"tags": {"a": "b"}}));
    assert_eq!(status, 200);
}

#[test]
fn a_delegation_is_judged_by_the_role_it_lends() {
    let mut cloud = Cloud::new();
    let consumer = cloud.consumer();
    cloud.core.state.delegate(
        world::PUBLISHER_SUBSCRIPTION,
        world::OTHER_GROUP,
        world::CONSUMER_TENANT,
        world::CONSUMER_GROUP,
        roles::READER,
    );
    // The delegation of another group opens the subscription's door, not the image.
    let answer = cloud.put(&consumer, None, &machine(&version()));
    is_refused(&answer, "LinkedAuthorizationFailed", NO_TOKEN);
    cloud.core.state.delegate(
        world::PUBLISHER_SUBSCRIPTION,
        world::IMAGES_GROUP,
        world::CONSUMER_TENANT,
        world::CONSUMER_GROUP,
        roles::READER,
    );
    assert_eq!(cloud.put(&consumer, None, &machine(&version())).0, 201);
    let url = format!("/subscriptions/{}?api-version=2022-12-01", world::PUBLISHER_SUBSCRIPTION);
    assert_eq!(
        cloud.get(&consumer, &url).1["managedByTenants"],
        json!([{"tenantId": world::CONSUMER_TENANT}])
    );
    // The tenant manages the group, but nobody lent this application anything.
    let bridge = cloud.bridge(world::CONSUMER_TENANT);
    let answer = cloud.put(&bridge, None, &machine(&version()));
    is_refused(&answer, "LinkedAuthorizationFailed", NO_ROLE);
}

#[test]
fn at_home_a_role_is_needed_too() {
    let mut cloud = Cloud::new();
    cloud.without_role();
    let place = group(world::PUBLISHER_SUBSCRIPTION, world::OTHER_GROUP);
    let state = &mut cloud.core.state;
    state.assign_role(&place, roles::CONTRIBUTOR, world::MULTI_TENANT_PUBLISHER_OBJECT);
    let token = cloud.bridge(world::PUBLISHER_TENANT);
    let (_, api, body) = machine(&version());
    let path = format!("{place}/providers/Microsoft.Compute/virtualMachines/vm1");
    let sent = (path, api, body);
    let answer = cloud.put(&token, None, &sent);
    is_refused(&answer, "LinkedAuthorizationFailed", NO_ROLE);
    let state = &mut cloud.core.state;
    state.assign_role(&version(), READER, world::MULTI_TENANT_PUBLISHER_OBJECT);
    assert_eq!(cloud.put(&token, None, &sent).0, 201);
}

#[test]
fn whatever_refers_to_an_image_is_checked() {
    let mut cloud = Cloud::new();
    let home = cloud.bridge(world::CONSUMER_TENANT);
    let away = format!("Bearer {}", cloud.bridge(world::PUBLISHER_TENANT));
    let compute =
        format!("{}/providers/Microsoft.Compute", group(world::CONSUMER_SUBSCRIPTION, "apps-rg"));
    let gallery = format!("{compute}/galleries/copies");
    for (path, body) in [
        (gallery.clone(), json!({})),
        (
            format!("{gallery}/images/copy"),
            json!({"osType": "Linux", "osState": "Generalized", "hyperVGeneration": "V2",
                "features": [{"name": "SecurityType", "value": "TrustedLaunch"}],
                "identifier": {"publisher": "p", "offer": "o", "sku": "s"}}),
        ),
    ] {
        let body = json!({"location": "westeurope", "properties": body});
        assert_eq!(cloud.put(&home, None, &(path, "2024-03-03", body)).0, 201);
    }
    for (path, api, properties) in [
        (
            format!("{compute}/virtualMachineScaleSets/set1"),
            "2024-11-01",
            json!({"upgradePolicy": {"mode": "Manual"}, "virtualMachineProfile": {
                "storageProfile": {"imageReference": {"id": version()}},
                "securityProfile": {"securityType": "TrustedLaunch"},
                "osProfile": {"computerNamePrefix": "set", "adminUsername": "azureuser", "adminPassword": "Pa55word-of-a-test"},
                "networkProfile": {"networkInterfaceConfigurations": [{"name": "one"}]}}}),
        ),
        (
            format!("{compute}/disks/disk1"),
            "2024-03-02",
            json!({"creationData": {"createOption": "FromImage", "galleryImageReference": {"id": version()}}}),
        ),
        (
            format!("{gallery}/images/copy/versions/1.0.0"),
            "2024-03-03",
            json!({"storageProfile": {"source": {"id": version()}}}),
        ),
    ] {
        let mut body = json!({"location": "westeurope", "properties": properties});
        if path.contains("/virtualMachineScaleSets/") {
            body["sku"] = json!({"name": "Standard_D2s_v5", "capacity": 1});
        }
        let sent = (path, api, body);
        let answer = cloud.put(&home, None, &sent);
        is_refused(&answer, "LinkedAuthorizationFailed", NO_TOKEN);
        let (status, body) = cloud.put(&home, Some(&away), &sent);
        assert_eq!(status, 201, "{}: {body}", sent.0);
    }
}
