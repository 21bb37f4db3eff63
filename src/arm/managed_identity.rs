//! Microsoft.ManagedIdentity: user-assigned identities.
//!
//! Source: <https://learn.microsoft.com/rest/api/managedidentity/user-assigned-identities>, version 2024-11-30.

use serde::Deserialize;

use super::{ArmError, Client};
use crate::id::{ArmId, ClientId, PrincipalId, ResourceId, Scope, TenantId};
use crate::rest::decode_reply;

/// The full type.
pub(crate) const TYPE: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";
/// The version every call names.
pub(crate) const API: &str = "2024-11-30";
const VERSION: (&str, &str) = ("api-version", API);

/// A user-assigned identity.
#[derive(Clone, Debug, Deserialize)]
pub struct ManagedIdentity {
    pub id: ArmId,
    pub name: String,
    /// Where it is.
    #[serde(default)]
    pub location: String,
    /// Marks of the one who made it.
    #[serde(default)]
    pub tags: serde_json::Value,
    pub properties: ManagedIdentityProperties,
}

/// Who an identity is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedIdentityProperties {
    /// The tenant of its service principal.
    pub tenant_id: TenantId,
    /// The object id of its service principal: what roles are given to.
    pub principal_id: PrincipalId,
    /// The application id that it signs in with: no role can be given to it.
    pub client_id: ClientId,
}

impl Client {
    /// Reads an identity; `None` if it does not exist.
    pub async fn identity(&self, id: &ResourceId) -> Result<Option<ManagedIdentity>, ArmError> {
        self.find(&id.to_string(), &[VERSION]).await
    }

    /// Lists the user-assigned identities of a subscription or resource group.
    pub async fn identities(&self, scope: &Scope) -> Result<Vec<ManagedIdentity>, ArmError> {
        self.list(&format!("{scope}/providers/{TYPE}"), &[VERSION]).await
    }

    /// Creates an identity; one that exists keeps its principal.
    pub async fn put_identity(
        &self,
        id: &ResourceId,
        location: &str,
    ) -> Result<ManagedIdentity, ArmError> {
        let path = id.to_string();
        let body = serde_json::json!({"location": location});
        let reply = self.put(&path, &[VERSION], &body).await?;
        decode_reply(&path, reply.body)
    }

    /// Deletes an identity; true if it was there.
    pub async fn delete_identity(&self, id: &str) -> Result<bool, ArmError> {
        self.delete(id, &[VERSION]).await
    }
}
