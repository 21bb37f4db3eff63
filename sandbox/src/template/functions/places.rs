//! Functions that tell where the template is deployed, and `reference`, which reads what is there.

use super::arguments::{Arguments, display};
use super::{Answer, not_here};
use crate::template::evaluate::{Frame, Place};
use serde_json::{Map, Value, json};

/// Answers the functions about the place of the deployment.
pub(super) fn call(frame: Frame<'_>, function: &str, arguments: &Arguments<'_>) -> Answer {
    let context = &frame.scope.context;
    Some(match function {
        "subscription" => arguments.count(0, 0).map(|()| {
            json!({
                "id": context.subscription_scope(),
                "subscriptionId": context.subscription_id,
                "tenantId": context.tenant_id,
                "displayName": context.subscription_name,
            })
        }),
        "resourcegroup" => arguments.count(0, 0).and_then(|()| resource_group(frame)),
        "tenant" => arguments.count(0, 0).map(|()| {
            json!({"id": format!("/tenants/{}", context.tenant_id), "tenantId": context.tenant_id})
        }),
        "managementgroup" => Err(not_here(arguments.name)),
        "deployment" => arguments.count(0, 0).map(|()| deployment(frame)),
        "environment" => arguments.count(0, 0).map(|()| environment()),
        "reference" => reference(frame, arguments),
        _ => return None,
    })
}

fn resource_group(frame: Frame<'_>) -> Result<Value, String> {
    let context = &frame.scope.context;
    let Some(name) = &context.resource_group else {
        return Err(not_here("resourceGroup"));
    };
    let mut group = Map::new();
    group.insert("id".to_owned(), Value::from(context.scope_id()));
    group.insert("name".to_owned(), Value::from(name.as_str()));
    group.insert("type".to_owned(), Value::from("Microsoft.Resources/resourceGroups"));
    if let Some(location) = &context.resource_group_location {
        group.insert("location".to_owned(), Value::from(location.as_str()));
    }
    group.insert("properties".to_owned(), json!({"provisioningState": "Succeeded"}));
    Ok(Value::Object(group))
}

fn deployment(frame: Frame<'_>) -> Value {
    let context = &frame.scope.context;
    let mut deployment = Map::new();
    deployment.insert("name".to_owned(), Value::from(context.deployment_name.as_str()));
    if let Some(location) = &context.location {
        deployment.insert("location".to_owned(), Value::from(location.as_str()));
    }
    let properties = json!({
        "template": frame.scope.template,
        "mode": "Incremental",
        "provisioningState": "Accepted",
    });
    deployment.insert("properties".to_owned(), properties);
    Value::Object(deployment)
}

fn environment() -> Value {
    json!({
        "name": "AzureCloud",
        "resourceManager": "https://management.azure.com/",
        "graph": "https://graph.windows.net/",
        "portal": "https://portal.azure.com",
        "authentication": {
            "loginEndpoint": "https://login.microsoftonline.com/",
            "audiences": ["https://management.core.windows.net/", "https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "suffixes": {
            "acrLoginServer": ".azurecr.io",
            "keyvaultDns": ".vault.azure.net",
            "storage": "core.windows.net",
        },
    })
}

/// Reads a deployed resource: its properties, or all of it with `'Full'`.
///
/// Azure allows it in resource properties too; expansion happens before anything is deployed, so
/// only outputs can answer it here.
fn reference(frame: Frame<'_>, arguments: &Arguments<'_>) -> Result<Value, String> {
    arguments.count(1, 3)?;
    let (Place::Output, Some(deployed)) = (frame.place, frame.deployed) else {
        return Err(not_here(arguments.name));
    };
    let asked = arguments.text(0)?;
    let id = match deployed.names.iter().find(|(name, _)| name.eq_ignore_ascii_case(asked)) {
        Some((_, id)) => id.as_str(),
        None => asked,
    };
    let resource = (deployed.lookup)(id).ok_or_else(|| {
        format!("The resource '{asked}' is not defined in the template. Please see https://aka.ms/arm-template for usage details.")
    })?;
    let full =
        arguments.values.get(2).is_some_and(|full| display(full).eq_ignore_ascii_case("Full"));
    match resource.get("properties") {
        Some(properties) if !full => Ok(properties.clone()),
        _ => Ok(resource),
    }
}
