//! Terraform with the provider `azapi`, which takes what Azure takes.
//!
//! Source: <https://registry.terraform.io/providers/Azure/azapi/latest/docs/resources/resource>

use serde_json::{Value, json};

use super::offer::{ExportFile, ExportedOffer, settable};
use super::terraform;

/// The files of a configuration.
pub(super) fn files(offers: &[ExportedOffer], imports: bool) -> Vec<ExportFile> {
    let mut files = vec![
        ExportFile::new("main.tf", MAIN),
        ExportFile::new("delegations.tf", terraform::locals(offers, definition)),
    ];
    if imports {
        files.push(ExportFile::new("imports.tf", IMPORTS));
    }
    files
}

fn definition(offer: &ExportedOffer) -> Value {
    json!({
        "id": offer.id,
        "guid": offer.guid,
        "exists": offer.stands,
        "scope": format!("/subscriptions/{}", offer.subscription),
        "properties": settable(&offer.properties),
    })
}

const MAIN: &str = r#"# Written by az-imageshare. The GUIDs are those that Azure holds: the first plan imports or changes nothing else.
terraform {
  required_version = ">= 1.7"
  required_providers {
    azapi = {
      source  = "Azure/azapi"
      version = ">= 2.0"
    }
  }
}

resource "azapi_resource" "definition" {
  for_each = local.definitions

  type      = "Microsoft.ManagedServices/registrationDefinitions@2022-10-01"
  parent_id = each.value.scope
  name      = each.value.guid
  body = {
    properties = each.value.properties
  }
}

resource "azapi_resource" "assignment" {
  for_each = local.assignments

  type      = "Microsoft.ManagedServices/registrationAssignments@2022-10-01"
  parent_id = each.value.scope
  name      = each.value.guid
  body = {
    properties = {
      registrationDefinitionId = azapi_resource.definition[each.value.definition].id
    }
  }
}
"#;

const IMPORTS: &str = r#"# Terraform takes over what exists. Once it is applied, this file may go.
import {
  for_each = { for key, value in local.definitions : key => value if value.exists }
  to       = azapi_resource.definition[each.key]
  id       = "${each.value.id}?api-version=2022-10-01"
}

import {
  for_each = { for key, value in local.assignments : key => value if value.exists }
  to       = azapi_resource.assignment[each.key]
  id       = "${each.value.id}?api-version=2022-10-01"
}
"#;
