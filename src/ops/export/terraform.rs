//! Terraform with the provider `azurerm`.
//!
//! Sources: <https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/lighthouse_definition>,
//! `lighthouse_assignment`, and <https://developer.hashicorp.com/terraform/language/import>.

use serde_json::{Map, Value, json};

use super::hcl;
use super::offer::{ExportFile, ExportedOffer};
use crate::arm::managed_services::EligibleAuthorization;
use crate::error::{Error, Kind, Result};

/// The files of a configuration.
///
/// # Errors
/// If an offer has eligible permissions only: the provider demands a permanent one.
pub(super) fn files(offers: &[ExportedOffer], imports: bool) -> Result<Vec<ExportFile>> {
    if let Some(offer) = offers.iter().find(|offer| offer.properties.authorizations.is_empty()) {
        let name = offer.properties.registration_definition_name.as_deref().unwrap_or(&offer.guid);
        let text = format!("offer '{name}' has no permanent right, and azurerm demands one");
        return Err(
            Error::new(Kind::Failure, text).hint("Use `--to azapi`, which takes what Azure takes.")
        );
    }
    let mut files = vec![
        ExportFile::new("main.tf", MAIN),
        ExportFile::new("delegations.tf", locals(offers, definition)),
    ];
    if imports {
        files.push(ExportFile::new("imports.tf", IMPORTS));
    }
    Ok(files)
}

/// The data of both providers: `local.definitions` and `local.assignments`, by GUID.
pub(super) fn locals(
    offers: &[ExportedOffer],
    definition: impl Fn(&ExportedOffer) -> Value,
) -> String {
    let key = |offer: &ExportedOffer| format!("{}/{}", offer.subscription, offer.guid);
    let definitions: Map<String, Value> =
        offers.iter().map(|offer| (key(offer), definition(offer))).collect();
    let mut assignments = Map::new();
    for offer in offers {
        for accepted in &offer.acceptances {
            let value = json!({
                "id": accepted.id,
                "guid": accepted.guid,
                "exists": accepted.stands,
                "scope": accepted.scope.to_string(),
                "definition": key(offer),
            });
            assignments.insert(format!("{}/{}", offer.subscription, accepted.guid), value);
        }
    }
    let all = json!({"definitions": definitions, "assignments": assignments});
    format!("# The delegations as they stand in Azure.\nlocals {}\n", hcl::expression(&all, 0))
}

fn definition(offer: &ExportedOffer) -> Value {
    let properties = &offer.properties;
    let permanent: Vec<Value> = properties
        .authorizations
        .iter()
        .map(|right| {
            json!({
                "principal_id": right.principal_id,
                "principal_display_name": right.principal_id_display_name,
                "role_definition_id": right.role_definition_id,
                "delegated_role_definition_ids": right.delegated_role_definition_ids,
            })
        })
        .collect();
    let eligible: Vec<Value> = properties.eligible_authorizations.iter().map(eligible).collect();
    json!({
        "id": offer.id,
        "guid": offer.guid,
        "exists": offer.stands,
        "scope": format!("/subscriptions/{}", offer.subscription),
        "name": properties.registration_definition_name,
        "description": properties.description,
        "managing_tenant_id": properties.managed_by_tenant_id,
        "authorizations": permanent,
        "eligible_authorizations": eligible,
    })
}

fn eligible(right: &EligibleAuthorization) -> Value {
    let policies: Vec<Value> = right
        .just_in_time_access_policy
        .iter()
        .map(|policy| {
            // The provider takes `Azure` or nothing.
            let provider = Some(&policy.multi_factor_auth_provider)
                .filter(|provider| !provider.eq_ignore_ascii_case("None"));
            let approvers: Vec<Value> = policy
                .managed_by_tenant_approvers
                .iter()
                .map(|approver| {
                    json!({
                        "principal_id": approver.principal_id,
                        "principal_display_name": approver.principal_id_display_name,
                    })
                })
                .collect();
            json!({
                "multi_factor_auth_provider": provider,
                "maximum_activation_duration": policy.maximum_activation_duration,
                "approvers": approvers,
            })
        })
        .collect();
    json!({
        "principal_id": right.principal_id,
        "principal_display_name": right.principal_id_display_name,
        "role_definition_id": right.role_definition_id,
        "policies": policies,
    })
}

const MAIN: &str = r#"# Written by az-imageshare. The GUIDs are those that Azure holds: the first plan imports or changes nothing else.
terraform {
  required_version = ">= 1.7"
  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.0"
    }
  }
}

# One provider serves all subscriptions of the tenant: each resource names its own scope.
provider "azurerm" {
  features {}
}

resource "azurerm_lighthouse_definition" "this" {
  for_each = local.definitions

  lighthouse_definition_id = each.value.guid
  name                     = each.value.name
  description              = each.value.description
  managing_tenant_id       = each.value.managing_tenant_id
  scope                    = each.value.scope

  dynamic "authorization" {
    for_each = each.value.authorizations
    content {
      principal_id                  = authorization.value.principal_id
      principal_display_name        = authorization.value.principal_display_name
      role_definition_id            = authorization.value.role_definition_id
      delegated_role_definition_ids = authorization.value.delegated_role_definition_ids
    }
  }

  dynamic "eligible_authorization" {
    for_each = each.value.eligible_authorizations
    content {
      principal_id           = eligible_authorization.value.principal_id
      principal_display_name = eligible_authorization.value.principal_display_name
      role_definition_id     = eligible_authorization.value.role_definition_id

      dynamic "just_in_time_access_policy" {
        for_each = eligible_authorization.value.policies
        content {
          multi_factor_auth_provider  = just_in_time_access_policy.value.multi_factor_auth_provider
          maximum_activation_duration = just_in_time_access_policy.value.maximum_activation_duration

          dynamic "approver" {
            for_each = just_in_time_access_policy.value.approvers
            content {
              principal_id           = approver.value.principal_id
              principal_display_name = approver.value.principal_display_name
            }
          }
        }
      }
    }
  }
}

resource "azurerm_lighthouse_assignment" "this" {
  for_each = local.assignments

  name                     = each.value.guid
  scope                    = each.value.scope
  lighthouse_definition_id = azurerm_lighthouse_definition.this[each.value.definition].id
}
"#;

const IMPORTS: &str = r#"# Terraform takes over what exists. Once it is applied, this file may go.
import {
  for_each = { for key, value in local.definitions : key => value if value.exists }
  to       = azurerm_lighthouse_definition.this[each.key]
  id       = each.value.id
}

import {
  for_each = { for key, value in local.assignments : key => value if value.exists }
  to       = azurerm_lighthouse_assignment.this[each.key]
  id       = each.value.id
}
"#;
