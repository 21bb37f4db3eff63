//! Image Builder. Source: <https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot>

use super::entry::entries;

entries! {
    "BuilderNotAuthorized" "Image Builder's identity may not use a resource"
        cause "The user-assigned identity of the template lacks a role on the image, the gallery, the network or the container that the message names."
        fix "See what is missing: `az-imageshare builder check --identity NAME -g GROUP`, and give it: `az-imageshare builder setup`."
        link "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-permissions-cli"
        text "Not authorized to access the resource: {resource}. Please check the user assigned identity has the correct permissions" "Please check the user assigned identity has the correct permissions" "Not authorized to access the resource";
    "BuilderIdentityUnusable" "Image Builder cannot use the identity"
        cause "The person who submits the template needs permission to assign the identity (Managed Identity Operator), or the identity is gone."
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
    "BuilderDistribution" "Image Builder could not write the image to where it goes"
        cause "The identity lacks permission to write there, or to delete what a failed run left there."
        fix "See what is missing: `az-imageshare builder check --identity NAME -g GROUP --distribute-to ID`, and give it: `az-imageshare builder setup`."
        link "https://github.com/danielsollondon/azvmimagebuilder/issues/29"
        text "BadSharedImageDistribute" "Failed in distributing {some} images out of total";
    "BuilderIdentityMissing" "the image template names no identity"
        cause "Since API version 2020-02-14 an image template needs a user-assigned identity."
        fix "Make one and give it its roles: `az-imageshare builder setup --identity NAME -g GROUP`, then print the part of the template: `az-imageshare builder template`."
        link "https://github.com/danielsollondon/azvmimagebuilder/issues/39"
        text "Missing field 'identity'";
    "BuilderGeneration" "source and destination are of different generations"
        cause "Image Builder does not turn an image of generation 1 into one of generation 2, or the other way round."
        fix "Choose a source of the definition's generation: `az-imageshare image show --id ID` shows it."
        link "https://github.com/MicrosoftDocs/azure-compute-docs/pull/189"
        text "Error with Hyper-V Version validation";
}
