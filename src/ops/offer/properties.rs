//! What the definition of an offer says, wherever it exists.

use std::collections::HashMap;

use super::{Eligible, Grant, Offer, found};
use crate::arm::managed_services::{
    Approver, Authorization, EligibleAuthorization, JustInTimeAccessPolicy,
    RegistrationDefinitionProperties,
};
use crate::id::{RoleId, TenantId};

/// What the definition says, wherever it exists; `roles` has the GUIDs of those that came by name.
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
