//! The documents' own commands, run by the real `az`, and what `builder` makes of it.

use sandbox::world;
use serde_json::json;

use crate::real_clients::{az_json, logged_in};
use crate::support::builder::{IDENTITY, actions, builder, group, standing};
use crate::support::lab::Lab;

const IMAGES: &str = world::IMAGES_GROUP;
const NETWORK: &str = world::OTHER_GROUP;

/// The role files that the documents download, after their `sed`.
fn role(name: &str, group_id: &str, actions: &[&str]) -> String {
    json!({"Name": name, "IsCustom": true, "Description": "as downloaded", "Actions": actions,
        "NotActions": [], "AssignableScopes": [group_id]})
    .to_string()
}

const IMAGE_ACTIONS: [&str; 7] = [
    "Microsoft.Compute/galleries/read",
    "Microsoft.Compute/galleries/images/read",
    "Microsoft.Compute/galleries/images/versions/read",
    "Microsoft.Compute/galleries/images/versions/write",
    "Microsoft.Compute/images/write",
    "Microsoft.Compute/images/read",
    "Microsoft.Compute/images/delete",
];
const NETWORK_ACTIONS: [&str; 2] = [
    "Microsoft.Network/virtualNetworks/read",
    "Microsoft.Network/virtualNetworks/subnets/join/action",
];

/// The documents' commands: identity, two roles, three assignments.
fn by_the_documents(lab: &Lab) {
    let az = |args: &[&str]| az_json(lab, args);
    az(&["identity", "create", "--resource-group", IMAGES, "--name", IDENTITY]);
    let show = ["identity", "show", "-g", IMAGES, "-n", IDENTITY];
    let client = az(&[&show[..], &["--query", "clientId"]].concat());
    let assign = |role: &str, scope: &str| {
        let who = ["--assignee", client.as_str().unwrap()];
        let what = ["--role", role, "--scope", scope];
        az(&[&["role", "assignment", "create"][..], &who, &what].concat());
    };
    for (file, name, place, wanted) in [
        (
            "aibRoleImageCreation.json",
            "Azure Image Builder Image Def1764000000",
            group(IMAGES),
            &IMAGE_ACTIONS[..],
        ),
        (
            "aibRoleNetworking.json",
            "Azure Image Builder Network Def1764000000",
            group(NETWORK),
            &NETWORK_ACTIONS[..],
        ),
    ] {
        let path = lab.file(file, &role(name, &place, wanted));
        let create = ["role", "definition", "create", "--role-definition"];
        az(&[&create[..], &[&path]].concat());
        assign(name, &place);
    }
    assign("Storage Blob Data Reader", &world::scripts_container_id());
}

#[test]
fn what_the_documents_set_up_by_az_is_complete_reused_and_removed() {
    let lab = logged_in();
    lab.azure.knob(|knobs| {
        knobs.role_replication_reads = 0;
        knobs.principal_replication_puts = 0;
    });
    by_the_documents(&lab);
    let (network, container) = (world::build_network_id(), world::scripts_container_id());
    let images = ["--distribute-to", IMAGES, "--source", IMAGES];
    let rest = ["--vnet", &network, "--storage-container", &container];
    let scenario = [&images[..], &rest].concat();
    let report = builder(&lab, "check", &scenario).json();
    assert_eq!(report["ok"], true, "{report}");
    assert_eq!(actions(&report, "superfluous"), Vec::<String>::new(), "{report}");
    assert_eq!(standing(&lab.azure), (1, 2, 3));
    lab.azure.clear_journal();
    let kept = builder(&lab, "setup", &scenario).json();
    let mut roles = kept["roles"].as_array().unwrap().iter();
    assert!(roles.all(|role| role["change"] == "keep"), "{kept}");
    assert_eq!(lab.azure.calls("PUT", "/"), 0, "only providers are registered: {kept}");
    let removed = builder(&lab, "remove", &["--yes"]);
    assert_eq!(removed.code, 0, "{removed:?}");
    assert_eq!(standing(&lab.azure), (0, 0, 0));
    let scope = group(IMAGES);
    let list = ["role", "definition", "list", "--custom-role-only", "--scope", &scope];
    let query = ["--query", "[?contains(roleName, 'Image Builder')]"];
    assert_eq!(az_json(&lab, &[&list[..], &query].concat()), json!([]));
}
