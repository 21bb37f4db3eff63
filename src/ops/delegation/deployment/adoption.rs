//! An offer that someone else made, updated under its own ids.
//!
//! The portal, the samples and Terraform name definitions and assignments in their own ways. Azure
//! takes no second assignment of one offer at one scope, so an update has to use the names that are
//! there (Azure/azure-powershell#11455, Azure/Azure-Lighthouse-samples#85,
//! hashicorp/terraform-provider-azurerm#20108).

use serde_json::{Value, json};

use super::super::facts::OfferFacts;
use super::super::plan::is_named;
use crate::arm::managed_services::{self, RegistrationDefinition};
use crate::id::{Scope, TenantId};
use crate::ops::change::findings::Findings;
use crate::ops::offer::assignment_name;

/// The ids of an offer that exists. The samples make one definition for each resource group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Adoption {
    definitions: Vec<String>,
    /// Scope, full id, and the definition it assigns.
    assignments: Vec<(Scope, String, String)>,
}

impl Adoption {
    /// Finds the offer by its name and consumer.
    pub(crate) fn find(
        name: &str,
        consumer: TenantId,
        facts: &OfferFacts,
        findings: &mut Findings,
    ) -> Adoption {
        let is_it = |found: &&RegistrationDefinition| is_named(found, name, &consumer.to_string());
        let found: Vec<_> = facts.definitions.iter().flatten().filter(is_it).collect();
        if found.is_empty() {
            findings.azure(
                "--adopt",
                format!("there is no offer '{name}' to tenant {consumer} in this subscription"),
                "See the names with `az-imageshare delegation list -o table`, or leave --adopt out to create it.",
            );
        }
        if let Some(bought) = found.iter().find(|found| found.plan.is_some()) {
            findings.azure(
                "--adopt",
                format!("{} belongs to an offer of the Marketplace, which only its publisher can change", bought.id),
                "Choose another --name for an offer of your own.",
            );
        }
        let assignments = facts.assignments.iter().flatten().filter_map(|assignment| {
            let of = found.iter().find(|found| assignment.is_of(&found.id))?;
            Some((assignment.scope()?, assignment.id.to_string(), of.id.to_string()))
        });
        Adoption {
            assignments: assignments.collect(),
            definitions: found.iter().map(|found| found.id.to_string()).collect(),
        }
    }

    /// The built-in template with these ids written into it.
    pub(super) fn applied_to(&self, template: &Value, scopes: &[Scope]) -> Value {
        let mut made = template.clone();
        let built_in = template["resources"].as_array().cloned().unwrap_or_default();
        let [definition, assignment] = built_in.as_slice() else {
            return made;
        };
        let definitions = self.definitions.iter().map(|id| {
            let mut definition = definition.clone();
            definition["name"] = json!(crate::id::resource_name(id));
            definition
        });
        let assignments = scopes.iter().map(|scope| self.assignment(assignment, scope));
        made["resources"] = definitions.chain(assignments).collect();
        made
    }

    fn assignment(&self, built_in: &Value, scope: &Scope) -> Value {
        let known = self.assignments.iter().find(|(known, ..)| known == scope);
        let definition = known.map(|(.., definition)| definition);
        let definition = definition.or(self.definitions.first()).cloned().unwrap_or_default();
        let id = known.map_or_else(
            || managed_services::assignment_id(scope, assignment_name(&definition, scope)),
            |(_, id, _)| id.clone(),
        );
        let name = crate::id::resource_name(&id);
        let mut made = built_in.clone();
        made["dependsOn"] = json!([definition]);
        match &scope.resource_group {
            None => {
                made["name"] = json!(name);
                made["properties"]["registrationDefinitionId"] = json!(definition);
            }
            Some(group) => {
                if let Some(members) = made.as_object_mut() {
                    members.remove("copy");
                }
                made["name"] = json!(format!("imageshare-{name}"));
                made["resourceGroup"] = json!(group);
                let inner = &mut made["properties"]["template"]["resources"][0];
                inner["name"] = json!(name);
                inner["properties"]["registrationDefinitionId"] = json!(definition);
            }
        }
        made
    }
}
