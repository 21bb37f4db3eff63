//! `deployment create`: any template, with tokens of the tenants that it names.

use sandbox::world;
use serde_json::{Value, json};

use crate::support::lab::{Lab, Ran};
use crate::support::machines::image;
use crate::support::offers::{IMAGES, stand};
use crate::vm::{bridge, puts};

const AUXILIARY: &str = "x-ms-authorization-auxiliary";
const SCHEMA: &str =
    "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

/// A scale set of an image, in one location, as Azure takes it.
pub(crate) fn scale_set(name: &str, image: &str) -> Value {
    let key = json!({"path": "/home/azureuser/.ssh/authorized_keys", "keyData": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA=="});
    let subnet = format!(
        "/subscriptions/{}/resourceGroups/apps-rg/providers/Microsoft.Network/virtualNetworks/net/subnets/default",
        world::CONSUMER_SUBSCRIPTION
    );
    let addresses = json!([{"name": "one", "properties": {"subnet": {"id": subnet}}}]);
    let network =
        json!([{"name": "one", "properties": {"primary": true, "ipConfigurations": addresses}}]);
    json!({"type": "Microsoft.Compute/virtualMachineScaleSets", "apiVersion": "2024-11-01", "name": name,
        "location": "westeurope", "sku": {"name": "Standard_D2s_v5", "capacity": 1},
        "properties": {"upgradePolicy": {"mode": "Manual"}, "virtualMachineProfile": {
            "storageProfile": {"imageReference": {"id": image}},
            "securityProfile": {"securityType": "TrustedLaunch"},
            "osProfile": {"computerNamePrefix": "set", "adminUsername": "azureuser",
                "linuxConfiguration": {"disablePasswordAuthentication": true, "ssh": {"publicKeys": [key]}}},
            "networkProfile": {"networkInterfaceConfigurations": network}}}})
}

/// A template that makes a scale set of the image that a parameter names.
fn template(lab: &Lab) -> String {
    let set = scale_set("[parameters('name')]", "[parameters('image')]");
    let body = json!({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": [set],
        "parameters": {"name": {"type": "string", "defaultValue": "set-01"}, "image": {"type": "string"},
            "password": {"type": "securestring", "defaultValue": ""}},
        "outputs": {"set": {"type": "string", "value": "[parameters('name')]"}}});
    lab.file("main.json", &body.to_string())
}

fn deploy(lab: &Lab, template: &str, more: &[&str]) -> Ran {
    let place = [
        "--subscription",
        world::CONSUMER_SUBSCRIPTION,
        "-g",
        "apps-rg",
        "--template-file",
        template,
    ];
    lab.run(&[&["deployment", "create"][..], &place, more].concat())
}

fn of_image() -> String {
    format!("image={}/versions/1.1.0", image(world::LINUX_IMAGE))
}

fn standing(lab: &Lab) -> Option<Value> {
    let id = format!(
        "/subscriptions/{}/resourcegroups/apps-rg/providers/microsoft.compute/virtualmachinescalesets/set-01",
        world::CONSUMER_SUBSCRIPTION
    );
    lab.azure.state(|state| state.resources.get(&id).map(|found| found.body.clone()))
}

#[test]
fn the_tenant_of_an_image_is_found_and_its_token_goes_along() {
    let lab = bridge();
    let template = template(&lab);
    let dry =
        deploy(&lab, &template, &["--parameters", &of_image(), "--what-if", "--detailed-exitcode"]);
    assert_eq!(dry.code, 8, "{dry:?}");
    assert!(dry.stdout.contains("virtualMachineScaleSets/set-01"), "{dry:?}");
    assert_eq!(puts(&lab), 0, "asking writes nothing");
    let made = deploy(&lab, &template, &["--parameters", &of_image()]).json();
    assert_eq!(made["provisioningState"], "Succeeded", "{made:#}");
    assert_eq!(made["auxiliaryTenants"], json!([world::PUBLISHER_TENANT]));
    assert_eq!(made["outputs"]["set"]["value"], "set-01");
    assert!(made["resources"][0].as_str().unwrap().ends_with("/set-01"), "{made:#}");
    assert!(standing(&lab).is_some());
    let journal = lab.azure.journal();
    let carried: Vec<_> = journal.iter().filter(|call| call.header(AUXILIARY).is_some()).collect();
    assert!(!carried.is_empty());
    assert!(carried.iter().all(|call| call.path.contains("/deployments/main")), "{carried:?}");
    let again =
        deploy(&lab, &template, &["--parameters", &of_image(), "--dry-run", "--detailed-exitcode"]);
    assert_eq!(again.code, 0, "Azure's what-if sees no change: {again:?}");
}

#[test]
fn without_anybody_in_that_tenant_azure_is_believed() {
    let lab = Lab::consumer();
    let template = template(&lab);
    let told = deploy(&lab, &template, &["--parameters", &of_image()]);
    let text = told.refused(1);
    assert!(
        text.contains(world::PUBLISHER_TENANT) && text.contains("nothing was changed"),
        "{text}"
    );
    assert_eq!(puts(&lab), 0);
    // The image is lent to this tenant: no token is needed.
    stand(&lab.azure, &IMAGES);
    let made = deploy(&lab, &template, &["--parameters", &of_image()]).json();
    assert_eq!(made["auxiliaryTenants"], json!([]), "{made:#}");
    assert!(standing(&lab).is_some());
}

#[test]
fn parameters_come_from_files_and_words_and_the_last_one_counts() {
    let lab = bridge();
    let template = template(&lab);
    let file = json!({"contentVersion": "1.0.0.0", "parameters": {"image": {"value": "wrong"}, "name": {"value": "set-02"}}});
    let file = lab.file("main.parameters.json", &file.to_string());
    let text = of_image();
    let image = lab.file("image.txt", text.trim_start_matches("image="));
    let by_file = format!("image=@{image}");
    let made =
        deploy(&lab, &template, &["--parameters", &file, &by_file, "--parameters", "name=set-01"])
            .json();
    assert_eq!(made["outputs"]["set"]["value"], "set-01", "{made:#}");
    assert!(standing(&lab).is_some());
}

#[test]
fn what_is_wrong_is_told_before_any_call() {
    let lab = bridge();
    let template = template(&lab);
    let bicep = lab.file("main.bicep", "param x string");
    lab.azure.clear_journal();
    let told = deploy(&lab, &bicep, &[]);
    assert!(told.refused(2).contains("az bicep build --file"), "{told:?}");
    let secret = "password=Canary-7f3a9d";
    let told = deploy(&lab, &template, &["--parameters", secret, "color=red"]);
    let text = told.refused(2);
    for part in [
        "3 things are wrong",
        "is a secret by the template",
        "no such parameter",
        "--parameters image",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("Canary"), "{text}");
    let scope =
        ["--subscription", world::CONSUMER_SUBSCRIPTION, "--subscription-scope", "-f", &template];
    let told =
        lab.run(&[&["deployment", "create", "--parameters", &of_image()][..], &scope].concat());
    let text = told.refused(2);
    assert!(text.contains("is for a resource group") && text.contains("--location"), "{text}");
    let none = lab.file("none.json", "{\"parameters\": {}}");
    assert!(deploy(&lab, &none, &[]).refused(2).contains("cannot be an ARM template"));
    assert!(lab.azure.journal().is_empty(), "no call may be made");
}

#[test]
fn a_template_that_gives_power_takes_a_word() {
    let lab = Lab::consumer();
    let role = json!({"type": "Microsoft.Authorization/roleAssignments", "apiVersion": "2022-04-01",
        "name": "5c0fb722-b8e0-49b6-9607-c918da842199", "properties": {"principalType": "ServicePrincipal",
            "principalId": world::CONSUMER_OBJECT,
            "roleDefinitionId": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635')]"}});
    let body = json!({"$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": [role]});
    let template = lab.file("role.json", &body.to_string());
    let told = deploy(&lab, &template, &[]);
    assert!(told.refused(2).contains("--yes"), "{told:?}");
    assert_eq!(puts(&lab), 0);
    deploy(&lab, &template, &["--yes"]).json();
}

#[test]
fn a_failed_resource_is_explained_and_the_run_is_in_the_history() {
    let lab = bridge();
    let template = template(&lab);
    lab.azure.inject(sandbox::Fault::status(409).method("PUT").path("/deployments/").times(1));
    let told = deploy(&lab, &template, &["--parameters", &of_image()]);
    assert_ne!(told.code, 0, "{told:?}");
    assert!(told.stderr.contains("az-imageshare deployment create"), "{told:?}");
    deploy(&lab, &template, &["--parameters", &of_image()]).json();
    let runs = lab.run(&["history", "list"]).json();
    let ours = |run: &&Value| run["what"] == "deployment create";
    let mut outcomes: Vec<_> = runs.as_array().unwrap().iter().filter(ours).collect();
    outcomes.sort_by_key(|run| run["outcome"].as_str().map(str::to_owned));
    assert_eq!((outcomes.len(), &outcomes[0]["outcome"]), (2, &json!("done")), "{runs:#}");
    let run = outcomes[0]["run"].as_str().unwrap();
    assert!(lab.run(&["history", "show", run]).stdout.contains("deployments/main"));
}

#[test]
fn tokens_for_a_whole_subscription_are_warned_of() {
    let lab = bridge();
    let body = json!({"contentVersion": "1.0.0.0", "resources": [],
        "$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#"});
    let template = lab.file("sub.json", &body.to_string());
    let place = ["--subscription", world::CONSUMER_SUBSCRIPTION, "-l", "westeurope", "--what-if"];
    let args = ["deployment", "create", "--subscription-scope", "-f", &template];
    let alone = lab.run(&[&args[..], &place].concat());
    assert!(alone.code == 0 && !alone.stderr.contains("21417"), "{alone:?}");
    let twice = ["--aux-tenant", world::PUBLISHER_TENANT, world::PUBLISHER_TENANT];
    let told = lab.run(&[&args[..], &place, &twice].concat());
    assert!(told.code == 0 && told.stderr.contains("21417"), "{told:?}");
}

#[test]
fn more_than_three_other_tenants_are_refused() {
    let lab = bridge();
    let template = template(&lab);
    let tenants = [
        "5c0fb722-b8e0-49b6-9607-c918da842111",
        "5c0fb722-b8e0-49b6-9607-c918da842112",
        "5c0fb722-b8e0-49b6-9607-c918da842113",
    ];
    let image = of_image();
    let more = [&["--parameters", &image, "--aux-tenant"][..], &tenants].concat();
    let told = deploy(&lab, &template, &more);
    assert!(told.refused(2).contains("4 other tenants are needed"), "{told:?}");
    assert_eq!(puts(&lab), 0);
}
