//! What every provider of Resource Manager may answer. Source: the error catalogue of common deployment errors,
//! <https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors>

use super::entry::entries;

entries! {
    "AuthorizationFailed" "this identity may not do that"
        cause "No role at this scope or above allows the action, or the scope is wrong; a role given a moment ago takes up to 10 minutes."
        fix "Ask an Owner of the scope for a role with the action that the message names; the command's --help says what it needs under Permissions."
            "See what is allowed: `az role assignment list --assignee {object} --scope {scope} --include-inherited -o table`."
            "If the role is new: `az-imageshare token clear --all`, and run the command again."
        link "https://learn.microsoft.com/azure/role-based-access-control/troubleshooting"
        text "The client '{client}' with object id '{object}' does not have authorization to perform action '{action}' over scope '{scope}' or the scope is invalid" "does not have authorization to perform action";
    "AuthorizationFailed" "this identity may not delegate"
        cause "Delegations need Microsoft.ManagedServices/registrationAssignments/write and Microsoft.Authorization/roleAssignments/write on the subscription itself, as an Owner has."
        fix "Have an Owner of the subscription run the command, or give you that role: `az role assignment create --role Owner --assignee {object} --scope {scope}`."
        link "https://learn.microsoft.com/azure/lighthouse/how-to/onboard-customer"
        text "The client '{client}' with object id '{object}' does not have authorization to perform action 'Microsoft.ManagedServices/{rest}' over scope '{scope}'" "does not have authorization to perform action 'Microsoft.ManagedServices/";
    "AuthorizationFailed" "this identity may not share the gallery"
        cause "Contributor is not enough to share a gallery: the action is galleries/share/action. The portal shows: Failed to update Azure compute gallery."
        fix "Have an Owner give the role: `az-imageshare share rbac add --gallery-id {scope} --role \"Compute Gallery Sharing Admin\" --assignee-object-id {object}`."
        link "https://learn.microsoft.com/azure/virtual-machines/share-gallery-direct"
        text "The client '{client}' with object id '{object}' does not have authorization to perform action 'Microsoft.Compute/galleries/share/action' over scope '{scope}'" "Failed to update Azure compute gallery";
    "LinkedAuthorizationFailed" "this identity may not use what the request refers to"
        cause "The request names a resource elsewhere (an image, an identity, a role's scope), and the caller has no right there, or no token of its tenant was sent."
        fix "Give the identity a role on the resource that the message names; for an image: `az-imageshare share rbac add --gallery-id ID --assignee NAME`."
        link "https://learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant";
    "LinkedAuthorizationFailed" "no token of the image's tenant was sent"
        cause "The image is in subscription {subscription} of another tenant, and the request carried only a token of {tenant}. Managed identities and Cloud Shell cannot send a second one."
        fix "Create the machine with both tokens: `az-imageshare vm create --image ID …`."
            "With az: sign in to the image's tenant too, as a user or service principal, and use `--aux-tenants TENANT`."
        link "https://learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant" "https://github.com/Azure/bicep/issues/17206"
        text "however the current tenant '{tenant}' is not authorized to access linked subscription '{subscription}'";
    "LinkedAuthorizationFailed" "no role on the image"
        cause "A token of the right tenant was sent, but the identity has no role at {linked}, or the id is wrong."
        fix "Give it a role there: `az-imageshare share rbac add --gallery-id ID --assignee {object}`; it takes up to 10 minutes."
            "Check the id of the image letter by letter."
        link "https://learn.microsoft.com/azure/virtual-machines/share-gallery"
        text "The client '{client}' with object id '{object}' has permission to perform action '{action}' on scope '{scope}'; however, it does not have permission to perform action '{missing}' on the linked scope(s) '{linked}'" "does not have permission to perform action 'read' on the linked scope(s)";
    "InvalidAuthenticationToken" "Azure does not accept the token"
        cause "The token is damaged, for another cloud or audience, or one of the tokens for other tenants is not valid."
        fix "Run `az-imageshare token clear --all`, then the command again; check this computer's clock."
        text "The access token is invalid" "The received access token is not valid";
    "InvalidAuthenticationTokenAudience" "the token is for another service"
        cause "Resource Manager wants its own audience, and compares it letter by letter."
        fix "Check the cloud's audience: `az cloud show --query endpoints.activeDirectoryResourceId`.";
    "InvalidAuthenticationTokenTenant" "the token is from another tenant than the subscription"
        cause "Every subscription trusts one tenant. The token comes from another."
        fix "Use a credential of the subscription's own tenant: `--credential NAME`."
            "Sign in to it: `az login --tenant {right}`."
        link "https://learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant"
        text "The access token is from the wrong issuer 'https://sts.windows.net/{wrong}/'. It must match the tenant 'https://sts.windows.net/{right}/' associated with this subscription" "The access token is from the wrong issuer";
    "ExpiredAuthenticationToken" "the token has expired"
        cause "It was valid for about an hour; or this computer's clock is wrong."
        fix "Run `az-imageshare token clear --all`, then the command again; check this computer's clock."
            "Compare the clock: `az-imageshare doctor --online`."
        text "The access token expiry UTC time" "The access token has expired";
    "AuthenticationFailed" "Azure does not know who asks"
        cause "No token was sent, or something on the way removed it."
        fix "Run `az-imageshare token clear --all`, then the command again; check HTTPS_PROXY."
        text "Authentication failed. The 'Authorization' header is missing" "The authentication failed because of missing 'Authorization' header";
    "SubscriptionNotFound" "the subscription does not exist, or this identity cannot see it"
        cause "The id is wrong, it is in another cloud, or no role in it was given to this identity."
        fix "Check --subscription, and sign in to its tenant."
            "See what this identity sees: `az-imageshare doctor --online`."
        text "The subscription '{subscription}' could not be found";
    "InvalidSubscriptionId" "not a valid subscription ID"
        cause "A subscription's id is a GUID."
        fix "See the ids with `az-imageshare doctor --online`."
        text "The provided subscription identifier '{subscription}' is malformed or invalid";
    "MissingSubscription" "the address names no subscription"
        cause "The id does not begin with /subscriptions/; Git Bash rewrites such words to C:/Program Files/Git/subscriptions/."
        fix "In Git Bash: `export MSYS_NO_PATHCONV=1`, or write the id with two slashes in front."
        link "https://github.com/Azure/azure-cli/issues/28372"
        text "The request did not have a subscription or a valid tenant level resource provider" "C:/Program Files/Git/subscriptions/";
    "ResourceGroupNotFound" "the resource group does not exist"
        cause "The name is wrong, or the group is in another subscription."
        fix "Check its name and the --subscription: `az-imageshare gallery list -o table` shows the groups of your galleries."
            "If it is to be new, create it: `az group create -n NAME -l LOCATION`."
        text "Resource group '{group}' could not be found";
    "ResourceNotFound" "it does not exist"
        cause "The name or id is wrong, or this is another subscription or cloud."
        fix "Check the name, the subscription (`--subscription`) and who you are (`az-imageshare credential list`)."
        text "The Resource '{resource}' under resource group '{group}' was not found" "The Resource '{resource}' was not found";
    "ParentResourceNotFound" "what it belongs to does not exist"
        cause "A gallery, definition or other parent in the id is missing."
        fix "Create the parent first, or check the id: `az-imageshare gallery list -o table`."
        text "Failed to perform '{verb}' on resource(s) of type '{kind}', because the parent resource '{parent}' could not be found";
    "MissingSubscriptionRegistration" "the resource provider is not registered"
        cause "Each subscription has to register a provider once before its resources can be made."
        fix "Register the namespace that the message names: `az provider register -n NAMESPACE --wait`."
            "Run `az provider register -n {namespace} --wait`."
        link "https://aka.ms/rps-not-found"
        text "The subscription is not registered to use namespace '{namespace}'";
    "NoRegisteredProviderFound" "the provider does not know this version or location"
        cause "The api-version or the location is not one that the provider offers, or it is not registered."
        fix "See what there is: `az provider show -n {namespace} --query \"resourceTypes[].{type:resourceType, versions:apiVersions}\"`."
        text "No registered resource provider found for location '{location}' and API version '{version}' for type '{kind}'" "in namespace '{namespace}'";
    "InvalidResourceType" "there is no such type of resource"
        cause "The provider does not know the type in this api-version."
        fix "See the types: `az provider show -n NAMESPACE --query \"resourceTypes[].resourceType\"`."
        text "The resource type could not be found in the namespace '{namespace}' for api version";
    "InvalidResourceNamespace" "there is no such resource provider"
        cause "The namespace is misspelt, or does not exist in this cloud."
        fix "See the namespaces: `az provider list --query \"[].namespace\"`."
        text "The resource namespace '{namespace}' is invalid";
    "InvalidResourceName" "the name is not allowed"
        cause "The provider has rules for length and characters; Lighthouse's names are GUIDs."
        fix "See the rules, and choose another name."
        link "https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules";
    "InvalidApiVersionParameter" "the api-version is not valid"
        cause "It is misspelt, or too old or too new for this cloud."
        fix "Use the newest: update az (`az upgrade`) or the tool that sent it."
        text "The api-version '{version}' is invalid";
    "MissingApiVersionParameter" "the api-version is missing"
        cause "Every request names one."
        fix "With `az rest`, add `?api-version=…` to the address."
        text "The api-version query parameter (?api-version=) is required for all requests";
    "InvalidRequestContent" "the request's body is not valid"
        cause "A member is unknown, misspelt or of the wrong type."
        fix "Correct what the message names; with a parameter file, `az-imageshare delegation plan --parameters FILE` checks it."
        text "The request content was invalid and could not be deserialized";
    "InvalidFilterInQueryString" "the filter is not valid"
        cause "The service does not know the property, or its operator."
        fix "Correct the $filter in the address that was sent.";
    "InvalidResourceGroupLocation" "the resource group is in another location"
        cause "A group cannot be moved by creating it again elsewhere."
        fix "Use its location: `az group show -n GROUP --query location`."
        text "Invalid resource group location '{wanted}'. The Resource group already exists in location '{location}'";
    "LocationRequired" "a location is missing"
        cause "A deployment at subscription scope has to say where its metadata go."
        fix "Add one: `--location westeurope`."
        text "The location property is required for this definition";
    "RequestDisallowedByPolicy" "an Azure Policy of the subscription forbids it"
        cause "A policy denies the resource; for delegations it often lists the tenants that are allowed."
        fix "Ask the subscription's owner to add the consumer tenant to the policy's list of allowed tenants."
            "See the policies: `az policy assignment list --disable-scope-strict-match -o table`."
        link "https://learn.microsoft.com/azure/governance/policy/samples/built-in-policies#lighthouse"
        text "was disallowed by policy";
    "ScopeLocked" "a lock keeps it from being deleted"
        cause "A CanNotDelete or ReadOnly lock exists at the scope or above."
        fix "Remove the lock (`az lock list`, `az lock delete`) and run the command again."
        text "cannot perform delete operation because following scope(s) are locked" "cannot perform write operation because following scope(s) are locked";
    "TooManyRequests" "Azure asks for a pause"
        cause "Too many requests in a short time, of this identity or subscription."
        fix "Wait a minute and run the command again."
        text "The request is being throttled" "Too many requests";
    "NotFound" "it does not exist"
        cause "The name or id is wrong, or this is another subscription or cloud."
        fix "Check the name, the subscription (`--subscription`) and who you are (`az-imageshare credential list`).";
    "Forbidden" "this identity may not do that"
        cause "The service refuses, and the message says why."
        fix "Ask an Owner of the subscription for the permission that the cause names.";
    "MethodNotAllowed" "the address does not take this method"
        cause "The request is not one of the API's."
        fix "Update the tool that sent it: `az upgrade`.";
    "BadRequest" "the request is not valid"
        cause "The provider refuses it; the reason is in its words, often as text inside another error."
        fix "Paste the whole text, with its details: `az-imageshare doctor --error -`.";
    "Conflict" "it does not fit what is there"
        cause "The resource is being changed, or exists in another form."
        fix "Wait for what is running, look at the resource, and run the command again.";
    "InternalServerError" "Azure has a fault at the moment"
        cause "The service failed, and the request is not the reason."
        fix "Run the command again in a few minutes; https://status.azure.com lists outages."
        link "https://status.azure.com";
    "FeatureNotEnabled" "a feature of the subscription is not enabled"
        cause "The request uses a preview; for a gallery's sharingProfile it is direct sharing, which Microsoft has to grant."
        fix "Share by roles instead: `az-imageshare share advise`."
            "Ask for direct sharing: https://aka.ms/directsharedgallery-preview."
        link "https://learn.microsoft.com/azure/virtual-machines/share-gallery-direct"
        text "feature {feature} is not enabled" "feature {feature} is not registered" "not registered for feature";
}
