//! Microsoft.Network as far as machines need it: who asks for an address gets one, and keeps it.

use serde_json::{Value, json};

use super::target::Target;
use crate::core::Core;

/// Gives an interface and a public address what Azure chooses for them.
pub(super) fn complete(core: &Core, target: &Target, body: &mut Value) {
    let key = target.id().to_ascii_lowercase();
    let standing = core.state.resources.get(&key).map(|found| &found.body);
    if target.is("Microsoft.Network/networkInterfaces") {
        complete_interface(core, &key, standing, body);
    }
    if target.is("Microsoft.Network/publicIPAddresses") && is_static(body) {
        let known = standing.map(|body| body["properties"]["ipAddress"].clone());
        let next = of_type(core, "Microsoft.Network/publicIPAddresses").count() + 1;
        body["properties"]["ipAddress"] =
            known.unwrap_or_else(|| json!(format!("203.0.113.{next}")));
    }
}

fn is_static(body: &Value) -> bool {
    body["properties"]["publicIPAllocationMethod"] == "Static"
}

fn complete_interface(core: &Core, key: &str, standing: Option<&Value>, body: &mut Value) {
    let configurations = body["properties"]["ipConfigurations"].as_array_mut();
    for (at, configuration) in configurations.into_iter().flatten().enumerate() {
        let properties = &mut configuration["properties"];
        if properties["privateIPAllocationMethod"] == "Static" {
            continue;
        }
        let path = format!("/properties/ipConfigurations/{at}/properties/privateIPAddress");
        let known = standing.and_then(|body| body.pointer(&path)).cloned();
        let subnet = properties["subnet"]["id"].as_str().unwrap_or_default();
        properties["privateIPAddress"] =
            known.unwrap_or_else(|| json!(free_address(core, key, subnet)));
        properties["privateIPAllocationMethod"] = json!("Dynamic");
    }
}

/// The lowest address that no interface has; Azure keeps the first four of a subnet for itself.
fn free_address(core: &Core, key: &str, subnet: &str) -> String {
    let others = of_type(core, "Microsoft.Network/networkInterfaces");
    let in_use = others
        .filter(|body| !body["id"].as_str().unwrap_or_default().eq_ignore_ascii_case(key))
        .flat_map(|body| body["properties"]["ipConfigurations"].as_array().into_iter().flatten())
        .filter(|one| {
            let id = one["properties"]["subnet"]["id"].as_str();
            id.is_some_and(|id| id.eq_ignore_ascii_case(subnet))
        })
        .count();
    let prefix = prefix(core, subnet).unwrap_or_else(|| "10.0.0.0/24".to_owned());
    let network = prefix.split('/').next().unwrap_or_default();
    let network = network.rsplit_once('.').map_or("10.0.0", |(start, _)| start);
    format!("{network}.{}", 4 + in_use)
}

/// A subnet stands in its network's body, or as a resource of its own.
fn prefix(core: &Core, subnet: &str) -> Option<String> {
    let lower = subnet.to_ascii_lowercase();
    let (network, name) = lower.split_once("/subnets/")?;
    let alone = core.state.resources.get(&lower).map(|found| &found.body);
    let inside = core.state.resources.get(network).and_then(|found| {
        let subnets = found.body["properties"]["subnets"].as_array()?;
        subnets.iter().find(|known| {
            known["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name))
        })
    });
    let properties = &alone.or(inside)?["properties"];
    properties["addressPrefix"].as_str().map(str::to_owned)
}

fn of_type<'a>(core: &'a Core, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = core.state.resources.values();
    all.filter(move |known| known.type_.eq_ignore_ascii_case(kind)).map(|known| &known.body)
}
