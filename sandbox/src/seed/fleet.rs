//! The default world with as many subscriptions more as are asked for, in a tree of management groups.

use std::collections::BTreeMap;

use serde_json::json;

use super::contoso_and_fabrikam;
use crate::arm::roles;
use crate::state::{
    Assignment, Definition, GROUPS, Registration, ResourceGroup, State, Subscription,
};
use crate::world::{
    CONSUMER_GROUP, CONSUMER_GROUP_NAME, CONSUMER_OBJECT, CONSUMER_TENANT, DEPLOYER_OBJECT,
    IMAGES_GROUP, PUBLISHER_TENANT, THIRD_TENANT,
};

/// The management groups: each with the one above it; none is the tenant's root.
const TREE: [(&str, Option<&str>); 3] =
    [("mg-images", None), ("mg-emea", Some("mg-images")), ("mg-amer", Some("mg-images"))];

/// Builds the default world with a fleet of the publisher's: subscriptions `img-00001` and so on, each enabled,
/// tagged, with a resource group for images, in turn in one of three management groups. The deployer owns them all
/// through the topmost, `mg-images`.
pub fn contoso_fleet(count: usize) -> State {
    let mut state = contoso_and_fabrikam();
    for (name, parent) in TREE {
        state.add_management_group(PUBLISHER_TENANT, name, parent);
    }
    state.assign_role(&format!("{GROUPS}mg-images"), roles::OWNER, DEPLOYER_OBJECT);
    let providers: BTreeMap<String, Registration> = PROVIDERS
        .iter()
        .map(|namespace| ((*namespace).to_owned(), Registration::Registered))
        .collect();
    for number in 1..=count {
        let id = fleet_subscription(number);
        let mut known = Subscription::new(&id, &format!("img-{number:05}"), PUBLISHER_TENANT);
        known.providers.clone_from(&providers);
        known.tags = json!({"imageshare": "yes"});
        known.management_group = Some(TREE[number % TREE.len()].0.to_owned());
        state.subscriptions.push(known);
        state.groups.push(ResourceGroup {
            subscription: id,
            name: IMAGES_GROUP.to_owned(),
            location: "westeurope".to_owned(),
            tags: json!({}),
        });
    }
    state
}

/// The id of a fleet's subscription, counted from 1; it is the same in every run.
pub fn fleet_subscription(number: usize) -> String {
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, format!("img-{number:05}").as_bytes())
        .to_string()
}

/// Managed Services Registration assignment Delete Role.
const DELETE_ROLE: &str = "91c1777a-f3dc-4fae-b103-61d183457e46";

const PROVIDERS: [&str; 5] = [
    "microsoft.resources",
    "microsoft.authorization",
    "microsoft.compute",
    "microsoft.management",
    "microsoft.managedservices",
];

/// A fleet of 20 subscriptions with 10 galleries each, and 50 roles of strangers in each gallery.
pub fn shared_fleet() -> State {
    let mut state = contoso_fleet(20);
    for (number, gallery) in (1..=20).flat_map(|number| (0..10).map(move |at| (number, at))) {
        let id = format!(
            "/subscriptions/{}/resourceGroups/{IMAGES_GROUP}/providers/Microsoft.Compute/galleries/gallery{gallery}",
            fleet_subscription(number)
        );
        let body =
            json!({"location": "westeurope", "properties": {"provisioningState": "Succeeded"}});
        state.put_resource(&id, "Microsoft.Compute/galleries", body);
        for role in 0..50 {
            let name = format!("{id}{role}");
            let stranger = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes());
            state.assign_role(&id, roles::READER, &stranger.to_string());
        }
    }
    state
}

/// The same with every subscription of the fleet delegated to two consumers, as `fleet` plans it of this manifest:
/// `Contoso images for fabrikam` and `Contoso images for tailspin` on `images-rg`.
pub fn delegated_fleet(count: usize) -> State {
    let mut state = contoso_fleet(count);
    for number in 1..=count {
        let subscription = fleet_subscription(number);
        for (consumer, tenant, principal, shown) in [
            ("fabrikam", CONSUMER_TENANT, CONSUMER_GROUP, CONSUMER_GROUP_NAME),
            ("tailspin", THIRD_TENANT, CONSUMER_OBJECT, "ci"),
        ] {
            let offer = format!("Contoso images for {consumer}");
            let name = guid(&[tenant, &subscription, &offer]);
            let mut definition =
                Definition::in_force(&subscription, &name, tenant, principal, roles::READER);
            definition.registration_definition_name = Some(offer);
            definition.description = Some("az-imageshare fleet=images-prod".to_owned());
            definition.authorizations = [roles::READER, DELETE_ROLE]
                .map(|role| json!({"principalId": principal, "principalIdDisplayName": shown, "roleDefinitionId": role}))
                .to_vec();
            let scope = format!("/subscriptions/{subscription}/resourceGroups/{IMAGES_GROUP}");
            let at = guid(&[&definition.id, &scope]);
            let assignment = Assignment::in_force(&subscription, &scope, &at, &definition.id);
            state.definitions.insert(definition.id.to_ascii_lowercase(), definition);
            state.assignments.insert(assignment.id.to_ascii_lowercase(), assignment);
        }
    }
    state
}

/// What the template function `guid()` makes: seeds know no templates.
fn guid(parts: &[&str]) -> String {
    let namespace = uuid::uuid!("11fb06fb-712d-4ddd-98c7-e71bbd588830");
    uuid::Uuid::new_v5(&namespace, parts.join("-").as_bytes()).to_string()
}
