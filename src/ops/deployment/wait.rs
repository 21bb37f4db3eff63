//! Waiting until a deployment has ended, by asking for it.

use crate::app::App;
use crate::arm::resources::ArmDeployment;
use crate::arm::{ArmError, Client, Refusal};
use crate::error::{Error, Kind, Result};
use crate::id::Scope;
use crate::ops::change::wait::Deadline;

/// True if a provisioning state is not going to change by itself.
pub(crate) fn is_final(state: &str) -> bool {
    ["Succeeded", "Failed", "Canceled", "Cancelled", "Deleted"]
        .iter()
        .any(|end| end.eq_ignore_ascii_case(state))
}

/// Asks for a deployment until it has ended.
///
/// # Errors
/// If it failed, with its own reason; if it does not exist; if the deadline passes.
pub(crate) async fn deployment(
    app: &App,
    client: &Client,
    scope: impl Into<Scope>,
    name: &str,
    deadline: &mut Deadline,
) -> Result<ArmDeployment> {
    let scope = scope.into();
    loop {
        let found = client.deployment(scope.clone(), name).await?;
        let Some(found) = found else {
            return Err(Error::new(Kind::NotFound, format!("there is no deployment '{name}'"))
                .hint("See what there is with `az deployment sub list -o table`."));
        };
        let state = found.properties.provisioning_state.clone();
        if is_final(&state) {
            return ended(found);
        }
        app.reporter.step(&format!("Deployment '{name}': {state}"));
        deadline.pause().await?;
    }
}

fn ended(found: ArmDeployment) -> Result<ArmDeployment> {
    if found.properties.provisioning_state.eq_ignore_ascii_case("Succeeded") {
        return Ok(found);
    }
    let correlation = found.properties.correlation_id.clone();
    let refusal = match &found.properties.error {
        Some(error) => Refusal::of_operation(error, correlation),
        None => {
            let mut refusal = Refusal::of_operation(&serde_json::Value::Null, correlation);
            refusal.message =
                format!("the deployment ended as {}", found.properties.provisioning_state);
            refusal
        }
    };
    Err(ArmError::Refused(Box::new(refusal)).into())
}
