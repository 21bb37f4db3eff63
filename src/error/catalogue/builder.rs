//! Image Builder. Source: <https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot>

use super::entry::entries;

entries! {
    "BuilderNotAuthorized" "Image Builder's identity may not use a resource"
        cause "The user-assigned identity of the template lacks a role on the image, the gallery, the network or the container that the message names."
        fix "See what is missing: `az-imageshare builder check --identity NAME -g GROUP`, and give it: `az-imageshare builder setup`."
        link "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-permissions-cli"
        text "Not authorized to access the resource: {resource}. Please check the user assigned identity has the correct permissions" "Please check the user assigned identity has the correct permissions" "Not authorized to access the resource";
    "BuilderIdentityUnusable" "Image Builder cannot use the identity"
        cause "Whoever submits the template needs the right to assign the identity (Managed Identity Operator), or the identity is gone."
        fix "`az role assignment create --role \"Managed Identity Operator\" --assignee NAME --scope IDENTITY_ID`"
            "See what is missing: `az-imageshare builder check --identity NAME -g GROUP`."
        text "The assigned managed identity cannot be used";
    "InternalOperationError" "Image Builder failed, mostly for lack of a permission"
        cause "The message says only that an internal error occurred; in most cases the identity lacks a role."
        fix "See what is missing: `az-imageshare builder check --identity NAME -g GROUP`."
        text "Internal error occurred";
    "ResourceDeploymentFailure" "a resource could not be made"
        cause "This only wraps the reason; from Image Builder it mostly means that its identity lacks a role."
        fix "See what is missing: `az-imageshare builder check --identity NAME -g GROUP`."
        text "The resource operation completed with terminal provisioning state 'Failed'";
    "TemplateImmutable" "an image template cannot be changed"
        cause "Image Builder's templates are made once; also a failed one stays as it is."
        fix "Delete it and create it anew: `az image builder delete -n NAME -g GROUP`."
        text "Update/Upgrade of image templates is currently not supported";
}
