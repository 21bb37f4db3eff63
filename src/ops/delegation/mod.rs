//! Azure Lighthouse delegations: an offer (`registrationDefinition`) and its acceptance at one or
//! many scopes (`registrationAssignment`).
//!
//! What the offer says is [`offer`](crate::ops::offer)'s; here are the reads and writes that put it into effect.

use serde::Serialize;

use crate::arm::managed_services::{
    Authorization, EligibleAuthorization, RegistrationAssignment, RegistrationDefinition,
};
use crate::id::{ArmId, Scope};
use crate::ops::change::ChangeKind;
use crate::ops::deployment::DeploymentView;
use crate::ops::{expiry, portal};

pub(crate) mod apply;
pub(crate) mod bulk;
pub(crate) mod deployment;
pub(crate) mod facts;
pub(crate) mod inventory;
pub(crate) mod lookup;
pub(crate) mod plan;
pub(crate) mod principals;
pub(crate) mod provisioned;
pub(crate) mod removal;
pub(crate) mod restore;
mod rules;
pub(crate) mod teardown;
pub(crate) mod verify;
pub(crate) mod wait;

/// A delegation as it is in Azure, or as it is planned: the shape that scripts rely on.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delegation {
    pub name: String,
    /// The definition's full resource id.
    pub definition_id: ArmId,
    /// All of them, where the offer has several: the official samples make one for each resource group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub definition_ids: Vec<ArmId>,
    /// The subscription that is delegated, or whose resource groups are.
    pub subscription_id: ArmId,
    /// The tenant that was given access.
    pub consumer_tenant_id: ArmId,
    /// The tenant that gave it, if Azure says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher_tenant_id: Option<ArmId>,
    /// The offer's description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The last day, if the description records one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<String>,
    /// Where it holds: full scope ids.
    pub scopes: Vec<ArmId>,
    pub assignments: Vec<AssignmentView>,
    pub authorizations: Vec<Authorization>,
    /// Permissions to be activated.
    pub eligible_authorizations: Vec<EligibleAuthorization>,
    /// The definition's state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioning_state: Option<String>,
    /// `given` or `received`, in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<&'static str>,
    /// Which of this program's identities see it, in lists over all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seen_by: Vec<String>,
    /// What `create` does or would do: `create`, `keep` or `replace`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeKind>,
    /// The deployment that does it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment: Option<DeploymentView>,
    /// Where the portal shows it.
    pub portal_url: String,
}

/// An offer in a few words, as in the first line of its step.
fn offer_title(name: &str, consumer: &str) -> String {
    format!("offer '{name}' to tenant {consumer}")
}

/// One acceptance of an offer.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AssignmentView {
    pub id: ArmId,
    pub scope: ArmId,
    pub provisioning_state: Option<String>,
}

impl Delegation {
    /// Describes what Azure reported of an offer and its assignments.
    pub(crate) fn of(
        definition: &RegistrationDefinition,
        assignments: &[&RegistrationAssignment],
        portal: &url::Url,
    ) -> Delegation {
        let properties = &definition.properties;
        let scope: Option<Scope> = definition.id.parse().ok();
        let name = properties.registration_definition_name.clone();
        Delegation {
            name: name.unwrap_or_else(|| definition.name.clone()),
            definition_id: definition.id.to_string().into(),
            subscription_id: scope
                .map(|scope| scope.subscription.to_string())
                .unwrap_or_default()
                .into(),
            consumer_tenant_id: properties.managed_by_tenant_id.clone(),
            publisher_tenant_id: properties.managee_tenant_id.clone(),
            expires_on: properties
                .description
                .as_deref()
                .and_then(expiry::recorded)
                .map(|day| day.to_string()),
            description: properties.description.clone(),
            scopes: assignments
                .iter()
                .filter_map(|found| found.scope())
                .map(|scope| scope.to_string().into())
                .collect(),
            assignments: assignments.iter().map(|found| AssignmentView::of(found)).collect(),
            authorizations: properties.authorizations.clone(),
            eligible_authorizations: properties.eligible_authorizations.clone(),
            provisioning_state: properties.provisioning_state.clone(),
            portal_url: portal::url(
                portal,
                properties.managee_tenant_id.as_deref().and_then(|tenant| tenant.parse().ok()),
                &definition.id,
            ),
            ..Delegation::default()
        }
    }
}

impl AssignmentView {
    /// Describes one assignment.
    pub(crate) fn of(assignment: &RegistrationAssignment) -> AssignmentView {
        AssignmentView {
            id: assignment.id.to_string().into(),
            scope: assignment.scope().map(|scope| scope.to_string()).unwrap_or_default().into(),
            provisioning_state: assignment.properties.provisioning_state.clone(),
        }
    }
}
