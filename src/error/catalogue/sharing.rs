//! Galleries and the machines that are made of their images. Source:
//! <https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images>

use super::entry::entries;

entries! {
    "GalleryImageNotFound" "the image does not exist, or you may not see it"
        cause "The id is wrong, the version was deleted, or the image is not shared with you."
        fix "See what you can use: `az-imageshare image list -o table`."
        text "The gallery image {image} was not found" "The gallery image {image} is not found";
    "ImageNotInRegion" "the image is not in that region"
        cause "The version was not replicated to the region of the machine."
        fix "Choose one of its regions: `az-imageshare image show --id ID --query regions`."
            "Have the publisher replicate the version to {region}."
        text "The gallery image {image} is not available in {region} region. Please contact image owner to replicate to this region" "Please contact image owner to replicate to this region";
    "TrustedLaunchOnly" "the image wants Trusted Launch"
        cause "az sets the security type automatically only for images of the marketplace."
        fix "Let it be set: `az-imageshare vm create --image ID …`; with az: `--security-type TrustedLaunch`."
        link "https://learn.microsoft.com/azure/virtual-machines/trusted-launch"
        text "The provided gallery image only supports creation of VMs and VM Scale Sets with '{kind}' security type";
    "OsProfileNotAllowed" "a specialized image takes no user name or key"
        cause "A specialized image brings its own users; the request has an osProfile."
        fix "Leave user and key out; `az-imageshare image show --id ID --query osState` shows which."
        text "Parameter 'osProfile' is not allowed";
    "OsProfileMissing" "a generalized image needs a user name and key"
        cause "A generalized image has no users; the request has no osProfile."
        fix "`az-imageshare vm create --image ID --admin-username NAME --ssh-key-value FILE …`"
        text "Required parameter 'osProfile' is missing";
    "DiskEncryptionSetElsewhere" "the image is encrypted with a key of another subscription"
        cause "A disk encryption set works only in its own subscription."
        fix "Have the publisher share a version without an encryption set."
        text "Disk encryption set {set} belongs to subscription {subscription} and cannot be used with resource";
    "SkuNotAvailable" "the size is not to be had in that region"
        cause "The subscription may not use the size there, or Azure has none left at the moment."
        fix "Choose another --size or --location: `az vm list-skus -l REGION --resource-type virtualMachines -o table`."
            "Have Azure open the size to the subscription: Quotas in the portal, or a support request."
        link "https://aka.ms/azureskunotavailable"
        text "is currently not available in location '{region}'";
    "QuotaExceeded" "the quota of the subscription is used up in that region"
        cause "Cores are counted for each family of sizes and for the whole region; machines that are only stopped, not deallocated, count too."
        fix "See what is used: `az vm list-usage --location REGION -o table`; ask for more under Quotas in the portal, or choose another --size or --location."
        link "https://learn.microsoft.com/azure/quotas/per-vm-quota-requests"
        text "Operation could not be completed as it results in exceeding approved {quota} quota" "results in exceeding quota limits of Core";
    "SizeUnknown" "there is no such size in that region"
        cause "The size is misspelt, has another version, or is not in every region."
        fix "See the sizes: `az vm list-skus -l REGION --resource-type virtualMachines -o table`."
        text "The value {size} provided for the VM size is not valid";
    "SizeOtherGeneration" "the size does not start images of that generation"
        cause "Old sizes start only generation 1, the newest only generation 2; the image has one of both for ever."
        fix "Leave out --size of `az-imageshare vm create`, or choose one: `az vm list-skus -l REGION --resource-type virtualMachines -o json`, HyperVGenerations."
        link "https://aka.ms/azuregen2vm"
        text "The selected VM size '{size}' cannot boot Hypervisor Generation '{generation}'";
    "SizeOtherProcessor" "the size has other processors than the image is for"
        cause "An image is for x64 or for Arm64, and every size has one of them."
        fix "Leave out --size of `az-imageshare vm create`, or choose one: `az vm list-skus -l REGION --resource-type virtualMachines -o json`, CpuArchitectureType."
        link "https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions"
        text "this VM size only supports a CPU Architecture of '{has}', but an image or disk given has CPU Architecture '{needs}'";
    "SizeOtherSecurity" "the size cannot start machines so securely"
        cause "Trusted Launch needs a size of generation 2 that allows it, and a confidential machine one of the DC or EC series."
        fix "Choose another --size, or `--security-type Standard` if the image allows it: `az-imageshare image show --id ID --query vm.securityType`."
        link "https://aka.ms/TrustedLaunch-FAQ"
        text "The VM size '{size}' is not supported for creation of VMs and Virtual Machine Scale Set with '{kind}' security type";
    "ResourcePurchaseValidationFailed" "the terms of the image's purchase plan are not accepted"
        cause "The image comes from the marketplace; an identity with a role on the subscription has to accept the offer's terms once."
        fix "`az vm image terms accept --publisher PUBLISHER --offer OFFER --plan PLAN`, as `az-imageshare image show --id ID --query vm.plan` names them."
        link "https://learn.microsoft.com/azure/virtual-machines/marketplace-images"
        text "You have not accepted the legal terms on this subscription: '{subscription}' for this plan" "Legal terms have not been accepted for this item on this subscription" "not accepted the legal terms on this subscription" "User failed validation to purchase resources";
    "MarketplacePurchaseEligibilityFailed" "the subscription may not buy what the image's plan names"
        cause "Mostly the terms are not accepted; else the offer is not sold there, or purchases are switched off."
        fix "`az vm image terms accept --publisher PUBLISHER --offer OFFER --plan PLAN`, as `az-imageshare image show --id ID --query vm.plan` names them."
        link "https://learn.microsoft.com/azure/virtual-machines/marketplace-images"
        text "Marketplace purchase eligib{rest} check returned errors";
    "VMMarketplaceInvalidInput" "the machine does not name the image's purchase plan"
        cause "An image that was made of one from the marketplace carries its plan, and the machine has to repeat it."
        fix "Let it be set: `az-imageshare vm create --image ID …`; with az: `--plan-name`, `--plan-publisher` and `--plan-product`."
        text "requires Plan information in the request";
    "SharingLimit" "the gallery is shared with too many"
        cause "Direct sharing takes 30 subscriptions and 5 tenants."
        fix "Share with the tenant rather than its subscriptions, or by roles: `az-imageshare share advise`."
        link "https://learn.microsoft.com/azure/virtual-machines/share-gallery-direct"
        text "exceeds the maximum number of subscriptions" "exceeds the maximum number of tenants";
    "GenerationMismatch" "the image and what it is made of are of different generations"
        cause "A gallery image definition is for generation 1 or 2, and the machine or image to put into it is of the other."
        fix "Have the publisher create another image definition, of generation V2 (or V1)."
        link "https://github.com/MicrosoftDocs/azure-docs/issues/118774"
        text "has a different Hypervisor generation";
    "GalleryReplicationFailed" "a version could not be copied to every region"
        cause "The regions that the message names have a fault, no quota, or are not enabled."
        fix "Run the same command again; if it fails again, leave the region out and add it later."
        link "https://github.com/Azure/azure-cli/issues/15539"
        text "Gallery replication jobs failed";
    "GallerySourceResourceExceedsMaxSize" "the disk is larger than a gallery takes"
        cause "A version's operating system disk has at most 2 TB, a data disk 32 TB."
        fix "Make the disk smaller before it is captured."
        text "exceeds the max size {limit} supported";
}
