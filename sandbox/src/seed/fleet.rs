//! The default world with as many subscriptions more as are asked for, in a tree of management groups.

use std::collections::BTreeMap;

use serde_json::json;

use super::contoso_and_fabrikam;
use crate::arm::roles;
use crate::state::{GROUPS, Registration, ResourceGroup, State, Subscription};
use crate::world::{DEPLOYER_OBJECT, IMAGES_GROUP, PUBLISHER_TENANT};

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

const PROVIDERS: [&str; 5] = [
    "microsoft.resources",
    "microsoft.authorization",
    "microsoft.compute",
    "microsoft.management",
    "microsoft.managedservices",
];
