//! Whole stories against the cloud, without sockets: what a client would send, and what it must get.

mod builder;
mod capacity;
mod copies;
mod delegation;
mod deployment;
mod directory;
mod fleet;
mod guests;
mod linked;
mod management_groups;
mod policy;
mod policy_refused;
mod resource_graph;
mod sharing;
mod sign_in;
mod tags;
mod throttling;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::core::Core;
use crate::message::{Listener, Reply, Request};
use crate::router;
use crate::seed;
use crate::world;

const ARM: &str = "https://localhost:2";
const VERSION: &str = "2022-10-01";

/// A client of a cloud that has no sockets.
struct Cloud {
    core: Core,
}

impl Cloud {
    fn new() -> Cloud {
        let mut core = Core::new(seed::contoso_and_fabrikam());
        core.endpoints.login = "https://localhost:1".to_owned();
        core.endpoints.management = ARM.to_owned();
        core.endpoints.graph = "https://localhost:3".to_owned();
        core.endpoints.elsewhere = "https://localhost:4".to_owned();
        Cloud { core }
    }

    fn send(
        &mut self,
        listener: Listener,
        method: &str,
        url: &str,
        token: &str,
        body: &str,
    ) -> Reply {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        if listener == Listener::Login {
            headers[0].1 = "application/x-www-form-urlencoded".to_owned();
        }
        if !token.is_empty() {
            headers.push(("authorization".to_owned(), format!("Bearer {token}")));
        }
        let request = Request {
            listener,
            method: method.to_owned(),
            path: path.to_owned(),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers,
            body: Bytes::from(body.to_owned()),
        };
        router::answer(&mut self.core, &request).reply
    }

    fn token_reply(&mut self, tenant: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let reply =
            self.send(Listener::Login, "POST", &format!("/{tenant}/oauth2/v2.0/token"), "", &body);
        (reply.status, json_of(&reply))
    }

    fn token(&mut self, tenant: &str, client: &str, secret: &str) -> String {
        let scope = format!("{ARM}//.default");
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", client),
            ("client_secret", secret),
            ("scope", scope.as_str()),
        ];
        let (status, body) = self.token_reply(tenant, &fields);
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }

    fn deployer(&mut self) -> String {
        self.token(world::PUBLISHER_TENANT, world::DEPLOYER_CLIENT, world::DEPLOYER_SECRET)
    }

    fn consumer(&mut self) -> String {
        self.token(world::CONSUMER_TENANT, world::CONSUMER_CLIENT, world::CONSUMER_SECRET)
    }

    fn arm(&mut self, token: &str, method: &str, url: &str, body: &Value) -> (u16, Value) {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let reply = self.send(Listener::Management, method, url, token, &text);
        (reply.status, json_of(&reply))
    }

    fn get(&mut self, token: &str, url: &str) -> (u16, Value) {
        self.arm(token, "GET", url, &Value::Null)
    }
}

fn json_of(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap_or(Value::Null)
}

fn header<'a>(reply: &'a Reply, name: &str) -> Option<&'a str> {
    reply
        .headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

/// The path and query of an address of Resource Manager.
fn local(url: &str) -> String {
    url.strip_prefix(ARM).unwrap().to_owned()
}

fn code(body: &Value) -> &str {
    body["error"]["code"].as_str().unwrap_or_default()
}

fn definition_url(name: &str, version: &str) -> String {
    format!(
        "/subscriptions/{}/providers/Microsoft.ManagedServices/registrationDefinitions/{name}?api-version={version}",
        world::PUBLISHER_SUBSCRIPTION
    )
}

fn assignment_url(name: &str) -> String {
    format!(
        "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ManagedServices/registrationAssignments/{name}?api-version={VERSION}",
        world::PUBLISHER_SUBSCRIPTION,
        world::IMAGES_GROUP
    )
}

fn offer(role: &str) -> Value {
    json!({"properties": {"registrationDefinitionName": "Images", "managedByTenantId": world::CONSUMER_TENANT,
        "authorizations": [{"principalId": world::CONSUMER_GROUP, "roleDefinitionId": role}]}})
}

fn assignment_of(definition: &str) -> Value {
    json!({"properties": {"registrationDefinitionId": format!(
        "/subscriptions/{}/providers/Microsoft.ManagedServices/registrationDefinitions/{definition}",
        world::PUBLISHER_SUBSCRIPTION)}})
}
