//! One deployment of Azure Resource Manager: asked what it would change, started exactly once, waited for.

use serde::Serialize;
use serde_json::Value;

use crate::id::{ArmId, Scope};
use crate::rest::auxiliary::AuxiliaryIdentity;

pub(crate) mod create;
pub(crate) mod files;
pub(crate) mod start;
mod tenants;
pub(crate) mod wait;
pub(crate) mod what_if;

/// A deployment that has not been sent.
#[derive(Clone)]
pub(crate) struct DeploymentRequest {
    pub scope: Scope,
    pub name: String,
    /// The body of the PUT.
    pub body: Value,
    /// Who vouches for resources of other tenants that the template names.
    pub auxiliary: Vec<AuxiliaryIdentity>,
    /// True if the parameters determine all that it makes: one under way with the same parameters is the same.
    pub has_telling_parameters: bool,
    /// True if it may be kept where Azure keeps one of its name already.
    pub may_move: bool,
}

impl DeploymentRequest {
    /// The deployment as scripts see it, before it is sent.
    pub(crate) fn view(&self) -> DeploymentView {
        DeploymentView {
            name: self.name.clone(),
            id: format!("{}/providers/Microsoft.Resources/deployments/{}", self.scope, self.name)
                .into(),
            ..DeploymentView::default()
        }
    }

    /// True if a deployment that Azure reported of was given the same parameters.
    fn is_like(&self, echoed: &Value) -> bool {
        let value_of = |parameter: &Value| parameter.get("value").cloned();
        let ours = self.body.pointer("/properties/parameters").and_then(Value::as_object);
        ours.is_some_and(|ours| {
            ours.iter()
                .all(|(name, holder)| echoed.get(name).and_then(value_of) == value_of(holder))
        })
    }
}

/// A deployment as scripts see it.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeploymentView {
    pub name: String,
    /// The full resource id.
    pub id: ArmId,
    /// What support asks for.
    pub correlation_id: Option<String>,
    /// How far it is, if it was asked or has been started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioning_state: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(parameters: Value) -> DeploymentRequest {
        DeploymentRequest {
            scope: "/subscriptions/8d2b6e14-1c9f-4a73-b5d0-6f1e9c3a2002".parse().unwrap(),
            name: "d".to_owned(),
            body: json!({"properties": {"parameters": parameters}}),
            auxiliary: Vec::new(),
            has_telling_parameters: true,
            may_move: false,
        }
    }

    #[test]
    fn a_deployment_is_known_again_by_its_parameters() {
        let ours = request(json!({"offer": {"value": "a"}}));
        assert!(ours.is_like(&json!({"offer": {"type": "String", "value": "a"}, "more": {}})));
        assert!(!ours.is_like(&json!({"offer": {"value": "b"}})));
        assert!(!ours.is_like(&Value::Null));
        // Azure echoes no value of a secure parameter.
        assert!(
            !request(json!({"key": {"value": "x"}}))
                .is_like(&json!({"key": {"type": "SecureString"}}))
        );
    }
}
