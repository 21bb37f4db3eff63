//! Microsoft.Authorization role assignments: who has which role where.
//!
//! Source: <https://learn.microsoft.com/rest/api/authorization/role-assignments>, version 2022-04-01.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::authorization::API;
use super::{ArmError, Client};
use crate::id::{ArmId, PrincipalId, RoleId, resource_name};
use crate::rest::decode_reply;

const VERSION: (&str, &str) = ("api-version", API);

/// A role of one principal at one scope.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct RoleAssignment {
    /// Full resource id; starts with the scope.
    #[serde(default)]
    pub id: ArmId,
    /// The GUID at its end.
    #[serde(default)]
    pub name: String,
    /// The rest.
    #[serde(default)]
    pub properties: RoleAssignmentProperties,
}

/// What a role assignment says.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct RoleAssignmentProperties {
    /// Full id of the role; its last segment is the GUID.
    pub role_definition_id: ArmId,
    /// Object id in the directory of the scope's tenant.
    pub principal_id: ArmId,
    /// `User`, `Group` or `ServicePrincipal`; with it Azure does not look the principal up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_type: Option<String>,
    /// Where it holds; only in answers.
    #[serde(default, skip_serializing)]
    pub scope: ArmId,
    /// Free text, at most 1024 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What limits it; sent back whenever something else is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The language of the condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition_version: Option<String>,
    /// The managed identity that the principal belongs to; needed where a role is given through a delegation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegated_managed_identity_resource_id: Option<ArmId>,
}

impl RoleAssignment {
    /// The role's GUID, if it is one.
    pub fn role(&self) -> Option<RoleId> {
        resource_name(&self.properties.role_definition_id).parse().ok()
    }

    /// True if it holds at exactly this scope: neither above nor below it.
    pub fn is_at(&self, scope: &str) -> bool {
        self.properties
            .scope
            .trim_end_matches('/')
            .eq_ignore_ascii_case(scope.trim_end_matches('/'))
    }
}

impl Client {
    /// Lists the role assignments at, above and below `scope`; with a principal only its own.
    pub async fn role_assignments(
        &self,
        scope: &str,
        principal: Option<PrincipalId>,
    ) -> Result<Vec<RoleAssignment>, ArmError> {
        let path = assignment_collection(scope);
        let filter = principal.map(|id| format!("principalId eq '{id}'"));
        let mut query = vec![VERSION];
        query.extend(filter.as_deref().map(|filter| ("$filter", filter)));
        self.list(&path, &query).await
    }

    /// Lists the role assignments at, above and below `scope` that reach a principal, also by a
    /// group it is in; `below` leaves the last kind in. Azure takes no group here.
    pub async fn assignments_reaching(
        &self,
        scope: &str,
        principal: PrincipalId,
        below: bool,
    ) -> Result<Vec<RoleAssignment>, ArmError> {
        let filter = if below {
            format!("assignedTo('{principal}')")
        } else {
            format!("atScope() and assignedTo('{principal}')")
        };
        self.list(&assignment_collection(scope), &[VERSION, ("$filter", &filter)]).await
    }

    /// Reads a role assignment by its full id; `None` if it does not exist.
    pub async fn role_assignment(&self, id: &str) -> Result<Option<RoleAssignment>, ArmError> {
        self.find(id, &[VERSION]).await
    }

    /// Gives a role; the name must be the same whenever the same role is given again.
    ///
    /// # Errors
    /// If Azure refuses (`RoleAssignmentExists` if the principal has the role there under another
    /// name) or does not answer.
    pub async fn put_role_assignment(
        &self,
        scope: &str,
        name: Uuid,
        properties: &RoleAssignmentProperties,
    ) -> Result<RoleAssignment, ArmError> {
        let path = format!("{}/{name}", assignment_collection(scope));
        let body = serde_json::json!({"properties": properties});
        let reply = self.put(&path, &[VERSION], &body).await?;
        decode_reply(&path, reply.body)
    }

    /// Takes a role back; true if it was there.
    pub async fn delete_role_assignment(&self, id: &str) -> Result<bool, ArmError> {
        self.delete(id, &[VERSION]).await
    }
}

fn assignment_collection(scope: &str) -> String {
    format!("{}/providers/Microsoft.Authorization/roleAssignments", scope.trim_end_matches('/'))
}
