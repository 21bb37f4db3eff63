//! The deployment that a policy makes, as its assignment's identity. It registers nothing, and it may do nothing
//! that the identity's roles do not allow.

use serde_json::{Value, json};

use super::{assignments, definitions, engine};
use crate::arm::target::Target;
use crate::arm::{deployments, providers, rbac};
use crate::caller::Caller;
use crate::core::Core;
use crate::error::ArmError;
use crate::state::PolicyAssignment;

/// Deploys to one subscription; gives the deployment's id, and why it failed.
pub(super) fn deploy(
    core: &mut Core,
    assignment: &PolicyAssignment,
    subscription: &str,
) -> (Option<String>, Result<(), Value>) {
    core.state.policies.deployments += 1;
    let name = format!("PolicyDeployment_{}", 1_000_000_000_000 + core.state.policies.deployments);
    let scope = format!("/subscriptions/{subscription}");
    let id = format!("{scope}/providers/Microsoft.Resources/deployments/{name}");
    let result = attempt(core, assignment, subscription, &id);
    (Some(id), result)
}

fn attempt(
    core: &mut Core,
    assignment: &PolicyAssignment,
    subscription: &str,
    id: &str,
) -> Result<(), Value> {
    let refused = |error: ArmError| error.inner();
    let target = Target::parse("PUT", id)
        .ok_or_else(|| json!({"code": "InvalidResourceType", "message": id}))?;
    let caller = identity(core, assignment, subscription);
    // What Azure checks first, as the threads have it.
    rbac::require(core, &caller, id, "Microsoft.Resources/deployments/validate/action")
        .map_err(refused)?;
    let known = core.state.subscription(subscription);
    if known.is_some_and(|known| !known.state.is_writable()) {
        return Err(refused(ArmError::conflict(
            "ReadOnlyDisabledSubscription",
            format!(
                "The subscription '{subscription}' is disabled and therefore marked as read only. You cannot perform any write actions on this subscription until it is re-enabled."
            ),
        )));
    }
    let offers = format!(
        "/subscriptions/{subscription}/providers/Microsoft.ManagedServices/registrationDefinitions/x"
    );
    if let Some(offers) = Target::parse("PUT", &offers) {
        providers::require_registered(core, &offers).map_err(refused)?;
    }
    let body = body(core, assignment, subscription)
        .map_err(|problem| json!({"code": "InvalidTemplate", "message": problem}))?;
    deployments::run_at_once(core, &caller, &target, &body)
}

fn body(core: &Core, assignment: &PolicyAssignment, subscription: &str) -> Result<Value, String> {
    let definition = definitions::properties_of(core, assignments::definition_id(assignment))
        .ok_or("there is no such definition")?;
    let deployment = &definition["policyRule"]["then"]["details"]["deployment"];
    let values = engine::values_of(core, assignment, subscription).ok_or("no such subscription")?;
    let parameters = &deployment["properties"]["parameters"];
    let parameters =
        if parameters.is_null() { json!({}) } else { values.value(parameters, &[])? };
    Ok(json!({
        "location": values.value(&deployment["location"], &[])?,
        "properties": {
            "mode": "Incremental",
            "template": deployment["properties"]["template"],
            "parameters": parameters,
        },
    }))
}

fn identity(core: &Core, assignment: &PolicyAssignment, subscription: &str) -> Caller {
    let id = assignments::principal_of(assignment).unwrap_or_default();
    let name = core.state.principals.iter().find(|known| known.id == id);
    let home = core.state.subscription(subscription).map(|known| known.tenant.clone());
    Caller {
        tenant: home.unwrap_or_default(),
        name: name.map(|known| known.login.clone()).unwrap_or_default(),
        object_id: id,
        is_user: false,
        audience: String::new(),
        expires_on: i64::MAX,
        is_strong: false,
        auxiliary: Vec::new(),
    }
}
