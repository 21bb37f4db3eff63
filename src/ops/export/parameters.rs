//! This program's template with its parameters, for `delegation create --parameters` and `az deployment sub create`.

use serde_json::{Map, Value, json};

use super::offer::{ExportFile, ExportedOffer};
use crate::error::{Error, Kind, Result};
use crate::template::{Form, Template};

/// The template, and the parameters of the one offer that it makes.
///
/// # Errors
/// If the template would not give the offer the ids that it has.
pub(super) fn files(offers: &[ExportedOffer]) -> Result<Vec<ExportFile>> {
    let [offer] = offers else {
        return Err(unsayable(
            "several definitions make this delegation, and the template makes one",
        ));
    };
    if !offer.is_computed {
        return Err(unsayable("its id is not the one that the template computes"));
    }
    let groups: Vec<&String> =
        offer.acceptances.iter().filter_map(|found| found.scope.resource_group.as_ref()).collect();
    let form = match groups.len() {
        0 => Form::Subscription,
        count if count == offer.acceptances.len() => Form::ResourceGroups,
        _ => return Err(unsayable("it holds for the subscription and for resource groups")),
    };
    let properties = &offer.properties;
    let template = Template::of(form, !properties.eligible_authorizations.is_empty());
    let mut values = Map::new();
    let mut put =
        |name: &str, value: Value| values.insert(name.to_owned(), json!({"value": value}));
    put("mspOfferName", json!(properties.registration_definition_name));
    put("mspOfferDescription", json!(properties.description.as_deref().unwrap_or_default()));
    put("managedByTenantId", json!(properties.managed_by_tenant_id));
    put("authorizations", json!(properties.authorizations));
    if !properties.eligible_authorizations.is_empty() {
        put("eligibleAuthorizations", json!(properties.eligible_authorizations));
    }
    if form == Form::ResourceGroups {
        put("resourceGroups", groups.iter().map(|name| json!({"rgName": name})).collect());
    }
    let parameters = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#",
        "contentVersion": "1.0.0.0",
        "parameters": values,
    });
    Ok(vec![
        ExportFile::new(template.file_name, template.text),
        ExportFile::json(template.parameters_file_name, &parameters),
    ])
}

fn unsayable(why: &str) -> Error {
    Error::new(Kind::Failure, format!("a parameter file cannot say this delegation: {why}"))
        .hint("Use `--to arm`, which names every id.")
}
