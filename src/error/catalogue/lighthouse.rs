//! Azure Lighthouse. Its codes are documented nowhere; the sources are threads of Azure-Lighthouse-samples and azure-docs.

use super::entry::entries;

entries! {
    "InvalidRegistrationDefinitionCreateRequest" "Lighthouse does not accept the offer"
        cause "A role, a principal or the tenant of the offer breaks one of Lighthouse's rules; the message says which."
        fix "Check it with `az-imageshare delegation plan`."
        link "https://learn.microsoft.com/azure/lighthouse/how-to/onboard-customer";
    "InvalidRegistrationDefinitionCreateRequest" "the role has data actions"
        cause "Lighthouse takes built-in roles without any DataActions; Microsoft sometimes adds one to a role that worked before."
        fix "Choose another role, such as Reader: `az-imageshare delegation plan` names the nearest that is allowed."
        link "https://learn.microsoft.com/azure/lighthouse/concepts/tenants-users-roles#role-support-for-azure-lighthouse" "https://github.com/Azure/Azure-Lighthouse-samples/issues/137"
        text "The role definition '{role}' with data actions not allowed for registration definition" "Only built in role definitions without any data and notData actions are allowed";
    "InvalidRegistrationDefinitionCreateRequest" "the role may change access, which Lighthouse never delegates"
        cause "Roles with actions on role assignments, locks or deny assignments are refused, and Owner always is."
        fix "Choose a role that cannot manage access: `az-imageshare delegation plan` names the nearest that is allowed."
        link "https://learn.microsoft.com/azure/lighthouse/concepts/tenants-users-roles#role-support-for-azure-lighthouse" "https://github.com/MicrosoftDocs/azure-docs/issues/117760"
        text "The role definition '{role}' is not allowed for registration definition '{definition}' because of restricted actions" "The role definition {role} is restricted for registration";
    "InvalidRegistrationDefinitionCreateRequest" "the role cannot be eligible"
        cause "Owner and User Access Administrator cannot be given by an eligible authorization."
        fix "Choose another role for --eligible-authorization: `az-imageshare delegation plan` checks it."
        link "https://learn.microsoft.com/azure/lighthouse/how-to/create-eligible-authorizations"
        text "The role definition '{role}' is restricted for eligible authorization in registration definition";
    "InvalidRegistrationDefinitionCreateRequest" "the consumer's tenant cannot be the publisher's own"
        cause "A subscription cannot be delegated to the tenant it belongs to; often the two tenants were mixed up."
        fix "Give the other tenant's id as --consumer-tenant, and sign in to the subscription's own tenant."
        link "https://github.com/MicrosoftDocs/azure-docs/issues/45347"
        text "not allowed to use the '{tenant}' as ManagedByTenantId";
    "InvalidRegistrationDefinitionCreateRequest" "a principal's ID is not a GUID"
        cause "A name or a placeholder was given instead of the object ID."
        fix "Have the consumer run `az-imageshare delegation request`, and use its file with --request."
        link "https://github.com/MicrosoftDocs/azure-docs/issues/35663"
        text "The PrincipalId '{principal}' must be a valid Guid";
    "PrincipalTypeNotSupported" "the principal is an application, not its service principal"
        cause "An app registration has another object id than the enterprise application that roles are given to."
        fix "Use the object ID of the service principal: the consumer sees it with `az-imageshare delegation request --principal APPID`."
        link "https://github.com/MicrosoftDocs/azure-docs/issues/59282"
        text "Principals of type Application cannot validly be used in role assignments";
    "RegistrationDefinitionInvalidUpdate" "the offer belongs to another consumer tenant"
        cause "The tenant of an existing definition cannot change; the official samples derive its id from the offer's name alone."
        fix "Choose another --name for the new consumer."
        text "ManagedByTenantId not allowed to update" "ManagedByTenantId is not allowed to be updated";
    "InvalidRegistrationDefinitionUri" "the definition belongs to the subscription"
        cause "An offer is defined at the subscription even if it delegates a resource group; a group deployment was used."
        fix "Use `az deployment sub create`, or `az-imageshare delegation create -g GROUP`."
        link "https://github.com/Azure/Azure-Lighthouse-samples/issues/31"
        text "The registration definition request scope '{scope}' should be";
    "InvalidRegistrationAssignmentUri" "an assignment is possible at a subscription or resource group only"
        cause "Management groups and single resources cannot be delegated."
        fix "Delegate the resource group: `az-imageshare delegation create -g GROUP`.";
    "InvalidRegistrationDefinitionDeleteRequest" "the definition is still assigned"
        cause "Assignments have to go first, and for some seconds after that Lighthouse still refuses."
        fix "Run `az-imageshare delegation delete` again in a minute.";
    "InvalidRegistrationAssignmentCreateRequest" "the definition is not ready yet"
        cause "The assignment came before its definition had succeeded."
        fix "Run `az-imageshare delegation create` again in a minute; it goes on where it stopped.";
    "InvalidRegistrationAssignmentCreateRequest" "the offer is assigned there already"
        cause "A definition can be assigned once at a scope; that assignment exists under another ID."
        fix "Look at it: `az-imageshare delegation list -o table`; `az-imageshare delegation create` keeps it."
        link "https://github.com/Azure/Azure-Lighthouse-samples/issues/85"
        text "Another registration assignment present at this scope" "Multiple registration assignments are not allowed";
    "InsufficientPrivilegesForManagedServiceResource" "this identity may not delegate the subscription"
        cause "Lighthouse wants roleAssignments/write and /delete on the subscription itself, and a member of its tenant."
        fix "Sign in as an Owner of the subscription from its own tenant; guests and Contributors are refused."
            "`az role assignment create --role Owner --scope /subscriptions/ID --assignee NAME`"
        link "https://github.com/Azure/Azure-Lighthouse-samples/issues/39"
        text "The requested user doesn't have sufficient privileges to perform the operation";
    "ClassicAdministratorListFailed" "this identity may not delegate the subscription"
        cause "Lighthouse looked for a classic administrator because the roles did not suffice."
        fix "Sign in as an Owner of the subscription from its own tenant; Azure gives this code to Contributors."
        link "https://github.com/Azure/Azure-Lighthouse-samples/issues/40"
        text "Failed to list classic administrators of subscription";
    "RegistrationDefinitionNotFound" "there is no such definition"
        cause "It was deleted, or is at another subscription."
        fix "See what there is: `az-imageshare delegation list -o table`.";
    "RegistrationAssignmentNotFound" "there is no such assignment"
        cause "It was deleted, or is at another scope."
        fix "See what there is: `az-imageshare delegation list -o table`.";
    "MarketplaceRegistrationDefinitionNotFound" "there is no such marketplace offer"
        cause "The subscription has no managed service offer of that plan."
        fix "See what there is: `az-imageshare delegation list -o table`.";
    "InvalidApiVersionForEligibleAuthorizations" "the tool is too old for eligible authorizations"
        cause "az and older Terraform use api-version 2019-06-01, which cannot even read such an offer."
        fix "Use this program for it: `az-imageshare delegation list -o table`."
        link "https://github.com/hashicorp/terraform-provider-azurerm/issues/25183"
        text "eligible authorizations only allowed with api-version greater and equal to";
}
