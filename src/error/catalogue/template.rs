//! Deployments and their templates. Source:
//! <https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors>

use super::entry::entries;

entries! {
    "DeploymentFailed" "a resource of the deployment failed"
        cause "This only wraps the reason, which is in details, often as JSON in a text."
        fix "Look at the reason: `az deployment operation sub list -n NAME --query \"[?properties.provisioningState=='Failed'].properties.statusMessage\"`."
        link "https://aka.ms/arm-deployment-operations"
        text "At least one resource deployment operation failed";
    "InvalidTemplateDeployment" "the deployment did not pass the checks before it"
        cause "This only wraps the reasons, which are in details."
        fix "Correct what the details name; `az-imageshare delegation plan` finds most of it without deploying."
        text "The template deployment '{name}' is not valid according to the validation procedure";
    "InvalidTemplate" "the template is not valid"
        cause "The JSON, an expression or a parameter is wrong; the message names the line."
        fix "Correct what the message names: `az deployment sub validate -l LOCATION --template-file FILE --parameters FILE`."
        text "Deployment template validation failed" "Deployment template parse failed" "The value for the template parameter '{parameter}' at line '{line}' and column '{column}' is not provided";
    "InvalidDeployment" "the deployment is not valid"
        cause "Something about it does not fit its scope: a subscription deployment needs a location, a group's may not have one."
        fix "At subscription scope use `az deployment sub create --location …`.";
    "InvalidDeploymentName" "the deployment's name is not allowed"
        cause "It has up to 64 letters, digits, hyphens, dots, underscores and brackets."
        fix "Choose another with --deployment-name.";
    "InvalidDeploymentLocation" "a deployment of that name exists in another location"
        cause "The location of a deployment's metadata cannot change."
        fix "Use that location with --location, or choose another --deployment-name."
        text "Invalid deployment location '{wanted}'. The deployment '{name}' already exists in location '{location}'";
    "DeploymentActive" "a deployment of that name is still running"
        cause "Another deployment, perhaps of an earlier run, has the same name. It ends automatically after seven days at most."
        fix "Wait for it with `az deployment sub wait --created -n NAME` (in a resource group: `az deployment group wait`), then run the command again."
            "Stop it: `az deployment sub cancel -n {name}`."
        text "Unable to edit or replace deployment '{name}': previous deployment from '{begin}' is still active" "cannot be saved, because this would overwrite an existing deployment which is still active";
    "DeploymentCannotBeCancelled" "the deployment cannot be cancelled"
        cause "It has ended already."
        fix "Look at its end: `az deployment sub show -n NAME`.";
    "DeploymentNotFound" "there is no such deployment"
        cause "The name is wrong, it is at another scope, or the history was cleared. The resources are not affected."
        fix "See the deployments: `az deployment sub list -o table`."
        text "Deployment '{name}' could not be found";
    "DeploymentQuotaExceeded" "the subscription's deployment history is full"
        cause "Azure keeps 800 deployments per scope."
        fix "Delete old entries: `az deployment sub list` and `az deployment sub delete`."
        link "https://learn.microsoft.com/azure/azure-resource-manager/templates/deployment-quota-exceeded"
        text "exceeds the quota of '800'";
    "DeploymentOutputEvaluationFailed" "an output of the template cannot be computed"
        cause "The resources are there; only an expression under outputs is wrong."
        fix "Correct the output that the message names, and deploy again: `az deployment sub create …`."
        text "The template output '{output}' is not valid";
    "InvalidContentLink" "a linked template cannot be fetched"
        cause "Resource Manager, not this computer, downloads it, and the address is private, wrong or gone."
        fix "Use a file: `az deployment sub create --template-file FILE`."
        text "Unable to download deployment content from";
    "TemplateLinkNotSupported" "a linked template cannot be used here"
        cause "The deployment takes templates in the request only."
        fix "Use a file: `az deployment sub create --template-file FILE`.";
    "KeyVaultParameterReferenceNotFound" "a parameter's secret is not in the key vault"
        cause "The vault or the secret does not exist, or the vault does not let deployments read it."
        fix "`az keyvault update -n VAULT --enabled-for-template-deployment true`, and check the secret's name.";
    "InvalidPolicyAlias" "the policy names a property that policies do not know"
        cause "Policies read properties by aliases; that of an assignment's definition has another name now."
        fix "Use a current sample of https://github.com/Azure/Azure-Lighthouse-samples; the message lists the aliases."
        link "https://github.com/Azure/Azure-Lighthouse-samples/issues/90"
        text "doesn't exist as an alias under provider";
    "InvalidCreatePolicyAssignmentRequest" "the policy's definition is not at or above its assignment"
        cause "The definition is in another branch of the management groups, or a new hierarchy has not spread yet."
        fix "Wait for 30 minutes and run it again; else define the policy at a management group above the assignment."
        text "The policy definition specified in policy assignment '{name}' is out of scope";
}
