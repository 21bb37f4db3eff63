//! Lighthouse as it is kept: offers, and where they are in force.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::State;

/// How far a definition or assignment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvisioningState {
    /// Taken, not done.
    Accepted,
    /// In force.
    Succeeded,
    /// Ended in an error.
    Failed,
    /// On its way out.
    Deleting,
}

impl ProvisioningState {
    /// Azure's word for it.
    pub fn name(self) -> &'static str {
        match self {
            ProvisioningState::Accepted => "Accepted",
            ProvisioningState::Succeeded => "Succeeded",
            ProvisioningState::Failed => "Failed",
            ProvisioningState::Deleting => "Deleting",
        }
    }
}

/// A Lighthouse offer.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Full id with the caller's casing.
    pub id: String,
    /// The GUID.
    pub name: String,
    /// Subscription id.
    pub subscription: String,
    /// The offer's name.
    pub registration_definition_name: Option<String>,
    /// The offer's description.
    pub description: Option<String>,
    /// The managing tenant.
    pub managed_by_tenant_id: String,
    /// Authorizations as sent.
    pub authorizations: Vec<Value>,
    /// Eligible authorizations as sent.
    pub eligible_authorizations: Vec<Value>,
    /// Marketplace plan as sent.
    pub plan: Option<Value>,
    /// How far it is.
    pub state: ProvisioningState,
    /// Reads that still show it as accepted.
    pub accepted_reads: u32,
    /// Who made it and when.
    pub system_data: Value,
}

impl Definition {
    /// Makes an offer with one authorization, already in force.
    pub(crate) fn in_force(
        subscription: &str,
        name: &str,
        tenant: &str,
        principal: &str,
        role: &str,
    ) -> Definition {
        Definition {
            id: format!(
                "/subscriptions/{subscription}/providers/Microsoft.ManagedServices/registrationDefinitions/{name}"
            ),
            name: name.to_owned(),
            subscription: subscription.to_owned(),
            registration_definition_name: Some("Arranged".to_owned()),
            description: None,
            managed_by_tenant_id: tenant.to_owned(),
            authorizations: vec![json!({"principalId": principal, "roleDefinitionId": role})],
            eligible_authorizations: Vec::new(),
            plan: None,
            state: ProvisioningState::Succeeded,
            accepted_reads: 0,
            system_data: Value::Null,
        }
    }
}

/// A Lighthouse offer in force at a scope.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// Full id with the caller's casing.
    pub id: String,
    /// The GUID.
    pub name: String,
    /// Subscription id.
    pub subscription: String,
    /// The subscription or resource group.
    pub scope: String,
    /// The definition's id as sent.
    pub definition_id: String,
    /// How far it is.
    pub state: ProvisioningState,
    /// The token of the operation under way.
    pub operation: Option<String>,
    /// From when (seconds since 1970) the managing tenant sees it.
    pub visible_from: i64,
    /// Calls of the managing tenant that still do not see it.
    pub hidden_calls: u32,
    /// After removal: reads that still find it.
    pub linger_reads: Option<u32>,
    /// Who made it and when.
    pub system_data: Value,
}

impl Assignment {
    /// Makes an assignment that is already in force.
    pub(crate) fn in_force(
        subscription: &str,
        scope: &str,
        name: &str,
        definition_id: &str,
    ) -> Assignment {
        Assignment {
            id: format!(
                "{scope}/providers/Microsoft.ManagedServices/registrationAssignments/{name}"
            ),
            name: name.to_owned(),
            subscription: subscription.to_owned(),
            scope: scope.to_owned(),
            definition_id: definition_id.to_owned(),
            state: ProvisioningState::Succeeded,
            operation: None,
            visible_from: 0,
            hidden_calls: 0,
            linger_reads: None,
            system_data: Value::Null,
        }
    }

    /// Whether the managing tenant has its access through it.
    pub(crate) fn is_visible(&self, now: i64) -> bool {
        let in_force = matches!(self.state, ProvisioningState::Succeeded)
            || (self.state == ProvisioningState::Deleting && self.linger_reads.is_none());
        in_force && self.visible_from <= now && self.hidden_calls == 0
    }
}

impl State {
    /// The offers of a subscription.
    pub(crate) fn definitions_in(&self, subscription: &str) -> impl Iterator<Item = &Definition> {
        in_subscription(&self.definitions, subscription)
    }

    /// The assignments in a subscription and its resource groups.
    pub(crate) fn assignments_in(&self, subscription: &str) -> impl Iterator<Item = &Assignment> {
        in_subscription(&self.assignments, subscription)
    }
}

/// What is kept by ids that begin with a subscription's: neighbors in the map, however many there are.
fn in_subscription<'a, T>(
    kept: &'a BTreeMap<String, T>,
    subscription: &str,
) -> impl Iterator<Item = &'a T> {
    let prefix = format!("/subscriptions/{}/", subscription.to_ascii_lowercase());
    let from = kept.range(prefix.clone()..);
    from.take_while(move |(id, _)| id.starts_with(&prefix)).map(|(_, known)| known)
}
