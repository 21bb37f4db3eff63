//! The definition that an offer asks for, once tenant and roles are known.

use std::collections::HashMap;

use crate::arm::managed_services::{self, RegistrationDefinition};
use crate::id::{ArmId, RoleId, TenantId};
use crate::ops::delegation::facts::OfferFacts;
use crate::ops::offer::Offer;
use crate::ops::offer::properties::properties;
use crate::template::reading::Field;

/// The definition as it is to be; a description that no one gave stays what it is.
pub(super) fn wanted(
    offer: &Offer,
    consumer: TenantId,
    facts: &OfferFacts,
    roles: &HashMap<String, RoleId>,
    guid: uuid::Uuid,
) -> RegistrationDefinition {
    let id = managed_services::definition_id(facts.subscription.id, guid);
    // Then the ids are those of the template, or of the offer that is adopted.
    let own_template = offer.template.is_some() || offer.adopts;
    let definitions = facts.definitions.iter().flatten();
    let standing = definitions
        .filter(|definition| is_it(definition, &id, own_template, &offer.name, consumer))
        .find_map(|definition| definition.properties.description.clone());
    // A template that takes no description makes an offer without one.
    let sets_description = offer
        .template
        .as_ref()
        .is_none_or(|template| template.parameter_for(Field::Description).is_some());
    let fallback = sets_description.then(|| offer.name.clone());
    let description = offer.description.clone().or(standing).or(fallback);
    let properties = properties(offer, consumer, description, roles);
    RegistrationDefinition {
        id: if own_template { ArmId::default() } else { id.into() },
        name: if own_template { String::new() } else { guid.to_string() },
        properties,
        plan: None,
    }
}

fn is_it(
    definition: &RegistrationDefinition,
    id: &str,
    own_template: bool,
    name: &str,
    consumer: TenantId,
) -> bool {
    if own_template {
        is_named(definition, name, &consumer.to_string())
    } else {
        definition.id == *id
    }
}

/// True if the definition has this name and this consumer, whatever its id.
pub(in super::super) fn is_named(
    definition: &RegistrationDefinition,
    name: &str,
    consumer: &str,
) -> bool {
    definition.properties.registration_definition_name.as_deref() == Some(name)
        && definition.properties.managed_by_tenant_id == consumer
}
