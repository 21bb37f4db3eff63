//! Why a policy's deployment failed in a subscription, and what to do about it.

use serde_json::Value;

use crate::ops::fleet::outcome::ItemFault;

/// What Azure says of a deployment, with its remedy.
pub(crate) fn fault_of(error: &Value) -> ItemFault {
    let inner = innermost(error);
    let text = |name: &str| inner[name].as_str().unwrap_or_default().to_owned();
    let code = match text("code") {
        code if code.is_empty() => "DeploymentFailed".to_owned(),
        code => code,
    };
    let hint = remedy(&code).map(str::to_owned);
    let message = match text("message") {
        message if message.is_empty() => "Azure does not say why the deployment failed".to_owned(),
        message => message,
    };
    ItemFault { code, message, hint }
}

/// What is reported of a subscription without a deployment.
pub(crate) fn not_deployed(code: &str, message: &str) -> ItemFault {
    let hint = remedy(code).map(str::to_owned);
    ItemFault { code: code.to_owned(), message: message.to_owned(), hint }
}

/// The last error of a chain: what encloses it only says that something failed.
fn innermost(error: &Value) -> Value {
    let mut inner = error.clone();
    while let Some(next) = inner["details"].get(0).filter(|next| next["code"].is_string()) {
        inner = next.clone();
    }
    inner
}

fn remedy(code: &str) -> Option<&'static str> {
    Some(match code {
        "AuthorizationFailed" => {
            "The policy's identity has no role there, or has it only since a moment: make the plan again, and apply it."
        }
        "MissingSubscriptionRegistration" => {
            "Register Microsoft.ManagedServices there, then plan and apply again."
        }
        "RequestDisallowedByPolicy" => {
            "Allow the consumer's tenant in the assignment that denies it, or set `allowedManagingTenants` in the manifest."
        }
        "ReadOnlyDisabledSubscription" => {
            "Enable the subscription again, or leave it out with `except` in the manifest."
        }
        "PrincipalNotFound" => {
            "Correct the principal in the manifest: the consumer does not have it."
        }
        "NotEvaluated" => {
            "Azure Policy has not looked at it in time: make the plan again later, and apply it."
        }
        "NotDeployed" => "Make the plan again, and apply it: it starts a new remediation.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_innermost_error_is_told_with_its_remedy() {
        let error = json!({"code": "DeploymentFailed", "message": "failed", "details": [
            {"code": "RequestDisallowedByPolicy", "message": "denied"}]});
        let fault = fault_of(&error);
        assert_eq!((&*fault.code, &*fault.message), ("RequestDisallowedByPolicy", "denied"));
        assert!(fault.hint.is_some());
        assert_eq!(fault_of(&Value::Null).code, "DeploymentFailed");
    }
}
