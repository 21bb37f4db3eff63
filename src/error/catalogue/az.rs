//! Texts of the Azure CLI itself, which have no codes. Source: azure-cli 2.91 and the threads named.

use super::entry::entries;

entries! {
    "az.LoginNeeded" "not logged in to az"
        cause "az has no login in this configuration folder, or it was cleared."
        fix "`az login`, or use a credential of this program: `az-imageshare credential add --help`."
        text "Please run 'az login' to setup account" "Please run 'az login'" "Please run az login";
    "az.LoginAgain" "the az login is no longer good"
        cause "Entra wants the person again; the AADSTS number in the text says why."
        fix "`az login`, with the --tenant and --scope that az prints."
        text "Run the command below to authenticate interactively" "Interactive authentication is needed";
    "az.ServicePrincipalMissing" "az has lost the service principal's secret"
        cause "The login is in azureProfile.json, but service_principal_entries.json has no entry for it."
        fix "`az login --service-principal -u {app} --tenant TENANT`, or keep it here: `az-imageshare credential add --help`."
        text "Could not retrieve credential from local cache for service principal {app}";
    "az.SubscriptionNotFound" "az does not know the subscription"
        cause "az knows only what its login saw: the subscription is in another tenant, or no role was given yet. This program does not need it there."
        fix "Give it to this program: `--subscription ID`; or refresh az: `az account list --refresh`."
            "For an image of another tenant: `az-imageshare vm create --image ID …`."
        text "Subscription '{subscription}' not found. Check the spelling and casing and try again" "The subscription of '{subscription}' doesn't exist in cloud";
    "az.NoSubscriptions" "the login sees no subscription"
        cause "The identity has no role in any subscription of the tenant; that does not prevent signing in."
        fix "`az login --allow-no-subscriptions`, with the same arguments."
        link "https://github.com/Azure/azure-cli/issues/14773"
        text "No subscriptions found for" "No subscription found. Run 'az account set' to select a subscription";
    "az.NoTerminal" "no terminal to answer a question on"
        cause "The command asks before it goes on, and standard input is not a terminal."
        fix "Answer beforehand: `--yes`."
        text "Unable to prompt for confirmation as no tty available" "NoTTYException";
    "az.Cancelled" "the question was answered with no"
        cause "Nothing was changed."
        fix "Run the command again and answer y, or add `--yes`."
        text "Operation cancelled";
    "az.NoMatchedAssignments" "there is no role assignment to delete"
        cause "The role is not assigned at exactly this scope; inherited ones do not count, and delegations of Lighthouse never show here."
        fix "See who has access by every method: `az-imageshare share list --gallery-id ID`."
        text "No matched assignments were found to delete";
    "az.PrincipalUnknown" "az does not find the principal"
        cause "az looks for a user's sign-in name or a service principal's id; a guest's mail address and a group's name are neither."
        fix "Give the object id: `--assignee-object-id ID --assignee-principal-type User|Group|ServicePrincipal`."
            "`az-imageshare share rbac add --gallery-id ID --assignee NAME|MAIL` finds guests and groups."
        text "Cannot find user or service principal in graph database";
    "az.ValueNotAllowed" "a value is none of the allowed ones"
        cause "The option takes a fixed list, which the message shows."
        fix "Choose one of the list; `--help` explains them."
        text "is not a valid value for '{option}'. Allowed values";
    "az.Misspelt" "az does not know the command"
        cause "It is misspelt, or its extension is not installed or not indexed."
        fix "`az extension list -o table`, then `az extension add --source FILE`."
        text "is misspelled or not recognized by the system";
    "az.ExtensionName" "the extension's file was renamed"
        cause "az reads the name and version from the wheel's file name."
        fix "Download it again and keep its name: `az extension add --source imageshare-VERSION-py3-none-any.whl`."
        text "Unable to determine extension name";
    "az.ExtensionInvalid" "the file is not an extension of az"
        cause "A wheel of an extension has exactly one folder that begins with azext_."
        fix "Download it again: `az extension add --source FILE`."
        text "The extension is invalid";
    "az.ExtensionIncompatible" "the extension does not fit this az"
        cause "The extension names the oldest and the newest az it works with."
        fix "`az upgrade`, then `az extension add --source FILE`."
        text "extension version {version} is not compatible";
    "az.PipFailed" "az could not install the extension"
        cause "The wheel is for another system, or pip could not reach its index."
        fix "Look at the reason: `az extension add --source FILE --debug`."
        text "Pip failed with status code 1" "An error occurred. Pip failed";
    "az.Certificate" "az does not trust the connection"
        cause "A company proxy opens TLS, and az does not know its certificate."
        fix "Set REQUESTS_CA_BUNDLE to a file with the proxy's CA certificate, and look with `az-imageshare doctor --online`."
        link "https://learn.microsoft.com/cli/azure/use-azure-cli-successfully-troubleshooting#work-behind-a-proxy"
        text "Certificate verification failed. This typically happens when using Azure CLI behind a proxy" "CERTIFICATE_VERIFY_FAILED";
    "az.Network" "az cannot reach the service"
        cause "There is no network, no name server, or a proxy is in the way."
        fix "Look where it ends: `az-imageshare doctor --online`."
        text "Failed to establish a new connection" "Max retries exceeded with url" "Please ensure you have network connection";
    "az.ManagedIdentity" "there is no managed identity here"
        cause "The computer is not an Azure VM, or has no identity."
        fix "Sign in otherwise: `az login`, or `az-imageshare credential add --help`."
        text "Failed to connect to MSI" "MSI endpoint is not responding";
}
