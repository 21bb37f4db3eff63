//! What Azure says when galleries are shared, and what to do about it: by code, and for a missing
//! permission by the action that Azure names.

use super::Kind;
use crate::arm::Refusal;

/// Kind, message and hint of a refusal that this subject knows.
pub(super) fn told(refusal: &Refusal) -> Option<(Kind, &'static str, String)> {
    if refusal.code == "AuthorizationFailed" {
        return forbidden(refusal);
    }
    let known = REFUSALS.iter().find(|(code, ..)| *code == refusal.code);
    known.map(|(_, message, hint)| (Kind::Failure, *message, (*hint).to_owned()))
}

fn forbidden(refusal: &Refusal) -> Option<(Kind, &'static str, String)> {
    let action = refusal
        .message
        .split("perform action '")
        .nth(1)?
        .split('\'')
        .next()?;
    let (_, role) = ROLES
        .iter()
        .find(|(pattern, _)| crate::arm::authorization::matches(pattern, action))?;
    let hint = format!(
        "Ask an Owner for the role {role}, which has {action}; a role given a moment ago takes up to ten minutes."
    );
    Some((Kind::Failure, "this identity may not do that", hint))
}

/// The smallest built-in role for an action. Source: <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>.
const ROLES: [(&str, &str); 6] = [
    (
        "Microsoft.Compute/galleries/share/action",
        "Compute Gallery Sharing Admin",
    ),
    (
        "Microsoft.Compute/galleries/images/*/read",
        "Compute Gallery Image Reader",
    ),
    (
        "Microsoft.Compute/galleries/images/read",
        "Compute Gallery Image Reader",
    ),
    ("*/read", "Reader"),
    ("Microsoft.Compute/galleries/*", "Contributor"),
    (
        "Microsoft.Authorization/roleAssignments/delete",
        "Role Based Access Control Administrator",
    ),
];

const REFUSALS: [(&str, &str, &str); 2] = [
    (
        "PropertyChangeNotAllowed",
        "Azure does not let that be changed afterwards",
        "Make another gallery, or another image definition, with what you want, and delete the old one when nobody uses it.",
    ),
    (
        "CannotDeleteResource",
        "there is something in it",
        "Delete what the cause names first: versions, then definitions, then the gallery.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str, action: &str) -> Refusal {
        Refusal {
            status: 403,
            outer_code: code.to_owned(),
            code: code.to_owned(),
            message: format!(
                "The client 'x' does not have authorization to perform action '{action}' over scope '/s'."
            ),
            target: None,
            correlation_id: None,
        }
    }

    #[test]
    fn the_smallest_role_is_named() {
        for (action, role) in [
            (
                "Microsoft.Compute/galleries/share/action",
                Some("Sharing Admin"),
            ),
            (
                "Microsoft.Compute/galleries/images/versions/read",
                Some("Image Reader"),
            ),
            ("Microsoft.Compute/galleries/read", Some("Reader")),
            ("Microsoft.Compute/galleries/write", Some("Contributor")),
            (
                "Microsoft.ManagedServices/registrationDefinitions/write",
                None,
            ),
        ] {
            let found = told(&refusal("AuthorizationFailed", action));
            assert_eq!(found.is_some(), role.is_some(), "{action}");
            if let (Some((.., hint)), Some(role)) = (found, role) {
                assert!(hint.contains(role), "{hint}");
            }
        }
    }
}
