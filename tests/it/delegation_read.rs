//! `delegation list` and `show`: both sides, partial sight, names that are not unique.

use sandbox::{Fault, world};
use serde_json::Value;

use crate::support::lab::Lab;
use crate::support::offers::{DELETE_ROLE, IMAGES, READER, Standing, stand};

const LIST: [&str; 2] = ["delegation", "list"];

fn names(list: &Value) -> Vec<(&str, &str)> {
    let text = |item: &Value, key: &str| -> &str {
        let found = item.get(key).and_then(Value::as_str);
        Box::leak(found.unwrap_or_default().to_owned().into_boxed_str())
    };
    let list = list.as_array().unwrap();
    list.iter().map(|item| (text(item, "name"), text(item, "direction"))).collect()
}

#[test]
fn both_sides_see_it_each_from_its_own() {
    let lab = Lab::publisher();
    stand(&lab.azure, &Standing { name: "b", ..IMAGES });
    stand(&lab.azure, &Standing { name: "A", groups: &[], ..IMAGES });
    let given = lab.run(&LIST).json();
    assert_eq!(names(&given), [("A", "given"), ("b", "given")]);
    assert_eq!(given[0]["scopes"], serde_json::json!([]));
    let scope = format!(
        "/subscriptions/{}/resourceGroups/{}",
        world::PUBLISHER_SUBSCRIPTION,
        world::IMAGES_GROUP
    );
    assert_eq!(given[1]["scopes"], serde_json::json!([scope]));
    assert_eq!(given[1]["publisherTenantId"], world::PUBLISHER_TENANT);
    let received = [&LIST[..], &["--direction", "received"]].concat();
    assert_eq!(names(&lab.run(&received).json()), []);

    let lab = lab.at_consumer();
    let seen = lab.run(&received).json();
    assert_eq!(names(&seen), [("b", "received")]);
    assert_eq!(seen[0]["scopes"], serde_json::json!([scope]));
    assert_eq!(seen[0]["publisherTenantId"], world::PUBLISHER_TENANT);
    let given = [&LIST[..], &["--direction", "given"]].concat();
    assert_eq!(names(&lab.run(&given).json()), []);
}

#[test]
fn the_delete_role_alone_is_enough_to_see_it() {
    let lab = Lab::new();
    let only_leave = Standing { roles: &[DELETE_ROLE], ..IMAGES };
    let id = stand(&lab.azure, &only_leave);
    let lab = lab.at_consumer();
    // Reading resource groups is not in that role, so the subscription has to be read as a whole.
    lab.azure.state(|state| {
        for assignment in state.assignments.values_mut() {
            assignment.scope = format!("/subscriptions/{}", world::PUBLISHER_SUBSCRIPTION);
        }
    });
    let seen = lab.run(&LIST).json();
    assert_eq!(seen[0]["definitionId"], id.as_str(), "{seen}");
}

#[test]
fn one_subscription_out_of_order_does_not_hide_the_others() {
    let lab = Lab::publisher();
    stand(&lab.azure, &IMAGES);
    let fault = |path: &str| Fault::status(403).path(path).always();
    lab.azure.inject(fault(world::SECOND_SUBSCRIPTION));
    let ran = lab.run(&LIST);
    assert_eq!(names(&ran.json()), [("images", "given")]);
    assert!(ran.stderr.contains("Contoso Lab"), "{}", ran.stderr);
    assert!(ran.stderr.starts_with("WARNING: "), "{}", ran.stderr);

    lab.azure.inject(fault(world::PUBLISHER_SUBSCRIPTION));
    lab.run(&LIST).refused(1);
}

#[test]
fn a_named_subscription_is_the_only_one_asked() {
    let lab = Lab::publisher();
    stand(&lab.azure, &IMAGES);
    let second = [&LIST[..], &["--subscription", "Contoso Lab"]].concat();
    assert_eq!(names(&lab.run(&second).json()), []);
    let path = format!("{}/providers/Microsoft.ManagedServices", world::PUBLISHER_SUBSCRIPTION);
    assert_eq!(lab.azure.calls("GET", &path), 0);
}

#[test]
fn pages_are_followed_to_the_last() {
    let lab = Lab::publisher();
    lab.azure.knob(|knobs| knobs.page_size = 1);
    for name in ["one", "two", "three"] {
        stand(&lab.azure, &Standing { name, ..IMAGES });
    }
    assert_eq!(names(&lab.run(&LIST).json()).len(), 3);
}

#[test]
fn show_finds_by_name_and_by_id() {
    let lab = Lab::publisher();
    let id = stand(&lab.azure, &IMAGES);
    let guid = id.rsplit('/').next().unwrap();
    for name in ["images", "IMAGES", guid, &id] {
        let shown = lab.run(&["delegation", "show", "-n", name]).json();
        assert_eq!(shown["definitionId"], id.as_str(), "{name}");
        assert_eq!(shown["consumerTenantId"], world::CONSUMER_TENANT);
        assert_eq!(shown["assignments"][0]["provisioningState"], "Succeeded");
        assert_eq!(shown["authorizations"][0]["roleDefinitionId"], READER);
    }
    let ran = lab.run(&["delegation", "show", "-n", "pictures"]);
    assert!(ran.refused(3).contains("delegation list"));
}

#[test]
fn two_consumers_of_one_offer_name_have_to_be_told_apart() {
    let lab = Lab::publisher();
    let one = stand(&lab.azure, &IMAGES);
    let other = stand(&lab.azure, &Standing { tenant: world::THIRD_TENANT, ..IMAGES });
    let show = ["delegation", "show", "-n", "images"];
    let ran = lab.run(&show);
    let stderr = ran.refused(2);
    assert!(stderr.contains(&one) && stderr.contains(&other), "{stderr}");
    for consumer in [world::THIRD_TENANT, world::THIRD_DOMAIN] {
        let args = [&show[..], &["--managing-tenant", consumer]].concat();
        assert_eq!(lab.run(&args).json()["definitionId"], other.as_str());
    }
}

#[test]
fn a_definition_for_each_group_is_shown_as_one_delegation() {
    let lab = Lab::publisher();
    stand(&lab.azure, &IMAGES);
    stand(&lab.azure, &Standing { groups: &[world::OTHER_GROUP], ..IMAGES });
    let shown = lab.run(&["delegation", "show", "-n", "images"]).json();
    assert_eq!(shown["scopes"].as_array().unwrap().len(), 2);
    assert_eq!(shown["definitionIds"].as_array().unwrap().len(), 2);
}
