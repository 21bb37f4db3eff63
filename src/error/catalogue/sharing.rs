//! Galleries and the machines that are made of their images. Source:
//! <https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images>

use super::entries;

entries! {
    "GalleryImageNotFound" "the image does not exist, or you may not see it"
        cause "The id is wrong, the version was deleted, or the image is not shared with you."
        fix "See what you can use: `az-imageshare image list -o table`."
        text "The gallery image {image} was not found" "The gallery image {image} is not found";
    "ImageNotInRegion" "the image is not in that region"
        cause "The version was not replicated to the region of the machine."
        fix "Choose one of its regions: `az-imageshare image show --id ID --query regions`."
            "The publisher replicates it: `az sig image-version update --ids ID --add publishingProfile.targetRegions name={region}`."
        text "The gallery image {image} is not available in {region} region. Please contact image owner to replicate to this region" "Please contact image owner to replicate to this region";
    "TrustedLaunchOnly" "the image wants Trusted Launch"
        cause "az sets the security type by itself only for images of the marketplace."
        fix "Let it be set: `az-imageshare vm create --image ID …`; with az: `--security-type TrustedLaunch`."
        link "https://learn.microsoft.com/azure/virtual-machines/trusted-launch"
        text "The provided gallery image only supports creation of VMs and VM Scale Sets with '{kind}' security type";
    "OsProfileNotAllowed" "a specialized image takes no user name or key"
        cause "A specialized image brings its own users; the request has an osProfile."
        fix "Leave user and key out: `az vm create --specialized …`; `az-imageshare image show --id ID --query osState` tells."
        text "Parameter 'osProfile' is not allowed";
    "OsProfileMissing" "a generalized image needs a user name and key"
        cause "A generalized image has no users; the request has no osProfile."
        fix "`az-imageshare vm create --image ID --admin-username NAME --ssh-key-value FILE …`"
        text "Required parameter 'osProfile' is missing";
    "DiskEncryptionSetElsewhere" "the image is encrypted with a key of another subscription"
        cause "A disk encryption set works only in its own subscription."
        fix "Have the publisher share a version without encryption set: `az sig image-version create …`."
        text "Disk encryption set {set} belongs to subscription {subscription} and cannot be used with resource";
    "SharingLimit" "the gallery is shared with too many"
        cause "Direct sharing takes 30 subscriptions and 5 tenants."
        fix "Share with the tenant rather than its subscriptions, or by roles: `az-imageshare share advise`."
        link "https://learn.microsoft.com/azure/virtual-machines/share-gallery-direct"
        text "exceeds the maximum number of subscriptions" "exceeds the maximum number of tenants";
}
