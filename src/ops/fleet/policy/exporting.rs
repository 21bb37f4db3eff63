//! The policies of a fleet as files that `az` takes as they are, and what to type.
//!
//! In the template for `az deployment mg create`, each text that Azure Policy is to evaluate later is escaped; in the
//! files for `az policy` it is as it is.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::names::scope_of;
use super::rule::OWNER;
use crate::id::resource_name;
use crate::ops::export::ExportFile;
use crate::ops::fleet::item::ItemPlan;
use crate::ops::fleet::view::{ItemView, PolicyPart};

/// A definition and its assignment, as they are to exist.
#[derive(Default)]
struct ExportedPolicy {
    assignment_id: String,
    definition: Value,
    assignment: Value,
}

/// The files of all policies among these items; none if there are none.
pub(crate) fn files(items: &[ItemPlan]) -> Vec<ExportFile> {
    let mut policies: BTreeMap<(&str, &str, &str), ExportedPolicy> = BTreeMap::new();
    for item in items {
        let Some(ItemView::Policy(stand)) = &item.after else { continue };
        let of = policies.entry((&item.publisher, &item.grant, &item.consumer)).or_default();
        match stand.part {
            PolicyPart::Definition => of.definition = stand.body.clone(),
            PolicyPart::Assignment => {
                of.assignment_id.clone_from(&item.id);
                of.assignment = stand.body.clone();
            }
            _ => {}
        }
    }
    let policies: Vec<ExportedPolicy> =
        policies.into_values().filter(|known| !known.assignment_id.is_empty()).collect();
    if policies.is_empty() {
        return Vec::new();
    }
    let mut files: Vec<ExportFile> = policies.iter().flat_map(ExportedPolicy::files).collect();
    files.push(ExportFile::new("README.md", readme(&policies)));
    files
}

impl ExportedPolicy {
    fn name(&self) -> &str {
        resource_name(&self.assignment_id)
    }

    fn group(&self) -> &str {
        resource_name(scope_of(&self.assignment_id))
    }

    /// Of the deployments, and so of the identity.
    fn location(&self) -> &str {
        let place = "/properties/policyRule/then/details/deployment/location";
        self.definition.pointer(place).and_then(Value::as_str).unwrap_or_default()
    }

    fn files(&self) -> Vec<ExportFile> {
        let (name, properties) = (self.name(), &self.definition["properties"]);
        let values = &self.assignment["properties"]["parameters"];
        vec![
            ExportFile::json(format!("{name}.rules.json"), &properties["policyRule"]),
            ExportFile::json(format!("{name}.params.json"), &properties["parameters"]),
            ExportFile::json(format!("{name}.values.json"), values),
            ExportFile::json(format!("{name}.json"), &self.template()),
        ]
    }

    /// One template of the management group: definition, assignment, and the role of its identity.
    fn template(&self) -> Value {
        let (name, scope) = (self.name(), scope_of(&self.assignment_id));
        let mut assignment = escaped(&self.assignment["properties"]);
        assignment["enforcementMode"] = json!("Default");
        let identity = &self.assignment["identity"];
        let principal = match identity["userAssignedIdentities"]
            .as_object()
            .and_then(|ids| ids.keys().next())
        {
            Some(id) => format!("[reference('{id}', '2023-01-31').principalId]"),
            None => format!(
                "[reference('{}', '2023-04-01', 'Full').identity.principalId]",
                self.assignment_id
            ),
        };
        json!({
            "$schema": "https://schema.management.azure.com/schemas/2019-08-01/managementGroupDeploymentTemplate.json#",
            "contentVersion": "1.0.0.0",
            "resources": [
                {
                    "type": "Microsoft.Authorization/policyDefinitions",
                    "apiVersion": "2023-04-01",
                    "name": format!("def-{name}"),
                    "properties": escaped(&self.definition["properties"]),
                },
                {
                    "type": "Microsoft.Authorization/policyAssignments",
                    "apiVersion": "2023-04-01",
                    "name": name,
                    "location": self.location(),
                    "identity": identity,
                    "dependsOn": [format!("def-{name}")],
                    "properties": assignment,
                },
                {
                    "type": "Microsoft.Authorization/roleAssignments",
                    "apiVersion": "2022-04-01",
                    "name": format!("[guid('{scope}', '{name}', '{OWNER}')]"),
                    "dependsOn": [name],
                    "properties": {
                        "principalId": principal,
                        "principalType": "ServicePrincipal",
                        "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{OWNER}"),
                    },
                },
            ],
        })
    }

    fn commands(&self) -> String {
        let (name, group, location) = (self.name(), self.group(), self.location());
        let scope = scope_of(&self.assignment_id);
        format!(
            "## {name}\n\n\
             Definition, assignment and the role of its identity in one deployment:\n\n\
             ```sh\n\
             az deployment mg create --management-group-id {group} --location {location} \\\n  \
               --name {name} --template-file {name}.json\n\
             ```\n\n\
             Or one by one; the role is Owner of the management group and everything below it:\n\n\
             ```sh\n\
             az policy definition create --name def-{name} --management-group {group} --mode All \\\n  \
               --rules {name}.rules.json --params {name}.params.json\n\
             az policy assignment create --name {name} --scope {scope} \\\n  \
               --policy {scope}/providers/Microsoft.Authorization/policyDefinitions/def-{name} \\\n  \
               --params {name}.values.json --location {location} --mi-system-assigned \\\n  \
               --role Owner --identity-scope {scope}\n\
             ```\n\n\
             Subscriptions that are there already, once Azure Policy shows them as not compliant:\n\n\
             ```sh\n\
             az policy remediation create --name {name} --management-group {group} \\\n  \
               --policy-assignment {name}\n\
             ```\n\n\
             It brings 500 subscriptions; another one, by another name, the next.\n"
        )
    }
}

fn readme(policies: &[ExportedPolicy]) -> String {
    let mut text = "# Policies that delegate subscriptions\n\n\
        Register `Microsoft.ManagedServices` in every subscription first: a policy's deployment does not.\n"
        .to_owned();
    for policy in policies {
        let _ = write!(text, "\n{}", policy.commands());
    }
    text
}

/// The same value, so that a template leaves its expressions to whom they are for.
fn escaped(value: &Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('[') && text.ends_with(']') => {
            Value::String(format!("[{text}"))
        }
        Value::Array(items) => items.iter().map(escaped).collect(),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), escaped(value)));
            Value::Object(members.collect())
        }
        other => other.clone(),
    }
}
