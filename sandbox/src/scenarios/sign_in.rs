//! Tokens: who gets one, who is told why not, and what a token opens.

use serde_json::Value;

use super::{ARM, Cloud, code, json_of};
use crate::message::Listener;
use crate::world;

fn numbers(body: &Value) -> i64 {
    body["error_codes"][0].as_i64().unwrap()
}

fn try_secret(
    cloud: &mut Cloud,
    tenant: &str,
    client: &str,
    secret: &str,
    scope: &str,
) -> (u16, i64) {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", client),
        ("client_secret", secret),
        ("scope", scope),
    ];
    let (status, body) = cloud.token_reply(tenant, &fields);
    assert!(body["error_description"].as_str().unwrap().starts_with("AADSTS"), "{body}");
    (status, numbers(&body))
}

#[test]
fn refusals_carry_entras_numbers() {
    let mut cloud = Cloud::new();
    let scope = format!("{ARM}/.default");
    let client = world::DEPLOYER_CLIENT;
    let tenant = world::PUBLISHER_TENANT;
    assert_eq!(try_secret(&mut cloud, tenant, client, "wrong", &scope), (401, 7_000_215));
    let expired = world::DEPLOYER_EXPIRED_SECRET;
    assert_eq!(try_secret(&mut cloud, tenant, client, expired, &scope), (401, 7_000_222));
    let secret = world::DEPLOYER_SECRET;
    assert_eq!(
        try_secret(&mut cloud, world::CONSUMER_TENANT, client, secret, &scope),
        (400, 700_016)
    );
    assert_eq!(try_secret(&mut cloud, "nobody.example", client, secret, &scope), (400, 90002));
    let other = "https://vault.example/.default";
    assert_eq!(try_secret(&mut cloud, tenant, client, secret, other), (400, 500_011));
}

#[test]
fn a_domain_names_its_tenant() {
    let mut cloud = Cloud::new();
    let url = format!("/{}/v2.0/.well-known/openid-configuration", world::PUBLISHER_DOMAIN);
    let body = json_of(&cloud.send(Listener::Login, "GET", &url, "", ""));
    assert!(body["issuer"].as_str().unwrap().contains(world::PUBLISHER_TENANT));
    let unknown = cloud.send(
        Listener::Login,
        "GET",
        "/nobody.example/v2.0/.well-known/openid-configuration",
        "",
        "",
    );
    assert_eq!((unknown.status, numbers(&json_of(&unknown))), (400, 90002));
}

#[test]
fn a_federated_token_stands_in_for_a_secret() {
    let mut cloud = Cloud::new();
    let assertion = cloud.core.federated_token(world::FEDERATED_CLIENT);
    let scope = format!("{ARM}/.default");
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", world::FEDERATED_CLIENT),
        ("client_assertion", assertion.as_str()),
        ("scope", scope.as_str()),
    ];
    let (status, body) = cloud.token_reply(world::PUBLISHER_TENANT, &fields);
    assert_eq!(status, 200, "{body}");
    let stolen = [fields[0], ("client_id", world::DEPLOYER_CLIENT), fields[2], fields[3]];
    assert_eq!(cloud.token_reply(world::PUBLISHER_TENANT, &stolen).0, 401);
}

#[test]
fn resource_manager_says_what_is_wrong_with_a_token() {
    let mut cloud = Cloud::new();
    let url = "/subscriptions?api-version=2022-12-01";
    assert_eq!(code(&cloud.get("", url).1), "AuthenticationFailed");
    assert_eq!(code(&cloud.get("abc", url).1), "InvalidAuthenticationToken");
    let token = cloud.deployer();
    assert_eq!(code(&cloud.get(&token, "/subscriptions").1), "MissingApiVersionParameter");
    assert_eq!(
        code(&cloud.get(&token, "/subscriptions?api-version=9").1),
        "InvalidApiVersionParameter"
    );
    let foreign = format!(
        "/subscriptions/{}/resourcegroups?api-version=2021-04-01",
        world::CONSUMER_SUBSCRIPTION
    );
    let (status, body) = cloud.get(&token, &foreign);
    assert_eq!((status, code(&body)), (401, "InvalidAuthenticationTokenTenant"));
    cloud.core.knobs.clock_advance = 4000;
    assert_eq!(code(&cloud.get(&token, url).1), "ExpiredAuthenticationToken");
}

#[test]
fn a_reader_reads_and_nothing_else() {
    let mut cloud = Cloud::new();
    let token = cloud.token(world::PUBLISHER_TENANT, world::READER_CLIENT, world::READER_SECRET);
    let group = format!(
        "/subscriptions/{}/resourcegroups/new-rg?api-version=2021-04-01",
        world::PUBLISHER_SUBSCRIPTION
    );
    let (status, body) =
        cloud.arm(&token, "PUT", &group, &serde_json::json!({"location": "westeurope"}));
    assert_eq!((status, code(&body)), (403, "AuthorizationFailed"));
    let gallery = format!("{}?api-version=2024-03-03", world::gallery_id());
    assert_eq!(cloud.get(&token, &gallery).0, 200);
}
