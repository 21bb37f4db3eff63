//! One person, two tenants: a guest signs in only where the invitation was accepted, and as somebody else there.

use serde_json::{Value, json};

use super::{ARM, Cloud, json_of};
use crate::caller::claims;
use crate::message::Listener;
use crate::world;

const AZURE_CLI: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// Signs the consumer's user in by device code, at a tenant or at all.
fn signed_in(cloud: &mut Cloud, at: &str) -> (u16, Value) {
    cloud.core.knobs.device_code_polls = 0;
    cloud.core.knobs.device_code_user = Some(world::CONSUMER_USER_NAME.to_owned());
    let scope = format!("{ARM}/.default offline_access");
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("client_id", AZURE_CLI), ("scope", &scope)])
        .finish();
    let path = format!("/{at}/oauth2/v2.0/devicecode");
    let flow = json_of(&cloud.send(Listener::Login, "POST", &path, "", &body));
    let fields = [
        ("grant_type", "device_code"),
        ("client_id", AZURE_CLI),
        ("device_code", flow["device_code"].as_str().unwrap()),
    ];
    cloud.token_reply(at, &fields)
}

fn refreshed(cloud: &mut Cloud, tenant: &str, tokens: &Value) -> (u16, Value) {
    let scope = format!("{ARM}/.default");
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", AZURE_CLI),
        ("refresh_token", tokens["refresh_token"].as_str().unwrap()),
        ("scope", &scope),
    ];
    cloud.token_reply(tenant, &fields)
}

/// Invites the consumer's user to the publisher's tenant; gives the path at which that is redeemed.
fn invited(cloud: &mut Cloud) -> String {
    let scope = "https://localhost:3/.default";
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", world::DEPLOYER_CLIENT),
        ("client_secret", world::DEPLOYER_SECRET),
        ("scope", scope),
    ];
    let (_, body) = cloud.token_reply(world::PUBLISHER_TENANT, &fields);
    let token = body["access_token"].as_str().unwrap().to_owned();
    let body = json!({"invitedUserEmailAddress": world::CONSUMER_USER_NAME, "inviteRedirectUrl": "https://localhost:2/x"});
    let sent = cloud.send(Listener::Graph, "POST", "/v1.0/invitations", &token, &body.to_string());
    let sent = json_of(&sent);
    let url = sent["inviteRedeemUrl"].as_str().unwrap();
    url.strip_prefix("https://localhost:1").unwrap().to_owned()
}

fn number(refused: &(u16, Value)) -> i64 {
    assert_eq!(refused.0, 400, "{}", refused.1);
    refused.1["error_codes"][0].as_i64().unwrap()
}

fn claim(tokens: &Value, name: &str) -> Value {
    claims(tokens["access_token"].as_str().unwrap()).unwrap()[name].clone()
}

#[test]
fn a_guest_signs_in_once_the_invitation_is_accepted() {
    let mut cloud = Cloud::new();
    let (_, home) = signed_in(&mut cloud, "organizations");
    assert_eq!(claim(&home, "tid"), world::CONSUMER_TENANT);
    let publisher = world::PUBLISHER_TENANT;
    assert_eq!(number(&refreshed(&mut cloud, publisher, &home)), 50020);
    let path = invited(&mut cloud);
    assert_eq!(number(&refreshed(&mut cloud, publisher, &home)), 50020);
    let wrong = cloud.send(Listener::Login, "POST", "/redeem?rd=x", "", "decision=accept");
    assert_eq!(wrong.status, 400);
    assert_eq!(cloud.send(Listener::Login, "POST", &path, "", "decision=cancel").status, 400);
    assert_eq!(number(&refreshed(&mut cloud, publisher, &home)), 50020);
    assert_eq!(cloud.send(Listener::Login, "POST", &path, "", "decision=accept").status, 302);

    let (status, guest) = refreshed(&mut cloud, publisher, &home);
    assert_eq!(status, 200, "{guest}");
    assert_eq!(claim(&guest, "tid"), publisher);
    assert_eq!(claim(&guest, "upn"), Value::Null);
    assert_eq!(claim(&guest, "unique_name"), world::CONSUMER_USER_NAME);
    assert_ne!(claim(&guest, "oid"), world::CONSUMER_USER);
    // A client has to see that both are one account.
    assert_eq!(guest["client_info"], home["client_info"]);
    let token = home["access_token"].as_str().unwrap();
    let (_, tenants) = cloud.get(token, "/tenants?api-version=2022-12-01");
    assert_eq!(tenants["value"].as_array().unwrap().len(), 2, "{tenants}");
    assert_eq!(number(&refreshed(&mut cloud, world::THIRD_TENANT, &home)), 50020);
}

#[test]
fn a_tenant_may_ask_for_a_second_factor_of_its_own() {
    let mut cloud = Cloud::new();
    let path = invited(&mut cloud);
    cloud.send(Listener::Login, "POST", &path, "", "decision=accept");
    let publisher = world::PUBLISHER_TENANT;
    cloud.core.state.directory.second_factor.push(publisher.to_owned());
    let (_, home) = signed_in(&mut cloud, "organizations");
    assert_eq!(number(&refreshed(&mut cloud, publisher, &home)), 50076);
    let (status, there) = signed_in(&mut cloud, publisher);
    assert_eq!(status, 200, "{there}");
    assert_eq!(refreshed(&mut cloud, publisher, &there).0, 200);
    assert_eq!(refreshed(&mut cloud, world::CONSUMER_TENANT, &there).0, 200);
}
