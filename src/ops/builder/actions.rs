//! The documents' lists of actions, and the built-in roles beside them.
//!
//! Source: <https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-permissions-cli>

use crate::id::RoleId;

/// The image creation role of the documents: distributing to managed images and galleries.
pub(crate) const IMAGE_CREATION: [&str; 7] = [
    "Microsoft.Compute/galleries/read",
    "Microsoft.Compute/galleries/images/read",
    "Microsoft.Compute/galleries/images/versions/read",
    "Microsoft.Compute/galleries/images/versions/write",
    "Microsoft.Compute/images/write",
    "Microsoft.Compute/images/read",
    "Microsoft.Compute/images/delete",
];

/// What distributing to a gallery needs in the gallery.
pub(crate) const DISTRIBUTE_TO_GALLERY: [&str; 4] = [
    "Microsoft.Compute/galleries/read",
    "Microsoft.Compute/galleries/images/read",
    "Microsoft.Compute/galleries/images/versions/read",
    "Microsoft.Compute/galleries/images/versions/write",
];

/// What any distribution needs in the resource group of its target.
pub(crate) const DISTRIBUTE_TO_IMAGE: [&str; 3] = [
    "Microsoft.Compute/images/write",
    "Microsoft.Compute/images/read",
    "Microsoft.Compute/images/delete",
];

/// What a source in a gallery needs.
pub(crate) const READ_GALLERY: [&str; 3] = [
    "Microsoft.Compute/galleries/read",
    "Microsoft.Compute/galleries/images/read",
    "Microsoft.Compute/galleries/images/versions/read",
];

/// What a managed image as source needs. The document of 2020 names `galleries/read`, by mistake.
pub(crate) const READ_IMAGE: [&str; 1] = ["Microsoft.Compute/images/read"];

/// The networking role of the documents.
pub(crate) const NETWORKING: [&str; 2] = [
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/virtualNetworks/subnets/join/action",
];

/// What reading scripts from a private container needs.
pub(crate) const READ_CONTAINER: [&str; 1] =
    ["Microsoft.Storage/storageAccounts/blobServices/containers/read"];
/// The same on data.
pub(crate) const READ_BLOBS: [&str; 1] =
    ["Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"];

/// What the staging group needs: Contributor, which is everything but giving permissions.
pub(crate) const STAGE: [&str; 1] = ["*"];

/// Handing an identity to a machine or a template. The middle `*` is part of the operation's own name.
pub(crate) const HAND_ON: [&str; 1] =
    ["Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action"];

/// The providers that a build uses. Source:
/// <https://learn.microsoft.com/azure/virtual-machines/linux/image-builder>, "Register the providers".
pub(crate) const PROVIDERS: [&str; 7] = [
    "Microsoft.VirtualMachineImages",
    "Microsoft.Compute",
    "Microsoft.Network",
    "Microsoft.Storage",
    "Microsoft.KeyVault",
    "Microsoft.ContainerInstance",
    "Microsoft.ManagedIdentity",
];

/// A built-in role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BuiltIn {
    pub guid: &'static str,
    pub name: &'static str,
}

impl BuiltIn {
    /// Its GUID as a type.
    pub(crate) fn id(self) -> RoleId {
        self.guid.parse().expect("the table below holds GUIDs")
    }
}

/// Reads the blobs of a container.
pub(crate) const STORAGE_BLOB_DATA_READER: BuiltIn =
    BuiltIn { guid: "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1", name: "Storage Blob Data Reader" };
/// Does everything in the staging group.
pub(crate) const CONTRIBUTOR: BuiltIn =
    BuiltIn { guid: "b24988ac-6180-42a0-ab88-20f7382dd24c", name: "Contributor" };
/// Hands an identity on.
pub(crate) const MANAGED_IDENTITY_OPERATOR: BuiltIn =
    BuiltIn { guid: "f1a07417-d97a-45cb-824c-7a7467783830", name: "Managed Identity Operator" };

/// True for each action that a role made by the documents can have.
pub(crate) fn is_documented(action: &str) -> bool {
    let known = IMAGE_CREATION.iter().chain(&NETWORKING);
    known.into_iter().any(|known| known.eq_ignore_ascii_case(action))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_parts_of_the_documents_role() {
        let parts = DISTRIBUTE_TO_GALLERY.iter().chain(&DISTRIBUTE_TO_IMAGE);
        let mut all: Vec<&str> = parts.copied().collect();
        all.sort_unstable();
        let mut whole = IMAGE_CREATION;
        whole.sort_unstable();
        assert_eq!(all, whole);
        assert!(READ_GALLERY.iter().chain(&READ_IMAGE).all(|action| is_documented(action)));
        assert!(!is_documented("*"));
    }

    #[test]
    fn the_built_in_roles_have_guids() {
        for role in [STORAGE_BLOB_DATA_READER, CONTRIBUTOR, MANAGED_IDENTITY_OPERATOR] {
            assert_eq!(role.id().to_string(), role.guid);
        }
    }
}
