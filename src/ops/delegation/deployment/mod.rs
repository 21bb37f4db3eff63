//! The deployment that puts an offer into effect: its name, its place, its body.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use self::adoption::Adoption;
use crate::arm::managed_services::RegistrationDefinition;
use crate::arm::resources::ResourceGroup;
use crate::id::{Scope, SubscriptionId};
use crate::ops::deployment::DeploymentRequest;
use crate::ops::offer::Offer;
use crate::ops::offer::input::{self, OwnTemplate};
use crate::settings::Settings;
use crate::template::{Form, Template};

pub(super) mod adoption;

/// A deployment that has not been sent.
#[derive(Clone, Debug)]
pub(crate) struct Deployment {
    pub name: String,
    /// Where Azure keeps it.
    pub location: Location,
    pub template: Value,
    pub parameters: Value,
}

/// Where Azure keeps a deployment; the delegation itself has no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    pub name: String,
    /// Who said so, for people.
    pub because: String,
    /// True if the user chose it: it must not be replaced by another.
    pub is_chosen: bool,
}

impl Deployment {
    /// The deployment of an offer.
    pub(crate) fn of(
        offer: &Offer,
        wanted: &RegistrationDefinition,
        scopes: &[Scope],
        location: Location,
        guid: Uuid,
        adoption: Option<&Adoption>,
    ) -> Deployment {
        let known = known_parameters(wanted, scopes);
        let (template, parameters) = match &offer.template {
            None => {
                let form =
                    if offer.groups.is_empty() { Form::Subscription } else { Form::ResourceGroups };
                let template = Template::of(form, !offer.eligible.is_empty()).value();
                let parameters = declared(&template, known);
                match adoption {
                    Some(adoption) => (adoption.applied_to(&template, scopes), parameters),
                    None => (template, parameters),
                }
            }
            Some(own) => (own.value.clone(), own_parameters(own, offer, &known, scopes)),
        };
        Deployment {
            name: offer.deployment_name.clone().unwrap_or_else(|| default_name(guid)),
            location,
            template,
            parameters,
        }
    }

    /// What is sent to Azure.
    pub(crate) fn request(&self, subscription: SubscriptionId) -> DeploymentRequest {
        DeploymentRequest {
            scope: Scope::subscription(subscription),
            name: self.name.clone(),
            body: json!({
                "location": self.location.name,
                "properties": {
                    "mode": "Incremental",
                    "template": self.template,
                    "parameters": self.parameters,
                },
            }),
            auxiliary: Vec::new(),
            has_telling_parameters: true,
            may_move: !self.location.is_chosen,
        }
    }
}

/// The name of an offer's deployment: the same in every run, so that a second one finds the first.
pub(crate) fn default_name(definition: Uuid) -> String {
    let guid = definition.to_string();
    format!("imageshare-{}", &guid[..8])
}

fn known_parameters(wanted: &RegistrationDefinition, scopes: &[Scope]) -> Map<String, Value> {
    let properties = &wanted.properties;
    let groups: Vec<&String> =
        scopes.iter().filter_map(|scope| scope.resource_group.as_ref()).collect();
    let mut known = Map::new();
    let mut put = |name: &str, value: Value| known.insert(name.to_owned(), value);
    put("mspOfferName", json!(properties.registration_definition_name));
    put("mspOfferDescription", json!(properties.description));
    put("managedByTenantId", json!(properties.managed_by_tenant_id));
    put("authorizations", json!(properties.authorizations));
    put("eligibleAuthorizations", json!(properties.eligible_authorizations));
    put("resourceGroups", groups.iter().map(|name| json!({"rgName": name})).collect());
    if let [only] = groups.as_slice() {
        put("rgName", json!(only));
    }
    known
}

/// The parameters of an own template: what it takes of the offer under its names, and the rest.
fn own_parameters(
    own: &OwnTemplate,
    offer: &Offer,
    known: &Map<String, Value>,
    scopes: &[Scope],
) -> Value {
    let mut given = Map::new();
    for (field, parameter) in &own.fields {
        let usual = input::usual_name(*field);
        if let Some(value) = known.get(usual).filter(|value| !value.is_null()) {
            given.insert(parameter.clone(), json!({"value": value}));
        }
    }
    let groups: Vec<&str> =
        scopes.iter().filter_map(|scope| scope.resource_group.as_deref()).collect();
    if let Some(parameter) = &own.groups
        && let Some(value) = parameter.value_for(&groups)
    {
        given.insert(parameter.name().to_owned(), json!({"value": value}));
    }
    for (name, value) in &offer.extras {
        given.insert(name.clone(), json!({"value": value}));
    }
    Value::Object(given)
}

/// The parameters that a template declares, in its own spelling.
fn declared(template: &Value, known: Map<String, Value>) -> Value {
    let declared = template.get("parameters").and_then(Value::as_object);
    let mut given = Map::new();
    for (name, value) in known {
        let spelt = declared
            .into_iter()
            .flat_map(Map::keys)
            .find(|declared| declared.eq_ignore_ascii_case(&name));
        if let Some(spelt) = spelt {
            given.insert(spelt.clone(), json!({"value": value}));
        }
    }
    Value::Object(given)
}

/// Where to keep the deployment: as asked, else as az is configured, else where the first resource
/// group is, else a region that each cloud has.
pub(crate) fn location(
    offer: &Offer,
    settings: &Settings,
    first_group: Option<&ResourceGroup>,
) -> Option<Location> {
    let chosen = |name: &str, because: &str| Location {
        name: name.to_owned(),
        because: because.to_owned(),
        is_chosen: true,
    };
    if let Some(given) = &offer.location {
        return Some(chosen(&given.value, "--location"));
    }
    if let Some(name) = &settings.location {
        return Some(Location { is_chosen: false, ..chosen(name, "[defaults] location") });
    }
    if let Some(group) = first_group.filter(|group| !group.location.is_empty()) {
        let because = format!("the location of resource group '{}'", group.name);
        return Some(Location { is_chosen: false, ..chosen(&group.location, &because) });
    }
    let name = match settings.cloud.name.as_str() {
        "AzureChinaCloud" => "chinaeast2",
        "AzureUSGovernment" => "usgovvirginia",
        "AzureBleuCloud" => return None,
        _ => "westeurope",
    };
    Some(Location {
        is_chosen: false,
        ..chosen(name, "[default]; it only holds the deployment's record")
    })
}

#[cfg(test)]
mod tests;
