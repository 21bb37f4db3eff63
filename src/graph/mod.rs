//! Microsoft Graph: who is who in a tenant, and what is changed there for a share.
//!
//! Source: <https://learn.microsoft.com/graph/api/resources/directoryobject>, version 1.0. Graph's
//! lists, errors and tokens have the form of Resource Manager's: `rest` speaks to both.

use serde::Deserialize;
use serde_json::Value;

use crate::id::{ArmId, PrincipalId, TenantId, path_segment};
use crate::rest;
use crate::rest::Service;

pub(crate) mod applications;
mod by_ids;
pub(crate) mod guests;
mod upsert;

/// Microsoft Graph among the services.
#[derive(Clone, Copy, Debug, Default)]
pub struct MicrosoftGraph;

impl Service for MicrosoftGraph {
    const NAME: &'static str = "Microsoft Graph";
    const SHORT_NAME: &'static str = "Microsoft Graph";
    const FORBIDDEN: &'static str = "Authorization_RequestDenied";
}

/// Speaks to Graph as one tenant's identity.
pub(crate) type Client = rest::ServiceClient<MicrosoftGraph>;

/// Why a call of Graph did not do what it should.
pub(crate) type GraphError = rest::RestError<MicrosoftGraph>;

/// A directory object: a user, a group, a service principal or an application.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DirectoryObject {
    pub id: ArmId,
    /// What it is: `#microsoft.graph.group` and so on; only present where it could be several things.
    #[serde(rename = "@odata.type", default)]
    pub odata_type: Option<String>,
    /// Its name for people.
    #[serde(default)]
    pub display_name: Option<String>,
    /// The application (client) id of a service principal or application.
    #[serde(default)]
    pub app_id: Option<String>,
    /// The tenant that a service principal's application is registered in.
    #[serde(default)]
    pub app_owner_organization_id: Option<String>,
    /// A user's sign-in name.
    #[serde(default)]
    pub user_principal_name: Option<String>,
    /// A user's ordinary address.
    #[serde(default)]
    pub mail: Option<String>,
    /// `PendingAcceptance` for guests who have not redeemed their invitation.
    #[serde(default)]
    pub external_user_state: Option<String>,
    /// True for groups that can be given roles.
    #[serde(default)]
    pub security_enabled: Option<bool>,
    /// Holds `Unified` for Microsoft 365 groups.
    #[serde(default)]
    pub group_types: Vec<String>,
}

/// What sort of directory object it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ObjectSort {
    /// A person.
    User,
    /// A group of any kind.
    Group,
    /// An enterprise application: what roles are given to.
    ServicePrincipal,
    /// An app registration: no role can be given to it.
    Application,
}

impl ObjectSort {
    /// Its collection in Graph's addresses.
    pub(crate) fn collection(self) -> &'static str {
        match self {
            ObjectSort::User => "users",
            ObjectSort::Group => "groups",
            ObjectSort::ServicePrincipal => "servicePrincipals",
            ObjectSort::Application => "applications",
        }
    }

    fn fields(self) -> &'static str {
        match self {
            ObjectSort::User => "id,displayName,userPrincipalName,mail,userType,externalUserState",
            ObjectSort::Group => "id,displayName,securityEnabled,groupTypes",
            ObjectSort::ServicePrincipal => "id,displayName,appId,appOwnerOrganizationId",
            ObjectSort::Application => "id,displayName,appId",
        }
    }

    /// Reads Graph's name of a type.
    pub(crate) fn of_type(odata_type: &str) -> Option<ObjectSort> {
        match odata_type.trim_start_matches("#microsoft.graph.") {
            "user" => Some(ObjectSort::User),
            "group" => Some(ObjectSort::Group),
            "servicePrincipal" => Some(ObjectSort::ServicePrincipal),
            "application" => Some(ObjectSort::Application),
            _ => None,
        }
    }
}

/// A tenant as it describes itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Organization {
    pub id: TenantId,
    /// Its name for people.
    #[serde(default)]
    pub display_name: Option<String>,
}

/// The directory of the tenant that the client signs in to.
#[derive(Clone)]
pub(crate) struct Directory {
    client: Client,
}

impl Directory {
    /// Reads with `client`, whose endpoint is Graph's.
    pub(crate) fn new(client: Client) -> Directory {
        Directory { client }
    }

    /// Reads the tenant's own description.
    pub(crate) async fn organization(&self) -> Result<Option<Organization>, GraphError> {
        let query = [("$select", "id,displayName")];
        let found: Vec<Organization> = self.client.list("/v1.0/organization", &query).await?;
        Ok(found.into_iter().next())
    }

    /// Reads whatever has this object id; `None` if the tenant does not know it.
    pub(crate) async fn object(
        &self,
        id: PrincipalId,
    ) -> Result<Option<DirectoryObject>, GraphError> {
        // No $select: it is refused for fields that only some sorts of object have.
        self.client.find(&format!("/v1.0/directoryObjects/{id}"), &[]).await
    }

    /// Reads a user by sign-in name.
    pub(crate) async fn user(&self, name: &str) -> Result<Option<DirectoryObject>, GraphError> {
        let path = format!("/v1.0/users/{}", path_segment(name));
        self.client.find(&path, &[("$select", ObjectSort::User.fields())]).await
    }

    /// Lists the objects of one sort whose `property` is `value`, or has it where it is a list.
    pub(crate) async fn having(
        &self,
        sort: ObjectSort,
        property: &str,
        value: &str,
    ) -> Result<Vec<DirectoryObject>, GraphError> {
        let value = value.replace('\'', "''");
        let filter = match property {
            "otherMails" => format!("otherMails/any(m:m eq '{value}')"),
            _ => format!("{property} eq '{value}'"),
        };
        let query = [("$filter", filter.as_str()), ("$select", sort.fields())];
        self.client.list(&format!("/v1.0/{}", sort.collection()), &query).await
    }

    /// True if `group` has `member` in it, also through groups in it.
    ///
    /// # Errors
    /// If Graph refuses or does not answer; 404 if there is no such group.
    pub(crate) async fn is_member(
        &self,
        group: PrincipalId,
        member: PrincipalId,
    ) -> Result<bool, GraphError> {
        let path = format!("/v1.0/groups/{group}/transitiveMembers");
        let members: Vec<Value> = self.client.list(&path, &[("$select", "id")]).await?;
        let wanted = member.to_string();
        let is_wanted = |object: &Value| {
            let id = object.get("id").and_then(Value::as_str);
            id.is_some_and(|id| id.eq_ignore_ascii_case(&wanted))
        };
        Ok(members.iter().any(is_wanted))
    }
}
