//! ARM's own opinion of a deployment, before it is one.
//!
//! Source: <https://learn.microsoft.com/azure/azure-resource-manager/templates/deploy-what-if>

use std::time::Duration;

use serde_json::{Value, json};

use super::DeploymentRequest;
use crate::arm::{ArmError, Refusal};
use crate::error::{Error, Result};
use crate::ops::change::findings::Findings;
use crate::ops::site::Site;

/// Asks what a deployment would change, for people. What Azure's checks refuse is a finding.
///
/// # Errors
/// If Azure's checks refuse the deployment, or there is no connection.
pub(crate) async fn ask(site: &Site<'_>, request: &DeploymentRequest) -> Result<Vec<String>> {
    let mut findings = Findings::default();
    let linked = site.client.with_auxiliary(request.auxiliary.clone());
    let mut body = request.body.clone();
    body["properties"]["whatIfSettings"] = json!({"resultFormat": "FullResourcePayloads"});
    site.reporter.step("Asking Azure what the deployment would change…");
    let step = |state: &str| site.reporter.step(&format!("What-if: {state}"));
    let asked = linked.what_if(request.scope.clone(), &request.name, &body, LONGEST, &step).await;
    let mut lines = Vec::new();
    match asked.and_then(refused_inside) {
        Ok(answer) => lines = changes(&answer),
        Err(ArmError::Refused(refusal)) if is_verdict(&refusal) => {
            let rule = format!("Azure's checks refuse it: {refusal}");
            let told = Error::from(ArmError::Refused(refusal));
            let fix = told.hints().first().cloned().unwrap_or_default();
            findings.azure(format!("deployment '{}'", request.name), rule, fix);
        }
        Err(
            err @ (ArmError::Refused(_)
            | ArmError::Malformed { .. }
            | ArmError::StillRunning { .. }),
        ) => {
            findings.warn(format!("Azure does not return what the deployment would change: {err}"));
        }
        Err(err) => return Err(err.into()),
    }
    findings.settle(site.reporter, "nothing was changed")?;
    Ok(lines)
}

/// 200 may carry an error all the same.
fn refused_inside(answer: Value) -> Result<Value, ArmError> {
    match answer.get("error").filter(|error| error.is_object()) {
        Some(error) => Err(ArmError::Refused(Box::new(Refusal::of_operation(error, None)))),
        None => Ok(answer),
    }
}

/// A refusal that speaks of the template, not of us or of a passing fault.
fn is_verdict(refusal: &Refusal) -> bool {
    // Whom the image is closed to, it stays closed to when the machine is made.
    if refusal.code == "LinkedAuthorizationFailed" {
        return true;
    }
    let passing =
        ["MissingSubscriptionRegistration", "AuthorizationFailed", "DeploymentWhatIfResourceError"];
    matches!(refusal.status, 200 | 400 | 409) && !passing.contains(&refusal.code.as_str())
}

fn changes(answer: &Value) -> Vec<String> {
    let changes = answer
        .pointer("/properties/changes")
        .or_else(|| answer.get("changes"))
        .and_then(Value::as_array);
    let told: Vec<String> = changes
        .into_iter()
        .flatten()
        .filter_map(|change| {
            let kind = change.get("changeType")?.as_str()?;
            let id = change.get("resourceId")?.as_str()?;
            let sign = SIGNS
                .iter()
                .find(|(known, _)| kind.eq_ignore_ascii_case(known))
                .map(|(_, sign)| *sign)?;
            Some(format!("  {sign} {id}"))
        })
        .collect();
    if told.is_empty() {
        vec!["Azure's what-if: no change".to_owned()]
    } else {
        std::iter::once("Azure's what-if:".to_owned()).chain(told).collect()
    }
}

/// `Ignore` is what the template does not speak of.
const SIGNS: [(&str, &str); 6] = [
    ("Create", "+"),
    ("Deploy", "!"),
    ("Modify", "~"),
    ("NoChange", "="),
    ("Delete", "-"),
    ("Unsupported", "?"),
];

const LONGEST: Duration = Duration::from_secs(10 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_told_and_ignored_ones_are_not() {
        let answer = json!({"status": "Succeeded", "properties": {"changes": [
            {"resourceId": "/subscriptions/s/a", "changeType": "Create"},
            {"resourceId": "/subscriptions/s/b", "changeType": "Ignore"},
            {"resourceId": "/subscriptions/s/c", "changeType": "Modify"}]}});
        assert_eq!(
            changes(&answer),
            ["Azure's what-if:", "  + /subscriptions/s/a", "  ~ /subscriptions/s/c"]
        );
        assert_eq!(changes(&json!({})), ["Azure's what-if: no change"]);
    }

    #[test]
    fn an_error_inside_a_success_is_an_error() {
        let answer = json!({"status": "Failed", "error": {"code": "InvalidTemplateDeployment", "message": "no",
            "details": [{"code": "RequestDisallowedByPolicy", "message": "denied"}]}});
        let err = refused_inside(answer).unwrap_err();
        assert_eq!(err.code(), "RequestDisallowedByPolicy");
        assert!(matches!(err, ArmError::Refused(refusal) if is_verdict(&refusal)));
    }
}
