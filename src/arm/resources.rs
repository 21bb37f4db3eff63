//! Microsoft.Resources: subscriptions, resource groups, providers, deployments at subscription scope.
//!
//! Source: <https://learn.microsoft.com/rest/api/resources>; deployments 2025-04-01, as az 2.91 sends.

use std::collections::BTreeMap;
use std::time::Duration;

use http::Method;
use serde::Deserialize;
use serde_json::Value;

use super::compute::NamedResource;
use super::{ArmError, Client, Progress, Reply};
use crate::id::{ArmId, Scope, SubscriptionId, path_segment};

/// The version of calls about subscriptions.
pub(crate) const SUBSCRIPTIONS_API: &str = "2022-12-01";
/// The version of calls about resource groups and providers.
pub(crate) const RESOURCES_API: &str = "2021-04-01";
/// The version of calls about deployments.
pub(crate) const DEPLOYMENTS_API: &str = "2025-04-01";

const SUBSCRIPTIONS: (&str, &str) = ("api-version", SUBSCRIPTIONS_API);
const RESOURCES: (&str, &str) = ("api-version", RESOURCES_API);
const DEPLOYMENTS: (&str, &str) = ("api-version", DEPLOYMENTS_API);

/// A subscription as its reader sees it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    pub subscription_id: ArmId,
    /// Its name for people.
    #[serde(default)]
    pub display_name: String,
    /// `Enabled` unless it is in trouble.
    #[serde(default)]
    pub state: String,
    /// The tenant it belongs to, no matter who reads it.
    #[serde(default)]
    pub tenant_id: Option<ArmId>,
    #[serde(default)]
    pub tags: Option<BTreeMap<String, String>>,
    /// Tenants that manage it: Lighthouse, but also managed applications.
    #[serde(default)]
    pub managed_by_tenants: Vec<ManagedBy>,
}

/// A tenant that manages a subscription.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManagedBy {
    pub tenant_id: ArmId,
}

/// A resource group.
#[derive(Clone, Debug, Deserialize)]
pub struct ResourceGroup {
    /// Its name, as it was created.
    pub name: String,
    /// Where its metadata are.
    #[serde(default)]
    pub location: String,
}

#[derive(Deserialize)]
struct AzureLocation {
    name: String,
    #[serde(default)]
    metadata: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provider {
    #[serde(default)]
    registration_state: String,
}

/// A deployment, as far as this program reads it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArmDeployment {
    /// Full resource id.
    #[serde(default)]
    pub id: ArmId,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Where its metadata are.
    #[serde(default)]
    pub location: Option<String>,
    /// The rest.
    #[serde(default)]
    pub properties: DeploymentProperties,
}

/// What a deployment says of itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentProperties {
    /// Where it exists.
    #[serde(default)]
    pub provisioning_state: String,
    /// What support asks for.
    #[serde(default)]
    pub correlation_id: Option<String>,
    /// Its parameters as ARM echoes them.
    #[serde(default)]
    pub parameters: Value,
    /// What the template gives out.
    #[serde(default)]
    pub outputs: Value,
    /// What was deployed.
    #[serde(default)]
    pub output_resources: Option<Vec<OutputResource>>,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<Value>,
}

/// Something that a deployment made or found.
#[derive(Clone, Debug, Deserialize)]
pub struct OutputResource {
    pub id: ArmId,
}

fn deployment_path(scope: &Scope, name: &str) -> String {
    format!("{scope}/providers/Microsoft.Resources/deployments/{}", path_segment(name))
}

impl Client {
    /// Lists the subscriptions that the signed-in identity sees.
    pub async fn subscriptions(&self) -> Result<Vec<Subscription>, ArmError> {
        self.list("/subscriptions", &[SUBSCRIPTIONS]).await
    }

    /// Reads one subscription; `None` if it cannot be seen.
    pub async fn subscription(&self, id: SubscriptionId) -> Result<Option<Subscription>, ArmError> {
        self.find(&format!("/subscriptions/{id}"), &[SUBSCRIPTIONS]).await
    }

    /// Lists the regions a subscription has, by the names that ids have.
    pub async fn locations(&self, id: SubscriptionId) -> Result<Vec<String>, ArmError> {
        let path = format!("/subscriptions/{id}/locations");
        let found: Vec<AzureLocation> = self.list(&path, &[SUBSCRIPTIONS]).await?;
        let is_region = |location: &AzureLocation| {
            let kind = location.metadata.get("regionType").and_then(Value::as_str);
            kind.is_none_or(|kind| kind.eq_ignore_ascii_case("Physical"))
        };
        Ok(found.into_iter().filter(is_region).map(|location| location.name).collect())
    }

    /// Lists the resources of one type that the signed-in identity may read, even if it may read nothing else.
    pub async fn resources_of_type(
        &self,
        subscription: SubscriptionId,
        full_type: &str,
    ) -> Result<Vec<NamedResource>, ArmError> {
        let path = format!("/subscriptions/{subscription}/resources");
        let filter = format!("resourceType eq '{full_type}'");
        self.list(&path, &[RESOURCES, ("$filter", &filter)]).await
    }

    /// Reads a resource group; `None` if it does not exist.
    pub async fn resource_group(
        &self,
        subscription: SubscriptionId,
        name: &str,
    ) -> Result<Option<ResourceGroup>, ArmError> {
        let path = format!("/subscriptions/{subscription}/resourcegroups/{}", path_segment(name));
        self.find(&path, &[RESOURCES]).await
    }

    /// Lists the resource groups of a subscription.
    pub async fn resource_groups(
        &self,
        subscription: SubscriptionId,
    ) -> Result<Vec<ResourceGroup>, ArmError> {
        self.list(&format!("/subscriptions/{subscription}/resourcegroups"), &[RESOURCES]).await
    }

    /// Reads how far a resource provider is registered: `Registered`, `NotRegistered`, `Registering`.
    pub async fn provider_state(
        &self,
        subscription: SubscriptionId,
        namespace: &str,
    ) -> Result<String, ArmError> {
        let path = format!("/subscriptions/{subscription}/providers/{namespace}");
        let provider: Provider = self.get(&path, &[RESOURCES]).await?;
        Ok(provider.registration_state)
    }

    /// Starts to register a resource provider and gives its state.
    pub async fn register_provider(
        &self,
        subscription: SubscriptionId,
        namespace: &str,
    ) -> Result<String, ArmError> {
        let path = format!("/subscriptions/{subscription}/providers/{namespace}/register");
        let reply = self.request(Method::POST, &path, &[RESOURCES], None).await?;
        let state = reply.body.get("registrationState").and_then(Value::as_str);
        Ok(state.unwrap_or("Registering").to_owned())
    }

    /// Reads a deployment; `None` if there is none of that name.
    pub async fn deployment(
        &self,
        scope: impl Into<Scope>,
        name: &str,
    ) -> Result<Option<ArmDeployment>, ArmError> {
        self.find(&deployment_path(&scope.into(), name), &[DEPLOYMENTS]).await
    }

    /// Lists the deployments at subscription scope, newest first.
    pub async fn deployments(
        &self,
        subscription: SubscriptionId,
    ) -> Result<Vec<ArmDeployment>, ArmError> {
        let path =
            format!("/subscriptions/{subscription}/providers/Microsoft.Resources/deployments");
        self.list(&path, &[DEPLOYMENTS]).await
    }

    /// Starts a deployment; the answer has to be waited for.
    pub async fn deploy(
        &self,
        scope: impl Into<Scope>,
        name: &str,
        body: &Value,
    ) -> Result<Reply, ArmError> {
        self.put(&deployment_path(&scope.into(), name), &[DEPLOYMENTS], body).await
    }

    /// Asks what a deployment would change.
    ///
    /// # Errors
    /// If Azure refuses the template, or does not answer; also if it answers 200 with an error.
    pub async fn what_if(
        &self,
        scope: impl Into<Scope>,
        name: &str,
        body: &Value,
        limit: Duration,
        progress: &Progress<'_>,
    ) -> Result<Value, ArmError> {
        let path = format!("{}/whatIf", deployment_path(&scope.into(), name));
        let reply = self.request(Method::POST, &path, &[DEPLOYMENTS], Some(body)).await?;
        Ok(self.wait(reply, limit, progress).await?.body)
    }
}
