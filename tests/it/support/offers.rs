//! Delegations that stand already when a test begins, in any form their makers give them.

use sandbox::{Sandbox, world};
use serde_json::json;

/// Built-in roles.
pub(crate) const READER: &str = "acdd72a7-3385-48ef-bd42-f606fba81ae7";
pub(crate) const CONTRIBUTOR: &str = "b24988ac-6180-42a0-ab88-20f7382dd24c";
pub(crate) const DELETE_ROLE: &str = "91c1777a-f3dc-4fae-b103-61d183457e46";

/// An offer and where it is accepted.
pub(crate) struct Standing<'a> {
    pub(crate) name: &'a str,
    pub(crate) tenant: &'a str,
    pub(crate) subscription: &'a str,
    /// Resource groups; none for an orphan.
    pub(crate) groups: &'a [&'a str],
    /// Roles of the consumer's group.
    pub(crate) roles: &'a [&'a str],
}

/// An offer of Contoso's to Fabrikam's group, for `images-rg`.
pub(crate) const IMAGES: Standing<'static> = Standing {
    name: "images",
    tenant: world::CONSUMER_TENANT,
    subscription: world::PUBLISHER_SUBSCRIPTION,
    groups: &[world::IMAGES_GROUP],
    roles: &[READER, DELETE_ROLE],
};

/// What `delegation plan` and `create` are told of an offer like [`IMAGES`].
pub(crate) const TERMS: [&str; 6] = [
    "--consumer-tenant",
    world::CONSUMER_TENANT,
    "-g",
    world::IMAGES_GROUP,
    "--principal-id",
    world::CONSUMER_GROUP,
];

/// Puts one definition with its assignments in force, under a random GUID as the portal does, and gives its id.
pub(crate) fn stand(azure: &Sandbox, offer: &Standing<'_>) -> String {
    azure.state(|state| {
        let first = offer.groups.first().copied().unwrap_or("none");
        let name =
            state.delegate(offer.subscription, first, offer.tenant, world::CONSUMER_GROUP, READER);
        let held = state.definitions.values_mut().find(|found| found.name == name).unwrap();
        held.registration_definition_name = Some(offer.name.to_owned());
        held.authorizations = offer
            .roles
            .iter()
            .map(|role| {
                json!({"principalId": world::CONSUMER_GROUP,
                    "principalIdDisplayName": world::CONSUMER_GROUP_NAME, "roleDefinitionId": role})
            })
            .collect();
        let id = held.id.clone();
        let key = state
            .assignments
            .iter()
            .find(|(_, found)| found.name == name)
            .map(|(key, _)| key.clone())
            .unwrap();
        let pattern = state.assignments.remove(&key).unwrap();
        for group in offer.groups {
            let mut copy = pattern.clone();
            copy.scope = copy.scope.replace(first, group);
            copy.id = copy.id.replace(first, group);
            state.assignments.insert(copy.id.to_ascii_lowercase(), copy);
        }
        id
    })
}

/// How many definitions and assignments there are.
pub(crate) fn standing(azure: &Sandbox) -> (usize, usize) {
    azure.state(|state| (state.definitions.len(), state.assignments.len()))
}
