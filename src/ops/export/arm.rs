//! ARM: one template for all subscriptions, and a parameter file for each.
//!
//! Source: <https://learn.microsoft.com/azure/azure-resource-manager/templates/parameter-files>; values there are
//! data and are not evaluated.

use serde_json::{Map, Value, json};

use super::offer::{ExportFile, ExportedOffer, by_subscription};

/// The template and the parameter files, each named by its subscription.
pub(super) fn files(offers: &[ExportedOffer]) -> Vec<ExportFile> {
    let mut files = vec![ExportFile::json("delegations.json", &template())];
    for (subscription, told) in by_subscription(offers) {
        let values: Map<String, Value> = told
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), json!({"value": value})))
            .collect();
        let parameters = json!({
            "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
            "contentVersion": "1.0.0.0",
            "parameters": values,
        });
        files.push(ExportFile::json(format!("{subscription}.parameters.json"), &parameters));
    }
    files.push(ExportFile::new("README.md", README));
    files
}

/// What to type; a stack leaves alone what leaves it, and denies nothing.
const README: &str = "\
# Delegations as ARM templates

For each subscription whose parameter file is here, as a deployment:

```sh
az deployment sub create --subscription ID --name delegations --location westeurope \\
  --template-file delegations.json --parameters @ID.parameters.json
```

Or as a deployment stack, which lists what it made:

```sh
az stack sub create --subscription ID --name delegations --location westeurope \\
  --template-file delegations.json --parameters @ID.parameters.json \\
  --action-on-unmanage detachAll --deny-settings-mode none
```
";

fn template() -> Value {
    let list = |text: &str| json!({"type": "array", "metadata": {"description": text}});
    let of_group = |field: &str| format!("parameters('groupAssignments')[copyIndex()].{field}");
    let definition_id = |name: &str| {
        format!(
            "[subscriptionResourceId('Microsoft.ManagedServices/registrationDefinitions', {name})]"
        )
    };
    let copy =
        |name: &str| json!({"name": name, "count": format!("[length(parameters('{name}'))]")});
    let nested = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [{
            "type": "Microsoft.ManagedServices/registrationAssignments",
            "apiVersion": "2022-10-01",
            "name": format!("[{}]", of_group("name")),
            "properties": {"registrationDefinitionId": definition_id(&of_group("definition"))},
        }],
    });
    json!({
        "$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {
            "definitions": list("Offers: name (a GUID) and properties."),
            "subscriptionAssignments": list("Acceptances for the whole subscription: name and definition, both GUIDs."),
            "groupAssignments": list("Acceptances for resource groups: name and definition, both GUIDs, and resourceGroup."),
        },
        "resources": [
            {
                "type": "Microsoft.ManagedServices/registrationDefinitions",
                "apiVersion": "2022-10-01",
                "name": "[parameters('definitions')[copyIndex()].name]",
                "copy": copy("definitions"),
                "properties": "[parameters('definitions')[copyIndex()].properties]",
            },
            {
                "type": "Microsoft.ManagedServices/registrationAssignments",
                "apiVersion": "2022-10-01",
                "name": "[parameters('subscriptionAssignments')[copyIndex()].name]",
                "copy": copy("subscriptionAssignments"),
                "dependsOn": ["definitions"],
                "properties": {
                    "registrationDefinitionId": definition_id("parameters('subscriptionAssignments')[copyIndex()].definition"),
                },
            },
            {
                "type": "Microsoft.Resources/deployments",
                "apiVersion": "2025-04-01",
                "name": format!("[concat('imageshare-', {})]", of_group("name")),
                "resourceGroup": format!("[{}]", of_group("resourceGroup")),
                "copy": copy("groupAssignments"),
                "dependsOn": ["definitions"],
                "properties": {
                    "mode": "Incremental",
                    "expressionEvaluationOptions": {"scope": "outer"},
                    "template": nested,
                },
            },
        ],
    })
}
