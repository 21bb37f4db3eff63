//! A fleet of subscriptions: made, read in bulk, and each delegated by itself.

use serde_json::json;

use super::{Cloud, json_of, offer};
use crate::arm::roles;
use crate::message::Listener;
use crate::seed::fleet::{contoso_fleet, fleet_subscription};

const COUNT: usize = 1_200;

#[test]
fn a_fleet_is_read_in_two_pages_and_each_of_it_is_the_deployers() {
    let mut cloud = Cloud::new();
    cloud.core.state = contoso_fleet(COUNT);
    let token = cloud.deployer();
    let mut options = json!({"$top": 1_000});
    let mut pages = Vec::new();
    loop {
        let body = json!({"query": "resourcecontainers | where type =~ 'microsoft.resources/subscriptions' \
            | where tags.imageshare == 'yes' | project id, name, properties, tags | order by id asc", "options": options});
        let url = "/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01";
        let reply =
            json_of(&cloud.send(Listener::Management, "POST", url, &token, &body.to_string()));
        pages.push(reply["count"].as_u64().unwrap());
        match reply.get("$skipToken") {
            Some(token) => options["$skipToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(pages, [1_000, 200]);
    for number in [1, COUNT] {
        let name = "0d5a8c4e-0000-4000-8000-000000000001";
        let url = format!(
            "/subscriptions/{}/providers/Microsoft.ManagedServices/registrationDefinitions",
            fleet_subscription(number)
        );
        let put = format!("{url}/{name}?api-version={}", super::VERSION);
        let (status, body) = cloud.arm(&token, "PUT", &put, &offer(roles::READER));
        assert_eq!(status, 201, "{body}");
        let (_, list) = cloud.get(&token, &format!("{url}?api-version={}", super::VERSION));
        assert_eq!(list["value"].as_array().unwrap().len(), 1);
    }
    assert_eq!(fleet_subscription(1), fleet_subscription(1));
}
