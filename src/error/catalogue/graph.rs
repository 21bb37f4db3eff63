//! Microsoft Graph. Source: <https://learn.microsoft.com/graph/errors>

use super::entry::entries;

entries! {
    "Authorization_RequestDenied" "this identity may not do that in the directory"
        cause "Roles of Azure mean nothing in the directory; it has roles and permissions of its own."
        fix "Have an administrator give it the directory role, or the Graph permission, that the command's --help names."
            "Have an Application Administrator do it, or give the application a permission of Graph and consent to it."
            "Give object ids instead of names: `--principal-id GUID`; they need no directory."
        link "https://learn.microsoft.com/graph/permissions-reference"
        text "Insufficient privileges to complete the operation";
    "Authorization_RequestDenied" "the application may make service principals only of its own tenant"
        cause "The permission Application.ReadWrite.OwnedBy covers applications of this tenant; this one is of another."
        fix "Have an administrator open the address of `az-imageshare share app consent-url`, or run `az-imageshare share app accept`."
        link "https://github.com/Azure/azure-cli/issues/28009"
        text "the backing application of the service principal being created must in the local tenant";
    "Request_ResourceNotFound" "the directory has no such object"
        cause "The id is of another tenant, or an application's ID was given instead of an object ID."
        fix "Look for it by name: `az ad sp list --display-name NAME -o table`."
        text "Resource '{id}' does not exist or one of its queried reference-property objects are not present";
    "Request_BadRequest" "the directory does not accept the request"
        cause "A property is wrong or missing; the message names it."
        fix "Correct what the message names, and run the command again.";
    "Request_BadRequest" "the application cannot be used in this tenant"
        cause "It is for its own tenant only, was deleted, is in another cloud, or is only a moment old."
        fix "Have the publisher open it to other tenants: `az ad app update --id {app} --sign-in-audience AzureADMultipleOrgs`."
        link "https://github.com/Azure/Azure-Lighthouse-samples/issues/122"
        text "The appId '{app}' of the service principal does not reference a valid application object";
    "Request_MultipleObjectsWithSameKeyValue" "the directory has that object already"
        cause "The service principal or name exists."
        fix "Nothing: use it. Look with `az ad sp show --id APPID`."
        text "Another object with the same value for property" "already in use";
    "CredentialInvalidLifetimeAsPerAppPolicy" "the tenant allows only shorter secrets"
        cause "A policy of the tenant limits how long a secret of an application may last."
        fix "Give an earlier day: `az-imageshare share app create -n NAME --secret-expires DATE`."
            "Ask for less: `az-imageshare share app secret add --client-id APP --expires DATE`, or use a federated credential."
        link "https://github.com/Azure/azure-cli/issues/28522"
        text "InvalidKeyEndDate" "Credential lifetime exceeds the max value allowed as per assigned policy";
    "CredentialTypeNotAllowedAsPerAppPolicy" "the tenant forbids secrets of applications"
        cause "A policy of the tenant allows only certificates or federation."
        fix "Do without one: `az-imageshare share app create -n NAME --federated-issuer URL --federated-subject TEXT`."
            "Use a certificate or a federated token: `az-imageshare credential add --certificate FILE …`."
        text "Credential type not allowed as per assigned policy";
}
