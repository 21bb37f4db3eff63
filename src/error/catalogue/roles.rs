//! Roles and their assignments. Source: <https://learn.microsoft.com/azure/role-based-access-control/troubleshooting>

use super::entry::entries;

entries! {
    "PrincipalNotFound" "a principal does not exist in the consumer's tenant"
        cause "The object id is of another tenant or another object (an application has two), or the principal is only a moment old."
        fix "Have the consumer run `az-imageshare delegation request`, and use its file with --request."
            "If it was just made, run the command again in a minute; for a role, `az role assignment create --assignee-object-id ID --assignee-principal-type ServicePrincipal`."
        link "https://learn.microsoft.com/azure/role-based-access-control/troubleshooting#symptom---assigning-a-role-to-a-new-principal-sometimes-fails"
        text "Principal {principal} does not exist in the directory {directory}" "Principals {principal} do not exist in the directory {directory}";
    "UnmatchedPrincipalType" "the principal is of another type"
        cause "The request says User, Group or ServicePrincipal, and the object is of another type; a request without a type means User."
        fix "Give the right one: `--assignee-principal-type User|Group|ServicePrincipal`."
        text "has type '{found}', which is different from specified PrinciaplType '{wanted}'" "which is different from specified PrincipalType";
    "UnsupportedPrincipalType" "the principal is of a type that gets no roles"
        cause "It is an app registration, a Microsoft 365 or distribution group, or a device; Azure gives roles to users, security groups and service principals."
        fix "Have the consumer run `az-imageshare delegation request --principal NAME`, which says what an ID is, and use its file with --request."
        text "UnsupportedPrincipalType";
    "RoleAssignmentExists" "the role was given already"
        cause "The same principal has the same role at this scope, under another id."
        fix "Nothing: it is done. See it with `az-imageshare share list --gallery-id ID -o table`."
        text "The role assignment already exists";
    "RoleAssignmentUpdateNotPermitted" "another role assignment has that id"
        cause "Principal, role and scope of an assignment cannot change."
        fix "Remove the old one (`az role assignment delete --ids ID`), or use a new GUID."
        text "Tenant ID, application ID, principal ID, and scope are not allowed to be updated";
    "RoleAssignmentLimitExceeded" "the subscription has no room for more role assignments"
        cause "A subscription takes 4,000, a management group 500."
        fix "Share with a group instead of its members, or remove old ones: `az-imageshare share prune`."
            "Give the role to a group instead: `az ad group create`, and remove old ones: `az role assignment list --all`."
        link "https://learn.microsoft.com/azure/role-based-access-control/troubleshoot-limits"
        text "The role assignment limit for the subscription" "No more role assignments can be created";
    "RoleAssignmentNotFound" "there is no such role assignment"
        cause "It was removed, or is at another scope."
        fix "See what there is: `az-imageshare share list --gallery-id ID -o table`.";
    "RoleDefinitionWithSameNameExists" "a custom role of that name exists"
        cause "Names of custom roles are unique in the tenant, not only in the subscription; a deleted one may linger."
        fix "Use the existing one (`az role definition list --custom-role-only true -o table`), or choose another name."
        text "A custom role with the same name already exists in this directory" "A role definition cannot be updated with a name that already exists";
    "RoleDefinitionHasAssignments" "the role is still assigned"
        cause "A custom role can be deleted only when it is not assigned."
        fix "Remove its assignments first: `az role assignment list --all --role NAME`."
        text "There are existing role assignments referencing role";
    "RoleScopeBeingRemovedContainsAssignments" "the role is still given in a scope that goes"
        cause "A custom role's assignable scopes can shrink only where the role is not assigned."
        fix "Remove the assignments there first: `az role assignment list --scope SCOPE --role NAME`."
        link "https://github.com/Azure/bicep/issues/17145";
    "RoleDefinitionLimitExceeded" "the tenant has no room for more custom roles"
        cause "A tenant takes 5,000, in China 2,000."
        fix "Delete those that are not needed: `az role definition list --custom-role-only true -o table`."
        text "Role definition limit exceeded" "No more role definitions can be created";
    "RoleDefinitionDoesNotExist" "there is no such role"
        cause "The name or GUID is wrong, or the role is only a moment old."
        fix "See the built-in roles: `az-imageshare delegation roles -o table`; a new one shows itself after some minutes."
        text "Role '{role}' doesn't exist" "The specified role definition with ID '{role}' does not exist";
    "AadPremiumLicenseRequired" "the tenant has no license for assignments in time"
        cause "Privileged Identity Management needs Entra ID P2 or Governance."
        fix "Give the role without an end, or get the license."
        link "https://learn.microsoft.com/entra/id-governance/licensing-fundamentals";
}
