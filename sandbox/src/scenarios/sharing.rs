//! A gallery is opened to a subscription, a tenant, everybody; who may do so, and who sees it then.

use serde_json::{Value, json};

use super::{Cloud, code, header, local};
use crate::message::Listener;
use crate::world;

const API: &str = "api-version=2024-03-03";

fn gallery(subscription: &str, group: &str, name: &str) -> String {
    format!(
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/galleries/{name}"
    )
}

fn direct() -> String {
    gallery(world::PUBLISHER_SUBSCRIPTION, world::IMAGES_GROUP, "direct")
}

/// Makes a gallery that can be shared, with one image in it.
fn shareable(cloud: &mut Cloud, token: &str) {
    let put = |cloud: &mut Cloud, id: &str, body: &Value| {
        let (status, said) = cloud.arm(token, "PUT", &format!("{id}?{API}"), body);
        assert_eq!(status, 201, "{said}");
    };
    let id = direct();
    put(
        cloud,
        &id,
        &json!({"location": "westeurope", "properties": {"sharingProfile": {"permissions": "Groups"}}}),
    );
    let image = json!({"location": "westeurope", "properties": {"osType": "Linux", "osState": "Generalized",
        "identifier": {"publisher": "p", "offer": "o", "sku": "s"}}});
    put(cloud, &format!("{id}/images/ubuntu"), &image);
    let version = json!({"location": "westeurope", "properties": {"storageProfile": {},
        "publishingProfile": {"targetRegions": [{"name": "West Europe"}, {"name": "eastus"}]}}});
    put(cloud, &format!("{id}/images/ubuntu/versions/1.0.0"), &version);
}

fn share(cloud: &mut Cloud, token: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}/share?api-version=2023-07-03", direct());
    cloud.arm(token, "POST", &url, body)
}

fn add(kind: &str, ids: &[&str]) -> Value {
    json!({"operationType": "Add", "groups": [{"type": kind, "ids": ids}]})
}

fn shared_with_me(cloud: &mut Cloud, token: &str, more: &str) -> Vec<Value> {
    let url = format!(
        "/subscriptions/{}/providers/Microsoft.Compute/locations/eastus/sharedGalleries{more}",
        world::CONSUMER_SUBSCRIPTION
    );
    let separator = if more.contains('?') { '&' } else { '?' };
    let (status, body) = cloud.get(token, &format!("{url}{separator}api-version=2023-07-03"));
    assert_eq!(status, 200, "{body}");
    body["value"].as_array().unwrap().clone()
}

#[test]
fn a_share_is_accepted_spreads_and_is_seen_by_whom_it_names_only() {
    let mut cloud = Cloud::new();
    let (owner, consumer) = (cloud.deployer(), cloud.consumer());
    shareable(&mut cloud, &owner);
    let url = format!("{}/share?api-version=2023-07-03", direct());
    let body = add("Subscriptions", &[world::CONSUMER_SUBSCRIPTION]).to_string();
    let reply = cloud.send(Listener::Management, "POST", &url, &owner, &body);
    assert_eq!(reply.status, 202);
    let status_url = local(header(&reply, "Azure-AsyncOperation").unwrap());
    assert_eq!(cloud.get(&owner, &status_url).1["status"], "Running");
    assert_eq!(cloud.get(&owner, &status_url).1["status"], "Succeeded");
    assert!(shared_with_me(&mut cloud, &consumer, "").is_empty());
    let expand = format!("{}?{API}&$expand=SharingProfile/Groups", direct());
    for state in ["InProgress", "Succeeded"] {
        let (_, body) = cloud.get(&owner, &expand);
        assert_eq!(body["properties"]["sharingStatus"]["aggregatedState"], state);
    }
    let plain = cloud.get(&owner, &format!("{}?{API}", direct())).1;
    assert!(plain["properties"]["sharingProfile"].get("groups").is_none());
    let found = shared_with_me(&mut cloud, &consumer, "");
    let unique = format!("{}-DIRECT", world::PUBLISHER_SUBSCRIPTION);
    assert_eq!(found[0]["name"], unique.as_str());
    assert!(shared_with_me(&mut cloud, &consumer, "?sharedTo=tenant").is_empty());
    let versions =
        shared_with_me(&mut cloud, &consumer, &format!("/{unique}/images/ubuntu/versions"));
    let id = format!("/SharedGalleries/{unique}/Images/ubuntu/Versions/1.0.0");
    assert_eq!(versions[0]["identifier"]["uniqueId"], id.as_str());
}

#[test]
fn limits_kinds_and_permissions_are_held() {
    let mut cloud = Cloud::new();
    let owner = cloud.deployer();
    shareable(&mut cloud, &owner);
    let ids: Vec<String> = (0..31).map(|_| uuid::Uuid::new_v4().to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for (kind, most) in [("Subscriptions", 30), ("AADTenants", 5)] {
        assert_eq!(share(&mut cloud, &owner, &add(kind, &ids[..most])).0, 202);
        let (status, body) = share(&mut cloud, &owner, &add(kind, &ids[most..=most]));
        assert_eq!((status, code(&body)), (400, "OperationNotAllowed"));
    }
    for bad in
        [add("Tenants", &ids[..1]), add("Subscriptions", &["x"]), json!({"operationType": "Give"})]
    {
        assert_eq!(share(&mut cloud, &owner, &bad).0, 400, "{bad}");
    }
    let contributor =
        cloud.token(world::PUBLISHER_TENANT, world::CONTRIBUTOR_CLIENT, world::CONTRIBUTOR_SECRET);
    let (status, body) =
        share(&mut cloud, &contributor, &json!({"operationType": "Reset", "groups": []}));
    assert_eq!((status, code(&body)), (403, "AuthorizationFailed"));
    let (status, body) = cloud.arm(&owner, "DELETE", &format!("{}?{API}", direct()), &Value::Null);
    assert_eq!((status, code(&body)), (409, "CannotDeleteResource"));
}

#[test]
fn the_preview_is_gated_and_kinds_of_sharing_cannot_be_exchanged() {
    let mut cloud = Cloud::new();
    let owner = cloud.deployer();
    let groups = json!({"location": "westeurope", "properties": {"sharingProfile": {"permissions": "Groups"}}});
    let elsewhere = gallery(world::SECOND_SUBSCRIPTION, "lab-rg", "direct");
    let (status, body) = cloud.arm(&owner, "PUT", &format!("{elsewhere}?{API}"), &groups);
    assert_eq!((status, code(&body)), (400, "FeatureNotEnabled"));
    let private = format!("{}?{API}", world::gallery_id());
    let (status, body) = cloud.arm(&owner, "PATCH", &private, &groups);
    assert_eq!((status, code(&body)), (409, "PropertyChangeNotAllowed"));
    let share = format!("{}/share?api-version=2023-07-03", world::gallery_id());
    let (status, body) =
        cloud.arm(&owner, "POST", &share, &add("AADTenants", &[world::CONSUMER_TENANT]));
    assert_eq!((status, code(&body)), (409, "OperationNotAllowed"));
    let twin = gallery(world::PUBLISHER_SUBSCRIPTION, world::OTHER_GROUP, world::GALLERY);
    let plain = json!({"location": "westeurope"});
    assert_eq!(cloud.arm(&owner, "PUT", &format!("{twin}?{API}"), &plain).0, 409);
}

#[test]
fn who_owns_a_subscription_is_told_to_strangers() {
    let mut cloud = Cloud::new();
    let url = format!("/subscriptions/{}?api-version=2022-12-01", world::PUBLISHER_SUBSCRIPTION);
    let reply = cloud.send(Listener::Management, "GET", &url, "", "");
    assert_eq!(reply.status, 401);
    let told = header(&reply, "WWW-Authenticate").unwrap();
    assert!(told.contains(&format!("/{}\"", world::PUBLISHER_TENANT)), "{told}");
    let url = format!("/subscriptions/{}?api-version=2022-12-01", uuid::Uuid::new_v4());
    let reply = cloud.send(Listener::Management, "GET", &url, "", "");
    assert_eq!(reply.status, 404);
}

#[test]
fn the_graph_of_resources_shows_what_may_be_read() {
    let mut cloud = Cloud::new();
    let query = json!({"query": "resources | where type =~ 'microsoft.compute/galleries/images' | project id"});
    let url = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01";
    let (owner, consumer) = (cloud.deployer(), cloud.consumer());
    assert_eq!(cloud.arm(&owner, "POST", url, &query).1["count"], 2);
    assert_eq!(cloud.arm(&consumer, "POST", url, &query).1["count"], 0);
    let other = json!({"query": "resources | take 5"});
    assert_eq!(cloud.arm(&owner, "POST", url, &other).0, 400);
    let page = json!({"query": query["query"], "options": {"$top": 1}});
    let (_, first) = cloud.arm(&owner, "POST", url, &page);
    let next =
        json!({"query": query["query"], "options": {"$top": 1, "$skipToken": first["$skipToken"]}});
    let (_, second) = cloud.arm(&owner, "POST", url, &next);
    assert_ne!(first["data"], second["data"]);
    assert!(second.get("$skipToken").is_none());
}

#[test]
fn a_community_gallery_is_seen_by_everybody_until_it_is_reset() {
    let mut cloud = Cloud::new();
    let (owner, consumer) = (cloud.deployer(), cloud.consumer());
    cloud.core.knobs.sharing_reads = 0;
    let id = gallery(world::SECOND_SUBSCRIPTION, "lab-rg", "open");
    let mut body = json!({"location": "westeurope", "properties": {"sharingProfile": {"permissions": "Community",
        "communityGalleryInfo": {"publisherUri": "https://contoso.com", "publisherContact": "images@contoso.com",
            "publicNamePrefix": "contoso"}}}});
    assert_eq!(cloud.arm(&owner, "PUT", &format!("{id}?{API}"), &body).0, 400);
    body["properties"]["sharingProfile"]["communityGalleryInfo"]["eula"] =
        json!("https://contoso.com/eula");
    assert_eq!(cloud.arm(&owner, "PUT", &format!("{id}?{API}"), &body).0, 201);
    let share = format!("{id}/share?api-version=2023-07-03");
    assert_eq!(
        cloud.arm(&owner, "POST", &share, &json!({"operationType": "EnableCommunity"})).0,
        202
    );
    let (_, shown) = cloud.get(&owner, &format!("{id}?{API}"));
    let info = &shown["properties"]["sharingProfile"]["communityGalleryInfo"];
    let public = info["publicNames"][0].as_str().unwrap();
    let seen = format!(
        "/subscriptions/{}/providers/Microsoft.Compute/locations/westeurope/communityGalleries/{public}?api-version=2023-07-03",
        world::CONSUMER_SUBSCRIPTION
    );
    assert_eq!(cloud.get(&consumer, &seen).0, 200);
    let query = json!({"query": "communitygalleryresources| where type == 'microsoft.compute/locations/communitygalleries' "});
    let url = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01";
    assert_eq!(cloud.arm(&consumer, "POST", url, &query).1["count"], 1);
    let reset = json!({"operationType": "Reset", "groups": []});
    assert_eq!(cloud.arm(&owner, "POST", &share, &reset).0, 202);
    assert_eq!(cloud.get(&consumer, &seen).0, 404);
}
