//! Microsoft.Authorization custom roles: made, found and deleted.
//!
//! Source: <https://learn.microsoft.com/rest/api/authorization/role-definitions>, version 2022-04-01.

use serde_json::{Value, json};

use super::authorization::{API, RoleDefinition};
use super::{ArmError, Client};
use crate::id::RoleId;

const VERSION: (&str, &str) = ("api-version", API);

/// A custom role to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRole {
    pub id: RoleId,
    /// Its name: unique in the tenant.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Where it may be assigned: the id of a subscription or resource group.
    pub scope: String,
    pub actions: Vec<String>,
}

impl NewRole {
    /// Its full resource id.
    pub fn resource_id(&self) -> String {
        format!("{}/{}", role_collection(&self.scope), self.id)
    }

    /// The role as Azure takes it.
    pub fn body(&self) -> Value {
        json!({"properties": {
            "roleName": self.name,
            "type": "CustomRole",
            "description": self.description,
            "assignableScopes": [self.scope],
            "permissions": [{"actions": self.actions, "notActions": [], "dataActions": [], "notDataActions": []}],
        }})
    }
}

impl Client {
    /// Lists the custom roles that may be assigned at `scope`.
    pub async fn custom_roles(&self, scope: &str) -> Result<Vec<RoleDefinition>, ArmError> {
        let filter = ("$filter", "type eq 'CustomRole'");
        let all: Vec<RoleDefinition> =
            self.list(&role_collection(scope), &[VERSION, filter]).await?;
        Ok(all.into_iter().filter(RoleDefinition::is_custom).collect())
    }

    /// Lists the custom roles that may be assigned at `scope` or somewhere below it.
    pub async fn custom_roles_below(&self, scope: &str) -> Result<Vec<RoleDefinition>, ArmError> {
        // `type eq` cannot be joined to it by the documents, so the built-in ones come along.
        let filter = ("$filter", "atScopeAndBelow()");
        let all: Vec<RoleDefinition> =
            self.list(&role_collection(scope), &[VERSION, filter]).await?;
        Ok(all.into_iter().filter(RoleDefinition::is_custom).collect())
    }

    /// Reads a role as it is known at `scope`; `None` if it is not known there (yet).
    pub async fn role_at(
        &self,
        scope: &str,
        role: RoleId,
    ) -> Result<Option<RoleDefinition>, ArmError> {
        let path = format!("{}/{role}", role_collection(scope));
        self.find(&path, &[VERSION]).await
    }

    /// Creates or replaces a custom role.
    ///
    /// # Errors
    /// If Azure refuses (`RoleDefinitionWithSameNameExists` if the tenant has the name already) or
    /// does not answer.
    pub async fn put_role(&self, role: &NewRole) -> Result<(), ArmError> {
        self.put(&role.resource_id(), &[VERSION], &role.body()).await?;
        Ok(())
    }

    /// Reads a role by its full id, whole as Azure gives it; `None` if it does not exist.
    pub async fn role_as_given(&self, id: &str) -> Result<Option<Value>, ArmError> {
        self.find(id, &[VERSION]).await
    }

    /// Creates or replaces a custom role by its full id, with these properties.
    pub async fn put_role_as_given(&self, id: &str, properties: &Value) -> Result<(), ArmError> {
        self.put(id, &[VERSION], &json!({"properties": properties})).await?;
        Ok(())
    }

    /// Deletes a custom role by its full id; true if it was there.
    pub async fn delete_role_as_given(&self, id: &str) -> Result<bool, ArmError> {
        self.delete(id, &[VERSION]).await
    }

    /// Deletes a custom role at one of its scopes; true if it was there.
    ///
    /// # Errors
    /// If Azure refuses (`RoleDefinitionHasAssignments` while someone has it) or does not answer.
    pub async fn delete_role(&self, scope: &str, role: RoleId) -> Result<bool, ArmError> {
        let path = format!("{}/{role}", role_collection(scope));
        self.delete(&path, &[VERSION]).await
    }
}

fn role_collection(scope: &str) -> String {
    format!("{}/providers/Microsoft.Authorization/roleDefinitions", scope.trim_end_matches('/'))
}
