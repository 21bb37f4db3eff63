//! A credential of each tenant: the one that is named writes, and the other one reads and vouches for the source.

use sandbox::world;
use serde_json::json;

use crate::support::copies::{copied, copy};
use crate::support::lab::Lab;
use crate::support::machines::{KEY, create, image};

/// The publisher's credential is the default, the consumer's has to be named.
fn lab() -> Lab {
    let lab = Lab::new().with_consumer();
    let add = ["credential", "add", "--no-test", "-n", "publisher", "--secret-stdin", "--default"];
    let who = ["--tenant", world::PUBLISHER_TENANT, "--client-id", world::DEPLOYER_CLIENT];
    lab.run_with_input(&[&add[..], &who].concat(), world::DEPLOYER_SECRET).json();
    lab
}

const CONSUMER: [&str; 2] = ["--credential", "consumer"];

#[test]
fn an_image_is_read_by_another_than_the_one_that_writes() {
    let lab = lab();
    let made = copy(&lab, &image(world::LINUX_IMAGE), &CONSUMER).json();
    assert_eq!((&made["via"], &made["versions"][0]["change"]), (&json!("rbac"), &json!("create")));
    let journal = lab.azure.journal();
    let carried =
        journal.iter().filter(|call| call.header("x-ms-authorization-auxiliary").is_some());
    let paths: Vec<&str> = carried.map(|call| call.path.as_str()).collect();
    assert_eq!(paths, [format!("{}/versions/1.1.0", copied())]);
    let listed = lab.run(&[&["image", "list", "--copies"], &CONSUMER[..]].concat()).json();
    assert_eq!(listed[0]["state"], "current", "{listed:#}");
}

#[test]
fn a_tenant_that_is_named_is_vouched_for_by_another_credential() {
    let lab = lab();
    let body = json!({"contentVersion": "1.0.0.0", "resources": [],
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"});
    let template = lab.file("main.json", &body.to_string());
    let place = ["--subscription", world::CONSUMER_SUBSCRIPTION, "-g", "apps-rg", "-f", &template];
    let args = ["deployment", "create", "--aux-tenant", world::PUBLISHER_TENANT];
    let made = lab.run(&[&args[..], &place, &CONSUMER].concat()).json();
    assert_eq!(made["auxiliaryTenants"], json!([world::PUBLISHER_TENANT]), "{made:#}");
}

#[test]
fn a_vm_is_created_from_an_image_that_another_credential_reads() {
    let lab = lab();
    let login = ["--admin-username", "azureuser", "--ssh-key-value", KEY];
    let more = [&login[..], &CONSUMER].concat();
    let made = create(&lab, &image(world::LINUX_IMAGE), &more).json();
    assert_eq!(made["image"], format!("{}/versions/1.1.0", image(world::LINUX_IMAGE)), "{made:#}");
}

#[test]
fn where_no_other_credential_reads_it_the_named_one_is_told_of() {
    let lab = Lab::new().with_consumer();
    let told = copy(&lab, &image(world::LINUX_IMAGE), &CONSUMER);
    assert_ne!(told.code, 0, "{told:?}");
    assert!(told.stderr.contains("none of your identities can read it"), "{told:?}");
    assert_eq!(lab.azure.calls("PUT", ""), 0);
}
