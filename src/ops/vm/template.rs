//! The template of the one deployment that makes a machine, and what it needs beside itself.
//!
//! Source: <https://learn.microsoft.com/azure/templates/microsoft.compute/virtualmachines>, version
//! 2024-11-01, and <https://learn.microsoft.com/azure/templates/microsoft.network>, version 2024-05-01.

use serde_json::{Map, Value, json};

use super::plan::MachinePlan;
use crate::ops::image::id::ImageId;

/// The body of the deployment. The password is a secure parameter: Azure keeps no value of these.
pub(super) fn body(plan: &MachinePlan<'_>) -> Value {
    let login = &plan.wanted.login;
    let mut parameters = json!({});
    let mut declared = json!({});
    let secrets = [("adminPassword", &login.password), ("customData", &plan.wanted.custom_data)];
    for (name, secret) in secrets {
        if let Some(secret) = secret {
            declared[name] = json!({"type": "securestring"});
            parameters[name] = json!({"value": secret.expose()});
        }
    }
    json!({"properties": {"mode": "Incremental", "parameters": parameters, "template": {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": declared,
        "resources": resources(plan),
    }}})
}

/// The names of what is made beside the machine, for the one who has to clean up.
pub(super) fn companions(plan: &MachinePlan<'_>) -> Vec<(&'static str, String)> {
    let name = &plan.wanted.name;
    let mut made = Vec::new();
    // The machines of a scale set get theirs from it.
    if plan.wanted.instances.is_none() {
        made.push((INTERFACE, format!("{name}-nic")));
    }
    if plan.wanted.subnet.is_none() {
        made.push((NETWORK, format!("{name}-vnet")));
        made.push((SECURITY_GROUP, format!("{name}-nsg")));
    }
    if plan.wanted.public_ip {
        made.push((ADDRESS, format!("{name}-ip")));
    }
    made
}

/// What people call a type of [`companions`].
pub(super) fn spoken(kind: &str) -> &'static str {
    match kind {
        NETWORK => "virtual network",
        SECURITY_GROUP => "network security group",
        ADDRESS => "public IP address",
        _ => "network interface",
    }
}

fn resources(plan: &MachinePlan<'_>) -> Vec<Value> {
    let mut resources: Vec<Value> = Vec::new();
    for (kind, name) in companions(plan) {
        resources.push(match kind {
            NETWORK => network(plan, &name),
            SECURITY_GROUP => resource(plan, kind, &name, json!({"securityRules": []})),
            ADDRESS => address(plan, &name),
            _ => interface(plan, &name),
        });
    }
    resources.push(match plan.wanted.instances {
        None => machine(plan),
        Some(instances) => scale_set(plan, instances),
    });
    resources
}

fn resource(plan: &MachinePlan<'_>, kind: &str, name: &str, properties: Value) -> Value {
    json!({"type": kind, "apiVersion": NETWORK_API, "name": name, "location": plan.location,
        "tags": tags(plan), "properties": properties})
}

fn network(plan: &MachinePlan<'_>, name: &str) -> Value {
    let guard = format!("{}-nsg", plan.wanted.name);
    let mut network = resource(
        plan,
        NETWORK,
        name,
        json!({
        "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
        "subnets": [{"name": "default", "properties": {"addressPrefix": "10.0.0.0/24",
            "networkSecurityGroup": {"id": id_of(SECURITY_GROUP, &[&guard])}}}]}),
    );
    network["dependsOn"] = json!([id_of(SECURITY_GROUP, &[&guard])]);
    network
}

fn address(plan: &MachinePlan<'_>, name: &str) -> Value {
    let mut address = resource(plan, ADDRESS, name, json!({"publicIPAllocationMethod": "Static"}));
    address["sku"] = json!({"name": "Standard"});
    address
}

fn interface(plan: &MachinePlan<'_>, name: &str) -> Value {
    let (subnet, mut needs) = subnet(plan);
    let mut configuration =
        json!({"subnet": {"id": subnet}, "privateIPAllocationMethod": "Dynamic"});
    if plan.wanted.public_ip {
        let address = id_of(ADDRESS, &[&format!("{}-ip", plan.wanted.name)]);
        configuration["publicIPAddress"] = json!({"id": address});
        needs.push(address);
    }
    let mut interface = resource(
        plan,
        INTERFACE,
        name,
        json!({
        "ipConfigurations": [{"name": "primary", "properties": configuration}]}),
    );
    interface["dependsOn"] = json!(needs);
    interface
}

/// The subnet's id, and what has to be made before it.
fn subnet(plan: &MachinePlan<'_>) -> (String, Vec<String>) {
    if let Some(id) = &plan.wanted.subnet {
        return (id.to_string(), Vec::new());
    }
    let network = format!("{}-vnet", plan.wanted.name);
    let id = id_of("Microsoft.Network/virtualNetworks/subnets", &[&network, "default"]);
    (id, vec![id_of(NETWORK, &[&network])])
}

fn machine(plan: &MachinePlan<'_>) -> Value {
    let interface = id_of(INTERFACE, &[&format!("{}-nic", plan.wanted.name)]);
    let mut properties = common_profile(plan);
    properties["hardwareProfile"] = json!({"vmSize": plan.size});
    properties["networkProfile"] = json!({"networkInterfaces": [
        {"id": interface, "properties": {"primary": true, "deleteOption": "Delete"}}]});
    if !plan.is_specialized() {
        properties["osProfile"]["computerName"] =
            json!(computer_name(&plan.wanted.name, plan.is_windows()));
    }
    let mut machine = json!({"type": "Microsoft.Compute/virtualMachines", "properties": properties,
        "dependsOn": [interface]});
    complete(plan, &mut machine);
    machine
}

/// Flexible orchestration, which Azure recommends for new sets. Source:
/// <https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-orchestration-modes>.
fn scale_set(plan: &MachinePlan<'_>, instances: u32) -> Value {
    let (subnet, needs) = subnet(plan);
    let name = &plan.wanted.name;
    let mut profile = common_profile(plan);
    if !plan.is_specialized() {
        profile["osProfile"]["computerNamePrefix"] = json!(name_prefix(name, plan.is_windows()));
    }
    profile["networkProfile"] = json!({"networkApiVersion": "2020-11-01",
        "networkInterfaceConfigurations": [{"name": format!("{name}-nic"), "properties": {"primary": true,
            "deleteOption": "Delete", "ipConfigurations": [{"name": "primary", "properties": {
                "primary": true, "subnet": {"id": subnet}}}]}}]});
    let mut set = json!({"type": "Microsoft.Compute/virtualMachineScaleSets",
        "sku": {"name": plan.size, "tier": "Standard", "capacity": instances},
        "properties": {"orchestrationMode": "Flexible", "singlePlacementGroup": false,
            "platformFaultDomainCount": 1, "virtualMachineProfile": profile},
        "dependsOn": needs});
    complete(plan, &mut set);
    set
}

/// What a machine and a scale set have around their properties.
fn complete(plan: &MachinePlan<'_>, resource: &mut Value) {
    resource["apiVersion"] = json!(MACHINE_API);
    resource["name"] = json!(plan.wanted.name);
    resource["location"] = json!(plan.location);
    resource["tags"] = tags(plan);
    if !plan.wanted.zones.is_empty() {
        resource["zones"] = json!(plan.wanted.zones);
    }
    if let Some(bought) = &plan.image.vm.plan {
        let [name, publisher, product] = [&bought.name, &bought.publisher, &bought.product]
            .map(|text| text.as_deref().map(literal));
        resource["plan"] = json!({"name": name, "publisher": publisher, "product": product});
    }
}

fn tags(plan: &MachinePlan<'_>) -> Value {
    let tags = plan.wanted.tags.iter();
    tags.map(|(name, value)| (literal(name), json!(literal(value)))).collect::<Map<_, _>>().into()
}

/// A text of others, or of the user: in a template one that begins with a bracket would be worked out by Azure, with
/// the permissions of the one who deploys. Source:
/// <https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions#escape-characters>.
fn literal(text: &str) -> String {
    if text.starts_with('[') { format!("[{text}") } else { text.to_owned() }
}

/// Disk, first user and security of a machine, alone or in a scale set.
fn common_profile(plan: &MachinePlan<'_>) -> Value {
    let mut disk = json!({"createOption": "FromImage", "caching": "ReadWrite", "deleteOption": "Delete",
        "managedDisk": {"storageAccountType": "StandardSSD_LRS"}});
    if plan.security_type.as_deref() == Some("ConfidentialVM") {
        disk["managedDisk"]["securityProfile"] =
            json!({"securityEncryptionType": "VMGuestStateOnly"});
    }
    let mut properties = json!({
        "storageProfile": {"imageReference": image_reference(&plan.reference), "osDisk": disk},
    });
    if !plan.is_specialized() {
        properties["osProfile"] = profile(plan);
    }
    if let Some(kind) = &plan.security_type {
        properties["securityProfile"] = json!({"securityType": kind,
            "uefiSettings": {"secureBootEnabled": true, "vTpmEnabled": true}});
    }
    properties
}

fn profile(plan: &MachinePlan<'_>) -> Value {
    let login = &plan.wanted.login;
    let user = login.username.clone().unwrap_or_default();
    let mut profile = json!({"adminUsername": user});
    if plan.wanted.custom_data.is_some() {
        profile["customData"] = json!("[parameters('customData')]");
    }
    if plan.is_windows() {
        profile["adminPassword"] = json!("[parameters('adminPassword')]");
        profile["windowsConfiguration"] = json!({"provisionVMAgent": true});
        return profile;
    }
    let path = format!("/home/{user}/.ssh/authorized_keys");
    let keys: Vec<Value> =
        login.ssh_keys.iter().map(|key| json!({"path": path, "keyData": key})).collect();
    profile["linuxConfiguration"] = json!({"disablePasswordAuthentication": true, "provisionVMAgent": true,
        "ssh": {"publicKeys": keys}});
    profile
}

/// The machine's name in its own network, where Windows takes 15 characters.
pub(super) fn computer_name(name: &str, is_windows: bool) -> String {
    let longest = if is_windows { 15 } else { 64 };
    let computer: String = name.chars().take(longest).collect();
    computer.trim_end_matches('-').to_owned()
}

/// What the names of a scale set's machines begin with: Windows leaves room for six digits.
fn name_prefix(name: &str, is_windows: bool) -> String {
    let longest = if is_windows { 9 } else { 58 };
    let prefix: String = name.chars().take(longest).collect();
    prefix.trim_end_matches('-').to_owned()
}

/// Each way of sharing has a property of its own for the image's id.
pub(super) fn image_reference(id: &str) -> Value {
    let lower = id.to_lowercase();
    match id.parse::<ImageId>() {
        Ok(ImageId::Public(_)) if lower.starts_with("/sharedgalleries/") => {
            json!({"sharedGalleryImageId": id})
        }
        Ok(ImageId::Public(_)) => json!({"communityGalleryImageId": id}),
        _ => json!({"id": id}),
    }
}

/// An expression for the id of a resource of the same group.
fn id_of(kind: &str, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    format!("[resourceId('{kind}', {})]", names.join(", "))
}

const INTERFACE: &str = "Microsoft.Network/networkInterfaces";
const NETWORK: &str = "Microsoft.Network/virtualNetworks";
const SECURITY_GROUP: &str = "Microsoft.Network/networkSecurityGroups";
const ADDRESS: &str = "Microsoft.Network/publicIPAddresses";
const NETWORK_API: &str = "2024-05-01";
const MACHINE_API: &str = "2024-11-01";
