//! A deployment as Azure shows it.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::preflight;
use crate::state::Deployment;
use crate::template::Resource;

/// The answer to a GET or PUT.
pub(super) fn of(deployment: &Deployment) -> Value {
    let resources = preflight::flatten(&deployment.expansion);
    let is_over = !deployment.is_active();
    let mut properties = json!({
        "templateHash": hash(&deployment.template),
        "parameters": deployment.expansion.parameters,
        "mode": "Incremental",
        "provisioningState": deployment.state,
        "timestamp": deployment.timestamp,
        "duration": if is_over { "PT5.0000000S" } else { "PT0.5000000S" },
        "correlationId": deployment.correlation_id,
        "providers": providers(&resources),
        "dependencies": dependencies(&resources),
    });
    if let Some(outputs) = &deployment.outputs {
        properties["outputs"] = outputs.clone();
        properties["outputResources"] = references(&resources);
    }
    if let Some(error) = &deployment.error {
        properties["error"] = error.clone();
    }
    whole(deployment, properties)
}

/// The answer to a validate.
pub(super) fn validated(deployment: &Deployment) -> Value {
    let mut body = of(deployment);
    let resources = preflight::flatten(&deployment.expansion);
    body["properties"]["duration"] = json!("PT0S");
    body["properties"]["validatedResources"] = references(&resources);
    body
}

fn whole(deployment: &Deployment, properties: Value) -> Value {
    let mut body = json!({
        "id": deployment.id, "name": deployment.name, "type": "Microsoft.Resources/deployments",
    });
    if let Some(location) = &deployment.location {
        body["location"] = json!(location);
    }
    if deployment.tags.is_object() {
        body["tags"] = deployment.tags.clone();
    }
    body["properties"] = properties;
    body
}

fn references(resources: &[&Resource]) -> Value {
    let own = resources.iter().filter(|resource| resource.nested.is_none());
    own.map(|resource| json!({"id": resource.id})).collect()
}

fn providers(resources: &[&Resource]) -> Value {
    let mut namespaces: Map<String, Value> = Map::new();
    for resource in resources {
        let Some((namespace, type_)) = resource.type_.split_once('/') else {
            continue;
        };
        let types = namespaces.entry(namespace).or_insert_with(|| json!([]));
        let entry = json!({"resourceType": type_, "locations": [resource.location]});
        if let Some(types) = types.as_array_mut().filter(|types| !types.contains(&entry)) {
            types.push(entry);
        }
    }
    let list = namespaces.into_iter();
    list.map(|(namespace, types)| json!({"namespace": namespace, "resourceTypes": types})).collect()
}

fn dependencies(resources: &[&Resource]) -> Value {
    let describe = |id: &str| {
        let known = resources.iter().find(|resource| resource.id.eq_ignore_ascii_case(id));
        json!({"id": id, "resourceType": known.map(|known| known.type_.clone()), "resourceName": known.map(|known| known.name.clone())})
    };
    let dependent = resources.iter().filter(|resource| !resource.depends_on.is_empty());
    dependent
        .map(|resource| {
            let on: Vec<Value> = resource.depends_on.iter().map(|id| describe(id)).collect();
            json!({"dependsOn": on, "id": resource.id, "resourceType": resource.type_, "resourceName": resource.name})
        })
        .collect()
}

/// Azure's is a decimal number of up to 20 digits; only its shape is kept.
fn hash(template: &Value) -> String {
    let digest = Sha256::digest(template.to_string().as_bytes());
    let head: [u8; 8] = digest[..8].try_into().expect("a digest has 32 bytes");
    u64::from_be_bytes(head).to_string()
}
