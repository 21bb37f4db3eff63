//! What a check reports, and the checks that need nothing but what was read.

use serde::Serialize;

use crate::arm::managed_services::RegistrationAssignment;
use crate::arm::{ArmError, ProvisioningState};
use crate::error::Result;
use crate::id::Scope;

/// One thing that has to be right for the consumer to use the images.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct VerifyCheck {
    /// What is checked; scripts may rely on it.
    pub name: &'static str,
    /// Whether it is right.
    pub ok: bool,
    /// True if it is right, but perhaps not what was meant.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub warning: bool,
    pub detail: String,
    /// The likely cause and what to do, if it is not right.
    pub hint: Option<String>,
    /// True if waiting may put it right.
    #[serde(skip)]
    pub passing: bool,
}

impl VerifyCheck {
    /// It is right.
    pub(crate) fn right(name: &'static str, detail: impl Into<String>) -> VerifyCheck {
        VerifyCheck {
            name,
            ok: true,
            warning: false,
            detail: detail.into(),
            hint: None,
            passing: false,
        }
    }

    /// It is right as a delegation, but there is something to look at.
    pub(crate) fn warned(
        name: &'static str,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> VerifyCheck {
        VerifyCheck { warning: true, hint: Some(hint.into()), ..VerifyCheck::right(name, detail) }
    }

    /// It is wrong, and stays so until someone does something.
    pub(crate) fn wrong(
        name: &'static str,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> VerifyCheck {
        VerifyCheck { ok: false, hint: Some(hint.into()), ..VerifyCheck::right(name, detail) }
    }

    /// It is wrong, but may just not have arrived yet.
    pub(crate) fn not_yet(
        name: &'static str,
        detail: impl Into<String>,
        hint: impl Into<String>,
    ) -> VerifyCheck {
        VerifyCheck { passing: true, ..VerifyCheck::wrong(name, detail, hint) }
    }
}

/// Whether every acceptance of the offer is in force.
pub(super) fn assigned<'a>(
    assignments: impl Iterator<Item = &'a RegistrationAssignment>,
) -> VerifyCheck {
    const NAME: &str = "assignment";
    let mut scopes = Vec::new();
    for assignment in assignments {
        let state = assignment.properties.provisioning_state.as_deref().unwrap_or("Succeeded");
        let shown =
            assignment.scope().map_or_else(|| assignment.id.to_string(), |scope| scope.to_string());
        let detail = format!("the assignment at {shown} is {state}");
        match ProvisioningState::from(state) {
            ProvisioningState::Succeeded => scopes.push(shown),
            ProvisioningState::Failed
            | ProvisioningState::Canceled
            | ProvisioningState::Deleting
            | ProvisioningState::Deleted => {
                return VerifyCheck::wrong(
                    NAME,
                    detail,
                    "Have the publisher run `az-imageshare delegation create` again.",
                );
            }
            ProvisioningState::UnderWay => {
                return VerifyCheck::not_yet(
                    NAME,
                    detail,
                    "Wait for it with `az-imageshare delegation wait`.",
                );
            }
        }
    }
    if scopes.is_empty() {
        VerifyCheck::wrong(
            NAME,
            "the offer is not assigned to any scope",
            "Have the publisher run `az-imageshare delegation create` again: the definition alone gives no access.",
        )
    } else {
        VerifyCheck::right(NAME, format!("Succeeded at {}", scopes.join(", ")))
    }
}

/// A delegation may be there before its gallery; anyone who needs images now says so.
pub(super) fn no_gallery(scopes: &[Scope], require_images: bool) -> VerifyCheck {
    let command = match scopes {
        [Scope { subscription, .. }, ..] => {
            format!("az-imageshare gallery list --subscription {subscription} -o table")
        }
        [] => "az-imageshare gallery list -o table".to_owned(),
    };
    let detail = format!("there is no gallery in {}", shown(scopes));
    let hint = format!(
        "See as the publisher with `{command}` where the gallery is, and delegate its resource group."
    );
    if require_images {
        VerifyCheck::wrong("galleries", detail, hint)
    } else {
        VerifyCheck::warned("galleries", detail, hint)
    }
}

pub(super) fn shown(scopes: &[Scope]) -> String {
    let texts: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

/// A refusal in Azure's words; without any answer there is nothing to find out.
pub(super) fn refusal(err: ArmError) -> Result<String> {
    match err {
        ArmError::Refused(refusal) => Ok(refusal.to_string()),
        other => Err(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn assignment(state: &str) -> RegistrationAssignment {
        let id =
            "/subscriptions/5a0d7c3e-2f41-4b8a-9e06-7d1c3b5f1101/resourceGroups/rg/providers/x/y/z";
        serde_json::from_value(json!({"id": id, "properties": {"provisioningState": state}}))
            .unwrap()
    }

    #[test]
    fn only_what_is_under_way_is_waited_for() {
        let judge = |states: &[&str]| {
            let list: Vec<RegistrationAssignment> =
                states.iter().map(|state| assignment(state)).collect();
            let check = assigned(list.iter());
            (check.ok, check.passing)
        };
        assert_eq!(judge(&["Succeeded", "Succeeded"]), (true, false));
        assert_eq!(judge(&["Succeeded", "Accepted"]), (false, true));
        assert_eq!(judge(&["Failed"]), (false, false));
        assert_eq!(judge(&["Deleting"]), (false, false));
        assert_eq!(judge(&[]), (false, false));
    }

    #[test]
    fn an_empty_scope_names_the_command_that_finds_the_gallery() {
        let scope: Scope = assignment("Succeeded").scope().unwrap();
        let check = no_gallery(std::slice::from_ref(&scope), true);
        assert!(check.hint.unwrap().contains("gallery list --subscription 5a0d7c3e"));
        assert!(!check.ok);
        let check = no_gallery(&[scope], false);
        assert!(check.ok && check.warning && check.hint.is_some());
    }
}
