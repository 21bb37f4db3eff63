//! The names of what the policy route makes: computed, and short enough for a management group.

use crate::ops::fleet::view::hex_digest;

/// What the id of every management group begins with.
const GROUPS: &str = "/providers/Microsoft.Management/managementGroups/";

/// The scope of a management group.
pub(crate) fn group_scope(group: &str) -> String {
    format!("{GROUPS}{group}")
}

/// The management group that an id is kept at.
pub(crate) fn scope_of(id: &str) -> &str {
    let group = id.strip_prefix(GROUPS).and_then(|rest| rest.split('/').next());
    group.map_or("", |group| &id[..GROUPS.len() + group.len()])
}

/// An assignment's name: 24 characters, the most that a management group allows.
pub(crate) fn assignment_name(fleet: &str, grant: &str, consumer: &str) -> String {
    let digest = hex_digest([fleet, grant, consumer].join("\n").as_bytes());
    format!("imgshare-{}", &digest[..15])
}

/// The full id of an assignment.
pub(crate) fn assignment_id(group: &str, name: &str) -> String {
    format!("{}/providers/Microsoft.Authorization/policyAssignments/{name}", group_scope(group))
}

/// The full id of the definition that an assignment puts in force.
pub(crate) fn definition_id(group: &str, name: &str) -> String {
    format!("{}/providers/Microsoft.Authorization/policyDefinitions/def-{name}", group_scope(group))
}

/// Where the roles of identities are kept.
pub(crate) fn role_collection(group: &str) -> String {
    format!("{}/providers/Microsoft.Authorization/roleAssignments", group_scope(group))
}

/// Where remediations of an assignment begin; each has a number of its own behind it.
pub(crate) fn remediation_base(group: &str, name: &str) -> String {
    format!("{}/providers/Microsoft.PolicyInsights/remediations/{name}", group_scope(group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_a_management_group_and_tell_their_grant_apart() {
        let name = assignment_name("images-prod", "readers", "fabrikam");
        assert_eq!(name.len(), 24);
        assert_ne!(name, assignment_name("images-prod", "readers", "tailspin"));
        assert_eq!(scope_of(&assignment_id("mg-images", &name)), group_scope("mg-images"));
        assert_eq!(scope_of("/subscriptions/x"), "");
    }
}
