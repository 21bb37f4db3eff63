//! Hints that need what Azure's message names: the action that is not allowed, the provider that is not registered.

use super::super::Kind;
use super::super::catalogue::by_code;
use crate::arm::Refusal;
use crate::arm::authorization::action_matches;

/// Kind, message and hint of a refusal whose message names what is missing.
pub(super) fn hint_from_message(refusal: &Refusal) -> Option<(Kind, &'static str, String)> {
    let hint = match refusal.code.as_str() {
        "AuthorizationFailed" => role_for(quoted_name(&refusal.message, "perform action '")?)?,
        "MissingSubscriptionRegistration" => {
            let namespace = quoted_name(&refusal.message, "namespace '")?;
            format!(
                "Run `az provider register -n {namespace} --wait`, with `--subscription ID` if it is not az's own."
            )
        }
        "LinkedAuthorizationFailed" => linked_scope(&refusal.message)?,
        _ => return None,
    };
    let title = by_code(&refusal.code).map_or("Azure refused the request", |entry| entry.title);
    Some((Kind::Failure, title, hint))
}

/// Either no token of the right tenant was sent, or whose token it was has no role there.
fn linked_scope(message: &str) -> Option<String> {
    if let Some(subscription) = quoted_name(message, "linked subscription '") {
        return Some(format!(
            "Let a credential sign in to the tenant of subscription {subscription} too: `az-imageshare credential add … --also-tenant TENANT`."
        ));
    }
    let object = quoted_name(message, "with object id '")?;
    let place = quoted_name(message, "on the linked scope(s) '")?;
    Some(format!(
        "Have the owner of {place} give a role on it: `az-imageshare share rbac add --gallery-id ID --assignee {object}`; it takes up to ten minutes."
    ))
}

/// What is between `before` and the next quote, if it can be typed without quotes of its own.
fn quoted_name<'a>(message: &'a str, before: &str) -> Option<&'a str> {
    let (name, _) = message.split_once(before)?.1.split_once('\'')?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "./_-*".contains(c);
    (!name.is_empty() && name.chars().all(is_plain)).then_some(name)
}

fn role_for(action: &str) -> Option<String> {
    if action_matches("Microsoft.ManagedServices/*", action) {
        return Some(format!(
            "Only an Owner of the subscription has {action}: have one run the command, or give you that role; it takes up to ten minutes."
        ));
    }
    let (_, role) = ROLES.iter().find(|(pattern, _)| action_matches(pattern, action))?;
    Some(format!(
        "Ask an Owner for the role {role}, which has {action}; a role given a moment ago takes up to ten minutes."
    ))
}

/// The smallest built-in role for an action, the first that fits. Source: <https://learn.microsoft.com/azure/role-based-access-control/built-in-roles>.
const ROLES: [(&str, &str); 13] = [
    ("Microsoft.Compute/galleries/share/action", "Compute Gallery Sharing Admin"),
    ("Microsoft.Compute/galleries/images/*/read", "Compute Gallery Image Reader"),
    ("Microsoft.Compute/galleries/images/read", "Compute Gallery Image Reader"),
    ("*/read", "Reader"),
    ("Microsoft.Compute/galleries/*", "Contributor"),
    ("Microsoft.Compute/virtualMachines/*", "Virtual Machine Contributor"),
    ("Microsoft.Network/*", "Network Contributor"),
    ("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", "Managed Identity Operator"),
    ("Microsoft.ManagedIdentity/userAssignedIdentities/*", "Managed Identity Contributor"),
    ("Microsoft.Authorization/roleAssignments/*", "Role Based Access Control Administrator"),
    ("Microsoft.Authorization/roleDefinitions/*", "User Access Administrator"),
    ("Microsoft.Resources/deployments/*", "Contributor"),
    ("*/register/action", "Contributor"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str, message: String) -> Refusal {
        Refusal {
            status: 403,
            outer_code: code.to_owned(),
            code: code.to_owned(),
            message,
            target: None,
            correlation_id: None,
            attempts: 0,
        }
    }

    fn forbidden(action: &str) -> Option<String> {
        let message = format!(
            "The client 'x' does not have authorization to perform action '{action}' over scope '/s'."
        );
        hint_from_message(&refusal("AuthorizationFailed", message)).map(|(.., hint)| hint)
    }

    #[test]
    fn the_smallest_role_is_named() {
        for (action, role) in [
            ("Microsoft.Compute/galleries/share/action", "Sharing Admin"),
            ("Microsoft.Compute/galleries/images/versions/read", "Image Reader"),
            ("Microsoft.Compute/galleries/read", "Reader"),
            ("Microsoft.Authorization/roleAssignments/read", "Reader"),
            ("Microsoft.Compute/galleries/write", "Contributor"),
            (
                "Microsoft.Authorization/roleAssignments/write",
                "Role Based Access Control Administrator",
            ),
            (
                "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
                "Managed Identity Operator",
            ),
            (
                "Microsoft.ManagedServices/registrationDefinitions/write",
                "Owner of the subscription",
            ),
            ("Microsoft.Compute/register/action", "Contributor"),
        ] {
            let hint = forbidden(action).unwrap_or_else(|| panic!("{action}"));
            assert!(hint.contains(role) && hint.contains(action), "{hint}");
        }
        assert_eq!(forbidden("Microsoft.Sql/servers/write"), None);
    }

    #[test]
    fn who_may_not_use_an_image_is_told_what_is_missing() {
        let hint = |message: &str| {
            let refusal = refusal("LinkedAuthorizationFailed", message.to_owned());
            hint_from_message(&refusal).map(|(.., hint)| hint).unwrap_or_default()
        };
        let no_token = "The client has permission to perform action 'a/read' on scope '/s', however the current tenant 't' is not authorized to access linked subscription '5a0d7c3e'.";
        assert!(hint(no_token).contains("tenant of subscription 5a0d7c3e too"));
        let no_role = "The client 'x' with object id 'e538' has permission to perform action 'a/write' on scope '/s'; however, it does not have permission to perform action 'read' on the linked scope(s) '/g/images/i' or the linked scope(s) are invalid.";
        let told = hint(no_role);
        assert!(
            told.contains("owner of /g/images/i") && told.contains("--assignee e538"),
            "{told}"
        );
    }

    #[test]
    fn the_provider_that_is_missing_is_named_and_no_command_smuggled_in() {
        let hint = |namespace: &str| {
            let message = format!(
                "The subscription is not registered to use namespace '{namespace}'. See x."
            );
            hint_from_message(&refusal("MissingSubscriptionRegistration", message))
                .map(|(.., hint)| hint)
        };
        assert_eq!(
            hint("Microsoft.VirtualMachineImages").as_deref(),
            Some(
                "Run `az provider register -n Microsoft.VirtualMachineImages --wait`, with `--subscription ID` if it is not az's own."
            )
        );
        assert_eq!(hint("x; rm -rf ~; "), None);
    }
}
