//! Where a template is deployed.

/// Where a template is deployed: the facts that are not in the template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// The tenant of the subscription.
    pub tenant_id: String,
    /// The subscription deployed to.
    pub subscription_id: String,
    /// The display name of the subscription.
    pub subscription_name: String,
    /// The management group deployed to; none for a deployment to a subscription.
    pub management_group: Option<String>,
    /// The resource group deployed to; none for a deployment to the subscription.
    pub resource_group: Option<String>,
    /// The location of the resource group deployed to.
    pub resource_group_location: Option<String>,
    /// The name of the deployment.
    pub deployment_name: String,
    /// The location of the deployment; a deployment to a resource group has none.
    pub location: Option<String>,
}

impl Context {
    /// The id of the scope the template deploys to.
    pub(crate) fn scope_id(&self) -> String {
        if let Some(group) = &self.management_group {
            return format!("/providers/Microsoft.Management/managementGroups/{group}");
        }
        match &self.resource_group {
            Some(group) => format!("{}/resourceGroups/{group}", self.subscription_scope()),
            None => self.subscription_scope(),
        }
    }

    /// The id of the subscription.
    pub(crate) fn subscription_scope(&self) -> String {
        format!("/subscriptions/{}", self.subscription_id)
    }
}
