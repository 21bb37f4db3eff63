//! Microsoft Graph refuses what it refuses in the cloud; an application's life in two tenants.

use serde_json::{Value, json};

use super::{Cloud, code, header, json_of};
use crate::message::Listener;
use crate::world;

const GRAPH: &str = "https://localhost:3";
const CONSENT: &str = "redirect_uri=http%3A%2F%2Flocalhost%3A4711%2Fx&state=s";

fn signed_in(cloud: &mut Cloud, tenant: &str, client: &str, secret: &str) -> (u16, Value) {
    let scope = format!("{GRAPH}/.default");
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", client),
        ("client_secret", secret),
        ("scope", scope.as_str()),
    ];
    cloud.token_reply(tenant, &fields)
}

fn token(cloud: &mut Cloud, tenant: &str, client: &str, secret: &str) -> String {
    let (status, body) = signed_in(cloud, tenant, client, secret);
    assert_eq!(status, 200, "{body}");
    body["access_token"].as_str().unwrap().to_owned()
}

fn publisher(cloud: &mut Cloud) -> String {
    token(cloud, world::PUBLISHER_TENANT, world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET)
}

fn consumer(cloud: &mut Cloud) -> String {
    token(cloud, world::CONSUMER_TENANT, world::CONSUMER_CLIENT, world::CONSUMER_SECRET)
}

fn call(cloud: &mut Cloud, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let path = format!("/v1.0{path}");
    let reply = cloud.send(Listener::Graph, method, &path, token, &body);
    (reply.status, json_of(&reply))
}

fn application(cloud: &mut Cloud, token: &str, audience: &str) -> Value {
    let body = json!({"displayName": "bridge", "signInAudience": audience,
        "web": {"redirectUris": ["http://localhost/x"]}});
    let (status, made) = call(cloud, token, "POST", "/applications", &body);
    assert_eq!(status, 201, "{made}");
    made
}

#[test]
fn bodies_that_graph_does_not_know_are_refused() {
    let mut cloud = Cloud::new();
    let token = publisher(&mut cloud);
    for body in [
        json!({}),
        json!({"displayName": ""}),
        json!({"displayName": "x", "color": "red"}),
        json!({"displayName": "x", "signInAudience": "Everybody"}),
        json!({"displayName": "x", "passwordCredentials": [{"displayName": "y"}]}),
        json!({"displayName": "x", "web": {"redirectUris": ["http://example.org/"]}}),
        json!([1]),
    ] {
        let (status, refused) = call(&mut cloud, &token, "POST", "/applications", &body);
        assert_eq!((status, code(&refused)), (400, "Request_BadRequest"), "{body}");
        assert!(refused["error"]["innerError"]["request-id"].is_string());
    }
    let (_, found) =
        call(&mut cloud, &token, "GET", "/applications?$filter=displayName eq 'x'", &Value::Null);
    assert_eq!(found["value"], json!([]), "nothing is half made");
    let bad = call(&mut cloud, &token, "GET", "/users?$filter=length(mail) gt 3", &Value::Null);
    assert_eq!((bad.0, code(&bad.1)), (400, "Request_UnsupportedQuery"));
}

#[test]
fn who_has_no_right_is_denied() {
    let mut cloud = Cloud::new();
    let reader =
        token(&mut cloud, world::PUBLISHER_TENANT, world::READER_CLIENT, world::READER_SECRET);
    let guest = json!({"invitedUserEmailAddress": "a@b.example", "inviteRedirectUrl": "https://x"});
    for (path, body) in [
        ("/applications", json!({"displayName": "x"})),
        ("/invitations", guest),
        ("/servicePrincipals", json!({"appId": world::MULTI_TENANT_CLIENT})),
    ] {
        let (status, refused) = call(&mut cloud, &reader, "POST", path, &body);
        assert_eq!((status, code(&refused)), (403, "Authorization_RequestDenied"), "{path}");
    }
    let own = ["Application.ReadWrite.OwnedBy"];
    cloud.core.state.directory.permit(world::READER_OBJECT, &own);
    let made = application(&mut cloud, &reader, "AzureADMyOrg");
    let sp = json!({"appId": made["appId"]});
    assert_eq!(call(&mut cloud, &reader, "POST", "/servicePrincipals", &sp).0, 201);
    let foreign = format!("/applications(appId='{}')", world::DEPLOYER_CLIENT);
    let patch = json!({"displayName": "mine"});
    assert_eq!(call(&mut cloud, &reader, "PATCH", &foreign, &patch).0, 403);
}

#[test]
fn an_application_lives_in_two_tenants_and_dies_at_home() {
    let mut cloud = Cloud::new();
    let (here, there) = (publisher(&mut cloud), consumer(&mut cloud));
    let single = application(&mut cloud, &here, "AzureADMyOrg");
    let sp = json!({"appId": single["appId"]});
    let (status, refused) = call(&mut cloud, &there, "POST", "/servicePrincipals", &sp);
    assert_eq!(status, 400, "{refused}");
    let made = application(&mut cloud, &here, "AzureADMultipleOrgs");
    let client = made["appId"].as_str().unwrap().to_owned();
    let path = format!("/applications/{}", made["id"].as_str().unwrap());
    let add = format!("{path}/addPassword");
    let wanted =
        json!({"passwordCredential": {"displayName": "x", "endDateTime": "2099-01-01T00:00:00Z"}});
    let (_, secret) = call(&mut cloud, &here, "POST", &add, &wanted);
    let value = secret["secretText"].as_str().unwrap().to_owned();
    let (_, shown) = call(&mut cloud, &here, "GET", &path, &Value::Null);
    assert_eq!(shown["passwordCredentials"][0]["secretText"], Value::Null);
    let sp = json!({ "appId": client });
    for token in [&here, &there] {
        assert_eq!(call(&mut cloud, token, "POST", "/servicePrincipals", &sp).0, 201);
        assert_eq!(call(&mut cloud, token, "POST", "/servicePrincipals", &sp).0, 409);
    }
    for tenant in [world::PUBLISHER_TENANT, world::CONSUMER_TENANT] {
        assert_eq!(signed_in(&mut cloud, tenant, &client, &value).0, 200);
    }
    assert_eq!(call(&mut cloud, &here, "DELETE", &path, &Value::Null).0, 204);
    assert_eq!(call(&mut cloud, &here, "DELETE", &path, &Value::Null).0, 404);
    let left = format!("/servicePrincipals(appId='{client}')");
    assert_eq!(call(&mut cloud, &here, "GET", &left, &Value::Null).0, 404);
    assert_eq!(call(&mut cloud, &there, "GET", &left, &Value::Null).0, 200);
    assert_ne!(signed_in(&mut cloud, world::CONSUMER_TENANT, &client, &value).0, 200);
}

#[test]
fn the_consent_page_wants_a_right_address_and_a_right_person() {
    let mut cloud = Cloud::new();
    let token = publisher(&mut cloud);
    let made = application(&mut cloud, &token, "AzureADMultipleOrgs");
    let client = made["appId"].as_str().unwrap().to_owned();
    let tenant = world::CONSUMER_TENANT;
    let page = format!("/{tenant}/adminconsent?client_id={client}&{CONSENT}");
    let accept = format!("decision=accept&user={}", world::CONSUMER_USER);
    for (url, number) in [
        (page.replace("%2Fx", "%2Fy"), "AADSTS50011"),
        (page.replace(&client, world::READER_CLIENT), "AADSTS700016"),
        (page.replace(tenant, "nobody.example"), "AADSTS90002"),
        (page.replace("/adminconsent", "/v2.0/adminconsent"), "AADSTS900144"),
    ] {
        let reply = cloud.send(Listener::Login, "GET", &url, "", "");
        let text = String::from_utf8_lossy(&reply.body).into_owned();
        assert_eq!(reply.status, 400, "{url}");
        assert!(text.contains(number), "{url}: {text}");
    }
    let stranger = format!("decision=accept&user={}", world::PUBLISHER_USER);
    let reply = cloud.send(Listener::Login, "POST", &page, "", &stranger);
    assert!(String::from_utf8_lossy(&reply.body).contains("AADSTS50020"));
    cloud.core.state.directory.permissions.remove(world::CONSUMER_USER);
    let reply = cloud.send(Listener::Login, "POST", &page, "", &accept);
    assert!(String::from_utf8_lossy(&reply.body).contains("AADSTS90094"));
    // Users may consent for themselves, unless the tenant says otherwise.
    let own = page.replace("/adminconsent?", "/oauth2/authorize?response_type=code&");
    let reply = cloud.send(Listener::Login, "POST", &own, "", &accept);
    let location = header(&reply, "location").unwrap_or_default();
    assert_eq!(reply.status, 302);
    assert!(location.starts_with("http://localhost:4711/x?code="), "{location}");
    assert!(location.ends_with("&state=s"), "{location}");
    let closed = &mut cloud.core.state.directory.admin_consent_only;
    closed.push(tenant.to_owned());
    let reply = cloud.send(Listener::Login, "POST", &own, "", &accept);
    assert!(String::from_utf8_lossy(&reply.body).contains("AADSTS90094"));
}

#[test]
fn federated_credentials_are_few_and_distinct() {
    let mut cloud = Cloud::new();
    let token = publisher(&mut cloud);
    let made = application(&mut cloud, &token, "AzureADMyOrg");
    let path =
        format!("/applications/{}/federatedIdentityCredentials", made["id"].as_str().unwrap());
    let wanted = |name: &str, subject: &str| json!({"name": name, "issuer": "https://i", "subject": subject, "audiences": ["a"]});
    let mut post = |body: &Value| call(&mut cloud, &token, "POST", &path, body).0;
    assert_eq!(post(&wanted("n", "s")), 201);
    assert_eq!(post(&wanted("n", "t")), 409);
    assert_eq!(post(&wanted("m", "s")), 409);
    assert_eq!(post(&wanted("a b", "u")), 400);
    assert_eq!(post(&json!({"name": "x", "issuer": "i", "subject": "u", "audiences": []})), 400);
    for number in 1..20 {
        assert_eq!(post(&wanted(&format!("n{number}"), &number.to_string())), 201);
    }
    assert_eq!(post(&wanted("one-more", "x")), 400);
}
