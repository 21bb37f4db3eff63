//! The policy itself: it delegates each subscription that lacks the offer or has other authorizations.
//!
//! Names are parameters of the assignment, so nothing in them is evaluated. The offer's id is the one that
//! `delegation create` computes; it is a condition on `name`, since Azure's documents do not say that the `name` of
//! the effect may hold a function of the subscription.

use serde_json::{Map, Value, json};

use crate::arm::managed_services::RegistrationDefinitionProperties;
use crate::template::{Form, Template};

/// Owner: registrationDefinitions and assignments can only be written with it.
pub(crate) const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

const TYPE: &str = "Microsoft.ManagedServices/registrationDefinitions";
/// What `definition_name` computes, in the language of templates.
const NAME: &str = "[guid(toLower(parameters('managedByTenantId')), toLower(subscription().subscriptionId), parameters('mspOfferName'))]";

/// The parameters of the inner template, and their types in a policy.
const PARAMETERS: [(&str, &str); 5] = [
    ("mspOfferName", "String"),
    ("mspOfferDescription", "String"),
    ("managedByTenantId", "String"),
    ("authorizations", "Array"),
    ("eligibleAuthorizations", "Array"),
];

/// The names of the parameters that an offer needs.
fn parameters_of(is_eligible: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    PARAMETERS.into_iter().filter(move |(name, _)| is_eligible || *name != "eligibleAuthorizations")
}

/// The definition for offers of this kind, as it is sent.
pub(crate) fn definition(
    shown: &str,
    mark: &Value,
    offer: &RegistrationDefinitionProperties,
    location: &str,
    is_simple: bool,
) -> Value {
    let is_eligible = !offer.eligible_authorizations.is_empty();
    let defined: Map<String, Value> = parameters_of(is_eligible)
        .map(|(name, kind)| (name.to_owned(), json!({"type": kind})))
        .collect();
    let handed: Map<String, Value> = parameters_of(is_eligible)
        .map(|(name, _)| (name.to_owned(), json!({"value": format!("[parameters('{name}')]")})))
        .collect();
    json!({"properties": {
        "displayName": shown,
        "mode": "All",
        "metadata": {"category": "Lighthouse", "azImageshare": mark},
        "parameters": defined,
        "policyRule": {
            "if": {"field": "type", "equals": "Microsoft.Resources/subscriptions"},
            "then": {"effect": "deployIfNotExists", "details": {
                "type": TYPE,
                "existenceScope": "subscription",
                "deploymentScope": "subscription",
                "roleDefinitionIds": [
                    format!("/providers/Microsoft.Authorization/roleDefinitions/{OWNER}")
                ],
                "existenceCondition": condition(is_simple),
                "deployment": {"location": location, "properties": {
                    "mode": "incremental",
                    "parameters": handed,
                    "template": inner_template(is_eligible),
                }},
            }},
        },
    }})
}

/// The offer exists with its tenant, its texts and its authorizations, and no others. Azure has no aliases for
/// eligible authorizations. The simple form asks for what Microsoft's sample does, and for the name.
fn condition(is_simple: bool) -> Value {
    let alias = |rest: &str| format!("{TYPE}/{rest}");
    let same = |field: &str, parameter: &str| json!({"field": alias(field), "equals": format!("[parameters('{parameter}')]")});
    if is_simple {
        return json!({"allOf": [
            same("managedByTenantId", "managedByTenantId"),
            same("registrationDefinitionName", "mspOfferName"),
        ]});
    }
    let count = "[length(parameters('authorizations'))]";
    let member = |name: &str| {
        json!({"field": alias(&format!("authorizations[*].{name}")),
            "equals": format!("[current('wanted').{name}]")})
    };
    json!({"allOf": [
        {"field": "name", "equals": NAME},
        same("managedByTenantId", "managedByTenantId"),
        same("registrationDefinitionName", "mspOfferName"),
        same("description", "mspOfferDescription"),
        {"count": {"field": alias("authorizations[*]")}, "equals": count},
        {
            "count": {"value": "[parameters('authorizations')]", "name": "wanted", "where": {
                "count": {"field": alias("authorizations[*]"), "where": {"allOf": [
                    member("principalId"), member("roleDefinitionId")]}},
                "greaterOrEquals": 1,
            }},
            "equals": count,
        },
    ]})
}

/// The embedded template that `delegation create` deploys; eligible authorizations need its newer form.
fn inner_template(is_eligible: bool) -> Value {
    let mut whole = Template::of(Form::Subscription, is_eligible).value();
    if let Some(members) = whole.as_object_mut() {
        members.remove("outputs");
    }
    whole
}

/// The values of an assignment's parameters.
pub(crate) fn values(offer: &RegistrationDefinitionProperties) -> Value {
    let is_eligible = !offer.eligible_authorizations.is_empty();
    let sent = serde_json::to_value(offer).expect("an offer is JSON");
    let value = |name: &str| match name {
        "mspOfferName" => sent["registrationDefinitionName"].clone(),
        "mspOfferDescription" => json!(offer.description.clone().unwrap_or_default()),
        name => sent[name].clone(),
    };
    let values: Map<String, Value> = parameters_of(is_eligible)
        .map(|(name, _)| (name.to_owned(), json!({"value": value(name)})))
        .collect();
    Value::Object(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_values_and_never_a_part_of_the_rule() {
        let offer = RegistrationDefinitionProperties {
            registration_definition_name: Some("'] [concat(".into()),
            ..RegistrationDefinitionProperties::default()
        };
        let made = definition("x", &json!({}), &offer, "westeurope", false).to_string();
        assert!(!made.contains("'] [concat("), "{made}");
        assert_eq!(values(&offer)["mspOfferName"]["value"], "'] [concat(");
        assert!(values(&offer).get("eligibleAuthorizations").is_none());
    }
}
