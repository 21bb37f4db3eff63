//! The definition that an offer asks for, once tenant and roles are known.

use std::collections::HashMap;

use crate::arm::managed_services::{
    self, Approver, Authorization, EligibleAuthorization, JustInTimeAccessPolicy,
    RegistrationDefinition, RegistrationDefinitionProperties,
};
use crate::id::{ArmId, RoleId, TenantId};
use crate::ops::delegation::facts::OfferFacts;
use crate::ops::delegation::offer::{Eligible, Grant, Offer, found};
use crate::template::reading::Field;

/// The definition as it is to be; a description that nobody gave stays what it is.
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

/// What the definition says, wherever it stands; `roles` has the GUIDs of those that came by name.
pub(crate) fn properties(
    offer: &Offer,
    consumer: TenantId,
    description: Option<String>,
    roles: &HashMap<String, RoleId>,
) -> RegistrationDefinitionProperties {
    let permanent = offer.grants.iter().filter_map(|grant| authorization(grant, roles));
    RegistrationDefinitionProperties {
        registration_definition_name: Some(offer.name.clone()),
        description,
        managed_by_tenant_id: consumer.to_string().into(),
        authorizations: permanent.collect(),
        eligible_authorizations: offer
            .eligible
            .iter()
            .filter_map(|right| eligible(right, roles))
            .collect(),
        ..RegistrationDefinitionProperties::default()
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

fn authorization(grant: &Grant, roles: &HashMap<String, RoleId>) -> Option<Authorization> {
    Some(Authorization {
        principal_id: grant.principal.to_string().into(),
        principal_id_display_name: grant.name.clone(),
        role_definition_id: found(&grant.role, roles)?.to_string().into(),
        delegated_role_definition_ids: grant
            .delegated
            .iter()
            .filter_map(|role| found(role, roles))
            .map(|role| role.to_string().into())
            .collect(),
    })
}

fn eligible(right: &Eligible, roles: &HashMap<String, RoleId>) -> Option<EligibleAuthorization> {
    let approvers = right.approvers.iter().map(|(id, name)| Approver {
        principal_id: id.to_string().into(),
        principal_id_display_name: name.clone(),
    });
    Some(EligibleAuthorization {
        principal_id: right.principal.to_string().into(),
        principal_id_display_name: right.name.clone(),
        role_definition_id: found(&right.role, roles)?.to_string().into(),
        just_in_time_access_policy: Some(JustInTimeAccessPolicy {
            multi_factor_auth_provider: right.mfa.unwrap_or("None").to_owned(),
            maximum_activation_duration: Some(
                right.duration.clone().unwrap_or_else(|| "PT8H".to_owned()),
            ),
            managed_by_tenant_approvers: approvers.collect(),
        }),
    })
}
