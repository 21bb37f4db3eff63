//! What the signed-in identity may do, asked before anything is written.

use crate::arm::Client;
use crate::arm::authorization::{Permission, is_allowed, lacking_actions};
use crate::error::{Error, Kind, Result};
use crate::ops::change::resume::posix_word;

/// Makes sure that the caller may do `action` at `scope`; `role` is the smallest that allows it.
///
/// # Errors
/// If it may not, with the command that an owner runs to change that; if Azure does not answer.
pub(crate) async fn require(client: &Client, scope: &str, action: &str, role: &str) -> Result<()> {
    let permissions = client.permissions(scope).await?;
    if is_allowed(&permissions, action) {
        return Ok(());
    }
    Err(Error::new(
        Kind::Failure,
        format!("this identity lacks {action} at {scope}; nothing was changed"),
    )
    .hint(format!(
        "Have an Owner run `az role assignment create --assignee OBJECT-ID --role \"{role}\" --scope {}`.",
        posix_word(scope)
    )))
}

/// What creating a delegation takes on the subscription itself, and these `permissions` do not allow.
pub(crate) fn lacking_to_delegate(
    permissions: &[Permission],
    is_registered: bool,
) -> Vec<&'static str> {
    let register = (!is_registered).then_some(REGISTER);
    lacking_actions(permissions, DELEGATE.into_iter().chain(register))
}

/// What creating a delegation takes, on the subscription itself.
const DELEGATE: [&str; 6] = [
    "Microsoft.Authorization/roleAssignments/read",
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleAssignments/delete",
    "Microsoft.ManagedServices/registrationDefinitions/write",
    "Microsoft.ManagedServices/registrationAssignments/write",
    "Microsoft.Resources/deployments/write",
];

/// What it takes in addition where the provider is not registered.
const REGISTER: &str = "Microsoft.ManagedServices/register/action";

/// The smallest built-in role that may give roles and take them back.
pub(crate) const GIVES_ROLES: &str = "Role Based Access Control Administrator";
/// The action that giving a role is.
pub(crate) const WRITE: &str = "Microsoft.Authorization/roleAssignments/write";
/// The action that taking a role back is.
pub(crate) const DELETE: &str = "Microsoft.Authorization/roleAssignments/delete";
/// The action that shares a gallery; Contributor does not have it.
pub(crate) const SHARE: &str = "Microsoft.Compute/galleries/share/action";

#[cfg(test)]
mod tests {
    use super::*;

    /// Owner delegates; Contributor may write the delegation and not the access that it is; User Access Administrator
    /// the other way round. Source: <https://learn.microsoft.com/azure/lighthouse/how-to/onboard-customer>
    #[test]
    fn delegating_takes_an_owner() {
        let role = |actions: &[&str], not_actions: &[&str]| {
            let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
            let permission = Permission {
                actions: owned(actions),
                not_actions: owned(not_actions),
                ..Permission::default()
            };
            [permission]
        };
        let owner = role(&["*"], &[]);
        let contributor =
            role(&["*"], &["Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write"]);
        let administrator = role(&["*/read", "Microsoft.Authorization/*"], &[]);
        let writes = [
            "Microsoft.ManagedServices/registrationDefinitions/write",
            "Microsoft.ManagedServices/registrationAssignments/write",
            "Microsoft.Resources/deployments/write",
        ];
        for (permissions, is_registered, lacking) in [
            (&owner, false, &[][..]),
            (&contributor, true, &[WRITE, DELETE]),
            (&administrator, true, &writes),
        ] {
            assert_eq!(lacking_to_delegate(permissions, is_registered), lacking, "{permissions:?}");
        }
        let unregistered = lacking_to_delegate(&administrator, false);
        assert_eq!(unregistered, [&writes[..], &[REGISTER]].concat());
    }
}
