//! Bicep: fixed modules, and a JSON file with all that Azure reported.
//!
//! Source: <https://learn.microsoft.com/azure/azure-resource-manager/bicep/bicep-functions-files>

use serde_json::{Value, json};

use super::offer::{ExportFile, ExportedOffer, by_subscription};

/// The modules, and their data: one main file for at most [`MOST_SUBSCRIPTIONS`] subscriptions.
pub(super) fn files(offers: &[ExportedOffer]) -> Vec<ExportFile> {
    let told: Vec<Value> = by_subscription(offers)
        .into_iter()
        .map(|(subscription, mut told)| {
            told["subscriptionId"] = json!(subscription.to_string());
            told
        })
        .collect();
    let mut files = vec![
        ExportFile::new("subscription.bicep", SUBSCRIPTION),
        ExportFile::new("group.bicep", GROUP),
    ];
    if let [only] = told.as_slice() {
        files.push(ExportFile::new("main.bicep", ONE));
        files.push(ExportFile::json("delegations.json", only));
        return files;
    }
    for (place, part) in told.chunks(MOST_SUBSCRIPTIONS).enumerate() {
        let suffix = if place == 0 { String::new() } else { format!("-{}", place + 1) };
        let data = format!("delegations{suffix}.json");
        files.push(ExportFile::new(
            format!("main{suffix}.bicep"),
            MANY.replace("delegations.json", &data),
        ));
        files.push(ExportFile::json(data, &json!(part)));
    }
    files
}

/// A deployment takes 800 resources at most, nested ones counted. Source:
/// <https://learn.microsoft.com/azure/azure-resource-manager/templates/best-practices>
const MOST_SUBSCRIPTIONS: usize = 500;

const ONE: &str = "\
// Written by az-imageshare. The GUIDs are those that Azure holds: a deployment changes nothing.
targetScope = 'subscription'

var delegations = loadJsonContent('delegations.json')

module subscription 'subscription.bicep' = {
  name: 'imageshare-export'
  params: {
    definitions: delegations.definitions
    subscriptionAssignments: delegations.subscriptionAssignments
    groupAssignments: delegations.groupAssignments
  }
}
";

const MANY: &str = "\
// Written by az-imageshare. The GUIDs are those that Azure holds: a deployment changes nothing.
targetScope = 'managementGroup'

var delegations = loadJsonContent('delegations.json')

module subscriptions 'subscription.bicep' = [for item in delegations: {
  name: 'imageshare-${item.subscriptionId}'
  scope: subscription(item.subscriptionId)
  params: {
    definitions: item.definitions
    subscriptionAssignments: item.subscriptionAssignments
    groupAssignments: item.groupAssignments
  }
}]
";

const SUBSCRIPTION: &str = "\
// The offers of one subscription, and where they are accepted.
targetScope = 'subscription'

@description('Offers: name (a GUID) and properties.')
param definitions array

@description('Acceptances for the whole subscription: name and definition, both GUIDs.')
param subscriptionAssignments array

@description('Acceptances for resource groups: name and definition, both GUIDs, and resourceGroup.')
param groupAssignments array

resource definition 'Microsoft.ManagedServices/registrationDefinitions@2022-10-01' = [for item in definitions: {
  name: item.name
  properties: item.properties
}]

resource assignment 'Microsoft.ManagedServices/registrationAssignments@2022-10-01' = [for item in subscriptionAssignments: {
  name: item.name
  properties: {
    registrationDefinitionId: subscriptionResourceId('Microsoft.ManagedServices/registrationDefinitions', item.definition)
  }
  dependsOn: [
    definition
  ]
}]

module groups 'group.bicep' = [for item in groupAssignments: {
  name: 'imageshare-${item.name}'
  scope: resourceGroup(item.resourceGroup)
  params: {
    name: item.name
    definitionId: subscriptionResourceId('Microsoft.ManagedServices/registrationDefinitions', item.definition)
  }
  dependsOn: [
    definition
  ]
}]
";

const GROUP: &str = "\
// One acceptance for a resource group.
targetScope = 'resourceGroup'

@description('The acceptance, a GUID.')
param name string

@description('Full ID of the offer.')
param definitionId string

resource assignment 'Microsoft.ManagedServices/registrationAssignments@2022-10-01' = {
  name: name
  properties: {
    registrationDefinitionId: definitionId
  }
}
";
