//! What VM Image Builder works with: a managed image, a network, a container with scripts, and the
//! service principal that it once was.

use serde_json::json;

use super::principal;
use crate::state::{PrincipalKind, State};
use crate::world;

/// Puts it all into the publisher's subscription.
pub(crate) fn seed(state: &mut State) {
    add_service_principal(state, world::PUBLISHER_SUBSCRIPTION);
    let image = json!({"location": "westeurope", "tags": {}, "properties": {
        "hyperVGeneration": "V2", "provisioningState": "Succeeded",
        "storageProfile": {"osDisk": {"osType": "Linux", "osState": "Generalized", "diskSizeGB": 30}}}});
    state.put_resource(&world::managed_image_id(), "Microsoft.Compute/images", image);
    let network = world::build_network_id();
    let body = json!({"location": "northeurope", "tags": {}, "properties": {
        "addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}, "provisioningState": "Succeeded"}});
    state.put_resource(&network, "Microsoft.Network/virtualNetworks", body);
    let subnet = json!({"properties": {"addressPrefix": "10.1.0.0/24", "privateLinkServiceNetworkPolicies": "Disabled",
        "provisioningState": "Succeeded"}});
    state.put_resource(
        &format!("{network}/subnets/builds"),
        "Microsoft.Network/virtualNetworks/subnets",
        subnet,
    );
    let container = world::scripts_container_id();
    let account =
        &container[..container.find("/blobServices/").expect("a container is in a blob service")];
    let body = json!({"location": "northeurope", "kind": "StorageV2", "tags": {}, "sku": {"name": "Standard_LRS", "tier": "Standard"},
        "properties": {"provisioningState": "Succeeded", "allowBlobPublicAccess": false,
            "primaryEndpoints": {"blob": format!("https://{}.blob.core.windows.net/", world::STORAGE_ACCOUNT)}}});
    state.put_resource(account, "Microsoft.Storage/storageAccounts", body);
    state.put_resource(
        &format!("{account}/blobServices/default"),
        "Microsoft.Storage/storageAccounts/blobServices",
        json!({"properties": {}}),
    );
    state.put_resource(
        &container,
        "Microsoft.Storage/storageAccounts/blobServices/containers",
        json!({"properties": {"publicAccess": "None", "hasImmutabilityPolicy": false, "hasLegalHold": false}}),
    );
}

/// Gives the tenant of a subscription Image Builder's own service principal, as registering the provider does.
pub(crate) fn add_service_principal(state: &mut State, subscription: &str) {
    let Some(tenant) = state.subscription(subscription).map(|known| known.tenant.clone()) else {
        return;
    };
    let is_there = state
        .principals
        .iter()
        .any(|known| known.tenant == tenant && known.login == world::IMAGE_BUILDER_CLIENT);
    if is_there {
        return;
    }
    let id = match tenant.as_str() {
        world::PUBLISHER_TENANT => world::IMAGE_BUILDER_OBJECT.to_owned(),
        _ => uuid::Uuid::new_v4().to_string(),
    };
    let name = "Azure Virtual Machine Image Builder";
    let made =
        principal(&id, &tenant, PrincipalKind::ServicePrincipal, name, world::IMAGE_BUILDER_CLIENT);
    state.principals.push(made);
}
