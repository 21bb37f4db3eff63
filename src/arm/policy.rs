//! Azure Policy: definitions, assignments, what is known of compliance, and remediations.
//!
//! Source: <https://learn.microsoft.com/rest/api/policyauthorization/>, version 2023-04-01, and
//! <https://learn.microsoft.com/rest/api/policyinsights/>, versions 2019-10-01 and 2021-10-01.

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{ArmError, Client};
use crate::rest::{decode_reply, page};

const POLICY: (&str, &str) = ("api-version", "2023-04-01");
const STATES: (&str, &str) = ("api-version", "2019-10-01");
const REMEDIATION: (&str, &str) = ("api-version", "2021-10-01");

/// A remediation and how far it is.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Remediation {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub properties: RemediationProperties,
}

/// What a remediation says of itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RemediationProperties {
    pub policy_assignment_id: String,
    /// `Succeeded`, `Failed` and `Canceled` are ends.
    pub provisioning_state: String,
    /// As Azure writes it; later ones sort behind.
    pub created_on: String,
    pub deployment_status: DeploymentCounts,
}

/// How many deployments of a remediation there are, and how they ended.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DeploymentCounts {
    pub total_deployments: usize,
    pub successful_deployments: usize,
    pub failed_deployments: usize,
}

/// What a remediation did for one resource.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct RemediatedResource {
    pub remediated_resource_id: String,
    pub status: String,
    /// Azure's error, with `details`.
    pub error: Value,
}

/// One row of what is known of compliance.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct PolicyState {
    pub resource_id: String,
}

#[derive(Deserialize)]
struct PostedPage<T> {
    #[serde(default = "Vec::new")]
    value: Vec<T>,
    #[serde(rename = "nextLink", alias = "@odata.nextLink", default)]
    next_link: Option<String>,
}

impl Remediation {
    /// True once nothing more happens.
    pub(crate) fn is_over(&self) -> bool {
        self.properties.is_over()
    }
}

impl RemediationProperties {
    fn is_over(&self) -> bool {
        let state = self.provisioning_state.as_str();
        ["Succeeded", "Failed", "Canceled", "Complete"].contains(&state)
    }

    /// True if it ended without bringing all that it was to bring.
    pub(crate) fn has_failed(&self) -> bool {
        let has_left_some = self.deployment_status.failed_deployments > 0;
        self.provisioning_state == "Failed" || self.is_over() && has_left_some
    }
}

impl Client {
    /// Reads a policy definition or assignment by its full id; `None` if it does not exist.
    pub(crate) async fn policy(&self, id: &str) -> Result<Option<Value>, ArmError> {
        self.find(id, &[POLICY]).await
    }

    /// Creates or replaces a policy definition or assignment.
    pub(crate) async fn put_policy(&self, id: &str, body: &Value) -> Result<Value, ArmError> {
        let reply = self.put(id, &[POLICY], body).await?;
        decode_reply(id, reply.body)
    }

    /// Deletes a policy definition or assignment; true if it was there.
    pub(crate) async fn delete_policy(&self, id: &str) -> Result<bool, ArmError> {
        self.delete(id, &[POLICY]).await
    }

    /// Lists the policy assignments at exactly this scope.
    pub(crate) async fn policy_assignments(&self, scope: &str) -> Result<Vec<Value>, ArmError> {
        let path = format!("{scope}/providers/Microsoft.Authorization/policyAssignments");
        self.list(&path, &[POLICY, ("$filter", "atExactScope()")]).await
    }

    /// What an assignment is known to find in order, or not: the newest state of each resource.
    pub(crate) async fn policy_states(
        &self,
        scope: &str,
        assignment: &str,
        state: &str,
    ) -> Result<Vec<PolicyState>, ArmError> {
        let path =
            format!("{scope}/providers/Microsoft.PolicyInsights/policyStates/latest/queryResults");
        let filter =
            format!("PolicyAssignmentId eq '{assignment}' and ComplianceState eq '{state}'");
        self.posted(&path, &[STATES, ("$filter", &filter), ("$select", "resourceId")]).await
    }

    /// Reads a remediation by its full id; `None` if it does not exist.
    pub(crate) async fn remediation(&self, id: &str) -> Result<Option<Remediation>, ArmError> {
        self.find(id, &[REMEDIATION]).await
    }

    /// Lists the remediations at a scope.
    pub(crate) async fn remediations(&self, scope: &str) -> Result<Vec<Remediation>, ArmError> {
        let path = format!("{scope}/providers/Microsoft.PolicyInsights/remediations");
        self.list(&path, &[REMEDIATION]).await
    }

    /// Starts a remediation; nothing of it can be changed afterwards.
    pub(crate) async fn start_remediation(
        &self,
        id: &str,
        properties: &Value,
    ) -> Result<(), ArmError> {
        self.put(id, &[REMEDIATION], &json!({"properties": properties})).await.map(|_| ())
    }

    /// Ends a remediation that is under way; what it has deployed stays.
    pub(crate) async fn cancel_remediation(&self, id: &str) -> Result<(), ArmError> {
        let path = format!("{id}/cancel");
        self.request(Method::POST, &path, &[REMEDIATION], None).await.map(|_| ())
    }

    /// What a remediation did, resource by resource.
    pub(crate) async fn remediated_resources(
        &self,
        id: &str,
    ) -> Result<Vec<RemediatedResource>, ArmError> {
        self.posted(&format!("{id}/listDeployments"), &[REMEDIATION]).await
    }

    /// Reads a list that is asked for by POST. Of the address of the next page only the token is taken, so that
    /// nothing is sent anywhere else.
    async fn posted<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<T>, ArmError> {
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        let mut limit = page::ListLimit::default();
        loop {
            let mut query = query.to_vec();
            query.extend(token.as_deref().map(|token| ("$skiptoken", token)));
            let reply = self.request(Method::POST, path, &query, None).await?;
            let size = reply.size;
            let read: PostedPage<T> = decode_reply(path, reply.body)?;
            if !limit.allows(read.value.len(), size) {
                break;
            }
            all.extend(read.value);
            let next = read.next_link.as_deref().and_then(skip_token);
            match next {
                None => return Ok(all),
                // The same place again: the service goes round in a circle.
                next if next == token => break,
                next => token = next,
            }
        }
        let problem = "an endless list".to_owned();
        Err(ArmError::Malformed { what: path.to_owned(), problem })
    }
}

fn skip_token(link: &str) -> Option<String> {
    let link = url::Url::parse(link).ok()?;
    let found = link.query_pairs().find(|(name, _)| name.eq_ignore_ascii_case("$skiptoken"));
    found.map(|(_, value)| value.into_owned())
}

/// What this program manages of a definition, as it is sent.
pub(crate) fn managed_definition(found: &Value) -> Value {
    let properties = &found["properties"];
    let mut managed = chosen(properties, &["displayName", "mode", "parameters", "policyRule"]);
    managed["metadata"] = mark_of(properties);
    json!({"properties": managed})
}

/// What this program manages of an assignment, as it is sent; the identity's own ids are Azure's.
pub(crate) fn managed_assignment(found: &Value) -> Value {
    let properties = &found["properties"];
    let names = ["displayName", "enforcementMode", "notScopes", "parameters", "policyDefinitionId"];
    let mut managed = chosen(properties, &names);
    managed["metadata"] = mark_of(properties);
    let mut body = json!({"properties": managed});
    let identity = &found["identity"];
    match identity["type"].as_str() {
        Some("SystemAssigned") => body["identity"] = json!({"type": "SystemAssigned"}),
        Some("UserAssigned") => {
            let users = identity["userAssignedIdentities"].as_object().into_iter().flatten();
            let users: Map<String, Value> = users.map(|(id, _)| (id.clone(), json!({}))).collect();
            body["identity"] = json!({"type": "UserAssigned", "userAssignedIdentities": users});
        }
        _ => {}
    }
    if !found["location"].is_null() {
        body["location"] = found["location"].clone();
    }
    body
}

/// The object id of the identity that deploys for an assignment.
pub(crate) fn principal_of(assignment: &Value) -> Option<String> {
    let identity = &assignment["identity"];
    if let Some(id) = identity["principalId"].as_str() {
        return Some(id.to_owned());
    }
    let users = identity["userAssignedIdentities"].as_object()?;
    users.values().next()?["principalId"].as_str().map(str::to_owned)
}

fn mark_of(properties: &Value) -> Value {
    chosen(&properties["metadata"], &["azImageshare", "category"])
}

fn chosen(value: &Value, names: &[&str]) -> Value {
    let member = |name: &&str| {
        let found = value.get(*name).filter(|found| !found.is_null())?;
        Some(((*name).to_owned(), found.clone()))
    };
    Value::Object(names.iter().filter_map(member).collect())
}
