//! Many directory objects in one question, and what one tenant can read about another.
//!
//! Source: <https://learn.microsoft.com/graph/api/directoryobject-getbyids> and
//! <https://learn.microsoft.com/graph/api/tenantrelationship-findtenantinformationbytenantid>.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::{Directory, DirectoryObject, GraphError};
use crate::id::{PrincipalId, TenantId};

/// Most ids of one question.
const MOST_IDS: usize = 1000;

#[derive(Deserialize)]
struct ObjectsById {
    value: Vec<DirectoryObject>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TenantInformation {
    #[serde(default)]
    display_name: Option<String>,
}

impl Directory {
    /// Reads the users, groups and service principals with these ids; those the tenant does not know are left out.
    pub(crate) async fn objects(
        &self,
        ids: &[PrincipalId],
    ) -> Result<Vec<DirectoryObject>, GraphError> {
        let mut found = Vec::new();
        for some in ids.chunks(MOST_IDS) {
            let body = json!({"ids": some, "types": ["user", "group", "servicePrincipal"]});
            let path = "/v1.0/directoryObjects/getByIds";
            let reply = self.client.request(Method::POST, path, &[], Some(&body)).await?;
            let page: ObjectsById =
                serde_json::from_value(reply.body).map_err(|err| GraphError::Malformed {
                    what: path.to_owned(),
                    problem: format!("something unexpected ({err})"),
                })?;
            found.extend(page.value);
        }
        Ok(found)
    }

    /// Lists the members of a group and of the groups in it.
    ///
    /// # Errors
    /// If Graph refuses or does not answer; 404 if there is no such group.
    pub(crate) async fn members(&self, group: &str) -> Result<Vec<DirectoryObject>, GraphError> {
        let path = format!("/v1.0/groups/{group}/transitiveMembers");
        self.client.list(&path, &[]).await
    }

    /// The name of any tenant of the cloud.
    pub(crate) async fn tenant_name(&self, id: TenantId) -> Result<Option<String>, GraphError> {
        let path =
            format!("/v1.0/tenantRelationships/findTenantInformationByTenantId(tenantId='{id}')");
        let found: Option<TenantInformation> = self.client.find(&path, &[]).await?;
        Ok(found.and_then(|tenant| tenant.display_name))
    }
}
