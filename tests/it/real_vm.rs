//! The last step of the app registration document by the real `az`, two logins and `vm create` across
//! tenants, and by our one command: the same machine.

use sandbox::{Sandbox, world};
use serde_json::{Value, json};

use crate::real_clients::{az_json, log_in_as_bridge};
use crate::support::lab::Lab;
use crate::support::machines::KEY;

/// The last argument is the image.
const MACHINE: [&str; 10] = [
    "vm",
    "create",
    "-g",
    "apps-rg",
    "-n",
    "web-01",
    "--admin-username",
    "azureuser",
    "--ssh-key-value",
    KEY,
];
const AUXILIARY: &str = "x-ms-authorization-auxiliary";

fn version() -> String {
    format!("{}/images/{}/versions/1.1.0", world::gallery_id(), world::LINUX_IMAGE)
}

/// The document's world: the application has Reader on the gallery and Contributor on the group.
fn lab() -> Lab {
    let lab = Lab::new();
    let definition = format!("{}/images/{}", world::gallery_id(), world::LINUX_IMAGE);
    lab.azure.state(|state| {
        // `az` asks for Trusted Launch only if it is told to.
        let found = state.resources.get_mut(&definition.to_lowercase()).unwrap();
        found.body["properties"]["features"] =
            json!([{"name": "SecurityType", "value": "TrustedLaunchSupported"}]);
        let bridge = world::MULTI_TENANT_PUBLISHER_OBJECT;
        state.role_assignments.retain(|known| known.principal != bridge);
        state.assign_role(&world::gallery_id(), "acdd72a7-3385-48ef-bd42-f606fba81ae7", bridge);
    });
    lab
}

/// Our one command, with a credential for both tenants.
fn create(lab: &Lab, image: &str) -> Value {
    let more = ["--credential", "bridge", "--image", image];
    lab.run(&[&MACHINE[..], &more].concat()).json()
}

/// The machine as the cloud has it, as far as both of us decide it.
fn machine(azure: &Sandbox) -> Value {
    let id = format!(
        "/subscriptions/{}/resourcegroups/apps-rg/providers/microsoft.compute/virtualmachines/web-01",
        world::CONSUMER_SUBSCRIPTION
    );
    let body = azure.state(|state| state.resources[&id].body.clone());
    let properties = &body["properties"];
    let storage = &properties["storageProfile"];
    let interfaces = &properties["networkProfile"]["networkInterfaces"];
    json!({"location": body["location"], "imageReference": storage["imageReference"],
        "createOption": storage["osDisk"]["createOption"].as_str().map(str::to_lowercase), "size": properties["hardwareProfile"]["vmSize"],
        "computerName": properties["osProfile"]["computerName"],
        "adminUsername": properties["osProfile"]["adminUsername"],
        "ssh": properties["osProfile"]["linuxConfiguration"]["ssh"],
        "password": properties["osProfile"]["linuxConfiguration"]["disablePasswordAuthentication"],
        "interfaces": interfaces.as_array().unwrap().len()})
}

#[test]
fn az_with_two_logins_and_we_with_one_credential_make_the_same_machine() {
    let (theirs, ours) = (lab(), lab().with_bridge(&[]));
    for tenant in [world::PUBLISHER_TENANT, world::CONSUMER_TENANT] {
        log_in_as_bridge(&theirs, tenant);
        az_json(&theirs, &["account", "get-access-token"]);
    }
    let image = version();
    let made = az_json(&theirs, &[&MACHINE[..], &["--image", &image]].concat());
    assert_eq!(made["powerState"], "VM running", "{made:#}");
    assert_eq!(made["privateIpAddress"], "10.0.0.4");
    let made = create(&ours, &image);
    assert_eq!(made["privateIpAddress"], "10.0.0.4");
    assert_eq!(machine(&theirs.azure), machine(&ours.azure));
    assert_eq!(machine(&ours.azure)["imageReference"], json!({"id": image}));
    for lab in [&theirs, &ours] {
        let journal = lab.azure.journal();
        let carried = journal.iter().filter(|call| call.header(AUXILIARY).is_some());
        assert!(carried.clone().count() > 0);
        assert!(carried.clone().all(|call| call.path.contains("/deployments/")));
    }
}

#[test]
fn az_accepts_the_terms_and_sees_the_sizes_and_the_quota_that_we_go_by() {
    let lab = lab().with_bridge(&[]);
    let definition = format!("{}/images/{}", world::gallery_id(), world::LINUX_IMAGE);
    lab.azure.state(|state| {
        let found = state.resources.get_mut(&definition.to_lowercase()).unwrap();
        found.body["properties"]["purchasePlan"] =
            json!({"publisher": "contoso", "product": "hardened", "name": "gen2"});
    });
    log_in_as_bridge(&lab, world::CONSUMER_TENANT);
    let terms = ["vm", "image", "terms", "accept", "--publisher", "contoso"];
    let plan = ["--offer", "hardened", "--plan", "gen2"];
    let told = az_json(&lab, &[&terms[..], &plan].concat());
    assert_eq!(told["accepted"], true, "{told:#}");
    let made = create(&lab, &version());
    let region = ["-l", "westeurope"];
    let sizes = az_json(
        &lab,
        &[&["vm", "list-skus", "--resource-type", "virtualMachines"][..], &region].concat(),
    );
    let mut sizes = sizes.as_array().unwrap().iter();
    assert!(sizes.any(|size| size["name"] == made["size"]), "{made:#}");
    let usages = az_json(&lab, &[&["vm", "list-usage"][..], &region].concat());
    let mut usages = usages.as_array().unwrap().iter();
    let cores = usages.find(|usage| usage["name"]["value"] == "cores").unwrap();
    assert_eq!(
        (&cores["currentValue"], &cores["limit"]),
        (&json!("2"), &json!("100")),
        "{cores:#}"
    );
}
