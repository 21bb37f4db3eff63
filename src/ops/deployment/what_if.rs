//! ARM's own opinion of a deployment, before it is one.
//!
//! Source: <https://learn.microsoft.com/azure/azure-resource-manager/templates/deploy-what-if>

use std::time::Duration;

use serde_json::{Value, json};

use super::DeploymentRequest;
use crate::arm::{ArmError, Refusal};
use crate::error::{Error, Result};
use crate::ops::change::ChangeKind;
use crate::ops::change::findings::Findings;
use crate::ops::site::Site;

/// What Azure says that a deployment would change.
#[derive(Clone, Debug, Default)]
pub(crate) struct WhatIfAnswer {
    /// What becomes of each id; `None` where Azure does not say.
    changes: Option<Vec<(String, String)>>,
}

/// Asks what a deployment would change. What Azure's checks refuse is a finding.
///
/// # Errors
/// If Azure's checks refuse the deployment, or there is no connection.
pub(crate) async fn ask(site: &Site<'_>, request: &DeploymentRequest) -> Result<WhatIfAnswer> {
    let mut findings = Findings::default();
    let linked = site.client.with_auxiliary(request.auxiliary.clone());
    let mut body = request.body.clone();
    body["properties"]["whatIfSettings"] = json!({"resultFormat": "FullResourcePayloads"});
    site.reporter.step("Asking Azure what the deployment would change…");
    let step = |state: &str| site.reporter.step(&format!("What-if: {state}"));
    let asked = linked.what_if(request.scope.clone(), &request.name, &body, LONGEST, &step).await;
    let mut changes = None;
    match asked.and_then(refused_inside) {
        Ok(answer) => changes = Some(changes_in(&answer)),
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
    Ok(WhatIfAnswer { changes })
}

impl WhatIfAnswer {
    /// For people; nothing where Azure does not say.
    pub(crate) fn lines(&self) -> Vec<String> {
        let Some(changes) = &self.changes else {
            return Vec::new();
        };
        let signed = |(kind, id): &(String, String)| Some(format!("  {} {id}", sign_of(kind)?));
        let told: Vec<String> = changes.iter().filter_map(signed).collect();
        if told.is_empty() {
            vec!["Azure's what-if: no change".to_owned()]
        } else {
            std::iter::once("Azure's what-if:".to_owned()).chain(told).collect()
        }
    }

    /// What becomes of one thing; it is made where Azure does not mention it.
    pub(crate) fn change_of(&self, id: &str) -> ChangeKind {
        let said = self.changes.iter().flatten().find(|(_, known)| known.eq_ignore_ascii_case(id));
        match said.map(|(kind, _)| kind.to_ascii_lowercase()).as_deref() {
            Some("modify") => ChangeKind::Update,
            Some("nochange" | "ignore") => ChangeKind::Keep,
            _ => ChangeKind::Create,
        }
    }

    /// What would change besides `known`, for people.
    pub(crate) fn besides(&self, known: &[String]) -> Vec<String> {
        let changes = self.changes.iter().flatten();
        let strange = changes
            .filter(|(kind, id)| {
                let changes = ["create", "modify", "delete", "deploy"]
                    .iter()
                    .any(|change| kind.eq_ignore_ascii_case(change));
                changes && !known.iter().any(|known| known.eq_ignore_ascii_case(id))
            })
            .filter_map(|(kind, id)| Some(format!("{} {id}", sign_of(kind)?)));
        strange.collect()
    }
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

/// What becomes of each id.
fn changes_in(answer: &Value) -> Vec<(String, String)> {
    let changes = answer
        .pointer("/properties/changes")
        .or_else(|| answer.get("changes"))
        .and_then(Value::as_array);
    let told = |change: &Value| {
        let text = |name: &str| change.get(name)?.as_str().map(str::to_owned);
        Some((text("changeType")?, text("resourceId")?))
    };
    changes.into_iter().flatten().filter_map(told).collect()
}

fn sign_of(kind: &str) -> Option<&'static str> {
    let known = SIGNS.iter().find(|(known, _)| kind.eq_ignore_ascii_case(known));
    known.map(|(_, sign)| *sign)
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
        let answered = |answer: &Value| WhatIfAnswer { changes: Some(changes_in(answer)) };
        let said = answered(&answer);
        assert_eq!(
            said.lines(),
            ["Azure's what-if:", "  + /subscriptions/s/a", "  ~ /subscriptions/s/c"]
        );
        assert_eq!(said.change_of("/SUBSCRIPTIONS/s/c"), ChangeKind::Update);
        assert_eq!(said.change_of("/subscriptions/s/b"), ChangeKind::Keep);
        assert_eq!(said.change_of("/subscriptions/s/unknown"), ChangeKind::Create);
        assert_eq!(said.besides(&["/subscriptions/S/a".to_owned()]), ["~ /subscriptions/s/c"]);
        assert_eq!(answered(&json!({})).lines(), ["Azure's what-if: no change"]);
        assert_eq!(WhatIfAnswer::default().lines(), Vec::<String>::new());
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
