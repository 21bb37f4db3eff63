//! Which actions there are: what `az provider operation list` would tell, for the providers of this cloud.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::roles;
use crate::schema;

/// Whether an action, or one or more of those a wildcard stands for, exists.
pub(crate) fn is_known(pattern: &str) -> bool {
    is_any(&ACTIONS, pattern)
}

/// The same for actions on data.
pub(crate) fn is_known_on_data(pattern: &str) -> bool {
    is_any(&DATA_ACTIONS, pattern)
}

fn is_any(known: &BTreeSet<String>, pattern: &str) -> bool {
    known.iter().any(|action| roles::matches(pattern, action))
}

/// Reading, writing and deleting every type, and whatever a built-in role names.
static ACTIONS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut known: BTreeSet<String> = OTHERS.iter().map(|action| (*action).to_owned()).collect();
    for type_ in schema::types() {
        known.extend(["read", "write", "delete"].map(|verb| format!("{type_}/{verb}")));
    }
    known.extend(roles::built_in_actions(false));
    known
});

static DATA_ACTIONS: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| roles::built_in_actions(true).collect());

/// Actions that no built-in role names by itself.
const OTHERS: [&str; 4] = [
    "Microsoft.Compute/galleries/share/action",
    "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
    "Microsoft.Network/virtualNetworks/subnets/join/action",
    "Microsoft.VirtualMachineImages/imageTemplates/run/action",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_documents_name_exists_and_misspellings_do_not() {
        for action in [
            "Microsoft.Compute/galleries/images/versions/write",
            "microsoft.compute/images/delete",
            "Microsoft.Network/virtualNetworks/subnets/join/action",
            "Microsoft.Compute/galleries/*/read",
            "*",
        ] {
            assert!(is_known(action), "{action}");
        }
        for action in [
            "Microsoft.Compute/gallerys/read",
            "Microsoft.Compute/galleries/images/version/write",
            "Contoso.Compute/*",
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read",
        ] {
            assert!(!is_known(action), "{action}");
        }
        assert!(is_known_on_data(
            "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
        ));
    }
}
