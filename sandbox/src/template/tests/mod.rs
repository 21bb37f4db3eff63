//! Tests of the engine as a whole.

mod errors;
mod functions;
mod loops;
mod nesting;
mod samples;

use super::{Context, Expansion, TemplateError, expand};
use serde_json::{Value, json};

/// The subscription the tests deploy to.
const SUBSCRIPTION: &str = "/subscriptions/11111111-1111-1111-1111-111111111111";
/// The resource group the tests deploy to.
const GROUP: &str = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/gallery-rg";

/// A deployment to the subscription.
fn at_subscription() -> Context {
    Context {
        tenant_id: "44444444-4444-4444-4444-444444444444".to_owned(),
        subscription_id: SUBSCRIPTION.trim_start_matches("/subscriptions/").to_owned(),
        subscription_name: "Owner".to_owned(),
        deployment_name: "main".to_owned(),
        location: Some("westeurope".to_owned()),
        ..Context::default()
    }
}

/// A deployment to the resource group.
fn at_group() -> Context {
    Context {
        resource_group: Some("gallery-rg".to_owned()),
        resource_group_location: Some("northeurope".to_owned()),
        location: None,
        ..at_subscription()
    }
}

/// A template with these members and the ones every template needs.
fn template(members: Value) -> Value {
    let mut template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [],
    });
    for (name, value) in members.as_object().unwrap() {
        template[name] = value.clone();
    }
    template
}

/// Expands a template with parameters given as plain values.
fn expanded(context: &Context, members: Value, sent: Value) -> Result<Expansion, TemplateError> {
    let sent = sent.as_object().unwrap().iter();
    let sent: Value =
        Value::Object(sent.map(|(name, value)| (name.clone(), json!({"value": value}))).collect());
    expand(&template(members), &sent, context)
}

/// A gallery resource with that name.
fn gallery(name: &str) -> Value {
    json!({"type": "Microsoft.Compute/galleries", "apiVersion": "2024-03-03", "name": name, "location": "westeurope"})
}

/// The resource with more members.
fn with(mut resource: Value, members: Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        resource[name] = value.clone();
    }
    resource
}
