//! Tags of a resource: changed one by one, refused where they break a limit or a right.

use serde_json::{Value, json};

use super::{Cloud, code};
use crate::world;

fn change(cloud: &mut Cloud, token: &str, operation: &str, tags: &Value) -> (u16, Value) {
    let body = json!({"operation": operation, "properties": {"tags": tags}});
    cloud.arm(token, "PATCH", &url(&world::gallery_id()), &body)
}

fn url(resource: &str) -> String {
    format!("{resource}/providers/Microsoft.Resources/tags/default?api-version=2021-04-01")
}

#[test]
fn tags_are_changed_one_by_one() {
    let mut cloud = Cloud::new();
    let token = cloud.deployer();
    let change = |cloud: &mut Cloud, operation, tags| {
        let (status, said) = change(cloud, &token, operation, &tags);
        assert_eq!(status, 200, "{said}");
        said["properties"]["tags"].clone()
    };
    change(&mut cloud, "Replace", json!({"a": "1", "b": "2"}));
    let merged = change(&mut cloud, "Merge", json!({"A": "3"}));
    assert_eq!(merged, json!({"a": "3", "b": "2"}));
    let other_value = change(&mut cloud, "Delete", json!({"a": "1"}));
    assert_eq!(other_value, merged, "another value is another tag");
    assert_eq!(change(&mut cloud, "Delete", json!({"a": "3"})), json!({"b": "2"}));
    let (_, gallery) =
        cloud.get(&token, &format!("{}?api-version=2024-03-03", world::gallery_id()));
    assert_eq!(gallery["tags"], json!({"b": "2"}));
}

#[test]
fn limits_and_rights_are_held() {
    let mut cloud = Cloud::new();
    let token = cloud.deployer();
    let many: serde_json::Map<String, Value> =
        (0..51).map(|at| (format!("t{at}"), json!(""))).collect();
    for (tags, why) in [
        (json!(many), "TooManyTags"),
        (json!({"a/b": "1"}), "InvalidTagNameCharacters"),
        (json!({"a": "x".repeat(257)}), "InvalidTagLength"),
        (json!({"a": 1}), "InvalidRequestContent"),
    ] {
        let (status, said) = change(&mut cloud, &token, "Merge", &tags);
        assert_eq!((status, code(&said)), (400, why), "{said}");
    }
    let (_, said) = change(&mut cloud, &token, "Add", &json!({"a": "1"}));
    assert_eq!(code(&said), "InvalidRequestContent");
    let nothing = url(&format!("{}x", world::gallery_id()));
    assert_eq!(cloud.get(&token, &nothing).0, 404);
    let reader = cloud.token(world::PUBLISHER_TENANT, world::READER_CLIENT, world::READER_SECRET);
    let (status, said) = change(&mut cloud, &reader, "Merge", &json!({"a": "1"}));
    assert_eq!((status, code(&said)), (403, "AuthorizationFailed"));
}
