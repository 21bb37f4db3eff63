//! What the tests of `builder` share: its arguments, and what stands in the cloud.

use sandbox::{Sandbox, world};
use serde_json::{Value, json};

use super::lab::{Lab, Ran};

/// The identity that the documents create.
pub(crate) const IDENTITY: &str = "aibIdentity";
/// How every command names it.
pub(crate) const WHO: [&str; 4] = ["--identity", IDENTITY, "-g", world::IMAGES_GROUP];

/// Runs `builder VERB` for the documents' identity, with more arguments.
pub(crate) fn builder(lab: &Lab, verb: &str, rest: &[&str]) -> Ran {
    lab.publish(&[&["builder", verb][..], &WHO, rest].concat())
}

/// The states of a report that must be readable, each with its action.
#[track_caller]
pub(crate) fn actions(report: &Value, state: &str) -> Vec<String> {
    let checks = report["checks"].as_array().unwrap();
    let wanted = checks.iter().filter(|check| check["state"] == state);
    wanted.map(|check| check["action"].as_str().unwrap().to_owned()).collect()
}

/// The full id of a group of the publisher's.
pub(crate) fn group(name: &str) -> String {
    format!("/subscriptions/{}/resourceGroups/{name}", world::PUBLISHER_SUBSCRIPTION)
}

/// The full id of the documents' identity.
pub(crate) fn identity_id() -> String {
    let place = "providers/Microsoft.ManagedIdentity/userAssignedIdentities";
    format!("{}/{place}/{IDENTITY}", group(world::IMAGES_GROUP))
}

/// An image template with every part that asks for rights, for the documents' identity.
pub(crate) fn template() -> Value {
    let gallery = world::gallery_id();
    json!({"identity": {"type": "UserAssigned", "userAssignedIdentities": {identity_id(): {}}}, "location": "westeurope",
        "properties": {"source": {"type": "SharedImageVersion", "imageVersionId": format!("{gallery}/images/ubuntu-hardened/versions/1.0.0")},
            "customize": [{"type": "Shell", "name": "s", "scriptUri": format!("https://{}.blob.core.windows.net/{}/a.sh", world::STORAGE_ACCOUNT, world::SCRIPTS_CONTAINER)}],
            "vmProfile": {"vnetConfig": {"subnetId": format!("{}/subnets/builds", world::build_network_id())}},
            "distribute": [{"type": "SharedImage", "galleryImageId": format!("{gallery}/images/ubuntu-hardened"), "runOutputName": "o"}],
            "stagingResourceGroup": group(world::OTHER_GROUP)}})
}

/// The principal of the documents' identity, if it exists.
pub(crate) fn principal(azure: &Sandbox) -> Option<String> {
    azure.state(|state| {
        let found = state.resources.get(&identity_id().to_lowercase())?;
        found.body["properties"]["principalId"].as_str().map(str::to_owned)
    })
}

/// How many identities, custom roles with scopes, and assignments beyond the seeded ones there are.
pub(crate) fn standing(azure: &Sandbox) -> (usize, usize, usize) {
    let seeded = sandbox::contoso_and_fabrikam().role_assignments.len();
    azure.state(|state| {
        let of = |kind: &str| {
            let all = state.resources.values();
            all.filter(|found| found.type_.eq_ignore_ascii_case(kind)).count()
        };
        (
            of("Microsoft.ManagedIdentity/userAssignedIdentities"),
            of("Microsoft.Authorization/roleDefinitions"),
            state.role_assignments.len() - seeded,
        )
    })
}

/// Makes the documents' identity behind the program's back, with nothing to its name.
pub(crate) fn bare_identity(lab: &Lab) -> String {
    let made = builder(lab, "setup", &["--distribute-to", world::OTHER_GROUP]);
    assert_eq!(made.code, 0, "{made:?}");
    let principal = principal(&lab.azure).unwrap();
    lab.azure.state(|state| {
        state.role_assignments.retain(|known| known.principal != principal);
        state.resources.retain(|_, found| found.type_ != "Microsoft.Authorization/roleDefinitions");
    });
    principal
}
