//! Microsoft.ManagedServices: Lighthouse definitions (the offer) and assignments (its acceptance).
//!
//! Source: <https://learn.microsoft.com/rest/api/managedservices>, version 2022-10-01. Older
//! versions refuse to read assignments of definitions with eligible authorizations.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ArmError, Client, Reply};
use crate::id::{ArmId, Scope, SubscriptionId, TenantId};
use crate::rest::decode_reply;

/// The version every call names.
pub(crate) const API: &str = "2022-10-01";
/// The provider's namespace.
pub(crate) const NAMESPACE: &str = "Microsoft.ManagedServices";

/// An offer: who may do what.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationDefinition {
    /// Full resource id.
    #[serde(default)]
    pub id: ArmId,
    /// The GUID at its end.
    #[serde(default)]
    pub name: String,
    pub properties: RegistrationDefinitionProperties,
    /// Set for offers from the marketplace, which have to be changed there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<serde_json::Value>,
}

/// What an offer says.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationDefinitionProperties {
    /// The offer's name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration_definition_name: Option<String>,
    /// The offer's description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The consumer's tenant, which Lighthouse calls the managing one.
    #[serde(default)]
    pub managed_by_tenant_id: ArmId,
    /// The consumer's tenant by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managed_by_tenant_name: Option<String>,
    /// The publisher's tenant, which Lighthouse calls the managed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managee_tenant_id: Option<ArmId>,
    /// The publisher's tenant by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub managee_tenant_name: Option<String>,
    /// Permanent permissions.
    #[serde(default)]
    pub authorizations: Vec<Authorization>,
    /// Permissions to be activated for hours (PIM).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub eligible_authorizations: Vec<EligibleAuthorization>,
    /// `Succeeded` once it can be assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provisioning_state: Option<String>,
}

/// One permanent right of one principal.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Authorization {
    /// Object id in the consumer's tenant.
    #[serde(default)]
    pub principal_id: ArmId,
    /// What the publisher's people see in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_id_display_name: Option<String>,
    /// The role's bare GUID.
    #[serde(default)]
    pub role_definition_id: ArmId,
    /// Roles that User Access Administrator may give to managed identities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delegated_role_definition_ids: Vec<ArmId>,
}

/// One right that a principal may activate.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct EligibleAuthorization {
    /// Object id in the consumer's tenant.
    #[serde(default)]
    pub principal_id: ArmId,
    /// What the publisher's people see in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_id_display_name: Option<String>,
    /// The role's bare GUID.
    #[serde(default)]
    pub role_definition_id: ArmId,
    /// How it is activated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub just_in_time_access_policy: Option<JustInTimeAccessPolicy>,
}

/// How an eligible right is activated.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct JustInTimeAccessPolicy {
    /// `Azure` or `None`.
    #[serde(default = "no_provider")]
    pub multi_factor_auth_provider: String,
    /// ISO 8601, PT30M to PT8H.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_activation_duration: Option<String>,
    /// Who has to agree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub managed_by_tenant_approvers: Vec<Approver>,
}

fn no_provider() -> String {
    "None".to_owned()
}

/// A principal that has to approve an activation.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Approver {
    /// Object id in the consumer's tenant.
    #[serde(default)]
    pub principal_id: ArmId,
    /// A name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_id_display_name: Option<String>,
}

/// An offer accepted for one scope.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationAssignment {
    /// Full resource id; starts with the scope.
    #[serde(default)]
    pub id: ArmId,
    /// The GUID at its end.
    #[serde(default)]
    pub name: String,
    /// The rest.
    #[serde(default)]
    pub properties: RegistrationAssignmentProperties,
}

/// What an assignment says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationAssignmentProperties {
    /// The definition's full resource id.
    #[serde(default)]
    pub registration_definition_id: ArmId,
    /// The state of its provisioning.
    #[serde(default)]
    pub provisioning_state: Option<String>,
    /// The definition itself, where it was asked for.
    #[serde(default)]
    pub registration_definition: Option<RegistrationDefinition>,
}

impl RegistrationAssignment {
    /// Where it holds; `None` if its id is not as documented.
    pub fn scope(&self) -> Option<Scope> {
        self.id.parse().ok()
    }

    /// True if it assigns the definition with this id.
    pub fn is_of(&self, definition_id: &str) -> bool {
        self.properties.registration_definition_id == *definition_id
    }
}

/// The full id of a definition.
pub(crate) fn definition_id(subscription: SubscriptionId, name: Uuid) -> String {
    format!("/subscriptions/{subscription}/providers/{NAMESPACE}/registrationDefinitions/{name}")
}

/// The full id of an assignment.
pub(crate) fn assignment_id(scope: &Scope, name: Uuid) -> String {
    format!("{scope}/providers/{NAMESPACE}/registrationAssignments/{name}")
}

const VERSION: (&str, &str) = ("api-version", API);
const EXPANDED: (&str, &str) = ("$expandRegistrationDefinition", "true");

impl Client {
    /// Lists the definitions of a subscription.
    pub async fn definitions(
        &self,
        subscription: SubscriptionId,
    ) -> Result<Vec<RegistrationDefinition>, ArmError> {
        self.list(
            &format!("/subscriptions/{subscription}/providers/{NAMESPACE}/registrationDefinitions"),
            &[VERSION],
        )
        .await
    }

    /// Lists the assignments of a subscription and of the resource groups in it, each with its definition.
    pub async fn assignments(
        &self,
        subscription: SubscriptionId,
    ) -> Result<Vec<RegistrationAssignment>, ArmError> {
        let path =
            format!("/subscriptions/{subscription}/providers/{NAMESPACE}/registrationAssignments");
        self.list(&path, &[VERSION, EXPANDED]).await
    }

    /// Lists the assignments that are visible at one scope, each with its definition.
    pub async fn assignments_at(
        &self,
        scope: &Scope,
    ) -> Result<Vec<RegistrationAssignment>, ArmError> {
        let path = format!("{scope}/providers/{NAMESPACE}/registrationAssignments");
        self.list(&path, &[VERSION, EXPANDED]).await
    }

    /// Reads a definition by its full id; `None` if it does not exist.
    pub async fn definition(&self, id: &str) -> Result<Option<RegistrationDefinition>, ArmError> {
        self.find(id, &[VERSION]).await
    }

    /// Reads an assignment by its full id, with its definition; `None` if it does not exist.
    pub async fn assignment(&self, id: &str) -> Result<Option<RegistrationAssignment>, ArmError> {
        self.find(id, &[VERSION, EXPANDED]).await
    }

    /// Creates or replaces a definition. It can be assigned once it is provisioned.
    ///
    /// # Errors
    /// If Azure refuses (`RegistrationDefinitionInvalidUpdate` for another tenant) or does not answer.
    pub async fn put_definition(
        &self,
        id: &str,
        properties: &RegistrationDefinitionProperties,
    ) -> Result<RegistrationDefinition, ArmError> {
        let body = serde_json::json!({"properties": properties});
        let reply = self.put(id, &[VERSION], &body).await?;
        decode_reply(id, reply.body)
    }

    /// Starts to assign a definition at the scope that the id begins with; the answer has to be waited for.
    pub async fn put_assignment(&self, id: &str, definition: &str) -> Result<Reply, ArmError> {
        let body = serde_json::json!({"properties": {"registrationDefinitionId": definition}});
        self.put(id, &[VERSION], &body).await
    }

    /// Starts to delete an assignment; the answer may have to be waited for. `None` if there is none.
    pub async fn delete_assignment(&self, id: &str) -> Result<Option<Reply>, ArmError> {
        self.remove(id, &[VERSION]).await
    }

    /// Deletes a definition; one that is gone already is not a failure.
    ///
    /// # Errors
    /// [`ArmError::Refused`] with `InvalidRegistrationDefinitionDeleteRequest` while it is
    /// assigned, and for seconds after.
    pub async fn delete_definition(&self, id: &str) -> Result<bool, ArmError> {
        self.delete(id, &[VERSION]).await
    }

    /// The tenant of a definition as an id, if it is one.
    pub fn tenant_of(definition: &RegistrationDefinition) -> Option<TenantId> {
        definition.properties.managed_by_tenant_id.parse().ok()
    }
}
