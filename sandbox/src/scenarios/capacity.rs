//! Sizes, quota and the marketplace's terms: who may read them, what is refused, and what machines use up.

use serde_json::{Value, json};

use super::{Cloud, code};
use crate::arm::roles;
use crate::world;

fn subscription() -> String {
    format!("/subscriptions/{}", world::CONSUMER_SUBSCRIPTION)
}

fn skus(filter: &str) -> String {
    let place = subscription();
    format!("{place}/providers/Microsoft.Compute/skus?api-version=2021-07-01&$filter={filter}")
}

fn usages(region: &str) -> String {
    let place = subscription();
    format!("{place}/providers/Microsoft.Compute/locations/{region}/usages?api-version=2024-11-01")
}

fn terms(plan: &str) -> String {
    format!(
        "{}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine/publishers/contoso/offers/hardened/plans/{plan}/agreements/current?api-version=2021-01-01",
        subscription()
    )
}

fn machine(size: &str) -> Value {
    json!({"location": "westeurope", "properties": {"hardwareProfile": {"vmSize": size}}})
}

fn place(name: &str) -> String {
    let group = format!("{}/resourceGroups/apps-rg", subscription());
    format!("{group}/providers/Microsoft.Compute/virtualMachines/{name}?api-version=2024-11-01")
}

#[test]
fn sizes_and_quota_are_told_to_whoever_has_a_role_on_the_subscription() {
    let mut cloud = Cloud::new();
    let token = cloud.consumer();
    let (status, told) = cloud.get(&token, &skus("location%20eq%20'WestUS'"));
    assert_eq!(status, 200, "{told}");
    let here = told["value"].as_array().unwrap();
    assert!(here.iter().all(|one| one["locations"] == json!(["westus"])));
    assert!(!here.iter().any(|one| one["name"] == "Standard_DC2as_v5"));
    let (_, told) = cloud.get(&token, &skus("name%20eq%20'x'"));
    assert_eq!(code(&told), "InvalidParameter");
    let (_, told) = cloud.get(&token, &usages("atlantis"));
    assert_eq!(code(&told), "NoRegisteredProviderFound");
    cloud.core.state.role_assignments.clear();
    let group = format!("{}/resourceGroups/apps-rg", subscription());
    let state = &mut cloud.core.state;
    state.assign_role(&group, roles::OWNER, world::CONSUMER_OBJECT);
    for url in [skus(""), usages("westeurope"), terms("gen2")] {
        let (status, told) = cloud.get(&token, &url);
        assert_eq!((status, code(&told)), (403, "AuthorizationFailed"), "{url}");
    }
}

#[test]
fn machines_use_up_the_quota_and_one_that_is_put_again_does_not() {
    let mut cloud = Cloud::new();
    let token = cloud.consumer();
    let capacity = &mut cloud.core.state.capacity;
    capacity.limit(world::CONSUMER_SUBSCRIPTION, "westeurope", "standardDSv5Family", 5);
    for (name, size, expected) in [
        ("a", "Standard_D4s_v5", (201, "")),
        ("a", "Standard_D4s_v5", (200, "")),
        ("b", "Standard_D2s_v5", (409, "OperationNotAllowed")),
        ("b", "Standard_D2s_v3", (201, "")),
        ("c", "Standard_D2s_v55", (400, "InvalidParameter")),
    ] {
        let (status, told) = cloud.arm(&token, "PUT", &place(name), &machine(size));
        assert_eq!((status, code(&told)), expected, "{size}: {told}");
    }
    let elsewhere = json!({"location": "westus", "properties": {"hardwareProfile": {"vmSize": "Standard_DC2as_v5"}}});
    let (status, told) = cloud.arm(&token, "PUT", &place("c"), &elsewhere);
    assert_eq!((status, code(&told)), (409, "SkuNotAvailable"), "{told}");
    let (_, told) = cloud.get(&token, &usages("westeurope"));
    let mut all = told["value"].as_array().unwrap().iter();
    let cores = all.find(|one| one["name"]["value"] == "cores").unwrap();
    assert_eq!(cores["currentValue"], 6, "{cores}");
}

#[test]
fn terms_are_accepted_by_who_has_read_them() {
    let mut cloud = Cloud::new();
    let token = cloud.consumer();
    let definition = format!("{}/images/{}", world::gallery_id(), world::LINUX_IMAGE);
    let known = cloud.core.state.resources.get_mut(&definition.to_lowercase());
    known.unwrap().body["properties"]["purchasePlan"] =
        json!({"publisher": "contoso", "product": "hardened", "name": "gen2"});
    let mut bought = machine("Standard_D2s_v5");
    bought["plan"] = json!({"publisher": "contoso", "product": "hardened", "name": "gen2"});
    let (status, told) = cloud.arm(&token, "PUT", &place("a"), &bought);
    assert_eq!((status, code(&told)), (400, "ResourcePurchaseValidationFailed"), "{told}");
    let (_, mut read) = cloud.get(&token, &terms("gen2"));
    assert_eq!(read["properties"]["accepted"], false, "{read}");
    let (_, told) = cloud.get(&token, &terms("other"));
    assert_eq!(code(&told), "BadRequest");
    let unread = json!({"properties": {"accepted": true, "signature": "x"}});
    let (_, told) = cloud.arm(&token, "PUT", &terms("gen2"), &unread);
    assert_eq!(code(&told), "BadRequest");
    read["properties"]["accepted"] = json!(true);
    let (status, told) = cloud.arm(&token, "PUT", &terms("gen2"), &read);
    assert_eq!((status, &told["properties"]["accepted"]), (200, &json!(true)));
    assert_eq!(cloud.arm(&token, "PUT", &place("a"), &bought).0, 201);
    let own = cloud.core.state.subscription_mut(world::CONSUMER_SUBSCRIPTION);
    own.unwrap().providers.remove("microsoft.marketplaceordering");
    let (status, told) = cloud.get(&token, &terms("gen2"));
    assert_eq!((status, code(&told)), (409, "MissingSubscriptionRegistration"));
}
